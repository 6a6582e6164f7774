"""What the register publishes for analysis: every version of every place, the exclusions, and electricity."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import pyarrow as pa
from django.db import connection

from dongche.analytics.facts import SCHEMAS
from dongche.web import arrow

_OWN = {
    "subdistrict": "subdistrict.code",
    "community": "community.code",
    "grid": "grid.code",
    "industry": "revision.section",
}
_READINGS: Final = "registry_electricityreading"
# The daily mean of this month is the usual day that the power company compares with.
DECEMBER: Final = date(2019, 12, 1)
# Of an open window of readings, every mean that was believed at one time after another. Whole numbers only: watt hours,
# halves up, so that both databases give the same.
_MEANS: Final = f"""(
    WITH readings AS (
        SELECT entity_id, "on", CAST(round(kwh * 1000) AS bigint) AS energy_wh, known_at, superseded_at
        FROM {_READINGS} WHERE "on" >= %s AND "on" < %s
    ),
    moments AS (
        SELECT entity_id, known_at AS moment FROM readings
        UNION SELECT entity_id, superseded_at FROM readings WHERE superseded_at IS NOT NULL
    ),
    means AS (
        SELECT
            moments.entity_id,
            moments.moment AS known_at,
            lead(moments.moment) OVER (PARTITION BY moments.entity_id ORDER BY moments.moment) AS superseded_at,
            CAST(sum(readings.energy_wh) AS bigint) AS total,
            count(DISTINCT readings."on") AS days
        FROM moments
        LEFT JOIN readings
            ON readings.entity_id = moments.entity_id AND readings.known_at <= moments.moment
            AND (readings.superseded_at IS NULL OR readings.superseded_at > moments.moment)
        GROUP BY moments.entity_id, moments.moment
    )
    SELECT * FROM means WHERE days > 0
) mean"""  # noqa: S608 – a constant
_ENTITIES = (
    "registry_revision revision JOIN registry_entity entity ON entity.id = revision.entity_id"
    " JOIN org_unit subdistrict ON subdistrict.id = entity.subdistrict_id"
    " LEFT JOIN org_unit community ON community.id = revision.community_id"
    " LEFT JOIN org_unit grid ON grid.id = revision.grid_id"
)


def entities() -> pa.Table:
    """This function will read every version of every place.

    Shape: analytics.facts.SCHEMAS["entities"]
    """
    schema = SCHEMAS["entities"]
    return arrow.select(schema, [_OWN.get(name, f"revision.{name}") for name in schema.names], _ENTITIES)


def exclusions() -> pa.Table:
    """This function will read every exclusion, past and superseded ones too.

    Shape: analytics.facts.SCHEMAS["exclusions"]
    """
    schema = SCHEMAS["exclusions"]
    return arrow.select(
        schema, [f"exclusion.{name}" for name in schema.names], "registry_exclusion exclusion"
    )


def electricity(days: Iterable[date], *, only_current: bool = False) -> pa.Table:
    """This function will read the electricity of some days by meter, superseded readings too unless told otherwise.

    Shape: analytics.facts.SCHEMAS["electricity"]
    """
    schema = SCHEMAS["electricity"]
    chosen = sorted(set(days))
    if not chosen:
        return schema.empty_table()
    columns = [
        "CAST(round(kwh * 1000) AS bigint)" if name == "energy_wh" else f'"{name}"' for name in schema.names
    ]
    where = f'"on" IN ({", ".join(["%s"] * len(chosen))})' + (
        " AND superseded_at IS NULL" if only_current else ""
    )
    return arrow.select(schema, columns, f"{_READINGS} WHERE {where}", chosen)


def baselines(days: Iterable[date]) -> pa.Table:
    """This function will compute the usual days that hold on some days, as believed at one time after another.

    The daily mean of December 2019, and for each month that of the same month of the year before.

    Shape: analytics.facts.SCHEMAS["baselines"]; of the days with a reading, so that a month half read has a mean
    Empty: a place without a reading in a window has no baseline there
    """
    months = sorted({day.replace(day=1) for day in days})
    tables = [_means("same_period", _year_before(month), month) for month in months]
    if months:
        tables.append(_means("dec_2019", DECEMBER, None))
    return pa.concat_tables(tables) if tables else SCHEMAS["baselines"].empty_table()


def _means(basis: str, window: date, month: date | None) -> pa.Table:
    """The means of one month of readings, holding in one month or from the end of the window on."""
    schema = SCHEMAS["baselines"]
    holds = {
        "quantity": "'electricity'",
        "basis": f"'{basis}'",
        "from_on": f"'{month or _next(window)}'",
        "until_on": f"'{_next(month)}'" if month else "NULL",
        "amount": "((2 * total + days) / (2 * days))",
    }
    columns = [holds.get(name, name) for name in schema.names]
    return arrow.select(schema, columns, _MEANS, [window, _next(window)])


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def version() -> str:
    """This function will give a text that changes whenever a version of a place or an exclusion does.

    Rows are only ever added, or told when they were superseded: counts and latest times see both.
    """
    newest = "SELECT max(id) a, max(known_at) b, max(superseded_at) c, count(superseded_at) d FROM"
    return _version(f"({newest} registry_revision) one, ({newest} registry_exclusion) two")


def electricity_version() -> str:
    """This function will give a text that changes whenever a reading does; "" while there is none.

    Readings come and go with imports, and with places that are merged, which `version` sees.
    """
    text = _version(
        "(SELECT max(id) a FROM registry_electricityreading) one,"
        " (SELECT count(*) b, max(applied_at) c, max(undone_at) d FROM registry_importbatch"
        " WHERE kind = 'electricity') two"
    )
    return "" if text.startswith("None|") else text


def _version(source: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {source}")  # noqa: S608 – constants of this file
        return "|".join(map(str, cursor.fetchone()))
