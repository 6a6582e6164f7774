"""Addresses of lists, and names where there is little room."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def list_url(**filters: Any) -> str:
    kept = {name: value for name, value in filters.items() if value}
    return f"{reverse('desk:places')}?{urlencode(kept)}" if kept else reverse("desk:places")


def short(name: str) -> str:
    """A community's name without the word for community, where columns are narrow."""
    return name.removesuffix("居委会").removesuffix("社区") or name
