"""The places of the demonstration, as columns: who they are, where, how large, and which are key enterprises.

Everything here is made up and says so: names begin with 示范, phones are 1990… in sequence, credit codes are
valid in form (both check characters) under running numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from dongche.cli.demo.geography import Area, scatter
from dongche.cli.demo.organisation import COMMUNITIES, grid_code
from dongche.cli.demo.trades import CATEGORIES, FIXED, HABITS, KEY_ENTERPRISES, WORDS
from dongche.kit.identifiers import make_credit_code

SELF_EMPLOYED = {"nine_small_venue", "street_shop"}
Column = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Places:
    """One element a place in every column, in the order of their numbers."""

    category: Column  # index into CATEGORIES
    trade: Column  # index into the trades of the category
    word: Column
    community: Column  # index into COMMUNITIES
    grid: Column  # index of the grid inside its community
    lon: Column
    lat: Column
    is_key: Column
    staff: Column
    output_normal_yuan: Column
    revenue_wan: Column
    assets_wan: Column
    opened_days: Column  # days before 2020-01-01

    def __len__(self) -> int:
        return len(self.category)

    def category_of(self, i: int) -> str:
        return CATEGORIES[self.category[i]]

    def ending_of(self, i: int) -> str:
        return HABITS[self.category_of(i)].trades[self.trade[i]].ending

    def name_of(self, i: int) -> str:
        return f"示范{i + 1:04d}号{WORDS[self.word[i]]}{self.ending_of(i)}"

    def credit_code_of(self, i: int) -> str:
        """A code that passes both checks; none for a site, which is no legal unit."""
        category = self.category_of(i)
        if not HABITS[category].has_licence:
            return ""
        return make_credit_code(f"{92 if category in SELF_EMPLOYED else 91}370203MA{i + 1:06d}")

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of the register, under the headings a sub-district would use."""
        for i in range(len(self)):
            category = self.category_of(i)
            trade = HABITS[category].trades[self.trade[i]]
            community = COMMUNITIES[self.community[i]]
            yield {
                "单位名称": self.name_of(i),
                "统一社会信用代码": self.credit_code_of(i),
                "类别": CATEGORY_LABELS[category],
                "行业代码": trade.industry,
                "九小类别": trade.nine_small,
                "社区": community.name,
                "网格编号": grid_code(community.code, int(self.grid[i]) + 1),
                "地址": f"{community.name}示范路{i % 300 + 1}号",
                "负责人": f"示例联系人{i + 1:04d}",
                "联系电话": f"1990{i + 1:07d}",
                "从业人员": int(self.staff[i]),
                "营业收入（万元）": int(self.revenue_wan[i]),
                "资产总额（万元）": int(self.assets_wan[i]),
                "日正常产值（元）": int(self.output_normal_yuan[i]),
                "重点": "重点企业" if self.is_key[i] else "",
                "成立日期": date(2020, 1, 1) - timedelta(days=int(self.opened_days[i])),
                "经度": float(self.lon[i]),
                "纬度": float(self.lat[i]),
            }


CATEGORY_LABELS = {
    "enterprise": "企业",
    "construction_site": "在建工地",
    "farm_produce_market": "农贸市场",
    "supermarket": "商超",
    "electromechanical_market": "机电市场",
    "office_building": "商务楼宇",
    "nine_small_venue": "九小场所",
    "street_shop": "临街商铺",
}


def make(count: int, land: Area, dice: np.random.Generator) -> Places:
    """This function will make `count` places on the land, exactly 100 key enterprises and five sites among them."""
    category = _categories(count, dice)
    community = dice.choice(len(COMMUNITIES), count, p=_shares([c.weight for c in COMMUNITIES]))
    grid, lon, lat = _located(community, land, dice)
    trade = np.zeros(count, int)
    staff, output = np.empty(count), np.empty(count)
    for index, habit in enumerate(HABITS.values()):
        rows = np.flatnonzero(category == index)
        trade[rows] = dice.choice(len(habit.trades), len(rows), p=_shares([t.weight for t in habit.trades]))
        staff[rows] = dice.lognormal(np.log(habit.staff), habit.staff_spread, len(rows))
        output[rows] = dice.lognormal(np.log(habit.output), habit.output_spread, len(rows))
    is_key = np.zeros(count, bool)
    firms = np.flatnonzero(category == CATEGORIES.index("enterprise"))
    is_key[dice.choice(firms, KEY_ENTERPRISES, replace=False)] = True
    staff[is_key] = dice.lognormal(np.log(130), 0.8, KEY_ENTERPRISES)
    output[is_key] = dice.lognormal(np.log(260_000), 0.8, KEY_ENTERPRISES)
    output_yuan = np.maximum(np.round(output, -1), 100).astype(np.int64)
    revenue = np.maximum(output_yuan * 300 // 10_000, 1)
    return Places(
        category=category,
        trade=trade,
        word=dice.integers(len(WORDS), size=count),
        community=community,
        grid=grid,
        lon=lon,
        lat=lat,
        is_key=is_key,
        staff=np.maximum(np.round(staff), 1).astype(np.int64),
        output_normal_yuan=output_yuan,
        revenue_wan=revenue,
        assets_wan=np.maximum(np.round(revenue * dice.lognormal(-0.1, 0.5, count)), 1).astype(np.int64),
        opened_days=dice.integers(200, 7000, size=count),
    )


def _shares(weights: list[float]) -> Column:
    return np.array(weights) / sum(weights)


def _categories(count: int, dice: np.random.Generator) -> Column:
    """A shuffled column of categories: fixed numbers of some, shares of the rest, the key enterprises among them."""
    wanted: Mapping[str, int] = {
        name: FIXED.get(name, max(2, round(habit.share * count))) for name, habit in HABITS.items()
    }
    numbers = dict(wanted) | {"enterprise": max(wanted["enterprise"], KEY_ENTERPRISES + 10)}
    numbers["street_shop"] = 0
    rest = count - sum(numbers.values())
    if rest < 2:  # a very small demonstration: fewer venues, so that there are shops too
        numbers["nine_small_venue"] += rest - count // 10
        rest = count // 10
    numbers["street_shop"] = rest
    column = np.repeat(np.arange(len(CATEGORIES)), [numbers[name] for name in CATEGORIES])
    return dice.permutation(column)


def _located(community: Column, land: Area, dice: np.random.Generator) -> tuple[Column, Column, Column]:
    """A grid and a point for each place: grids of a community differ in how dense they are."""
    grid = np.zeros(len(community), int)
    lon, lat = np.empty(len(community)), np.empty(len(community))
    for c, area in enumerate(land.parts):
        rows = np.flatnonzero(community == c)
        density = [part.shape.area * weight for part, weight in zip(
            area.parts, dice.uniform(0.6, 1.4, len(area.parts)), strict=True)]  # fmt: skip
        grid[rows] = dice.choice(len(area.parts), len(rows), p=_shares(density))
        for g, part in enumerate(area.parts):
            here = rows[grid[rows] == g]
            lon[here], lat[here] = scatter(part, len(here), dice)
    return grid, lon, lat
