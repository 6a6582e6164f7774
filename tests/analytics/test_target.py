"""Which engine is chosen, and what is said where a cluster cannot be asked. The cluster itself: tests/spec/test_on_spark.py."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from dongche.analytics import engine, facts, spark, target
from dongche.config import environment
from tests.spec.worlds import DAY, instant, pack


@pytest.mark.parametrize(
    ("text", "masters"),
    [
        ("duckdb", ()),
        ("spark://10.1.2.3:7077", (("10.1.2.3", 7077),)),
        ("spark://one.example:7077,two.example:7078", (("one.example", 7077), ("two.example", 7078))),
        ("spark://[::1]:7077", (("[::1]", 7077),)),
    ],
)
def test_an_engine_is_read_and_written_alike(text: str, masters: tuple[tuple[str, int], ...]) -> None:
    found = target.parse(text)
    assert (found.masters, found.url, found.is_spark) == (masters, text, bool(masters))


@pytest.mark.parametrize(
    "text",
    ["Spark", "spark://", "spark://host", "spark://host:0", "spark://host:70777", "spark://a:1,", "http://a:1",
     "spark://a b:1", "local[2]", "spark://host:7077/x"],
)  # fmt: skip
def test_another_engine_is_refused(text: str) -> None:
    with pytest.raises(target.EngineUnknown) as refused:
        target.parse(text)
    assert f"“{text}”" in str(refused.value)


@pytest.mark.parametrize("memory", ["2", "2gb", "0GB", "1.5GB", "50%", ""])
def test_memory_is_a_whole_number_with_its_unit(memory: str) -> None:
    with pytest.raises(target.MemoryUnknown):
        target.parse("duckdb", memory=memory)


def test_settings_choose_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert environment.engine(tmp_path) == target.Target(folder=tmp_path)
    monkeypatch.setenv("DONGCHE_ENGINE", "spark://127.0.0.1:7077")
    monkeypatch.setenv("DONGCHE_ENGINE_MEMORY", "512MB")
    monkeypatch.setenv("DONGCHE_SPARK_CORES", "8")
    assert environment.engine(tmp_path) == target.Target((("127.0.0.1", 7077),), "512MB", 8, tmp_path)
    monkeypatch.setenv("DONGCHE_ENGINE", "sparkle://127.0.0.1:7077")
    with pytest.raises(ImproperlyConfigured, match="sparkle"):
        environment.engine(tmp_path)


def test_the_memory_of_the_setting_is_the_limit_of_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.Limits().memory == "2GB"
    monkeypatch.setattr(target, "_chosen", target.parse("duckdb", memory="300MB"))
    assert engine.Limits().memory == "300MB"


def test_a_master_that_does_not_answer_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"spark://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setattr(target, "_chosen", target.parse(url, folder=tmp_path))
    with pytest.raises(spark.MasterGone) as gone:
        engine.measure(facts.empty(), pack(), days=[DAY], as_known=instant("03-21 08:00"))
    assert url in str(gone.value)


def test_without_the_package_or_java_it_says_how_to_add_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = target.parse("spark://127.0.0.1:7077")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(spark.JavaMissing) as missing:
        spark.check_java(wanted)
    assert "apt-get install default-jre-headless" in str(missing.value)
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    with pytest.raises(spark.JavaMissing) as old:
        spark.check_java(wanted)
    assert "11.0.2" in str(old.value)
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(spark.PackageMissing) as package:
        spark.check(wanted)
    assert "requirements/spark.txt" in str(package.value)
