"""A Spark cluster of this machine alone: a real master and two workers, each a process of its own, on loopback."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dongche.analytics import spark
from dongche.analytics.target import Target, parse

WORKERS = 2
# They live for a minute: a compiler that thinks twice, and collectors with threads of their own, cost more than they give.
THRIFTY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
PATIENCE = 180


class Cluster:
    """Processes and their logs in a folder; `stop` ends them all, and so does the end of the process that began them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        conf = folder / "conf"
        conf.mkdir(parents=True)
        options = f"{THRIFTY} -Djava.net.preferIPv4Stack=true"
        (conf / "spark-defaults.conf").write_text(
            f"spark.driver.extraJavaOptions {options}\nspark.executor.extraJavaOptions {options}\n"
            "spark.sql.shuffle.partitions 1\nspark.sql.adaptive.enabled false\n"
            # No question is asked twice here: to compile each would take longer than to answer it.
            "spark.sql.codegen.wholeStage false\nspark.sql.codegen.factoryMode NO_CODEGEN\n"
        )
        (conf / "log4j2.properties").write_text(
            "rootLogger.level = warn\nrootLogger.appenderRef.stderr.ref = console\n"
            "appender.console.type = Console\nappender.console.name = console\nappender.console.target = SYSTEM_ERR\n"
            "appender.console.layout.type = PatternLayout\nappender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n\n"
            "logger.deploy.name = org.apache.spark.deploy.master\nlogger.deploy.level = info\n"
        )

    def start(self) -> None:
        self.begin_master()
        for number in range(1, WORKERS + 1):
            self._run(f"worker{number}", "worker.Worker", "--cores", "1", "--memory", "1g", self.url)
        self.wait_for_workers()

    def begin_master(self, port: str = "0") -> None:
        self._run("master", "master.Master", "--port", port)
        self._wait(
            "the master", lambda: re.search(r"Starting Spark master at (spark://\S+)", self.log("master"))
        )
        found = re.search(r"Starting Spark master at (spark://\S+)", self.log("master"))
        assert found is not None
        self.url = found[1]

    def wait_for_workers(self) -> None:
        self._wait("two workers", lambda: self.log("master").count("Registering worker") >= WORKERS)

    def kill_master(self) -> None:
        process = self._processes.pop("master")
        process.kill()
        process.wait()

    def target(self) -> Target:
        return parse(self.url, memory="512MB", cores=WORKERS, folder=self.folder / "facts")

    def stop(self) -> None:
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()
        self._processes.clear()

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def logs(self) -> str:
        """The end of every log, those of executors too."""
        paths = [*self.folder.glob("*.log"), *self.folder.glob("work/**/stderr")]
        return "\n".join(
            f"--- {path.relative_to(self.folder)}\n" + path.read_text(errors="replace")[-4000:]
            for path in paths
        )

    def _run(self, name: str, what: str, *arguments: str) -> None:
        home = spark.home()
        environment = os.environ | {
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": str(self.folder / "work"),
            "SPARK_DAEMON_MEMORY": "192m",
            "SPARK_DAEMON_JAVA_OPTS": THRIFTY,
        }
        command = [
            str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{what}",
            "--host", "127.0.0.1", "--webui-port", "0", *arguments,
        ]  # fmt: skip
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, preexec_fn=_die_with_us
            )

    def _wait(self, what: str, is_there: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not is_there():
            ended = [name for name, process in self._processes.items() if process.poll() is not None]
            if ended or time.monotonic() > until:
                raise AssertionError(f"Spark: {what} did not come; ended: {ended or 'none'}.\n{self.logs()}")
            time.sleep(0.1)


def _die_with_us() -> None:
    """Even when the tests are killed: the kernel tells the child of its parent's death."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
