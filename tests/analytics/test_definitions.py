from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from dongche.analytics import definitions
from dongche.kit.errors import Problem
from tests.spec.worlds import pack

VERSION = """
  - version: 1
    from_on: 2020-01-01
    until_on: null
    name: {en: Share, zh-Hans: 占比}
    unit: percent
    counted_in: places
    formula: {en: resumed ÷ all, zh-Hans: 复工 ÷ 全部}
    numerator: count(*) FILTER (WHERE resumed)
    denominator: count(*)
    coverage: {numerator: count(*), denominator: count(*)}
    contributors: count(*)
    source: a paper
    confidence: high
"""


def written(directory: Path, *versions: str, order: str = "10") -> Path:
    (directory / "share.yaml").write_text(f"order: {order}\nversions:{''.join(versions)}", encoding="utf-8")
    return directory


def test_the_pack_defines_its_metrics_in_the_order_they_are_shown() -> None:
    known = pack()
    assert known.metrics == (
        "resumption_rate",
        "production_rate",
        "capacity_recovery_rate",
        "capacity_recovery_mean",
        "full_capacity_rate",
        "return_to_post_rate",
        "reporting_rate",
        "reporting_rate_on_time",
        "electricity_resumption_rate",
        "electricity_production_rate",
        "electricity_production_mean",
        "electricity_same_period_rate",
    )
    assert len(known) == 12
    assert {one.unit for one in known} == {"percent"}


def test_definition_has_its_parts_in_both_languages() -> None:
    on_time = pack().get("reporting_rate_on_time@1")
    assert (on_time.code, on_time.cut_off, on_time.needs_reports) == (
        "reporting_rate_on_time@1",
        time(17),
        False,
    )
    assert (on_time.name("en"), on_time.name("zh-Hans"), on_time.name("zh-hant")) == (
        "On-time reporting rate",
        "按时报告率",
        "按时报告率",
    )
    assert on_time.formula("zh-cn") == "首次报告在当日截止时间前（含）收到的场所数 ÷ 应报告场所数"
    assert "assumption" in on_time.source
    assert on_time in pack()


def test_a_day_belongs_to_the_version_in_force(tmp_path: Path) -> None:
    second = VERSION.replace("version: 1", "version: 2").replace("2020-01-01", "2020-03-01")
    known = definitions.load(
        written(tmp_path, second, VERSION.replace("until_on: null", "until_on: 2020-02-15"))
    )
    found = {day: [one.code for one in known.on(day)] for day in map(date.fromisoformat, DAYS)}
    assert list(found.values()) == [[], ["share@1"], ["share@1"], [], [], ["share@2"]]
    assert [one.version for one in known.versions("share")] == [1, 2]


DAYS = ("2019-12-31", "2020-01-01", "2020-02-14", "2020-02-15", "2020-02-29", "2020-03-01")


@pytest.mark.parametrize(("until", "begin"), [("null", "2020-03-01"), ("2020-03-02", "2020-03-01")])
def test_versions_valid_on_one_day_are_refused(tmp_path: Path, until: str, begin: str) -> None:
    first = VERSION.replace("until_on: null", f"until_on: {until}")
    second = VERSION.replace("version: 1", "version: 2").replace("2020-01-01", begin)
    with pytest.raises(definitions.DefinitionsOverlap) as refused:
        definitions.load(written(tmp_path, first, second))
    assert str(refused.value).startswith(
        "The versions 1 and 2 of the metric share are both valid on 2020-03-01."
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("    unit: percent\n", "", "version 1, “version”"),
        (
            "    unit: percent\n",
            "    unit: ratio\n",
            "“unit”: 'ratio' was given; expected is one of percent.",
        ),
        ("unit: percent", "unit: percent\n    unit: percent", "“unit” is given twice"),
        ("source: a paper", "source: a paper\n    sauce: none", "“version”: sauce was given"),
        (
            "confidence: high",
            "confidence: sure",
            "“confidence”: 'sure' was given; expected is one of high, medium",
        ),
        ("2020-01-01", "soon", "“from_on”: 'soon' was given; expected is a day such as 2020-01-01."),
        ("2020-01-01", "2020-01-01 08:00:00", "“from_on”: datetime.datetime(2020, 1, 1, 8, 0)"),
        (
            "until_on: null",
            "until_on: 2020-01-01",
            "“until_on”: 2020-01-01 was given; expected is a day after",
        ),
        ("version: 1", "version: one", "“version”: 'one' was given; expected is a whole number."),
        ("version: 1", "version: true", "“version”: True was given; expected is a whole number."),
        ("zh-Hans: 占比", "zh: 占比", "“name”: {'en': 'Share', 'zh': '占比'} was given"),
        ("{en: Share, zh-Hans: 占比}", "Share", "“name”: 'Share' was given; expected is a mapping."),
        ("WHERE resumed", "WHERE open", "“numerator”: “count(*) FILTER (WHERE open)” was given"),
        ("WHERE resumed", "WHERE open", "there is no column “open”"),
        ("denominator: count(*)\n    cov", "denominator: 100\n    cov", "“denominator”: 100 was given"),
        (
            "{numerator: count(*), denominator: count(*)}",
            "{numerator: count(*)}",
            "expected is also denominator",
        ),
        ("confidence: high", "confidence: high\n    cut_off: 17:00", "“cut_off”: 1020 was given"),
        ("confidence: high", 'confidence: high\n    cut_off: "5 pm"', "“cut_off”: '5 pm' was given"),
        ("confidence: high", 'confidence: high\n    cut_off: "25:00"', "“cut_off”: '25:00' was given"),
        ("WHERE resumed", "WHERE received_at < cut_off_at", "“cut_off”: None was given"),
        ("confidence: high", "confidence: high\n    needs_reports: 1", "“needs_reports”: 1 was given"),
    ],
)
def test_a_wrong_definition_names_file_version_and_key(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in VERSION
    with pytest.raises(definitions.DefinitionInvalid) as refused:
        definitions.load(written(tmp_path, VERSION.replace(old, new, 1)))
    assert str(refused.value).startswith("The metric file share.yaml, version ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "order: 10\nversions: []",
        "order: ten\nversions:" + VERSION,
        "versions:" + VERSION,
        "- a list",
        "order: [",
        "order: 10\nversions:" + VERSION + VERSION,
        "order: 10\nversions: [1]",
        "!!python/object/apply:os.system ['true']",
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "share.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(definitions.DefinitionInvalid) as refused:
        definitions.load(tmp_path)
    assert str(refused.value).startswith("The metric file share.yaml, version ")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "share.yaml").write_bytes("name: 复工率".encode("gbk"))
    with pytest.raises(definitions.DefinitionInvalid) as refused:
        definitions.load(tmp_path)
    assert "readable YAML in UTF-8" in str(refused.value)


def test_no_definitions_and_unknown_metrics_are_said(tmp_path: Path) -> None:
    with pytest.raises(definitions.DefinitionsMissing) as missing:
        definitions.load(tmp_path)
    assert str(tmp_path) in str(missing.value)
    for ask in (pack().versions, pack().get):
        with pytest.raises(Problem) as unknown:
            ask("resumption")
        assert unknown.value.code == "analytics.unknown_metric"
        assert "resumption_rate" in str(unknown.value)
