"""What the reporting room publishes for analysis: its reports as an Arrow table, and how often each day has changed."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from dongche.analytics.facts import CONTRACT_VERSION, SCHEMAS
from dongche.reporting.models import DayChange, Report
from dongche.web import arrow

log = logging.getLogger(__name__)

SCHEMA: pa.Schema = SCHEMAS["reports"]


def reports(days: Iterable[date], *, only_current: bool = False) -> pa.Table:
    """This function will read the reports of some days, superseded ones too unless told otherwise.

    Shape: analytics.facts.SCHEMAS["reports"], in no particular order
    """
    tables = [_read(day, only_current) for day in days]
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def versions(days: Iterable[date]) -> dict[date, str | None]:
    """This function will give, for each day, a text that changes whenever one of its reports does.

    Empty: "none" for a day without reports; None when reports came in past the actions, so that nothing may be kept
    """
    days = list(dict.fromkeys(days))
    counts: defaultdict[date, list[tuple[int, ...]]] = defaultdict(list)
    for on, *rest in DayChange.objects.filter(on__in=days).values_list("on", "shard", "stamp", "changes"):
        counts[on].append(tuple(rest))
    return {day: _digest(counts[day]) if day in counts else _uncounted(day) for day in days}


def kept(day: date, version: str) -> pa.Table:
    """This function will give the current reports of a day that is over, from its file when that is up to date.

    The file lies in DATA/facts and is only a copy: it may be deleted at any time.
    """
    folder = Path(settings.DATA) / "facts" / "reports"
    # A release with another contract finds no file rather than one that lacks a column.
    path = folder / f"{day.isoformat()}-{CONTRACT_VERSION}-{version}.parquet"
    try:
        return pq.read_table(path, schema=SCHEMA, memory_map=True)
    except FileNotFoundError:
        pass
    except (OSError, pa.ArrowException) as error:
        log.warning("reporting.facts.unreadable file=%s error=%s", path.name, type(error).__name__)
    table = _read(day, only_current=True)
    try:
        _write(table, folder, path, day)
    except OSError as error:
        # A full or read-only disk makes figures slower, not wrong.
        log.warning("reporting.facts.not_kept file=%s error=%s", path.name, type(error).__name__)
    return table


def _write(table: pa.Table, folder: Path, path: Path, day: date) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, name = tempfile.mkstemp(dir=folder, suffix=".part")
    os.close(number)
    pq.write_table(table, name, compression="zstd")
    Path(name).replace(path)
    for other in folder.glob(f"{day.isoformat()}-*.parquet"):
        if other != path:
            other.unlink(missing_ok=True)


def _digest(counts: Iterable[tuple[int, ...]]) -> str:
    return hashlib.blake2b(repr(sorted(counts)).encode(), digest_size=12).hexdigest()


def _uncounted(day: date) -> str | None:
    return None if Report.objects.filter(on=day).exists() else "none"


def _read(day: date, only_current: bool) -> pa.Table:
    where = '"on" = %s AND superseded_at IS NULL' if only_current else '"on" = %s'
    columns = [f'"{name}"' for name in SCHEMA.names]
    return arrow.select(SCHEMA, columns, f"{Report._meta.db_table} WHERE {where}", [day])


def newest(*tables: pa.Table) -> datetime | None:
    """This function will give the latest `known_at` among tables of facts; None when they hold no row."""
    instants = [pc.max(table["known_at"]).as_py() for table in tables]
    return max((one for one in instants if one is not None), default=None)
