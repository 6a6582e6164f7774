"""Communities and grids by the many ways people write them."""

from __future__ import annotations

import pytest

from dongche.kit.chinese import Unreadable
from dongche.registry.lookups import Community, Grid, Lookups

NANSHAN, KANGPING, EAST = "370203026002", "370203026017", "370203026018"
COMMUNITIES = [
    Community(NANSHAN, "南山社区居委会"),
    Community(KANGPING, "康平路社区居委会"),
    Community(EAST, "东太平社区居委会"),
]
GRIDS = [
    Grid("37020302600201", "第一网格", NANSHAN),
    Grid("37020302600202", "第二网格", NANSHAN),
    Grid("37020302600211", "第十一网格", NANSHAN),
    Grid("37020302601701", "第一网格", KANGPING),
    Grid("37020302601703", "康平路社区第3网格", KANGPING),
    Grid("37020302601809", "机电市场专属网格", EAST),
]
LOOKUPS = Lookups.of(COMMUNITIES, GRIDS, subdistrict="阜新路街道")


@pytest.mark.parametrize(
    "written",
    ["南山社区居委会", "南山社区", "南山", "南山居委会", " 南 山", "南山社区居民委员会", "阜新路街道南山社区", "阜新路街道办事处南山社区",
     "370203026002", "３７０２０３０２６００２"],
)  # fmt: skip
def test_community_is_found(written):
    assert LOOKUPS.resolve(written, "") == (NANSHAN, None)


@pytest.mark.parametrize("written", ["北山社区", "社区", "370203026999", "太平", "南山路"])
def test_community_unknown_is_refused_with_the_list(written):
    with pytest.raises(Unreadable) as refusal:
        LOOKUPS.resolve(written, "")
    assert refusal.value.code == "registry.community_unknown"
    assert "南山社区居委会、康平路社区居委会、东太平社区居委会" in str(refusal.value)


def test_community_of_one_name_twice_is_refused():
    twice = Lookups.of([Community("a1", "南山社区"), Community("a2", "南山居委会")], [])
    with pytest.raises(Unreadable) as refusal:
        twice.resolve("南山", "")
    assert refusal.value.code == "registry.community_ambiguous"
    assert twice.resolve("a2", "") == ("a2", None)


@pytest.mark.parametrize(
    "written",
    [
        "第一网格",
        "第1网格",
        "1",
        "01",
        "网格1",
        "一网格",
        "1号网格",
        "南山社区第一网格",
        "南山第1网格",
        "37020302600201",
    ],
)
def test_grid_is_found_within_its_community(written):
    assert LOOKUPS.resolve("南山", written) == (NANSHAN, "37020302600201")


@pytest.mark.parametrize(
    ("community", "written", "code"),
    [("南山", "十一", "37020302600211"), ("康平路", "第三网格", "37020302601703"), ("康平路", "1", "37020302601701"),
     ("东太平", "机电市场专属网格", "37020302601809")],
)  # fmt: skip
def test_grid_numbers_and_names(community, written, code):
    assert LOOKUPS.resolve(community, written)[1] == code


def test_grid_alone_gives_its_community_when_it_is_the_only_one():
    assert LOOKUPS.resolve("", "机电市场专属网格") == (EAST, "37020302601809")
    assert LOOKUPS.resolve("", "37020302601701") == (KANGPING, "37020302601701")
    assert LOOKUPS.resolve("", "") == (None, None)


@pytest.mark.parametrize(
    ("community", "grid", "code"),
    [
        ("", "第一网格", "ambiguous"),
        ("南山", "第九网格", "unknown"),
        ("南山", "机电市场专属网格", "elsewhere"),
        ("南山", "37020302601701", "elsewhere"),
        ("", "没有的网格", "unknown"),
    ],
)
def test_grid_is_refused_rather_than_guessed(community, grid, code):
    for _ in range(2):  # also when asked a second time
        with pytest.raises(Unreadable) as refusal:
            LOOKUPS.resolve(community, grid)
        assert refusal.value.code == f"registry.grid_{code}"
