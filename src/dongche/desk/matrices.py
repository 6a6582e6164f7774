"""The matrix of the overview: lines × communities of a sub-district, categories × sub-districts of a district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from dongche.desk.areas import Areas
from dongche.desk.links import list_url, short
from dongche.desk.measured import Now
from dongche.org.models import Unit, UnitKind
from dongche.registry.models import Category
from dongche.web.components import Cell, Matrix, MatrixColumn, MatrixRow
from dongche.web.templatetags.web import number


def within(now: Now, units: Sequence[Unit], kept: Mapping[str, str]) -> Matrix:
    """Lines down, communities across."""
    return _matrix(
        now,
        kept,
        ("line", [(unit.code, unit.name) for unit in units if unit.kind == UnitKind.DEPARTMENT]),
        ("community", [(unit.code, unit.name) for unit in units if unit.kind == UnitKind.COMMUNITY]),
        gettext("Resumption rate of each line in each community"),
        gettext("Line"),
    )


def across(now: Now, areas: Areas, kept: Mapping[str, str]) -> Matrix:
    """Categories down, sub-districts across: each has lines of its own, kinds of places are the same everywhere."""
    return _matrix(
        now,
        kept,
        ("category", [(code, str(word)) for code, word in Category.choices]),
        ("subdistrict", [(unit.code, unit.name) for unit in areas.served]),
        gettext("Resumption rate of each category in each sub-district"),
        gettext("Category"),
    )


def _matrix(
    now: Now,
    kept: Mapping[str, str],
    down: tuple[str, Sequence[tuple[str, str]]],
    across: tuple[str, Sequence[tuple[str, str]]],
    caption: str,
    corner: str,
) -> Matrix:
    """Rows and columns are a dimension with its codes and names; those without places are left out."""

    def cell(label: str, **scope: str) -> Cell:
        figure = now.of("resumption_rate", **scope)
        return Cell(
            figure.value if figure else None,
            list_url(**{"state": "expected", **kept, **scope}) if figure else "",
            label,
            figure.reason if figure else "no_entities",
        )

    def count(**scope: str) -> int:
        return now.parts("resumption_rate", **scope)[0]

    (row, rows), (column, columns) = down, across
    columns = [(code, name) for code, name in columns if count(**{column: code})]
    return Matrix(
        caption=caption,
        corner=corner,
        scale=gettext("Resumption rate"),
        columns=[
            MatrixColumn(
                short(name),
                gettext("%(count)s places") % {"count": number(count(**{column: code}))},
                list_url(**{"state": "expected", **kept, column: code}),
            )
            for code, name in columns
        ],
        rows=[
            MatrixRow(
                name,
                [cell(f"{name} × {other}", **{row: code, column: key}) for key, other in columns],
                cell(name, **{row: code}),
                list_url(**{"state": "expected", **kept, row: code}),
            )
            for code, name in rows
            if count(**{row: code})
        ],
        total_label=gettext("Total"),
        totals=[cell(name, **{column: code}) for code, name in columns] + [cell(gettext("Total"))],
    )
