"""What the place list can show: each column with what stands on the page, what stands in Excel, and how it sorts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Expression, F, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.org.queries import CONTACT
from dongche.registry import past, reasons
from dongche.registry.labels import COLUMNS as WORDS
from dongche.registry.labels import label, value
from dongche.registry.queries import Places
from dongche.reporting import keeping
from dongche.reporting.queries import with_report

Take = Callable[[Any], Any]
# What is read for a page only where a column needs it.
LAST, EXCLUDED, WHY, STANDING, BACKBONE, EVIDENCE = (
    "last", "excluded", "why", "standing", "backbone", "evidence",
)  # fmt: skip


@dataclass(frozen=True)
class ListColumn:
    """One column. `kind` is how `desk/places.html` draws it; `parts` are its columns in Excel, header and value of a
    row; `sort` names what `SORTS` sorts by. `thead.html` reads `label`, `key`, `numeric` and `css`."""

    name: str
    label: str | Promise
    parts: Sequence[tuple[str | Promise, Take]]
    kind: str = "text"
    sort: str = ""
    needs: str = ""

    @property
    def key(self) -> str:
        return self.sort

    @property
    def numeric(self) -> bool:
        return self.kind in {"count", "yuan", "at_post"}

    @property
    def css(self) -> str:
        return "dc-desk-only" if self.kind == "number" else ""


def _of(name: str) -> Take:
    return lambda row: getattr(row.place, name)


def _said(name: str) -> Take:
    return lambda row: getattr(row.report, name) if row.report else None


def _words(name: str) -> Take:
    def take(row: Any) -> str:
        given = getattr(row.place, name)
        return value(name, given, {}) if given not in (None, "") else ""

    return take


def _yuan(take: Take) -> Take:
    def found(row: Any) -> float | None:
        fen = take(row)
        return None if fen is None else fen / 100

    return found


def _who(role: str) -> Take:
    def take(row: Any) -> str:
        answer = row.answers.get(role)
        return answer.officer.name if answer and answer.officer else ""

    return take


def _unit(name: str) -> Take:
    def take(row: Any) -> str:
        unit = getattr(row, name)
        return unit.name if unit else ""

    return take


def state_in_words(row: Any) -> str:
    if row.report:
        return str(row.report.get_state_display())
    return gettext("Excluded") if row.is_excluded else gettext("Not reported")


def _chosen(report: Any) -> str:
    return gettext("chosen") if report and report.same_as_yesterday else ""


def _reasons(row: Any) -> str:
    return " ".join(doubt.reason for doubt in row.evidence.doubts) if row.evidence else ""


def _one(name: str, label: str | Promise, take: Take, **more: Any) -> ListColumn:
    return ListColumn(name, label, ((label, take),), **more)


def _own(name: str, **more: Any) -> ListColumn:
    return _one(name, label(name), _words(name), **more)


def _fen(name: str, label: str | Promise, take: Take, **more: Any) -> ListColumn:
    return ListColumn(name, label, ((_("%(label)s (yuan)"), _yuan(take)),), kind="yuan", **more)


_ALL = (
    _one("number", _("Number"), _of("number"), kind="number", sort="number"),
    ListColumn(
        "name", _("Place"), ((_("Place name"), _of("name")), (WORDS["address"], _of("address"))), kind="place",
        sort="name",
    ),
    _one("credit_code", _("Credit code"), _of("credit_code"), kind="code"),
    ListColumn(
        "category", _("Category"), ((_("Category"), _words("category")), (_("Three focuses"), _words("focus"))),
        kind="category", sort="category",
    ),
    _one(
        "backbone", _("Backbone list"), lambda row: gettext("On the list") if row.is_backbone else "",
        kind="mark", needs=BACKBONE,
    ),
    _one("industry", _("Industry"), _of("industry")),
    _one("section", _("Industry section"), _of("section")),
    _one("size", _("Size"), _words("size"), sort="size"),
    _one("size_why", _("Why this size"), lambda row: row.why.get("size", ""), kind="long", needs=WHY),
    _one("above_scale", _("Four-above"), _words("above_scale")),
    _one("above_why", _("Why four-above or not"), lambda row: row.why.get("above_scale", ""), kind="long", needs=WHY),
    _one("nine_small_class", _("Nine small class"), _words("nine_small_class")),
    ListColumn(
        "community", _("Community and grid"),
        (
            (_("Sub-district"), lambda row: row.subdistrict),
            (_("Community"), _unit("community")),
            (_("Grid"), _unit("grid")),
        ),
        kind="where", sort="community",
    ),
    _one("line", _("Line"), _unit("line")),
    _one("served_by", _("Served by"), _who("served_by"), kind="person"),
    _one("managed_by", _("Managed by"), _who("managed_by"), kind="person"),
    _one("responsible", _("Responsible"), _who("responsible"), kind="person"),
    _one("sponsor", _("Sponsor leader"), _who("sponsor"), kind="person"),
    _one("contact", _("Leader in contact"), _who(CONTACT)),
    _one("report", _("Report of the day"), state_in_words, kind="report"),
    _one("standing", _("Standing"), lambda row: row.standing, needs=STANDING),
    ListColumn(
        "evidence", _("Evidence"),
        ((_("Evidence"), lambda row: row.evidence.word if row.evidence else ""), (_("Reasons to ask"), _reasons)),
        kind="evidence", sort="evidence", needs=EVIDENCE,
    ),
    ListColumn(
        "at_post", _("At post"), ((_("Staff due"), _said("staff_due")), (_("At post"), _said("staff_at_post"))),
        kind="at_post", sort="at_post",
    ),
    _fen("output", _("Output today"), _said("output_fen")),
    _fen("output_base", _("Normal output in the report"), _said("output_normal_fen")),
    _one("same", _("Same as yesterday"), lambda row: _chosen(row.report)),
    _one("received_at", _("Reported at"), _said("received_at"), kind="instant"),
    _one("last_report", _("Last report"), lambda row: row.last, kind="day", needs=LAST),
    _one("excluded", _("Excluded because"), lambda row: row.excluded, kind="long", needs=EXCLUDED),
    _one("staff_count", WORDS["staff_count"], _of("staff_count"), kind="count", sort="staff"),
    _fen("revenue", _("Annual revenue"), _of("revenue_fen"), sort="revenue"),
    _fen("assets", _("Total assets"), _of("assets_fen"), sort="assets"),
    _fen("output_normal", _("Normal daily output"), _of("output_normal_fen"), sort="output"),
    _one("area_m2", _("Floor area (m²)"), _of("area_m2"), kind="count", sort="area"),
    _one("qualified", WORDS["construction_qualified"], _words("construction_qualified")),
    _one("lon", WORDS["lon"], _of("lon"), kind="degrees"),
    _one("lat", WORDS["lat"], _of("lat"), kind="degrees"),
    _one("opened_on", WORDS["opened_on"], _of("opened_on"), kind="day", sort="opened"),
    _one("from_on", _("Counted from"), _of("from_on"), kind="day"),
    _one("created_at", _("Entered at"), _of("created_at"), kind="instant", sort="entered"),
    _one("updated_at", _("Changed at"), _of("updated_at"), kind="instant", sort="updated"),
)  # fmt: skip
ALL = {column.name: column for column in _ALL}
DEFAULT = ("number", "name", "category", "community", "line", "served_by", "report", "at_post")

# What a list can be sorted by. Keyset paging needs a column that is never null: what may be missing sorts as least.
_NO_DAY = date(1, 1, 1)


def _or_least(column: str | F | Expression | Subquery) -> Expression:
    # A signed type of its own: Django holds that no count is ever −1, and would leave the comparison out.
    return Coalesce(column, Value(-1), output_field=BigIntegerField())


SORTS: dict[str, str | Expression] = {
    "number": "number",
    "name": "name",
    "category": "category",
    "size": "size",
    "entered": "id",
    "updated": "updated_at",
    "community": Coalesce("community__code", Value("")),
    "staff": _or_least("staff_count"),
    "revenue": _or_least("revenue_fen"),
    "assets": _or_least("assets_fen"),
    "output": _or_least("output_normal_fen"),
    "area": _or_least("area_m2"),
    "opened": Coalesce("opened_on", Value(_NO_DAY)),
    "at_post": _or_least(F("report__staff_at_post")),
    "evidence": "sort_key",
}


# Of a past day these are sorted by what they were.
PAST = {"size": "size", "staff": "staff_count", "revenue": "revenue_fen", "assets": "assets_fen"}


def chosen(names: Iterable[str]) -> list[ListColumn]:
    """The columns of these names in the order of the list, always with the name; the usual ones when none is known."""
    wanted = set(names) & set(ALL) or set(DEFAULT)
    return [column for column in _ALL if column.name in wanted or column.name == "name"]


def names_in(text: str) -> list[str]:
    """Names of columns from an address: "name,size"."""
    return [name for name in text.split(",") if name in ALL]


def sorted_by(places: Places, sort: str, on: date) -> tuple[Places, str]:
    """The places with what they are sorted by, and the sort for `paging.page`; by number when there is no such sort."""
    name, sign = sort.lstrip("-"), "-" if sort.startswith("-") else ""
    how: str | Expression | Subquery | F = SORTS.get(name, "number")
    if name in PAST and past.is_past(on):
        then = past.value(PAST[name], on)
        how = then if name == "size" else _or_least(then)
    places = places.defer("contact_name", "contact_phone")
    if name == "evidence":
        keeping.bring(places, on, clock.now())
        return keeping.ranked(places, on), sign + str(how)
    if isinstance(how, str):
        return places, sign + how
    if name == "at_post":
        places = with_report(places, on)
    return places.annotate(sort_key=how), f"{sign}sort_key"


def headers(columns: Sequence[ListColumn]) -> list[str]:
    """The headers of the Excel file."""
    return [
        str(header) % {"label": column.label} if "%(label)s" in str(header) else str(header)
        for column in columns
        for header, _take in column.parts
    ]


def why(place: Any, on: date) -> dict[str, str]:
    return reasons.reasons(place, on)
