"""Figures for pages, briefs and commands: the metrics of the pack over the rows that an actor may see.

How fresh a figure is. Each one is exact when it is given out: a report stored a moment ago, by any process, is in it.
What has been computed is kept in this process per day, grouping and scope, together with the versions of all that went
into it: the count of changes to that day's reports (`reporting.facts.versions`), to the register, the readings of
electricity and the line rules.
A figure is taken from there only when the versions still match, so a new report makes its own day be computed again
and no other, and a change to the register all days. A process that has just started reads past days from the files in
DATA/facts, which hold copies of their reports under the same versions.

`as_known` in the past is answered from all rows, superseded ones too, and never from what was kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext

from dongche.analytics import definitions as dated
from dongche.analytics import engine, questions
from dongche.analytics.definitions import Definition, Definitions
from dongche.analytics.facts import SCHEMAS, Facts
from dongche.analytics.figures import Figure
from dongche.kit import clock
from dongche.org import facts as org_facts
from dongche.org.audit import System
from dongche.org.models import UnitKind
from dongche.org.queries import Scope, Units, scope_of
from dongche.org.words import in_area
from dongche.registry import facts as registry_facts
from dongche.registry.models import Category, Focus, Size
from dongche.registry.standards import gb4754
from dongche.reporting import facts
from dongche.web import campaign
from dongche.web.languages import in_language

Group = tuple[str, ...]
Filter = Mapping[str, tuple[str, ...]]
HEAT: tuple[Group, ...] = ((), ("line",), ("community",), ("line", "community"))
# About 60 MB of figures, and reports of a few days of a large city: what one process may keep and take at once.
ELECTRICITY, BASELINES = SCHEMAS["electricity"], SCHEMAS["baselines"]
MOST_KEPT = 120_000
MOST_ROWS = 1_500_000


@lru_cache(maxsize=1)
def definitions() -> Definitions:
    """This function will give the metric definitions of the campaign, read once."""
    return dated.load(campaign.current().metrics)


def measure(
    actor: Any,
    *,
    days: Sequence[date],
    as_known: datetime | None = None,
    by: Sequence[Group] = ((),),
    metrics: Collection[str] | None = None,
    where: Mapping[str, Collection[str]] | None = None,
) -> list[Figure]:
    """This function will compute figures of days over the places that an actor may see, as known now or at an instant.

    Shape: ordered by day, grouping, group, metric; `where` narrows by dimensions, each to any of some codes
    Empty: as analytics.engine.measure; an actor who sees nothing gets totals with the reason "no_entities"
    """
    scope = _scope(actor, where)
    if as_known is not None:
        return engine.measure(
            world(days), definitions(), days=days, as_known=as_known, by=by, scope=scope, metrics=metrics
        )
    question = questions.check(days, clock.now(), by, scope)
    for metric in metrics or ():
        definitions().versions(metric)
    now = question.as_known
    return [
        replace(figure, as_known=now)
        for figure in _current(question.days, question.by, scope)
        if metrics is None or figure.metric in metrics
    ]


def world(days: Sequence[date]) -> Facts:
    """This function will read everything that was ever believed of some days: what "as known then" is asked of."""
    return Facts(
        entities=registry_facts.entities(),
        exclusions=registry_facts.exclusions(),
        line_rules=org_facts.line_rules(),
        reports=facts.reports(dict.fromkeys(days)),
        electricity=registry_facts.electricity(days),
        baselines=registry_facts.baselines(days),
    )


def version_of(on: date) -> tuple[Any, ...] | None:
    """This function will give what changes whenever a row behind the figures of a day does; None: keep nothing."""
    version = facts.versions((on,))[on]
    return None if version is None else (version, _register_version())


def reach(actor: Any, where: Mapping[str, Collection[str]] | None) -> list[Filter] | None:
    """This function will give the filters of what an actor may see, narrowed by `where`; None is everything."""
    return _scope(actor, where)


def trial(
    actor: Any,
    candidate: Definition,
    *,
    days: Sequence[date],
    by: Sequence[Group] = ((),),
    where: Mapping[str, Collection[str]] | None = None,
) -> list[Figure]:
    """This function will compute figures by a definition that is not in use, on any day, as known now.

    Shape: as `measure`; nothing is kept
    """
    scope = _scope(actor, where)
    question = questions.check(days, clock.now(), by, scope)
    tried = Definitions([replace(candidate, from_on=min(question.days), until_on=None)])
    version, versions = _register_version(), facts.versions(question.days)
    with _computing:
        register = _read_register(version)
        return [
            replace(figure, as_known=question.as_known)
            for batch in _batches(question.days, versions)
            for figure in _computed(register, batch, tried, question.by, scope)
        ]


def series(
    actor: Any, metric: str, days: Sequence[date], where: Mapping[str, Collection[str]] | None = None
) -> list[Figure]:
    """This function will give one metric day by day."""
    return measure(actor, days=days, metrics=(metric,), where=where)


def heat(actor: Any, on: date, metric: str = "resumption_rate") -> list[Figure]:
    """This function will give one metric by line and community, with the totals of both and of all."""
    return measure(actor, days=(on,), by=HEAT, metrics=(metric,))


def by_grid(actor: Any, on: date, metric: str = "resumption_rate") -> list[Figure]:
    """This function will give one metric by grid."""
    return measure(actor, days=(on,), by=(("grid",),), metrics=(metric,))


def cut_off(on: date, metric: str = "reporting_rate_on_time") -> datetime | None:
    """This function will give the instant until which a report for a day is on time; None when none is defined."""
    for one in definitions().on(on):
        if one.metric == metric and one.cut_off is not None:
            return datetime.combine(on, one.cut_off, clock.BEIJING)
    return None


def areas() -> dict[str, str]:
    """This function will give the names of the sub-districts in service, by their ids as texts."""
    units = Units.unscoped(reason="names of units are no secret").in_service()
    return {str(pk): name for pk, name in units.values_list("pk", "name")}


def labels(dimension: str, *, with_area: bool = False) -> dict[str, str]:
    """This function will give the words for the keys of a dimension, in the language of the page.

    Shape: unit code or value → name; the keys "unknown" and "none" as figures use them. `with_area` puts the name of
           the sub-district before that of a unit in it: another may have one of the same name
    """
    unknown = {"unknown": gettext("Unknown")}
    if dimension in _UNIT_KINDS:
        units = Units.unscoped(reason="names of units are no secret").of_service()
        units = units.filter(kind=_UNIT_KINDS[dimension])
        named = units.order_by("code").values_list("code", "name", "subdistrict__name")
        return {
            code: in_area(area or "", name) if with_area else name for code, name, area in named
        } | unknown
    if dimension == "category":
        return _words(Category.choices)
    if dimension == "size":
        return _words(Size.choices) | unknown
    if dimension == "focus":
        return _words(Focus.choices) | {"none": gettext("No focus")}
    if dimension == "industry":
        names = {letter: {"en": one.en, "zh-Hans": one.zh} for letter, one in gb4754.sections().items()}
        return {letter: in_language(texts) for letter, texts in names.items()} | unknown
    return {"yes": gettext("Yes"), "no": gettext("No")}


_UNIT_KINDS = {"subdistrict": "subdistrict", "community": "community", "grid": "grid", "line": "department"}


def _words(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {str(key): str(word) for key, word in choices}


def _below(scope: Scope) -> frozenset[int]:
    """The sub-districts in service below a superior level."""
    if not scope.has_superior:
        return frozenset()
    headquarters = Units.unscoped(reason="sub-districts below the actor's own unit").filter(
        scope.of_subdistricts(), kind=UnitKind.HEADQUARTERS
    )
    return frozenset(headquarters.values_list("subdistrict_id", flat=True))


def _scope(actor: Any, where: Mapping[str, Collection[str]] | None) -> list[Filter] | None:
    """What the actor may see, narrowed by `where`: any of some filters. None is everything, no filter is nothing."""
    narrowed = {dimension: tuple(sorted(set(codes))) for dimension, codes in (where or {}).items()}
    scope = scope_of(actor)
    if isinstance(actor, System) or scope.everything:
        return [narrowed] if narrowed else None
    reach = {
        "subdistrict": scope.subdistricts | _below(scope),
        "community": scope.communities,
        "grid": scope.grids,
        "line": scope.lines,
    }
    ids = frozenset().union(*reach.values())
    codes = dict(
        Units.unscoped(reason="codes of the units the actor serves in")
        .filter(pk__in=ids)
        .values_list("pk", "code")
    )
    filters: list[Filter] = []
    for dimension, held in reach.items():
        if held:
            mine = {codes[pk] for pk in held if pk in codes}
            if dimension in narrowed:
                mine &= set(narrowed[dimension])
            filters.append(narrowed | {dimension: tuple(sorted(mine))})
    return filters


@dataclass(frozen=True)
class _Register:
    """Places, exclusions and line rules as they stand, with the version they were read under."""

    version: tuple[Any, ...]
    entities: pa.Table
    exclusions: pa.Table
    line_rules: pa.Table
    # The usual days of places, by the month they hold in; empty while nobody's electricity is known.
    baselines: dict[date, pa.Table] = field(default_factory=dict)

    @property
    def has_electricity(self) -> bool:
        return self.version[1] != ""

    def usual(self, days: Iterable[date]) -> pa.Table:
        months = sorted({day.replace(day=1) for day in days}) if self.has_electricity else []
        for month in months:
            if month not in self.baselines:
                self.baselines[month] = _believed(registry_facts.baselines((month,)))
        # December holds in every month, so each table has it: once is enough.
        return _once([self.baselines[month] for month in months])


_Key = tuple[Any, ...]
_computing = threading.Lock()
_kept: OrderedDict[_Key, tuple[Figure, ...]] = OrderedDict()
_kept_count = 0
_register: _Register | None = None


def forget() -> None:
    """This function will drop everything that was kept in this process; only speed is lost."""
    global _kept_count, _register
    with _computing:
        _kept.clear()
        _kept_count, _register = 0, None


def _current(days: tuple[date, ...], by: tuple[Group, ...], scope: list[Filter] | None) -> list[Figure]:
    # Versions are read before rows: a change in between makes what is kept look older than it is, never newer.
    about = (_register_version(), None if scope is None else repr([sorted(one.items()) for one in scope]))
    versions = facts.versions(days)
    keys = {(day, group): (day, versions[day], *about, frozenset(group)) for day in days for group in by}
    found = _look_up(keys)
    if len(found) < len(keys):
        with _computing:
            # Somebody else may have computed the same while we waited.
            found |= _look_up({asked: key for asked, key in keys.items() if asked not in found})
            missing: dict[tuple[Group, ...], list[date]] = {}
            for day in days:
                groups = tuple(group for group in by if (day, group) not in found)
                if groups:
                    missing.setdefault(groups, []).append(day)
            for groups, on_days in missing.items():
                for part in _compute(on_days, groups, scope, about[0], versions):
                    found |= part
                    for asked, figures in part.items():
                        if versions[asked[0]] is not None:
                            _keep(keys[asked], figures)
    return [figure for day in days for group in by for figure in found[day, group]]


def _look_up(keys: Mapping[tuple[date, Group], _Key]) -> dict[tuple[date, Group], tuple[Figure, ...]]:
    found = {}
    for asked, key in keys.items():
        figures = _kept.get(key)
        if figures is not None:
            found[asked] = figures
            _used(key)
    return found


def _used(key: _Key) -> None:
    """Keep it longer than what nobody asks for."""
    with suppress(KeyError):  # another thread may have dropped it since
        _kept.move_to_end(key)


def _keep(key: _Key, figures: tuple[Figure, ...]) -> None:
    global _kept_count
    _kept[key] = figures
    # An empty answer takes a place too.
    _kept_count += len(figures) + 1
    while _kept_count > MOST_KEPT and len(_kept) > 1:
        _, dropped = _kept.popitem(last=False)
        _kept_count -= len(dropped) + 1


def _compute(
    days: Sequence[date],
    groups: tuple[Group, ...],
    scope: list[Filter] | None,
    version: tuple[Any, ...],
    versions: Mapping[date, str | None],
) -> Iterable[dict[tuple[date, Group], tuple[Figure, ...]]]:
    """The figures of all metrics, a batch of days at a time."""
    register = _read_register(version)
    for batch in _batches(days, versions):
        figures = _computed(register, batch, definitions(), groups, scope)
        named = {frozenset(group): group for group in groups}
        found: dict[tuple[date, Group], list[Figure]] = {
            (day, group): [] for day in batch for group in groups
        }
        for figure in figures:
            found[figure.on, named[frozenset(figure.scope)]].append(figure)
        yield {asked: tuple(part) for asked, part in found.items()}


def _computed(
    register: _Register,
    batch: Mapping[date, pa.Table],
    by_definitions: Definitions,
    groups: Sequence[Group],
    scope: list[Filter] | None,
) -> list[Figure]:
    tables = (
        register.entities,
        register.exclusions,
        register.line_rules,
        pa.concat_tables(batch.values()),
        registry_facts.electricity(batch, only_current=True)
        if register.has_electricity
        else ELECTRICITY.empty_table(),
        register.usual(batch),
    )
    # Every row that is current is to be counted, although another machine's clock may run before ours.
    newest = facts.newest(*tables)
    return engine.measure(
        Facts(*tables),
        by_definitions,
        days=tuple(batch),
        as_known=max(clock.now(), newest) if newest else clock.now(),
        by=groups,
        scope=scope,
    )


def _batches(days: Iterable[date], versions: Mapping[date, str | None]) -> Iterable[dict[date, pa.Table]]:
    batch: dict[date, pa.Table] = {}
    rows = 0
    today = clock.today()
    for day in days:
        version = versions[day]
        if version == "none":
            table = facts.SCHEMA.empty_table()
        elif version is not None and day < today:
            table = facts.kept(day, version)
        else:
            table = facts.reports((day,), only_current=True)
        if batch and rows + table.num_rows > MOST_ROWS:
            yield batch
            batch, rows = {}, 0
        batch[day] = table
        rows += table.num_rows
    if batch:
        yield batch


def _register_version() -> tuple[Any, ...]:
    """The register's own count, that of readings, and the rules themselves: they are few."""
    return (
        registry_facts.version(),
        registry_facts.electricity_version(),
        repr(org_facts.line_rules().to_pylist()),
    )


def _read_register(version: tuple[Any, ...]) -> _Register:
    global _register
    if _register is None or _register.version != version:
        _register = _Register(
            version,
            _believed(registry_facts.entities()),
            _believed(registry_facts.exclusions()),
            _believed(org_facts.line_rules()),
        )
    return _register


def _once(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of baselines as one, each row once."""
    if not tables:
        return BASELINES.empty_table()
    first, *others = tables
    return pa.concat_tables([first, *(one.filter(pc.is_valid(one["until_on"])) for one in others)])


def _believed(table: pa.Table) -> pa.Table:
    """The rows that no newer one has replaced."""
    return table.filter(pc.is_null(table["superseded_at"])).combine_chunks()
