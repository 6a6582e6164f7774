"""What is logged, in which form, and what never is."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError

from dongche.kit.origin import Origin, coming_from
from dongche.web import logs
from tests.operations.clients import report
from tests.operations.conftest import Instance, fetch, start_serving, wait_for

PERSONAL = ("机密甲", "13912345678", "机密面馆", "机密词")


def written(form: str, level: str = "INFO") -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines() if form == "json" else logs.TextLines())
    handler.addFilter(logs.Discreet())
    logger = logging.Logger("dongche.test", level)
    logger.addHandler(handler)
    return logger, stream


def test_an_event_is_fields_and_carries_its_request():
    logger, stream = written("json")
    with coming_from(Origin("web", "192.0.2.1", "0123456789abcdef")):
        logger.info("registry.import.applied batch=%s rows=%s", 7, 100)
    logger.warning("Something a library says: 100 %")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "dongche.test",
        "event": "registry.import.applied",
        "batch": "7",
        "rows": "100",
        "request": "0123456789abcdef",
        "way": "web",
    }
    assert second["message"] == "Something a library says: 100 %"
    assert "event" not in second
    assert "192.0.2.1" not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_shows_where_and_not_what(form: str):
    logger, stream = written(form)
    try:
        try:
            raise IntegrityError("Key (name)=(机密甲) already exists")
        except IntegrityError as error:
            raise ValueError("机密词") from error
    except ValueError:
        logger.exception("registry.import.broke batch=%s", 7)
    said = stream.getvalue()
    assert "test_logs.py" in said
    assert said.index("IntegrityError") < said.index("builtins.ValueError")
    assert not any(word in said for word in PERSONAL)


def test_a_database_that_is_away_is_no_fault_of_the_code():
    logger, stream = written("json")
    try:
        raise OperationalError("connection to server at 192.0.2.7 failed for user 机密甲")
    except OperationalError:
        logger.exception("anything")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["kind"]) == (
        "web.database.away",
        "warning",
        "OperationalError",
    )
    assert "traceback" not in line


def test_every_form_is_a_configuration():
    for form in ("json", "text"):
        for level in ("DEBUG", "INFO", "WARNING", "ERROR"):
            assert logs.configuration(level, form)["loggers"]["django"]["level"] != "DEBUG"


def test_nothing_personal_reaches_the_log_of_a_running_system(instance: Instance, tmp_path: Path):
    made = (
        "from tests.town import build\nfrom tests.factories.registry import place\n"
        "print(place(build().grid_n1, name='机密面馆', contact_name='机密甲', contact_phone='13912345678').code)"
    )
    code = instance.python(made)
    instance.folder.joinpath("log").unlink(missing_ok=True)
    port = start_serving(instance, DONGCHE_LOG_FORMAT="json", DONGCHE_LOG_LEVEL="DEBUG")
    assert report(port, code, staff_at_post="3", note="机密词 13912345678") == 302
    report(port, code, staff_at_post="x", note="机密词")
    for path in (f"/r/{code}x/", "/desk/places/?q=%E6%9C%BA%E5%AF%86%E8%AF%8D", "/nowhere?phone=13912345678"):
        fetch(port, path)
    book = tmp_path / "机密面馆.csv"
    book.write_text("企业名称,联系人,联系电话\n机密面馆,机密甲,13912345678\n", encoding="utf-8")
    imported = instance.dongche(
        "import", "registry", str(book), DONGCHE_LOG_LEVEL="DEBUG", DONGCHE_LOG_FORMAT="json"
    )
    instance.python("from dongche.operations.tasks import sweep; sweep.enqueue('2020-03-20')")
    wait_for(lambda: "operations.tasks.swept" in (instance.folder / "log").read_text())
    said = (instance.folder / "log").read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert {line["level"] for line in lines} <= {"debug", "info", "warning"}
    swept = next(line for line in lines if line.get("event") == "operations.tasks.swept")
    assert swept["way"] == "task"
    assert any(line.get("event") == "web.request.refused" for line in lines)
    for word in (*PERSONAL, code, "%E6%9C%BA"):
        assert word not in said, word
    for word in PERSONAL[:2]:
        assert word not in imported.err, word
