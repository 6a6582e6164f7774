"""A Spark cluster as the engine: the same SQL in its dialect, over the facts as Parquet in a folder all workers see.

One driver for each process, begun with the first question, kept, and closed when the process ends. Spark waits without
end for a worker that does not come; here every wait has an end and a sentence.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp

from dongche.analytics import facts as contract
from dongche.analytics import target as targets
from dongche.analytics.facts import TABLES, Facts
from dongche.analytics.target import Target
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

JAVA = 17
# Seconds: for the master to answer, for the first worker to come, and until a question left without workers ends.
ANSWER, WORKERS, ALONE = 5, 60, 30


class PackageMissing(Problem):
    code = "analytics.spark_package_missing"
    status = 503
    message = N_(
        "Figures are to be computed on %(master)s, but the package pyspark is not installed. Add it with "
        "“.venv/bin/uv pip install --require-hashes -r requirements/spark.txt”, or set DONGCHE_ENGINE=duckdb."
    )


class JavaMissing(Problem):
    code = "analytics.java_missing"
    status = 503
    message = N_(
        "Figures are to be computed on %(master)s, which needs Java %(expected)s or newer here; found: %(given)s. "
        "Install it (Debian: apt-get install default-jre-headless), set JAVA_HOME to it, or set DONGCHE_ENGINE=duckdb."
    )


class MasterGone(Problem):
    code = "analytics.spark_master_gone"
    status = 503
    message = N_(
        "The Spark master %(master)s does not answer (%(given)s). Start it and ask again, or set DONGCHE_ENGINE=duckdb."
    )


class NoWorker(Problem):
    code = "analytics.spark_no_worker"
    status = 503
    message = N_(
        "The Spark master %(master)s has given no worker for %(seconds)s seconds. See that workers are registered with "
        "it, and that one has a core and %(memory)s of memory free; then ask again."
    )


class FolderUnseen(Problem):
    code = "analytics.spark_folder_unseen"
    status = 503
    message = N_(
        "The workers of %(master)s cannot read the facts in %(folder)s. Set DONGCHE_SPARK_FOLDER to a folder that all "
        "of them see under the same path and may read."
    )


class ClusterLost(Problem):
    code = "analytics.spark_lost"
    status = 503
    message = N_(
        "The connection with the Spark cluster %(master)s was lost while it computed (%(given)s). Ask again."
    )


class Cluster:
    """A session with the facts of one question as its tables."""

    dialect = "spark"

    def __init__(self, target: Target, session: Any, folder: Path) -> None:
        self._target, self._session, self._folder = target, session, folder

    def ask(self, text: str, as_known: datetime | None = None) -> pa.Table:
        """This function will run a query; `as_known` where the text has the parameter of that name.

        Raises: ClusterLost, NoWorker, FolderUnseen
        """
        given = {} if as_known is None else {"as_known": as_known.isoformat()}
        *tables, (_, last) = in_steps(text)
        kept = []
        with _watched(self._target, self._session, self._folder):
            try:
                for name, part in tables:
                    kept.append(self._session.sql(part, args=given).cache())
                    kept[-1].createOrReplaceTempView(name)
                return self._session.sql(last, args=given).toArrow()
            finally:
                for table in kept:
                    table.unpersist()


@lru_cache(maxsize=256)
def in_steps(text: str) -> tuple[tuple[str, str], ...]:
    """This function will cut a query at its tables AS MATERIALIZED.

    Spark does not know these: it would plan each again wherever it is read, and again inside those, and read the
    register twenty times.

    Shape:  name and text of each such table, in their order, then of the query itself, named ""

    >>> in_steps("WITH a AS (SELECT 1 AS x), b AS MATERIALIZED (SELECT x FROM a) SELECT x FROM b")
    (('b', 'WITH a AS (SELECT 1 AS x) SELECT x FROM a'), ('', 'SELECT x FROM b'))
    """
    tree = sqlglot.parse_one(text, dialect="spark")
    steps: list[tuple[str, str]] = []
    before: list[exp.CTE] = []
    for cte in tree.ctes if isinstance(tree, exp.Query) else ():
        if cte.args.get("materialized"):
            steps.append((cte.alias, _with(before, cte.this)))
        else:
            before.append(cte)
    tree.set("with_", None)
    return (*steps, ("", _with(before, tree)))


def _with(tables: Sequence[exp.CTE], query: exp.Expr) -> str:
    """A query with those of the tables in front that it reads, itself or through others."""
    read = {table.name for table in query.find_all(exp.Table)}
    needed: list[exp.CTE] = []
    for cte in reversed(tables):
        if cte.alias in read:
            read.update(table.name for table in cte.this.find_all(exp.Table))
            needed.insert(0, cte.copy())
    found = query.copy()
    if needed:
        found.set("with_", exp.With(expressions=needed))
    return found.sql(dialect="spark")


@contextmanager
def opened(facts: Facts, target: Target) -> Iterator[Cluster]:
    """This function will put facts where the workers see them, and take them away again.

    Raises: PackageMissing, JavaMissing, MasterGone, NoWorker
    """
    session = _session_for(target).newSession()  # tables of one question are not those of another thread
    target.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="question-", dir=target.folder) as name:
        folder = Path(name)
        # Workers may run as somebody else; there is nothing of persons in facts.
        folder.chmod(0o755)
        contract.write(facts, folder)
        with _watched(target, session, folder):
            for table in TABLES:
                session.read.parquet(f"file://{folder}/{table}.parquet").createOrReplaceTempView(table)
        yield Cluster(target, session, folder)


def home() -> Path:
    """This function will give the folder of Spark's own programs, which come with pyspark.

    Raises: PackageMissing
    """
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise PackageMissing(master=targets.chosen().url)
    return Path(spec.origin).parent


def check(wanted: Target) -> None:
    """This function will see that a driver can be begun here.

    Raises: PackageMissing, JavaMissing
    """
    if importlib.util.find_spec("pyspark") is None:
        raise PackageMissing(master=wanted.url)
    check_java(wanted)


def close() -> None:
    """This function will end the driver of this process, if there is one; the next question begins another."""
    with _opening:
        _end()


_opening = threading.Lock()
_open: tuple[Target, Any] | None = None


def _session_for(target: Target) -> Any:
    global _open
    with _opening:
        try:
            reachable = _reach(target)
        except MasterGone:
            # The next master does not know our executors and kills them.
            _end()
            raise
        if _open is not None and (_open[0] != target or not _is_alive(_open[1])):
            _end()
        if _open is None:
            _open = target, _begin(target, reachable)
        _wait_for_worker(target, _open[1])
        return _open[1]


def _reach(target: Target) -> str:
    """Our own address as the master sees it: workers call back there, and no other address is listened on."""
    refused = "–"
    for host, port in target.masters:
        try:
            with socket.create_connection((host.strip("[]"), port), timeout=ANSWER) as probe:
                return str(probe.getsockname()[0])
        except OSError as error:
            refused = error.strerror or str(error)
    raise MasterGone(master=target.url, given=refused)


def _begin(target: Target, address: str) -> Any:
    check(target)
    # It speaks of pandas, which nothing here hands to it.
    warnings.filterwarnings("ignore", module=r"pyspark\.")
    from pyspark.sql import SparkSession

    megabytes = _megabytes(target.memory)
    settings = {
        "spark.app.name": f"dongche-{os.getpid()}",
        "spark.driver.host": address,
        "spark.driver.bindAddress": address,
        "spark.driver.memory": f"{megabytes}m",
        "spark.executor.memory": f"{megabytes}m",
        "spark.cores.max": str(target.cores),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        # What figures hang on: whatever spark-defaults.conf says, days and numbers mean the same.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.caseSensitive": "true",
        "spark.sql.decimalOperations.allowPrecisionLoss": "true",
        "spark.sql.execution.arrow.useLargeVarTypes": "false",
    }
    builder = SparkSession.builder.master(target.url)
    for name, value in settings.items():
        builder = builder.config(name, value)
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        _forget_driver()
        raise MasterGone(master=target.url, given=_first_line(error)) from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupted)  # pyspark puts a handler of its own there
    atexit.register(close)
    return session


def check_java(target: Target) -> None:
    """This function will see that a Java new enough is here.

    Raises: JavaMissing
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    given = "–"
    if java is not None:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
        version = re.search(r'version "(\d+)', told)
        if version and int(version[1]) >= JAVA:
            return
        given = told.splitlines()[0] if told else java
    raise JavaMissing(master=target.url, expected=JAVA, given=given)


