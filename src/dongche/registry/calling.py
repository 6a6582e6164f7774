"""Whose very duty it is to call a place: they see its contact in full; everybody else says why they need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dongche.org.queries import Answer

CALLS: Final = frozenset({"served_by", "contact"})


def calls(answers: Sequence[Answer], actor: Any) -> bool:
    """Whether it is the actor who serves the place or keeps contact with it, also for somebody who is away."""
    return any(answer.officer == actor and answer.role in CALLS for answer in answers)
