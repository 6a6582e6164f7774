"""What every section works from: the figures of the day and of the day before, the counts, the names of things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from dongche.analytics import disclosure
from dongche.analytics.figures import NO_ENTITIES, NO_REPORTS, SUPPRESSED, ZERO_DENOMINATOR, Figure
from dongche.kit.decimals import percent
from dongche.kit.pack import Wording
from dongche.org.audit import System
from dongche.org.models import Unit
from dongche.org.words import in_area
from dongche.registry.queries import Coverage, Places, coverage
from dongche.reporting import figures
from dongche.reporting.brief import data
from dongche.reporting.brief.model import Beside, FigureRef, Part
from dongche.reporting.models import Difficulty
from dongche.web import campaign

GROUPS = ((), ("subdistrict",), ("line",), ("community",), ("focus",), ("line", "community"))
METRICS = (
    "resumption_rate",
    "production_rate",
    "capacity_recovery_rate",
    "return_to_post_rate",
    "reporting_rate",
    "reporting_rate_on_time",
)
# The list of places that stands behind a part of a figure, by state and by what the report says: as long as the figure
# when places are counted, else those whose values were added up. Where a metric has none of its own: those expected.
LISTS: Mapping[tuple[str, Part], tuple[str, str]] = {
    ("resumption_rate", Part.VALUE): ("resumed", ""),
    ("resumption_rate", Part.COVERAGE): ("reported", ""),
    ("production_rate", Part.VALUE): ("resumed", "producing"),
    ("production_rate", Part.DENOMINATOR): ("resumed", ""),
    ("production_rate", Part.COVERAGE): ("resumed", "output_told"),
    ("capacity_recovery_rate", Part.VALUE): ("expected", "output_compared"),
    ("capacity_recovery_rate", Part.DENOMINATOR): ("expected", "output_compared"),
    ("capacity_recovery_rate", Part.COVERAGE): ("resumed", "output_compared"),
    ("capacity_recovery_rate", Part.EXCLUDED): ("reported", "normal_untold"),
    ("return_to_post_rate", Part.VALUE): ("expected", "staff_told"),
    ("return_to_post_rate", Part.DENOMINATOR): ("expected", "staff_told"),
    ("return_to_post_rate", Part.COVERAGE): ("expected", "staff_told"),
    ("reporting_rate", Part.VALUE): ("reported", ""),
    ("reporting_rate", Part.REST): ("not_reported", ""),
    ("reporting_rate_on_time", Part.VALUE): ("reported", "on_time"),
}

# The same day of the week: shops keep other hours on a Sunday.
WEEK = timedelta(days=7)
AS_VALUE = (Part.SHORT, Part.NUMERATOR, Part.PARTS, Part.CHANGE, Part.POINTS)
# Whose health it is stands in no list: the figure leads to the places that told about it at all.
BASES = {"temperature_places": "temperature_told", "temperature_people": "temperature_told"}

Scope = Mapping[str, str]
ALL: Scope = {}
Key = tuple[str, date, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Context:
    """A day, as known at an instant, for an actor; narrowed to one sub-district where one was chosen."""

    actor: Any
    on: date
    as_known: datetime
    is_live: bool
    scope: str
    measured: Mapping[Key, Figure]
    day: data.Day
    labels: Mapping[str, Mapping[str, str]]
    rules: Wording
    subdistrict: Unit | None = None

    @property
    def are_several(self) -> bool:
        """Whether it speaks of several sub-districts, each with lines of its own."""
        return len(self.keys("subdistrict")) > 1

    @property
    def before(self) -> date:
        return self.on - timedelta(days=1)

    @property
    def week_before(self) -> date:
        return self.on - WEEK

    def figure(self, metric: str, on: date | None = None, scope: Scope = ALL) -> Figure:
        """The figure of a metric for a scope; without places there is one that says so."""
        day = on or self.on
        found = self.measured.get((metric, day, tuple(sorted(scope.items()))))
        if found is not None:
            return found
        code = self.measured[metric, self.on, ()].definition
        return Figure(metric, code, dict(scope), None, None, None, None, day, self.as_known, NO_ENTITIES)

    def ref(
        self,
        metric: str,
        part: Part = Part.VALUE,
        beside: Beside = Beside.NOTHING,
        on: date | None = None,
        scope: Scope = ALL,
    ) -> FigureRef:
        """A part of a metric's figure, bound to the list of places behind it."""
        figure = self.figure(metric, on, scope)
        state, said = LISTS.get((metric, Part.VALUE if part in AS_VALUE else part), ("expected", ""))
        return FigureRef(figure, part, self.rows(figure.on, state, scope, said), beside)

    def change(
        self, metric: str, part: Part = Part.CHANGE, scope: Scope = ALL, since: date | None = None
    ) -> FigureRef:
        """The change of a metric since an earlier day, the day before unless told otherwise."""
        before = self.figure(metric, since or self.before, scope)
        return replace(self.ref(metric, part, scope=scope), before=before)

    def count(self, name: str, numerator: int, denominator: int, scope: Scope = ALL) -> FigureRef:
        """A count of ours as a figure, bound to the list of the places it counts."""
        figure = self._count(name, numerator, denominator, scope)
        lists = {key: value for key, value in scope.items() if key in ("community", "line")}
        said = scope.get("difficulty", BASES.get(name, name))
        return FigureRef(figure, Part.NUMERATOR, self.rows(self.on, "", lists, said))

    def _count(self, name: str, numerator: int, denominator: int, scope: Scope) -> Figure:
        reason = None if denominator else ZERO_DENOMINATOR if self.day.cells else NO_REPORTS
        return Figure(
            metric=name,
            definition=f"{name}@1",
            scope=dict(scope),
            value=percent(numerator, denominator) if denominator else None,
            numerator=numerator,
            denominator=denominator,
            coverage=None,
            on=self.on,
            as_known=self.as_known,
            reason=reason,
        )

    def health_count(self, name: str, numerator: int, denominator: int) -> FigureRef:
        """A count about people's health: one so small that it could point at somebody is not printed."""
        found = self.count(name, numerator, denominator)
        if disclosure.publishable_count(numerator) is not None:
            return found
        hidden = replace(found.figure, value=None, numerator=None, denominator=None, reason=SUPPRESSED)
        return replace(found, figure=hidden)

    def rows(self, on: date, state: str, scope: Scope = ALL, said: str = "") -> dict[str, str]:
        """The filters of the list of places."""
        area = {"subdistrict": self.subdistrict.code} if self.subdistrict else {}
        found = {"state": state, "said": said, **area, **scope, "on": on.isoformat()}
        return {name: value for name, value in found.items() if value}

    def keys(self, dimension: str) -> list[str]:
        """The keys of a dimension that have places on the day, units by their code, the unknown last."""
        found = {
            figure.scope[dimension]
            for (metric, on, scope), figure in self.measured.items()
            if metric == "resumption_rate" and on == self.on and [name for name, _ in scope] == [dimension]
        }
        return sorted(found, key=lambda key: (key in ("unknown", "none"), key))

    def label(self, dimension: str, key: str) -> str:
        return self.labels.get(dimension, {}).get(key, key)

    @cached_property
    def total(self) -> Figure:
        return self.figure("resumption_rate")

    @cached_property
    def coverage(self) -> Coverage | None:
        """Who answers for the places; only as it stands now, because posts do not keep what was believed before."""
        if not self.is_live:
            return None
        if isinstance(self.actor, System):
            places = Places.unscoped(reason="the system's own brief covers every place")
        else:
            places = Places.counted_for(self.actor, self.on)
        return coverage(places.filter(subdistrict=self.subdistrict) if self.subdistrict else places, self.on)

    def place_of(self, unit: Unit) -> str:
        """The name of a unit, with that of its sub-district where there are several."""
        area = self.labels["area"].get(str(unit.subdistrict_id), "") if self.are_several else ""
        return in_area(area, unit.name)