def _megabytes(memory: str) -> int:
    return int(memory[:-2]) * (1024 if memory.endswith("GB") else 1)


def _wait_for_worker(target: Target, session: Any) -> None:
    until = time.monotonic() + WORKERS
    while not _executors(session):
        if time.monotonic() > until:
            raise NoWorker(master=target.url, seconds=WORKERS, memory=target.memory)
        time.sleep(0.1)


def _executors(session: Any) -> int:
    """How many executors we have; the driver stands in the same list."""
    return int(session.sparkContext._jsc.sc().getExecutorMemoryStatus().size()) - 1


def _is_alive(session: Any) -> bool:
    """A driver of a master that was begun anew has no executor and never gets one: it is not alive either."""
    try:
        return not session.sparkContext._jsc.sc().isStopped() and _executors(session) > 0
    except Exception:  # the driver's process is gone, in one of many ways
        return False


@contextmanager
def _watched(target: Target, session: Any, folder: Path) -> Iterator[None]:
    """Give up when all workers are gone, and say in our words what went wrong."""
    is_done, has_given_up = threading.Event(), threading.Event()

    def watch() -> None:
        alone_since = time.monotonic()
        while not is_done.wait(1):
            try:
                if _executors(session):
                    alone_since = time.monotonic()
                elif time.monotonic() - alone_since > ALONE:
                    has_given_up.set()
                    session.sparkContext.cancelAllJobs()
            except Exception:  # the question itself fails too, and says why
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except Exception as error:
        if has_given_up.is_set():
            raise NoWorker(master=target.url, seconds=ALONE, memory=target.memory) from error
        text = str(error)
        if (
            "FILE_NOT_EXIST" in text
            or "FileNotFound" in text
            or "PATH_NOT_FOUND" in text
            or "Permission denied" in text
        ):
            raise FolderUnseen(master=target.url, folder=folder.parent) from error
        if not _is_alive(session):
            raise ClusterLost(master=target.url, given=_first_line(error)) from error
        raise
    finally:
        is_done.set()
        watcher.join()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _end() -> None:
    global _open
    if _open is not None:
        _, session = _open
        _open = None
        with suppress(Exception):  # it may be gone already; nothing of ours is lost with it
            session.stop()
        if not _has_driver():
            _forget_driver()


def _has_driver() -> bool:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    return gateway is not None and gateway.proc.poll() is None


def _forget_driver() -> None:
    """pyspark keeps one Java process for ever, a dead one too: without this no second one would be begun."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = None
    if not _has_driver():
        SparkContext._gateway = SparkContext._jvm = None
