"""Numbers and days as a brief prints them, in the language that is active. No number is rounded away in silence:
what is cut off is said (“余”, “more than”), what is missing is said with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext

from dongche.analytics import disclosure
from dongche.analytics.figures import NO_ENTITIES, NO_REPORTS, SUPPRESSED, ZERO_DENOMINATOR, Figure
from dongche.kit.messages import N_
from dongche.kit.pack import Wording
from dongche.reporting.brief import counts
from dongche.web.languages import in_language
from dongche.web.templatetags import web

if TYPE_CHECKING:
    from dongche.reporting.brief.model import Published

WAN_FEN = 10_000 * 100
LARGE_FEN = 100 * WAN_FEN
REASONS: Mapping[str, str] = {
    NO_REPORTS: N_("no report has come in for the day"),
    NO_ENTITIES: N_("no place should resume here"),
    ZERO_DENOMINATOR: N_("nothing to divide by: the base is zero"),
    SUPPRESSED: N_("too few to be published"),
}
NUMERALS = "〇一二三四五六七八九十"


def is_chinese() -> bool:
    return not (get_language() or "zh").startswith("en")


def count(number: int) -> str:
    """A whole number: plain digits in Chinese, in groups of three in English."""
    return str(number) if is_chinese() else f"{number:,}"


def percent(value: Decimal) -> str:
    return f"{value:.2f}%".replace("-", "−")


def money(fen: int) -> str:
    """An amount of money; a large one in units of ten thousand yuan, and when that cuts something off it says so."""
    if fen < LARGE_FEN:
        yuan = f"{fen // 100}" if fen % 100 == 0 else f"{Decimal(fen) / 100:.2f}"
        return gettext("%(amount)s yuan") % {"amount": yuan if is_chinese() else f"{Decimal(yuan):,}"}
    wan, rest = divmod(fen, WAN_FEN)
    amount = str(wan) if is_chinese() else f"{Decimal(wan) / 100:,.2f}"
    if rest:
        return gettext("more than %(amount)s million yuan") % {"amount": amount}
    return gettext("%(amount)s million yuan") % {"amount": amount}


def amount(number: int | None, counted_in: str) -> str:
    if number is None:
        return "—"
    return money(number) if counted_in == "fen" else count(number)


def nothing(figure: Figure) -> str:
    """The dash that stands for a missing figure, with the reason."""
    return gettext("— (no data: %(reason)s)") % {"reason": reason(figure)}


def reason(figure: Figure, before: Figure | None = None) -> str:
    """Why a figure is missing; that of a change may be that the day before has none."""
    found = figure.reason or (before.reason if before else None)
    return gettext(REASONS[found or NO_REPORTS])


def note(reasons: Sequence[str]) -> str:
    """The line under a table that explains its dashes."""
    if not reasons:
        return ""
    said = reduce(
        lambda first, item: gettext("%(items)s; %(item)s") % {"items": first, "item": item}, reasons
    )
    return gettext("—: %(reasons)s.") % {"reasons": said}


def few() -> str:
    return gettext("fewer than %(limit)s") % {"limit": disclosure.SMALLEST_PUBLISHED}


def parts(figure: Figure) -> str:
    """numerator/denominator"""
    found = counts.meaning(figure.definition)
    counted_in = found.counted_in if found else ""
    return f"{amount(figure.numerator, counted_in)}/{amount(figure.denominator, counted_in)}"


def shown(figure: Figure, part: str, beside: str = "", before: Figure | None = None) -> str:
    """A part of a figure as it is printed; a missing one as a dash with its reason."""
    found = counts.meaning(figure.definition)
    counted_in = found.counted_in if found else ""
    match part:
        case "numerator" if figure.reason == SUPPRESSED:
            return few()
        case "numerator":
            return nothing(figure) if figure.numerator is None else amount(figure.numerator, counted_in)
        case "denominator":
            return nothing(figure) if figure.denominator is None else amount(figure.denominator, counted_in)
        case "rest":
            if figure.numerator is None or figure.denominator is None:
                return nothing(figure)
            return amount(figure.denominator - figure.numerator, counted_in)
        case "short":
            return "—" if figure.value is None else percent(figure.value)
        case "parts":
            return "—" if figure.value is None else parts(figure)
        case "coverage":
            return "—" if figure.coverage is None else percent(figure.coverage * 100)
        case "excluded":
            return "—" if figure.excluded is None else count(figure.excluded)
        case "change":
            change = difference(figure, before)
            return "—" if change is None else f"{change:+.2f}".replace("-", "−") if change else "0.00"
        case "points":
            change = difference(figure, before)
            return "—" if change is None else f"{abs(change):.2f}"
    if figure.value is None:
        return nothing(figure)
    value = percent(figure.value)
    if not beside:
        return value
    pattern = gettext("%(value)s (%(parts)s)") if beside == "brackets" else gettext("%(value)s: %(parts)s")
    return pattern % {"value": value, "parts": parts(figure)}


def difference(figure: Figure, before: Figure | None) -> Decimal | None:
    """The change in percentage points, None where there is nothing to compare or the definition has changed."""
    if (
        before is None
        or figure.value is None
        or before.value is None
        or figure.definition != before.definition
    ):
        return None
    return figure.value - before.value


def provenance(figure: Figure, before: Figure | None = None) -> str:
    """Where a figure comes from, in one sentence."""
    found = counts.meaning(figure.definition)
    said = gettext("%(name)s (%(code)s): %(parts)s on %(day)s, known at %(moment)s. %(formula)s.") % {
        "name": found.name if found else figure.metric,
        "code": figure.definition,
        "parts": parts(figure) if figure.numerator is not None else nothing(figure),
        "day": web.day(figure.on),
        "moment": web.moment(figure.as_known, "long"),
        "formula": found.formula if found else "—",
    }
    if before is None:
        return said
    earlier = {"said": said, "parts": parts(before), "day": web.day(before.on)}
    return gettext("%(said)s Compared with %(parts)s on %(day)s.") % earlier


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts of one figure in the annex: for what, on which day."""

    text: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the annex: a definition and the figures that were counted by it."""

    code: str
    name: str
    formula: str
    readings: tuple[Reading, ...]

    @property
    def text(self) -> str:
        values = {"name": self.name, "code": self.code, "formula": self.formula}
        line = gettext("%(name)s (%(code)s): %(formula)s.") % values
        if not self.readings:
            return line
        listed = reduce(
            lambda said, one: gettext("%(items)s; %(item)s") % {"items": said, "item": one},
            [reading.text for reading in self.readings],
        )
        return gettext("%(line)s %(readings)s.") % {"line": line, "readings": listed}


def source_line(code: str, readings: tuple[Reading, ...]) -> SourceLine:
    found = counts.meaning(code)
    return SourceLine(code, found.name if found else code, found.formula if found else "—", readings)


def reading(figure: Figure, on: date, labels: Mapping[str, Mapping[str, str]]) -> Reading:
    """A figure's scope and parts, with its day where that is not the day of the brief."""
    text = nothing(figure) if figure.value is None and figure.numerator is None else parts(figure)
    if figure.scope:
        scope = " × ".join(labels.get(name, {}).get(key, key) for name, key in figure.scope.items())
        text = gettext("%(scope)s %(parts)s") % {"scope": scope, "parts": text}
    if figure.on != on:
        text = gettext("%(parts)s on %(day)s") % {"parts": text, "day": web.day(figure.on)}
    return Reading(text)


