"""Filters and tags of the UI kit: numbers, days, the heat scale, icons, sparklines and cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from dongche.kit import pinyin
from dongche.kit.messages import N_
from dongche.web import icons

register = template.Library()

HEAT_STEPS = (55, 65, 75, 85, 92)
REASONS = {
    "no_reports": N_("No report has come in yet"),
    "no_entities": N_("No place is expected to report here"),
    "zero_denominator": N_("Nothing to divide by: the base is zero"),
}


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _grouped(number: Decimal, places: int, sign: str = "") -> str:
    """Digits in groups of three, always with a dot: figures look the same in every language of the house."""
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded:{sign},.{places}f}".replace("-", "−")


def _nothing(reason: Any) -> SafeString:
    """A dash that says why there is no figure, to the eye on hover and to a screen reader at once."""
    text = gettext(REASONS[reason]) if reason in REASONS else str(reason or gettext("No data"))
    return format_html(
        '<span class="dc-none" title="{0}"><span aria-hidden="true">—</span>'
        '<span class="visually-hidden">{0}</span></span>',
        text,
    )


@register.filter
def percent(value: Any, reason: Any = None) -> str:
    """78.19% – or a dash with the reason when there is no figure."""
    number = _decimal(value)
    return _nothing(reason) if number is None else f"{_grouped(number, 2)}%"


@register.filter
def ratio(value: Any) -> str:
    """A share between 0 and 1, shown as a percentage."""
    number = _decimal(value)
    return _nothing(None) if number is None else f"{_grouped(number * 100, 2)}%"


@register.filter
def number(value: Any, places: int = 0) -> str:
    """Thousands in groups of three.

    >>> number(1234567), number("3.14159", 2), number(-5)
    ('1,234,567', '3.14', '−5')
    """
    found = _decimal(value)
    return _nothing(None) if found is None else _grouped(found, int(places))


@register.filter
def signed(value: Any, places: int = 2) -> str:
    """A difference, always with its sign.

    >>> signed("1.6"), signed(-2, 0)
    ('+1.60', '−2')
    """
    found = _decimal(value)
    return _nothing(None) if found is None else _grouped(found, int(places), "+")


@register.filter
def yuan(fen: Any) -> str:
    """An amount in fen, shown in yuan.

    >>> yuan(123456789)
    '1,234,567.89'
    """
    found = _decimal(fen)
    return _nothing(None) if found is None else _grouped(found / 100, 2)


@register.filter
def marked(text: Any, wanted: Any) -> str:
    """A text in which what was looked for stands out.

    >>> marked("青岛海达<1>", "qdhd")
    '<mark>青岛海达</mark>&lt;1&gt;'
    """
    found = pinyin.span(str(text), str(wanted)) if wanted else None
    if found is None:
        return conditional_escape(text)
    begin, end = found
    whole = str(text)
    return format_html("{}<mark>{}</mark>{}", whole[:begin], whole[begin:end], whole[end:])


@register.filter
def heat(value: Any) -> str:
    """The class of the heat scale for a percentage.

    >>> heat(54.99), heat(55), heat("92"), heat(None)
    ('heat-0', 'heat-1', 'heat-5', 'heat-none')
    """
    found = _decimal(value)
    return "heat-none" if found is None else f"heat-{sum(found >= step for step in HEAT_STEPS)}"


@register.filter
def day(value: Any, style: str = "") -> str:
    """A calendar day as people write it in the page's language; `style`: long, short, iso or none."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    if style == "iso":
        return str(value.isoformat())
    return date_format(value, _day_format(style), use_l10n=False)


def _day_format(style: str) -> str:
    if style == "long":
        # Translators: Django date format, day with year and weekday. Chinese: Y年n月j日 l
        return gettext("l j F Y")
    if style == "short":
        # Translators: Django date format, shortest form of month and day. Chinese: n-j
        return gettext("j M")
    if style == "year":
        # Translators: Django date format, day with year. Chinese: Y年n月j日
        return gettext("j F Y")
    # Translators: Django date format, day without year. Chinese: n月j日
    return gettext("j F")


@register.filter
def weekday(value: date | None) -> str:
    return date_format(value, "l", use_l10n=False) if value else ""


