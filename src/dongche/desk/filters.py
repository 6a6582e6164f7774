"""The filters of the place list: a GET form, so that every list has an address that can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as lazy_plural

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer, UnitKind
from dongche.org.queries import ROLES, Units, duties_on
from dongche.org.words import CAUSE_WORDS, gap_in_words, in_area
from dongche.registry import past
from dongche.registry.models import Category, Focus, Size
from dongche.registry.queries import ANY_GAP, Gap, Places, places_in, places_in_any
from dongche.registry.standards import gb4754, nine_small
from dongche.registry.standing import STANDINGS, in_standing
from dongche.reporting import evidence, keeping, rulebook, silence
from dongche.reporting import queries as reporting
from dongche.reporting.brief import rows
from dongche.web.components import Chip, Pager
from dongche.web.languages import in_language
from dongche.web.templatetags.web import day

STATES = (
    ("not_reported", _("Not reported")),
    ("reported", _("Reported")),
    ("resumed", _("Resumed (open or partly)")),
    ("open", _("Open")),
    ("part", _("Partly open")),
    ("closed", _("Not open")),
    ("expected", _("Should resume")),
    ("excluded", _("Excluded")),
)
SILENT = tuple(
    (str(days), lazy_plural("%(days)s day or more", "%(days)s days or more", "days") % {"days": days})
    for days in range(1, 15)
)
DOUBTS = (
    ("doubted", _("Doubtful or contradicted")),
    ("corroborated", _("At work and supported")),
    ("in_doubt", _("At work by the report, but in doubt")),
)
CONTACTS = (("named", _("Named")), ("unnamed", _("Not named")))
UNIT_FIELDS = {"subdistrict": "subdistrict__code", "community": "community__code", "grid": "grid__code"}
NONE, UNKNOWN, ANY = "none", "unknown", "any"
# A page counts no further: that alone would cost more than the page, of a million places a second.
MOST_COUNTED = 20_000
SHOWING = frozenset({"columns", "sort", "view"})


class UnknownGap(Problem):
    code = "desk.unknown_gap"
    status = 404
    message = N_(
        "There is no such gap in the coverage any more: %(gap)s. Open the coverage page to see today's gaps."
    )


class PlaceFilter(forms.Form):
    """Which places to list, and the day their reports are read for."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Name, initials, number, credit code or phone"),
                "autocomplete": "off",
            }
        ),
    )
    subdistrict = forms.ChoiceField(label=_("Sub-district"), required=False)
    community = forms.ChoiceField(label=_("Community"), required=False)
    line = forms.ChoiceField(label=_("Line"), required=False)
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[("", _("All")), *Category.choices]
    )
    state = forms.ChoiceField(label=_("Report of the day"), required=False, choices=[("", _("All")), *STATES])
    standing = forms.ChoiceField(
        label=_("Standing"), required=False, choices=[("", _("All")), *STANDINGS.items()]
    )
    said = forms.ChoiceField(label=_("In the report"), required=False, choices=[("", _("All")), *rows.SAID])
    silent = forms.ChoiceField(
        label=_("Without a report for"), required=False, choices=[("", _("All")), *SILENT]
    )
    evidence = forms.ChoiceField(label=_("Evidence"), required=False)
    section = forms.ChoiceField(label=_("Industry"), required=False)
    size = forms.ChoiceField(
        label=_("Size"), required=False, choices=[("", _("All")), *Size.choices, (UNKNOWN, _("Unknown"))]
    )
    focus = forms.ChoiceField(
        label=_("Three focuses"),
        required=False,
        choices=[("", _("All")), *Focus.choices, (ANY, _("Any focus")), (NONE, _("No focus"))],
    )
    backbone = forms.ChoiceField(
        label=_("Backbone list"),
        required=False,
        choices=[("", _("All")), ("1", _("On the list")), ("0", _("Not on the list"))],
    )
    contact = forms.ChoiceField(
        label=_("Leader in contact"), required=False, choices=[("", _("All")), *CONTACTS]
    )
    above_scale = forms.ChoiceField(
        label=_("Four-above"), required=False, choices=[("", _("All")), ("1", _("Yes")), ("0", _("No"))]
    )
    nine_small = forms.ChoiceField(label=_("Nine small class"), required=False)
    whose = forms.ChoiceField(
        label=_("Which of mine"),
        required=False,
        choices=[("", _("All")), ("units", _("Of my units")), ("named", _("Named to me"))],
    )
    on = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    grid = forms.CharField(required=False, widget=forms.HiddenInput)
    gap = forms.CharField(required=False, widget=forms.HiddenInput)
    # How the list is shown: no filters, but part of its address, which a search keeps.
    columns = forms.CharField(required=False, widget=forms.HiddenInput)
    sort = forms.CharField(required=False, widget=forms.HiddenInput)
    view = forms.CharField(required=False, widget=forms.HiddenInput)
    # Rows that were chosen one by one, by their numbers.
    pick = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, officer: Officer, today: date) -> None:
        given = data.copy()
        if not given.get("on"):
            given["on"] = today.isoformat()
        if "pick" in given:
            given["pick"] = ",".join(given.getlist("pick"))
        super().__init__(given)
        self.officer, self.today = officer, today
        self._weighed: int | None = None
        # Only who answers for places by name has two kinds of them.
        if not given.get("whose") and not Places.visible_to(officer).named_to(officer).exists():
            self.fields["whose"].widget = forms.HiddenInput()
        found = (
            Units.visible_to(officer)
            .of_service()
            .filter(kind__in=(UnitKind.SUBDISTRICT, UnitKind.COMMUNITY, UnitKind.DEPARTMENT))
        )
        units = list(found.order_by("code").values_list("pk", "kind", "code", "name", "subdistrict"))
        everything, unknown = ("", _("All")), (UNKNOWN, _("Unknown"))
        areas = {pk: (code, name) for pk, kind, code, name, _area in units if kind == UnitKind.SUBDISTRICT}
        self._choose("subdistrict", everything, *areas.values())
        # Which sub-district a row is of needs to be said only where there are several.
        self.subdistricts = {pk: name for pk, (_code, name) in areas.items()} if len(areas) > 1 else {}
        if len(areas) < 2:
            self.fields["subdistrict"].widget = forms.HiddenInput()
        for field, wanted in (("community", UnitKind.COMMUNITY), ("line", UnitKind.DEPARTMENT)):
            named: dict[int | None, list[tuple[str, str]]] = {}
            for _pk, kind, code, name, area in units:
                if kind == wanted:
                    named.setdefault(area, []).append((code, name))
            # Two sub-districts may have communities of one name: each stands under its own.
            grouped = [(areas.get(area or 0, ("", "—"))[1], choices) for area, choices in named.items()]
            flat = grouped if len(areas) > 1 else [one for _area, choices in grouped for one in choices]
            self._choose(field, everything, *flat, unknown)
        sections = [
            (letter, f"{letter} {in_language({'en': section.en, 'zh-Hans': section.zh})}")
            for letter, section in gb4754.sections().items()
        ]
        self._choose("section", everything, *sections, unknown)
        kinds = [
            (code, in_language({"en": one.en, "zh-Hans": one.zh}))
            for code, one in nine_small.venues().items()
        ]
        self._choose("nine_small", everything, *kinds)
        # Whatever holds today: an address that names an old rule of another day is told so.
        rules = [(one.code, one.name) for one in rulebook.on(today).values()]
        self._choose("evidence", everything, *evidence.STRENGTHS.items(), *DOUBTS, *rules)

    def _choose(self, name: str, *choices: tuple[str, Any]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = list(choices)

    @property
    def chosen_day(self) -> date:
        """The day the reports are read for; today when the field is empty or not a day."""
        return self.cleaned_data.get("on") or self.today if self.is_valid() else self.today

    def places(self) -> Places:
        """The places that the officer may see and the filters leave; none while a filter is not valid."""
        places = self._whatever_their_state
        state = self.is_valid() and self.cleaned_data["state"]
        return reporting.in_state(places, self.chosen_day, state) if state else places

    def total(self) -> int:
        """How many places there are in the list, all pages of it."""
        places = self._narrowed(is_counted=True)
        state = self.is_valid() and self.cleaned_data["state"]
        return reporting.count_in_state(places, self.chosen_day, state) if state else places.count()

    def counted(self, pager: Pager, *, whole: bool = False) -> Pager:
        """The pager of a page with how many places there are on all: up to MOST_COUNTED, unless asked to count on."""
        if pager.previous is None and pager.next is None:
            return replace(pager, total=pager.shown)
        if whole:
            return replace(pager, total=self.total())
        count = self.total_shown()
        return replace(pager, total=min(count, MOST_COUNTED), is_more=count > MOST_COUNTED)

    def total_shown(self) -> int:
        """How many places there are, counted up to one more than MOST_COUNTED."""
        places = self._narrowed(is_counted=True)
        state = self.is_valid() and self.cleaned_data["state"]
        if state:
            places = reporting.in_state(places, self.chosen_day, state)
        return places.order_by()[: MOST_COUNTED + 1].count()

    @cached_property
    def _whatever_their_state(self) -> Places:
        return self._narrowed()

    def _narrowed(self, *, is_counted: bool = False) -> Places:
        if not self.is_valid():
            return Places.visible_to(self.officer).none()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        on = self.chosen_day
        places = self._of_whom(wanted, on)
        if "q" in wanted:
            places = places.named_like(wanted["q"], is_counted=is_counted)
        if "pick" in wanted:
            places = places.filter(number__in=wanted["pick"].split(","))
        for name, column in UNIT_FIELDS.items():
            if name in wanted:
                where = {f"{name}__isnull": True} if wanted[name] == UNKNOWN else {column: wanted[name]}
                places = places.filter(**where)
        for name, column in (
            ("category", "category"),
            ("section", "section"),
            ("size", "size"),
            ("focus", "focus"),
            ("nine_small", "nine_small_class"),
        ):
            if wanted.get(name) == ANY:
                places = places.filter(**{f"{column}__gt": ""})
            elif name in wanted:
                value = "" if wanted[name] in {UNKNOWN, NONE} else wanted[name]
                places = past.having(places, on, **{column: value})
        if "above_scale" in wanted:
            places = past.having(places, on, above_scale=wanted["above_scale"] == "1")
        if "backbone" in wanted:
            places = places.on_backbone(on, wanted["backbone"] == "1")
        if "contact" in wanted:
            places = places.named("contact", on, wanted["contact"] == "named")
        if "line" in wanted:
            places = self._in_line(places, wanted["line"], on)
        if "standing" in wanted:
            places = in_standing(places, on, wanted["standing"])
        if "said" in wanted:
            places = rows.said(places, on, wanted["said"])
        if "silent" in wanted:
            places = silence.silent(places, on, int(wanted["silent"]))
        if "evidence" in wanted:
            self._weighed_on(on)
            places = keeping.chosen(places, on, wanted["evidence"])
        if "gap" in wanted:
            places = self._in_gap(places, wanted["gap"], on)
        return places

    def _weighed_on(self, on: date) -> None:
        """Have the reports of the day weighed, once for a page however often it narrows its list."""
        if self._weighed is None:
            self._weighed = keeping.bring(Places.visible_to(self.officer), on, clock.now())

    def _in_line(self, places: Places, code: str, on: date) -> Places:
        if code == UNKNOWN:
            return places.with_line(on).filter(line_id__isnull=True)  # type: ignore[misc]  # annotated
        department = Units.visible_to(self.officer).filter(code=code).values_list("pk", flat=True).first()
        return places.with_line(on).filter(line_id=department)  # type: ignore[misc]  # annotated

    def _in_gap(self, places: Places, text: str, on: date) -> Places:
        if text == ANY_GAP:
            return places_in_any(places, duties_on(on))
        role, _colon, rest = text.partition(":")
        cause, _colon, code = rest.partition(":")
        unit = Units.visible_to(self.officer).filter(code=code).first() if code else None
        if role not in ROLES or cause not in CAUSE_WORDS or (code and unit is None):
            raise UnknownGap(gap=text)
        return places_in(places, Gap(role, cause, unit, 0), duties_on(on))

    def _of_whom(self, wanted: dict[str, Any], on: date) -> Places:
        """Figures count the places of one's units on their day; so does a list behind one, unless asked otherwise."""
        behind_figure = any(name in wanted for name in ("state", "standing", "said", "gap", "evidence"))
        whose = wanted.get("whose", "units" if behind_figure else "")
        if whose == "units":
            return Places.counted_for(self.officer, on)
        places = Places.visible_to(self.officer)
        return places.named_to(self.officer) if whose == "named" else places

    def chips(self) -> list[Chip]:
        """The filters in force in words, each with the address of the list without it."""
        if not self.is_valid():
            return []
        chips = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if not value or name in SHOWING or name == "q" or (name == "on" and value == self.today):
                continue
            shown = word_of(field, value) if isinstance(field, forms.ChoiceField) else str(value)
            label = str(field.label or "")
            if name == "on":
                shown = day(value)
            elif name == "grid":
                label = gettext("Grid")
                shown = (
                    Units.visible_to(self.officer).filter(code=value).values_list("name", flat=True).first()
                    or value
                )
            elif name == "pick":
                count = len(value.split(","))
                label = gettext("Chosen")
                shown = ngettext("%(count)s place", "%(count)s places", count) % {"count": count}
            elif name == "gap":
                label, shown = gettext("Gap"), _gap_in_words(value)
            chips.append(Chip(label, shown, "?" + self.query(without={name})))
        return chips

    def query(self, without: Collection[str] = (), **more: str) -> str:
        """The filters, and how the list is shown, as a query string."""
        return urlencode({**self.kept(without), **more})

    def kept(self, without: Collection[str] = ()) -> dict[str, str]:
        """What the address of the list says, by the names of its fields."""
        kept = {
            name: value
            for name, value in self.data.items()
            if value and name in self.fields and name not in without
        }
        if kept.get("on") == self.today.isoformat():
            kept.pop("on")
        return kept


def word_of(field: forms.ChoiceField, value: Any) -> str:
    """The word of a choice, also of one that stands in a group."""
    for code, word in cast(Iterable[tuple[Any, Any]], field.choices):
        if isinstance(word, list | tuple):
            for inner, name in word:
                if inner == value:
                    return in_area(str(code), str(name))
        elif code == value:
            return str(word)
    return str(value)


def _gap_in_words(gap: str) -> str:
    if gap == ANY_GAP:
        return gettext("any role")
    role, cause, *_unit = f"{gap}::".split(":")
    return gap_in_words(role, cause)
