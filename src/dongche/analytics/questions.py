"""What may be asked of an engine: days, an instant, groupings and a scope, checked once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

# The order here is the order of columns in exports.
DIMENSIONS = (
    "subdistrict",
    "community",
    "grid",
    "line",
    "category",
    "industry",
    "size",
    "focus",
    "above_scale",
)

By = Sequence[tuple[str, ...]]
Scope = Sequence[Mapping[str, Collection[str]]]
# A scope that can be a key: the same for every way of writing it.
Key = tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]


class UnknownDimension(Problem):
    code = "analytics.unknown_dimension"
    message = N_("Figures cannot be grouped or narrowed by “%(given)s”. Possible are: %(expected)s.")


class NoDays(Problem):
    code = "analytics.no_days"
    message = N_("No day was given. Give at least one day the figures should speak of.")


class InstantWithoutZone(Problem):
    code = "analytics.instant_without_zone"
    message = N_("The instant %(given)s has no time zone. Give one, such as 2020-03-20T18:00:00+08:00.")


class ScopeInvalid(Problem):
    code = "analytics.scope_invalid"
    message = N_(
        "The scope “%(given)s” cannot be used. Expected is a list of filters, each a list of codes per dimension."
    )


@dataclass(frozen=True)
class Question:
    """A checked question.

    Shape:  groupings are distinct; a filter maps dimensions to the codes it lets through
    Empty:  scope None is everything; an empty scope is nothing
    """

    days: tuple[date, ...]
    as_known: datetime
    by: tuple[tuple[str, ...], ...]
    scope: tuple[Mapping[str, tuple[str, ...]], ...] | None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension it groups or narrows by, in the order of `DIMENSIONS`."""
        named = {dimension for group in self.by for dimension in group}
        for each in self.scope or ():
            named.update(each)
        return tuple(dimension for dimension in DIMENSIONS if dimension in named)

    @property
    def scope_key(self) -> Key | None:
        return None if self.scope is None else tuple(tuple(sorted(each.items())) for each in self.scope)


def groupings(by: str) -> tuple[tuple[str, ...], ...]:
    """What to group by: always the whole, then each dimension named, crossed ones together.

    >>> groupings("line, community,line*community")
    ((), ('line',), ('community',), ('line', 'community'))
    """
    named = [tuple(part.strip() for part in item.split("*")) for item in by.split(",") if item.strip()]
    return ((), *dict.fromkeys(named))


def check(days: Sequence[date], as_known: datetime, by: By, scope: Scope | None) -> Question:
    """This function will check a question and drop what is asked twice.

    Raises: NoDays, InstantWithoutZone, UnknownDimension, ScopeInvalid
    """
    if not days:
        raise NoDays
    if as_known.tzinfo is None:
        raise InstantWithoutZone(given=as_known.isoformat())
    groups: dict[frozenset[str], tuple[str, ...]] = {}
    for group in by:
        if isinstance(group, str):
            raise UnknownDimension(given=group, expected="a list of groupings, each a list of dimensions")
        for dimension in group:
            _check_dimension(dimension)
        groups.setdefault(frozenset(group), tuple(dict.fromkeys(group)))
    filters = None if scope is None else tuple(_filter(each) for each in scope)
    return Question(
        days=tuple(dict.fromkeys(days)),
        as_known=as_known.astimezone(UTC),
        by=tuple(groups.values()),
        scope=filters,
    )


def _filter(given: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        raise ScopeInvalid(given=given)
    for dimension, codes in given.items():
        _check_dimension(dimension)
        # One text would pass as a collection of its characters.
        if isinstance(codes, str) or not all(isinstance(code, str) for code in codes):
            raise ScopeInvalid(given=given)
    return {dimension: tuple(sorted(set(codes))) for dimension, codes in given.items()}


def _check_dimension(dimension: str) -> None:
    if dimension not in DIMENSIONS:
        raise UnknownDimension(given=dimension, expected=", ".join(DIMENSIONS))