@register.filter
def moment(value: datetime | None, style: str = "") -> str:
    """An instant in Beijing time: the day and the minute."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return f"{day(local, 'year' if style == 'long' else '')} {local:%H:%M}"


@register.filter
def moment_or_day(value: datetime | None) -> str:
    """An instant in Beijing time; of one that begins a day the day alone, as only that is known then."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return day(local) if (local.hour, local.minute) == (0, 0) else moment(value)


@register.filter
def moment_of(value: datetime | None, on: date) -> str:
    """An instant told beside a day: its time alone on that day, with its own day on another."""
    if not value:
        return ""
    return clock(value) if timezone.localtime(value).date() == on else moment(value)


@register.filter
def clock(value: datetime | None) -> str:
    """The Beijing time of day of an instant."""
    return f"{timezone.localtime(value):%H:%M}" if value else ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon; decorative unless it is given a label."""
    shape = mark_safe(icons.ICONS[name])  # noqa: S308  (our own constant)
    if label:
        return format_html(
            '<svg class="dc-icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, shape
        )
    return format_html('<svg class="dc-icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', shape)


@register.simple_tag
def wheel() -> SafeString:
    """The driving wheel, our mark."""
    shape = mark_safe(icons.WHEEL)  # noqa: S308  (our own constant)
    return format_html('<svg class="dc-wheel" viewBox="0 0 40 40" aria-hidden="true">{}</svg>', shape)


@register.simple_tag
def sparkline(values: Sequence[Any], label: str = "", mood: str = "") -> SafeString:
    """A small curve without axes, drawn on the server: it needs no script, and it prints.

    Gaps (None) break the line. Fewer than two figures draw nothing.
    """
    width, height, pad = 132, 44, 5
    numbers = [None if (found := _decimal(value)) is None else float(found) for value in values]
    known = [found for found in numbers if found is not None]
    if len(known) < 2:
        return SafeString("")
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = (width - 2 * pad) / (len(numbers) - 1)
    strokes: list[list[tuple[float, float]]] = [[]]
    for at, figure in enumerate(numbers):
        if figure is None:
            strokes.append([])
        else:
            rise = (figure - low) / span * (height - 2 * pad)
            strokes[-1].append((round(pad + at * step, 1), round(height - pad - rise, 1)))
    strokes = [stroke for stroke in strokes if stroke]
    line = "".join("M" + "L".join(f"{x} {y}" for x, y in stroke) for stroke in strokes)
    area = "".join(
        f"M{stroke[0][0]} {height}L" + "L".join(f"{x} {y}" for x, y in stroke) + f"L{stroke[-1][0]} {height}z"
        for stroke in strokes
        if len(stroke) > 1
    )
    x, y = strokes[-1][-1]
    return format_html(
        '<svg class="dc-spark {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="area" d="{}"/><path class="line" d="{}"/><path class="dot" d="M{} {}h0"/></svg>',
        mood, width, height, label, area, line, x, y,
    )  # fmt: skip


@register.simple_block_tag
def card(
    content: str, title: str = "", sub: Any = "", url: str = "", flush: bool = False, id: str = ""
) -> SafeString:
    """A titled panel around its content."""
    head: SafeString | str = ""
    if title:
        text = format_html('<a href="{}">{}</a>', url, title) if url else conditional_escape(title)
        aside = format_html('<div class="sub">{}</div>', sub) if sub else ""
        head = format_html('<div class="card-header"><h2 class="card-title">{}</h2>{}</div>', text, aside)
    named = format_html(' id="{}"', id) if id else ""
    body = "dc-flush" if flush else "card-body"
    return format_html(
        '<section class="card"{}>{}<div class="{}">{}</div></section>', named, head, body, content
    )


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's input with the classes of the theme, and with its help and errors named for screen readers."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        css = ""
    elif isinstance(widget, Select):
        css = "form-select"
    else:
        css = "form-control"
    given = widget.attrs.get("class", "")
    if field.errors:
        css += " is-invalid"
    return field.as_widget(attrs={"class": f"{css} {given}".strip()})


@register.filter
def shape(field: BoundField) -> str:
    """How a field is laid out: check, choices, file or text."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "file" if isinstance(widget, FileInput) else "text"


@register.filter
def sort_state(key: str, sort: str) -> str:
    """ascending, descending or none: how a column stands in the sort that is in force."""
    return {key: "ascending", f"-{key}": "descending"}.get(sort or "", "none")


@register.filter
def sort_link(key: str, sort: str) -> str:
    """The sort that a click on the column's heading asks for."""
    return f"-{key}" if sort == key else key
