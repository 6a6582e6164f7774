"""Where figures are computed: by DuckDB inside this process, or on a Spark cluster. Chosen when a process starts.

Imports nothing heavy, so that settings may read it.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

DUCKDB = "duckdb"
_MASTER = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{1,5})")
_MEMORY = re.compile(r"(?P<number>[1-9]\d*)(?P<unit>MB|GB)")


class EngineUnknown(Problem):
    code = "analytics.engine_unknown"
    message = N_(
        "The engine “%(given)s” is not known. Expected is duckdb, or spark://HOST:PORT of a Spark master."
    )


class MemoryUnknown(Problem):
    code = "analytics.memory_unknown"
    message = N_(
        "“%(given)s” is no amount of memory for the engine. Expected is a whole number of MB or GB, such as 2GB."
    )


@dataclass(frozen=True)
class Target:
    """An engine, and what one computation may use of its machines.

    Shape:  no masters is DuckDB; several are the standby masters of one cluster
    Units:  memory as DuckDB writes it, 512MB or 2GB: DuckDB's limit, or that of Spark's driver and of each executor
    """

    masters: tuple[tuple[str, int], ...] = ()
    memory: str = "2GB"
    # Of the whole cluster, for this process.
    cores: int = 2
    # Facts for the cluster are put here: a folder that every worker sees under the same path.
    folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))

    @property
    def is_spark(self) -> bool:
        return bool(self.masters)

    @property
    def url(self) -> str:
        """This function will give what was asked for, as it is written in the settings."""
        return (
            "spark://" + ",".join(f"{host}:{port}" for host, port in self.masters) if self.masters else DUCKDB
        )


def parse(text: str, *, memory: str = "2GB", cores: int = 2, folder: Path | None = None) -> Target:
    """This function will read an engine.

    Raises: EngineUnknown, MemoryUnknown

    >>> parse("spark://127.0.0.1:7077").masters
    (('127.0.0.1', 7077),)
    >>> parse("duckdb").is_spark
    False
    """
    if not _MEMORY.fullmatch(memory):
        raise MemoryUnknown(given=memory)
    masters = () if text == DUCKDB else _masters(text)
    return Target(masters, memory, cores, folder or Path(tempfile.gettempdir()))


def _masters(text: str) -> tuple[tuple[str, int], ...]:
    scheme, _, rest = text.partition("://")
    found = [_MASTER.fullmatch(each) for each in rest.split(",")]
    masters = tuple((one["host"], int(one["port"])) for one in found if one and 0 < int(one["port"]) < 65536)
    if scheme != "spark" or len(masters) != len(found):
        raise EngineUnknown(given=text)
    return masters


_chosen = Target()


def use(target: Target) -> None:
    """This function will choose the engine of this process."""
    global _chosen
    _chosen = target


def chosen() -> Target:
    """This function will give the engine of this process; DuckDB until another is chosen."""
    return _chosen
