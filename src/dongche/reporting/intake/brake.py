"""The brake on a single code: as many reports within as many minutes as on the page behind it, counted in this process.

It stands before the queue, so that a flood from one code costs a look into a table and reaches no database. It keeps
what it has acknowledged, so that a retry after a lost answer gets its number again and is not counted.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from django.utils.translation import gettext

from dongche.kit.messages import N_
from dongche.reporting.views import MOST_POSTS, WINDOW_MINUTES, TooManyReports

SECONDS: Final = WINDOW_MINUTES * 60
# More codes than this at once, and those that were silent longest are forgotten; one that floods is not among them.
MOST_CODES: Final = 100_000
SOME_PLACE: Final = N_("This place")


@dataclass(slots=True)
class _Window:
    until: float
    count: int = 0
    name: str = ""
    given: dict[str, Any] = field(default_factory=dict)


class Brake:
    """Used from the event loop only."""

    def __init__(self, most: int = MOST_POSTS, seconds: float = SECONDS) -> None:
        self.most, self.seconds = most, seconds
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def known(self, code: str, key: str) -> Any:
        """What was answered to this report before; None when this process does not know it."""
        window = self._windows.get(code)
        return window.given.get(key) if window else None

    def count(self, code: str) -> None:
        """Count one report of a code.

        Raises: TooManyReports, its `seconds` to wait
        """
        now = monotonic()
        window = self._windows.get(code)
        if window is None or window.until <= now:
            window = self._windows[code] = _Window(now + self.seconds)
        self._windows.move_to_end(code)
        if len(self._windows) > MOST_CODES:
            self._windows.popitem(last=False)
        if window.count >= self.most:
            problem = TooManyReports(
                place=window.name or gettext(SOME_PLACE), most=self.most, minutes=WINDOW_MINUTES
            )
            problem.seconds = max(1, int(window.until - now))
            raise problem
        window.count += 1

    def give_back(self, code: str) -> None:
        """What was counted was not even looked at."""
        window = self._windows.get(code)
        if window is not None:
            window.count -= 1

    def keep(self, code: str, key: str, answer: Any, name: str, *, is_new: bool) -> None:
        """Remember an acknowledgement; one that was given before does not count."""
        window = self._windows.get(code)
        if window is not None:
            window.given[key], window.name = answer, name
            window.count -= not is_new
