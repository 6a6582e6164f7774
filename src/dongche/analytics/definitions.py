"""Metric definitions: dated data, one YAML file a metric, each version with its period of validity.

A figure names the version it was computed with (`resumption_rate@1`), so two figures can be compared only when they
say the same thing. A day belongs to the version in force on that day, whenever the question is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from dongche.analytics import expressions
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

LANGUAGES = ("en", "zh-Hans")
CONFIDENCES = ("high", "medium", "low")
COUNTED_IN = ("places", "people", "fen", "watt_hours", "millionths")
UNITS = ("percent",)

_REQUIRED = {
    "version", "from_on", "until_on", "name", "unit", "counted_in", "formula", "numerator", "denominator",
    "coverage", "contributors", "source", "confidence",
}  # fmt: skip
_OPTIONAL = {"excluded", "needs_reports", "cut_off", "threshold", "note"}
_MOST_THRESHOLD = 1000


class DefinitionsMissing(Problem):
    code = "analytics.definitions_missing"
    status = 404
    message = N_(
        "There are no metric definitions (*.yaml) in %(directory)s. Give the metrics directory of a pack."
    )


class DefinitionInvalid(Problem):
    code = "analytics.definition_invalid"
    message = N_(
        "The metric file %(file)s, version %(version)s, “%(key)s”: %(given)s was given; expected is %(expected)s."
    )


class DefinitionsOverlap(Problem):
    code = "analytics.definitions_overlap"
    message = N_(
        "The versions %(first)s and %(second)s of the metric %(metric)s are both valid on %(day)s. "
        "End the first on the day the second begins (until_on is the first day that no longer counts)."
    )


class UnknownMetric(Problem):
    code = "analytics.unknown_metric"
    status = 404
    message = N_("There is no metric “%(given)s”. There are: %(expected)s.")


@dataclass(frozen=True)
class Definition:
    """One version of one metric.

    Units:  numerator, denominator, coverage, contributors and excluded are SQL aggregates over the day base
    """

    metric: str
    version: int
    from_on: date
    until_on: date | None
    names: Mapping[str, str] = field(hash=False)
    formulas: Mapping[str, str] = field(hash=False)
    notes: Mapping[str, str] = field(hash=False)
    unit: str
    counted_in: str
    numerator: str
    denominator: str
    coverage_numerator: str
    coverage_denominator: str
    # Places whose data enter the figure; small groups are not published.
    contributors: str
    # Places that reported but cannot enter the figure.
    excluded: str | None
    # False only where "nobody has reported" is itself the answer.
    needs_reports: bool
    # Beijing time of day that `cut_off_at` stands for.
    cut_off: time | None
    # Per cent that `threshold_percent` stands for.
    threshold: int | None
    source: str
    confidence: str

    @property
    def code(self) -> str:
        return f"{self.metric}@{self.version}"

    def name(self, language: str) -> str:
        """This function will give the name in a language; any form of Chinese gets zh-Hans."""
        return self.names["zh-Hans" if language.lower().startswith("zh") else "en"]

    def formula(self, language: str) -> str:
        """This function will give the formula, as people read it, in a language."""
        return self.formulas["zh-Hans" if language.lower().startswith("zh") else "en"]

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


class Definitions(Collection[Definition]):
    """All versions of all metrics, in the order in which they are shown.

    Raises: DefinitionsOverlap – two versions of a metric are valid on one day
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._all = tuple(definitions)
        self.metrics: tuple[str, ...] = tuple(dict.fromkeys(one.metric for one in self._all))
        for metric in self.metrics:
            _check_overlap(self.versions(metric))

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, one: object) -> bool:
        return one in self._all

    def versions(self, metric: str) -> tuple[Definition, ...]:
        """This function will give the versions of a metric, the earliest first."""
        found = sorted((one for one in self._all if one.metric == metric), key=lambda one: one.from_on)
        if not found:
            raise UnknownMetric(given=metric, expected=", ".join(self.metrics))
        return tuple(found)

    def on(self, day: date) -> tuple[Definition, ...]:
        """This function will give the definitions in force on a day.

        Empty:  a metric that is not defined on that day is absent
        """
        return tuple(one for one in self._all if one.covers(day))

    def get(self, code: str) -> Definition:
        """This function will find a definition by the code that figures carry, such as `resumption_rate@1`."""
        for one in self._all:
            if one.code == code:
                return one
        raise UnknownMetric(given=code, expected=", ".join(one.code for one in self._all))


