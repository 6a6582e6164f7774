from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dongche.analytics import document
from dongche.analytics.definitions import Definitions
from tests.spec.worlds import METRICS, pack

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_of_metrics_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert document.main([str(METRICS)]) == 0
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8"), (
        "Run: .venv/bin/python -m dongche.analytics.document packs/epidemic-2020/metrics > docs/metrics.md"
    )


def test_the_newest_version_comes_first_and_the_old_one_says_its_end() -> None:
    old = replace(pack().get("reporting_rate@1"), until_on=date(2020, 3, 1))
    new = replace(old, version=2, from_on=date(2020, 3, 1), until_on=None)
    text = document.page(Definitions([old, new]))
    assert text.index("### reporting_rate@2") < text.index("### reporting_rate@1")
    assert "| valid | from 2020-01-01 until 2020-03-01 (that day no longer) |" in text


def test_a_directory_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert document.main([]) == 2
    assert capsys.readouterr().err.startswith("Usage:")