def heading(number: int, title: str) -> str:
    """一、总体情况 / 1. Overall situation"""
    return gettext("%(number)s. %(title)s") % {"number": numeral(number), "title": title}


def numeral(number: int) -> str:
    """
    >>> from django.utils.translation import override
    >>> with override("zh-hans"):
    ...     [numeral(n) for n in (1, 9, 10, 11, 20, 23)]
    ['一', '九', '十', '十一', '二十', '二十三']
    """
    if not is_chinese():
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else NUMERALS[tens]) + ("十" if tens else "") + (NUMERALS[ones] if ones else "")


def issue(number: int) -> str:
    return gettext("Issue No. %(number)s") % {"number": number}


def day_of_issue(on: date) -> str:
    return web.day(on, "year")


def as_of(on: date, as_known: datetime) -> str:
    values = {"day": web.day(on, "year"), "moment": web.moment(as_known, "long")}
    return gettext("Figures for %(day)s; data as of %(moment)s") % values


def status(published: Published | None) -> str:
    """Whether the figures were locked; what was not is provisional, as reports may still come."""
    if published is None:
        return gettext("Provisional: late reports and corrections may still change these figures")
    values = {"number": published.number, "speaker": published.speaker, "digest": published.digest}
    return (
        gettext("Published and locked: no. %(number)s, a statement by %(speaker)s; SHA-256 %(digest)s")
        % values
    )


def distribution(rules: Wording) -> tuple[str, ...]:
    """To whom the brief goes, who gets a copy, how many are printed (domain 2m)."""
    return (
        gettext("To: %(names)s") % {"names": in_language(rules.to)},
        gettext("Copies to: %(names)s") % {"names": in_language(rules.copied_to)},
        gettext("Copies printed: %(number)s") % {"number": rules.copies},
    )


def rules(found: Wording) -> str:
    """By which rules words were chosen, as the last line of the annex says it."""
    return gettext(
        "Wording: a change under %(level)s percentage points is “basically level”, one of %(marked)s or more "
        "“marked”; units with fewer than %(places)s places are not named as high or low."
    ) % {
        "level": found.level_below.normalize(),
        "marked": found.marked_from.normalize(),
        "places": found.comparable_from,
    }


def compiled_by(name: str) -> str:
    return gettext("Compiled by: %(name)s") % {"name": name}


def approved_by(name: str) -> str:
    return gettext("Approved by: %(name)s") % {"name": name or gettext("(awaiting signature)")}