def load(directory: Path) -> Definitions:
    """This function will read the metric definitions of a pack.

    Shape:  one file a metric, named <metric>.yaml: {order, versions: [...]}
    Raises: DefinitionsMissing, DefinitionInvalid, DefinitionsOverlap
    """
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise DefinitionsMissing(directory=directory)
    ordered: list[tuple[int, str, list[Definition]]] = []
    for file in files:
        order, versions = _metric(file.stem, file.read_bytes())
        ordered.append((order, file.stem, versions))
    return Definitions(one for _, _, versions in sorted(ordered, key=lambda row: row[:2]) for one in versions)


def read(metric: str, content: str) -> Definitions:
    """This function will read the versions of one metric from the text of its file, to be tried before it is used.

    Raises: DefinitionInvalid, DefinitionsOverlap
    """
    return Definitions(_metric(metric, content.encode())[1])


def _metric(metric: str, text: bytes) -> tuple[int, list[Definition]]:
    file = f"{metric}.yaml"
    content = _read(file, text)
    order = content.get("order")
    if not isinstance(order, int) or isinstance(order, bool):
        raise _invalid(file, "–", "order", order, "a whole number: its place in lists")
    return order, [_definition(metric, each) for each in content["versions"]]


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key given twice is an error: the silent winner would be a wrong figure."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"“{key}” is given twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _read(file: str, text: bytes) -> dict[str, Any]:
    try:
        content = yaml.load(text.decode(), Loader=_StrictLoader)  # noqa: S506 – a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _invalid(file, "–", "file", " ".join(str(error).split()), "readable YAML in UTF-8") from error
    if not isinstance(content, dict) or set(content) != {"order", "versions"}:
        given = sorted(map(str, content)) if isinstance(content, dict) else type(content).__name__
        raise _invalid(file, "–", "file", given, "a mapping of order and versions")
    versions = content["versions"]
    if not isinstance(versions, list) or not versions or not all(isinstance(each, dict) for each in versions):
        raise _invalid(file, "–", "versions", versions, "a list of one or more versions")
    numbers = [each.get("version") for each in versions]
    for number in numbers:
        if numbers.count(number) > 1:
            raise _invalid(file, number, "version", number, "a number no other version has")
    return content


def _definition(metric: str, given: Mapping[str, Any]) -> Definition:
    file = f"{metric}.yaml"
    read = _Reader(file, given)
    read.check_keys(given, "version", _REQUIRED, _OPTIONAL)
    coverage = read.mapping("coverage")
    read.check_keys(coverage, "coverage", {"numerator", "denominator"}, set())
    from_on = read.value("from_on", date, "a day such as 2020-01-01")
    until_on = read.optional("until_on", date, "a day such as 2020-03-01, or null while it is in force")
    if until_on is not None and until_on <= from_on:
        raise _invalid(file, read.version, "until_on", until_on, f"a day after {from_on}")
    definition = Definition(
        metric=metric,
        version=read.value("version", int, "a whole number"),
        from_on=from_on,
        until_on=until_on,
        names=read.texts("name"),
        formulas=read.texts("formula"),
        notes=read.texts("note") if "note" in given else {},
        unit=read.choice("unit", UNITS),
        counted_in=read.choice("counted_in", COUNTED_IN),
        numerator=read.expression("numerator", given),
        denominator=read.expression("denominator", given),
        coverage_numerator=read.expression("numerator", coverage),
        coverage_denominator=read.expression("denominator", coverage),
        contributors=read.expression("contributors", given),
        excluded=read.expression("excluded", given) if "excluded" in given else None,
        needs_reports=read.value("needs_reports", bool, "true or false")
        if "needs_reports" in given
        else True,
        cut_off=read.time_of_day("cut_off"),
        threshold=read.per_cent("threshold"),
        source=read.value("source", str, "a text"),
        confidence=read.choice("confidence", CONFIDENCES),
    )
    if definition.cut_off is None and any("cut_off_at" in text for text in expressions_of(definition)):
        raise _invalid(file, read.version, "cut_off", None, "a time of day, as cut_off_at is used")
    if definition.threshold is None and any(
        "threshold_percent" in text for text in expressions_of(definition)
    ):
        raise _invalid(file, read.version, "threshold", None, "a percentage, as threshold_percent is used")
    return definition


