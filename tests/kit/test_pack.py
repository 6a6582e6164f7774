from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from dongche.analytics import definitions
from dongche.kit import pack

SHIPPED = Path(__file__).parents[2] / "packs" / "epidemic-2020"


def test_the_shipped_pack_is_read() -> None:
    found = pack.load(SHIPPED)
    assert found.campaign.from_on == date(2020, 2, 8)
    assert found.cut_off == time(17, 0)
    assert found.targets == {"resumption_rate": Decimal(90)}
    assert found.plans["resumption_rate"].on(date(2020, 2, 25)) == Decimal("47.50")
    assert found.plans["resumption_rate"].on(date(2020, 4, 1)) is None
    assert found.wording_on(date(2020, 3, 20)).comparable_from == 5
    assert found.metrics.is_dir()


def test_the_rate_of_full_capacity_has_the_threshold_of_the_standing_of_a_place() -> None:
    known, found = definitions.load(SHIPPED / "metrics"), pack.load(SHIPPED)
    assert known.get("full_capacity_rate@1").threshold == found.full_capacity_on(date(2020, 3, 20))


TWICE = ["2020-02-10", "2020-02-10", "2020-03-01", "2020-03-15", "2020-03-31"]


@pytest.mark.parametrize(
    ("old", "new", "key", "given"),
    [
        ("days_back: 7", "days_back: a week", "report.days_back", "'a week'"),
        ('time: "17:00"', "time: '25:00'", "cut_off.time", "25:00"),
        ("from_on: 2020-02-08", "from_on: soon", "campaign.from_on", "'soon'"),
        ("masks:", "masques:", "masks.low_below_days", "nothing"),
        ("day: 2020-02-20", "day: 2020-02-10", "targets.resumption_rate.plan", TWICE),
        ("percent: 35}", "percent: many}", "plan.percent", "'many'"),
        ("named_most: 3", "named_most: 0", "brief.named_most", 0),
        (
            "level_below_points: 0.05",
            "level_below_points: 6",
            "brief",
            "level_below_points 6, marked_from_points 5",
        ),
        ("masks:", "masks: [", "/", "while parsing a flow sequence"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, key: str, given: str
) -> None:
    text = (SHIPPED / "pack.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "pack.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(pack.PackUnreadable) as refused:
        pack.load(tmp_path)
    assert (refused.value.details["key"], refused.value.details["given"]) == (key, given)


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pack.PackUnreadable, match="No such file"):
        pack.load(tmp_path)