def load(
    actor: Any, on: date, as_known: datetime | None, scope: str, subdistrict: Unit | None = None
) -> Context:
    """This function will measure and count everything that the sections say."""
    before = on - timedelta(days=1)
    where = {"subdistrict": (subdistrict.code,)} if subdistrict else None
    measured = figures.measure(
        actor, days=(on - WEEK, before, on), as_known=as_known, by=GROUPS, metrics=METRICS, where=where
    )
    pack = campaign.current()
    areas = {figure.scope["subdistrict"] for figure in measured if list(figure.scope) == ["subdistrict"]}
    return Context(
        actor=actor,
        on=on,
        as_known=measured[-1].as_known,
        is_live=as_known is None,
        scope=scope,
        measured=keyed(measured),
        day=data.count_day(actor, on, pack.campaign.from_on, pack.masks_low_below, as_known, subdistrict),
        labels=labels(are_several=len(areas) > 1),
        rules=pack.wording_on(on),
        subdistrict=subdistrict,
    )


def keyed(found: Iterable[Figure]) -> dict[Key, Figure]:
    return {(one.metric, one.on, tuple(sorted(one.scope.items()))): one for one in found}


def labels(*, are_several: bool = False) -> dict[str, Mapping[str, str]]:
    """The words for all keys that a brief names; of several sub-districts, units with the one they belong to."""
    return {
        "subdistrict": figures.labels("subdistrict"),
        "area": figures.areas() if are_several else {},
        "line": figures.labels("line", with_area=are_several),
        "community": figures.labels("community", with_area=are_several),
        "focus": figures.labels("focus"),
        "difficulty": {key: str(word) for key, word in Difficulty.choices},
        "role": roles(),
        "cause": causes(),
    }


def roles() -> dict[str, str]:
    return {
        "served_by": gettext("service officer"),
        "managed_by": gettext("managing department"),
        "responsible": gettext("responsible community"),
        "sponsor": gettext("sponsoring leader"),
    }


def causes() -> dict[str, str]:
    return {
        "vacant_post": gettext("post vacant"),
        "no_grid": gettext("in no grid"),
        "no_community": gettext("in no community"),
        "no_rule": gettext("no line"),
        "no_sponsor": gettext("no sponsoring leader named"),
        "unit_ended": gettext("unit dissolved"),
    }


PACK_MASKS = "masks.low_below_days"


def pack_source(key: str) -> str:
    return gettext("campaign parameter %(key)s in %(file)s") % {
        "key": key,
        "file": f"{settings.PACK.name}/pack.yaml",
    }