def expressions_of(definition: Definition) -> tuple[str, ...]:
    """This function will give every SQL expression of a definition."""
    texts = (
        definition.numerator,
        definition.denominator,
        definition.coverage_numerator,
        definition.coverage_denominator,
        definition.contributors,
    )
    return texts if definition.excluded is None else (*texts, definition.excluded)


class _Reader:
    """Takes typed values out of one version of a metric file, or says what is wrong with it."""

    def __init__(self, file: str, given: Mapping[str, Any]) -> None:
        self.file, self.given, self.version = file, given, given.get("version", "–")

    def check_keys(self, given: Mapping[str, Any], key: str, required: set[str], optional: set[str]) -> None:
        if missing := sorted(required - set(given)):
            raise self.invalid(key, sorted(map(str, given)), "also " + ", ".join(missing))
        if unknown := [str(name) for name in given if name not in required | optional]:
            raise self.invalid(key, ", ".join(unknown), "one of " + ", ".join(sorted(required | optional)))

    def value(self, key: str, kind: type, expected: str) -> Any:
        value = self.given[key]
        # type(), not isinstance(): a truth value is no number, an instant is no day.
        if type(value) is not kind or value == "":
            raise self.invalid(key, repr(value), expected)
        return value

    def optional(self, key: str, kind: type, expected: str) -> Any:
        return None if self.given[key] is None else self.value(key, kind, expected)

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        if self.given[key] not in allowed:
            raise self.invalid(key, repr(self.given[key]), "one of " + ", ".join(allowed))
        return str(self.given[key])

    def mapping(self, key: str) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self.value(key, dict, "a mapping")
        return value

    def texts(self, key: str) -> Mapping[str, str]:
        texts = self.mapping(key)
        if set(texts) != set(LANGUAGES) or not all(isinstance(text, str) and text for text in texts.values()):
            raise self.invalid(key, repr(texts), "a text each for " + ", ".join(LANGUAGES))
        return {language: " ".join(text.split()) for language, text in texts.items()}

    def expression(self, key: str, given: Mapping[str, Any]) -> str:
        text = given[key]
        if not isinstance(text, str):
            raise self.invalid(key, repr(text), "an SQL expression")
        try:
            return str(expressions.parse(text).sql(dialect="duckdb", comments=False))
        except expressions.ExpressionRefused as refused:
            raise self.invalid(key, f"“{text}”", str(refused)) from refused

    def time_of_day(self, key: str) -> time | None:
        if key not in self.given:
            return None
        # Unquoted, YAML reads 17:00 as the number 1020.
        text = self.value(key, str, 'a Beijing time of day in quotation marks, such as "17:00"')
        try:
            hour, minute = text.split(":")
            return time(int(hour), int(minute))
        except ValueError as error:
            raise self.invalid(key, repr(text), 'a Beijing time of day such as "17:00"') from error

    def per_cent(self, key: str) -> int | None:
        if key not in self.given:
            return None
        expected = f"a whole number of per cent from 0 to {_MOST_THRESHOLD}"
        value: int = self.value(key, int, expected)
        if not 0 <= value <= _MOST_THRESHOLD:
            raise self.invalid(key, value, expected)
        return value

    def invalid(self, key: str, given: object, expected: str) -> DefinitionInvalid:
        return _invalid(self.file, self.version, key, given, expected)


def _invalid(file: str, version: object, key: str, given: object, expected: str) -> DefinitionInvalid:
    return DefinitionInvalid(file=file, version=version, key=key, given=given, expected=expected)


def _check_overlap(versions: tuple[Definition, ...]) -> None:
    for first, second in pairwise(versions):
        if first.until_on is None or second.from_on < first.until_on:
            raise DefinitionsOverlap(
                metric=first.metric, first=first.version, second=second.version, day=second.from_on
            )
