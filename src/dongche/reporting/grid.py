"""The reports of many places in one grid: a row a place, its cells the questions of the day, beside what is stored.

A row is what the web form is (`RowForm`), so that it is judged by the same rules. A row that nobody touched is left
alone; one whose place has reported since the grid was drawn is not stored but shown beside what came in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit.messages import N_
from dongche.registry.models import Entity
from dongche.reporting import values as rules
from dongche.reporting import words
from dongche.reporting.appending import Entry, Outcome
from dongche.reporting.forms import MONEY, ReportForm, Start, new_key
from dongche.reporting.models import Channel, Difficulty, Report, State
from dongche.reporting.queries import Reports
from dongche.reporting.values import ValueRefused, yuan
from dongche.web.problems import sentence

ROWS: Final = 50
FIELDS: Final = (
    "state", "staff_at_post", "staff_due", "output_fen", "output_normal_fen", "abnormal_temperature", "mask_days",
    "difficulties", "note",
)  # fmt: skip
# What seldom changes is filled in beforehand; a row with nothing else in it says nothing of the day.
BEFOREHAND: Final = frozenset({"staff_due", "output_normal_fen"})
COLUMNS: Final[Mapping[str, Any]] = {
    "state": _("Open?"),
    "staff_at_post": _("At post"),
    "staff_due": _("Staff due"),
    "output_fen": _("Output (yuan)"),
    "output_normal_fen": _("Normal day (yuan)"),
    "abnormal_temperature": _("37.3 °C+"),
    "mask_days": _("Masks (days)"),
    "difficulties": _("Difficulties"),
    "note": _("Note"),
}


class DifficultyNotKnown(ValueRefused):
    code = "reporting.difficulty_not_known"
    field = "difficulties"
    message = N_("“%(given)s” is none of the difficulties that are counted. Write: %(expected)s.")


class DifficultiesField(forms.Field):
    """Difficulties as words with 、 between them."""

    def to_python(self, value: Any) -> list[str]:
        found, unknown = words.difficulties(str(value or ""))
        if unknown:
            problem = unknown_difficulties(unknown)
            raise forms.ValidationError(sentence(problem), code=problem.code)
        return list(found)


def unknown_difficulties(given: Sequence[str]) -> DifficultyNotKnown:
    return DifficultyNotKnown(given="、".join(given)[:40], expected=words.in_words(list(Difficulty.values)))


class RowForm(ReportForm):
    """The web form as a row; the day is that of the grid."""

    on = None  # type: ignore[assignment]
    state = forms.ChoiceField(
        label=_("Are you open?"),
        choices=State.choices,
        error_messages={
            "required": _("Choose whether the place is open."),
            "invalid_choice": _("Choose one of the three."),
        },
    )
    difficulties = DifficultiesField(label=_("Present difficulties"), required=False)  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        self._refuse(rules.day_faults(self.place, self.start.on, self.channel, self.start.today))
        return super().clean()


@dataclass(frozen=True)
class Cell:
    """A cell: its text, what is wrong with it, and what stood there the day before."""

    name: str
    label: str
    text: str
    before: str
    faults: Sequence[str]

    @property
    def kind(self) -> str:
        if self.name in ("state", "difficulties", "note"):
            return self.name
        return "money" if self.name in MONEY else "count"


@dataclass(frozen=True)
class Line:
    """A row as it is shown. `seen` is the report it was drawn from, 0 for none; `theirs` is label, mine and theirs of
    each answer that differs from the one that came in meanwhile."""

    place: Entity
    key: str
    seen: int
    cells: Sequence[Cell]
    report: Report | None
    can_be_same: bool
    is_same: bool
    is_asked: bool = False
    faults: Sequence[str] = ()
    theirs: Sequence[tuple[str, str, str]] = ()

    @property
    def is_refused(self) -> bool:
        return bool(self.theirs or self.faults or any(cell.faults for cell in self.cells))


@dataclass
class Grid:
    """The rows of some places for a day. With `posted` they hold what was typed; `store` is for what can be stored.

    Shape: two queries for all places together, three once something is posted
    """

    places: Sequence[Entity]
    on: date
    today: date
    posted: QueryDict | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @cached_property
    def _reports(self) -> dict[tuple[int, date], Report]:
        days = (self.on, self.on - timedelta(days=1))
        found = Reports.unscoped(reason="of places that are already scoped").filter(
            entity__in=[place.pk for place in self.places], on__in=days, superseded_at__isnull=True
        )
        return {(report.entity_id, report.on): report for report in found}

    @cached_property
    def _drawn(self) -> dict[int, Report]:
        """The reports that the posted rows were drawn from."""
        ids = [self._seen(place) for place in self.places]
        found = Reports.unscoped(reason="of places that are already scoped").filter(
            pk__in=[pk for pk in ids if pk], entity__in=[place.pk for place in self.places], on=self.on
        )
        return {report.entity_id: report for report in found}

    def current(self, place: Entity) -> Report | None:
        return self._reports.get((place.pk, self.on))

    def before(self, place: Entity) -> Report | None:
        return self._reports.get((place.pk, self.on - timedelta(days=1)))

    def _said(self, place: Entity, name: str) -> str:
        return "" if self.posted is None else self.posted.get(f"{place.number}-{name}", "").strip()

    def _seen(self, place: Entity) -> int:
        text = self._said(place, "seen")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0

    def _is_ticked(self, place: Entity) -> bool:
        return bool(self._said(place, "same")) and self.before(place) is not None

    def _typed(self, place: Entity) -> dict[str, str]:
        return {name: self._said(place, name) for name in FIELDS}

    def _is_touched(self, place: Entity, typed: Mapping[str, str]) -> bool:
        drawn = self._drawn.get(place.pk) if self._seen(place) else None
        if drawn is not None:
            return typed != texts(drawn)
        return any(text for name, text in typed.items() if name not in BEFOREHAND)

    def _answers(self, place: Entity) -> dict[str, str] | None:
        """What a posted row says; None of one that nobody touched.

        A tick alone means the answers of the day before; one beside other answers is compared when it is stored.
        """
        typed = self._typed(place)
        if self._is_touched(place, typed):
            return typed
        before = self.before(place)
        if self._is_ticked(place) and before is not None:
            return texts(before) | {"note": typed["note"]}
        return None

    @cached_property
    def forms(self) -> dict[int, RowForm]:
        """The rows that say something, judged."""
        found: dict[int, RowForm] = {}
        for place in self.places if self.posted is not None else ():
            answers = self._answers(place)
            if answers is not None:
                more = {name: self._said(place, name) for name in ("key", "same", "sure")}
                data = {f"{place.number}-{name}": text for name, text in (answers | more).items()}
                start = Start(self.on, self.today, self.current(place), self.before(place))
                form = RowForm(data, place=place, start=start, channel=Channel.OFFICER, prefix=place.number)
                found[place.pk] = form
        return found

    def entries(self) -> list[Entry]:
        """What can be stored."""
        return [
            Entry(
                place=form.place,
                on=self.on,
                values=form.values(),
                key=form.cleaned_data["key"],
                same_as_yesterday=form.cleaned_data["same"],
                seen=self._seen(form.place),
            )
            for form in self.forms.values()
            if form.is_valid()
        ]

    def stored(self, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """Note what became of the entries; what is shown from now on is what is stored by now."""
        self.outcomes = {one.place.pk: outcome for one, outcome in zip(entries, outcomes, strict=True)}
        for one, outcome in zip(entries, outcomes, strict=True):
            if outcome.report is not None:
                self._reports[one.place.pk, self.on] = outcome.report

    def count(self, *kinds: str) -> int:
        return sum(outcome.kind in kinds for outcome in self.outcomes.values())

    @cached_property
    def lines(self) -> list[Line]:
        return [self._line(place) for place in self.places]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.is_refused]

    def _line(self, place: Entity) -> Line:
        current, before = self.current(place), self.before(place)
        outcome, form = self.outcomes.get(place.pk), self.forms.get(place.pk)
        is_open = form is not None and (outcome is None or outcome.kind in ("conflict", "gone"))
        start = Start(self.on, self.today, current, before)
        shown = self._beforehand(place, start)
        faults: dict[str, list[str]] = {}
        theirs: list[tuple[str, str, str]] = []
        if form is not None and is_open:
            shown = self._answers(place) or shown
            faults = {name: [str(text) for text in found] for name, found in form.errors.items()}
            if outcome is not None and outcome.kind == "conflict" and outcome.report is not None:
                theirs = _differences(shown, texts(outcome.report))
            elif outcome is not None:
                faults["__all__"] = [gettext("This place is no longer in the register.")]
        told = texts(before) if before is not None else {}
        cells = [
            Cell(name, str(COLUMNS[name]), shown[name], told.get(name, ""), faults.pop(name, []))
            for name in FIELDS
        ]
        return Line(
            place=place,
            key=form.data[f"{place.number}-key"] if form is not None and is_open else new_key(),
            seen=current.pk if current is not None else 0,
            cells=cells,
            report=current,
            can_be_same=before is not None,
            is_same=is_open and self._is_ticked(place),
            is_asked=is_open and form is not None and form.is_asked,
            faults=[text for found in faults.values() for text in found],
            theirs=theirs,
        )

    def _beforehand(self, place: Entity, start: Start) -> dict[str, str]:
        if start.current is not None:
            return texts(start.current)
        usual = {"staff_due": place.staff_count, "output_normal_fen": place.output_normal_fen}
        if start.before is not None:
            usual = {name: getattr(start.before, name) or usual[name] for name in usual}
        return dict.fromkeys(FIELDS, "") | {name: _text(name, value) for name, value in usual.items()}

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)


def texts(report: Report) -> dict[str, str]:
    """This function will give the answers of a report as they stand in the cells."""
    return {name: _text(name, getattr(report, name)) for name in FIELDS}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "difficulties":
        return words.in_words(value)
    return yuan(value) if name in MONEY else str(value)


def _differences(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[tuple[str, str, str]]:
    labels = dict(State.choices)

    def shown(name: str, text: str) -> str:
        return str(labels.get(text, text)) if name == "state" else text

    return [
        (str(COLUMNS[name]), shown(name, mine[name]) or "—", shown(name, theirs[name]) or "—")
        for name in FIELDS
        if mine[name] != theirs[name]
    ]
