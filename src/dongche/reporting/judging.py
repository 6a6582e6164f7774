"""Reading and judging the answers of a report: the one function behind the web form, the grid, the outbox and the
intake. It knows neither forms nor JSON, so no way in can be stricter or laxer than another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dongche.kit.chinese import normalise, parse_count, parse_wan
from dongche.reporting import values as rules
from dongche.reporting.values import Place, ReportValues, ValueRefused


@dataclass(frozen=True)
class Judged:
    """What is refused of a report, at most one fault for each question; `is_asked` when it is only to be confirmed."""

    faults: tuple[ValueRefused, ...]
    is_asked: bool = False


def judge(
    values: ReportValues | None,
    *,
    place: Place,
    on: date | None,
    channel: str,
    today: date,
    before: ReportValues | None,
    unread: Collection[str] = (),
    is_sure: bool = False,
) -> Judged:
    """This function will hold a report against every rule, and its jumps against `before`, the place's last report.

    Empty: values None when it is not known whether the place is open, on None when the day is judged elsewhere;
           `unread` names the answers that could not even be read, of which no more is said
    """
    found: dict[str, ValueRefused] = {}

    def take(faults: list[ValueRefused]) -> None:
        for fault in faults:
            if fault.field not in unread:
                found.setdefault(fault.field, fault)

    if on is not None:
        take(rules.day_faults(place, on, channel, today))
    if values is not None:
        take([*rules.missing(values), *rules.faults(values)])
        if not found and not unread and not is_sure:
            take(rules.doubts(values, before))
            return Judged(tuple(found.values()), is_asked=bool(found))
    return Judged(tuple(found.values()))


def count_of(text: str) -> int | None:
    """This function will read a whole number as people type it: full-width digits, commas, with or without its unit.

    Empty:  None for nothing
    Raises: kit.chinese.Unreadable

    >>> count_of("1,200 人"), count_of(" ")
    (1200, None)
    """
    text = normalise(text)
    return parse_count(text) if text else None


def fen_of(text: str) -> int | None:
    """This function will read an amount in yuan, "12000", "12,000.50" or "1.2万", into fen.

    Empty:  None for nothing
    Raises: kit.chinese.Unreadable

    >>> fen_of("12,000.50"), fen_of("1.2万"), fen_of("")
    (1200050, 1200000, None)
    """
    text = normalise(text)
    return parse_wan(text, "yuan") if text else None


def note_of(text: str) -> str:
    """This function will tidy a note: the same spaces and widths whatever it was typed on."""
    return normalise(text).strip()
