"""Prints the page of metrics from their definitions: `python -m dongche.analytics.document DIR > docs/metrics.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from dongche.analytics import definitions, disclosure, league, questions
from dongche.analytics.definitions import Definition, Definitions
from dongche.analytics.league import Rule

INTRODUCTION = """# Metrics

What each figure means, from when, and how it is computed. This page is made from the definitions in the pack. A changed
definition is a new version with its own first day; the old one keeps answering for its days.

- A place is **expected** on a day when a version of it, as known at the time asked for, holds on that day and nothing
  excludes it. Its **report** is the one for that very day that was believed at that time; nothing is carried forward.
- A value is in per cent with two places, halves rounded up, never limited to 100. Coverage is a ratio with four places.
- Without a value there is a reason: `no_entities` nobody is expected in this scope · `no_reports` nobody has reported ·
  `zero_denominator` there is nothing to divide by · `suppressed` too few for publication.
- Figures can be grouped and narrowed by
  {dimensions}.
  A place without a value there is in the group `unknown` (`none` for focus).
- A published figure hides what rests on fewer than {smallest} places, or counts fewer than {smallest} (zero stays).

| Metric | 指标 | Name in files and the API |
| --- | --- | --- |
{rows}
"""


COMPARISON = """## Fair comparison of units · 公平比较

Units are ranked by what they achieve with the same mix of places (`analytics/league.py`); the rate as
counted stands beside it.
"""


def page(known: Definitions, compared: Sequence[Rule] = ()) -> str:
    """This function will write the page of metrics, and how units are compared by them."""
    rows = "\n".join(
        f"| [{latest.name('en')}](#{metric}) | {latest.name('zh-Hans')} | `{metric}` |"
        for metric in known.metrics
        for latest in known.versions(metric)[-1:]
    )
    introduction = INTRODUCTION.format(
        dimensions=", ".join(f"`{name}`" for name in questions.DIMENSIONS),
        smallest=disclosure.SMALLEST_PUBLISHED,
        rows=rows,
    )
    sections = ["\n".join(_section(known, metric)) for metric in known.metrics]
    if compared:
        sections.append("\n".join([COMPARISON, *(_compared(one) for one in reversed(compared))]))
    return "\n".join([introduction, *sections])


def _compared(one: Rule) -> str:
    until = "" if one.until_on is None else f" until {one.until_on} (that day no longer)"
    evened = " · ".join(f"{unit}: {kind} × {finer}" for unit, (kind, finer) in one.evened.items())
    return "\n".join(
        (
            f"{one.methods['en']}\n\n{one.methods['zh-Hans']}\n",
            "| | |\n| --- | --- |",
            f"| valid | from {one.from_on}{until} |",
            f"| metrics | {', '.join(f'`{metric}`' for metric in one.metrics)} |",
            f"| evened out | {evened} |",
            f"| pooled below | {one.least_places} places |",
            f"| compared from | {one.least_own_percent} % of the mix that its own places stand for |",
            f"| told apart at | {one.confidence_percent} % |",
            f"| source | {one.sources['en']} · {one.sources['zh-Hans']} |\n",
        )
    )


def _section(known: Definitions, metric: str) -> Iterator[str]:
    yield f"## {metric}\n"
    for one in reversed(known.versions(metric)):
        yield from _version(one)


def _version(one: Definition) -> Iterator[str]:
    until = "" if one.until_on is None else f" until {one.until_on} (that day no longer)"
    yield f"### {one.code} · {one.name('en')} · {one.name('zh-Hans')}\n"
    yield f"{one.formula('en')}\n\n{one.formula('zh-Hans')}\n"
    if one.notes:
        yield f"{one.notes['en']}\n\n{one.notes['zh-Hans']}\n"
    yield "| | |\n| --- | --- |"
    yield f"| valid | from {one.from_on}{until} |"
    yield f"| unit | {one.unit}; counted in {one.counted_in} |"
    yield f"| numerator | `{one.numerator}` |"
    yield f"| denominator | `{one.denominator}` |"
    yield f"| coverage | `{one.coverage_numerator}` ÷ `{one.coverage_denominator}` |"
    yield f"| contributors | `{one.contributors}` |"
    if one.excluded is not None:
        yield f"| excluded | `{one.excluded}` |"
    if one.cut_off is not None:
        yield f"| cut-off | {one.cut_off:%H:%M} Beijing time |"
    if one.threshold is not None:
        yield f"| threshold | {one.threshold} % |"
    yield f"| without any report | {'no value' if one.needs_reports else 'a value like any other'} |"
    yield f"| source | {one.source} |"
    yield f"| confidence | {one.confidence} |\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m dongche.analytics.document METRICS_DIRECTORY\n")
        return 2
    folder = Path(arguments[0])
    sys.stdout.write(page(definitions.load(folder), league.load(folder.parent / "league.yaml")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
