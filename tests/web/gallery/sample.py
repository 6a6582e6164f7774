"""Made-up values for every component; the town and its figures exist nowhere."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shapely import MultiPoint, Point, Polygon, voronoi_polygons
from shapely.geometry import mapping

from dongche.web.components import (
    Cell,
    Chart,
    Chip,
    Column,
    Explained,
    MapView,
    Matrix,
    MatrixColumn,
    MatrixRow,
    Pager,
    Series,
    Tab,
    Tile,
)

NAMES = ("望海", "青松", "河西", "金坛", "安顺", "锦园", "同乐", "福寿")
LINES = ("经济文化服务中心", "综合行政执法中队", "市场监督管理所", "应急管理办公室", "便民服务中心")
DAY = date(2020, 2, 29)
KNOWN = datetime(2020, 2, 29, 1, 42, tzinfo=UTC)

EXPLAINED = Explained(
    name="复工率",
    meaning="当日报送为“营业”或“部分营业”的单位，占应复工单位的比例。不结转前一日数据。",
    definition="resumption_rate@1",
    on=DAY,
    as_known=KNOWN,
    numerator_label="已复工",
    numerator=2185,
    denominator_label="应复工",
    denominator=2500,
    coverage=Decimal("0.8856"),
    excluded=12,
    url="/places/",
)


def tiles() -> list[Tile]:
    def course(start: float, end: float) -> list[Decimal]:
        wave = [start + (end - start) * (1 - math.exp(-at / 4)) + math.sin(at) for at in range(14)]
        return [Decimal(f"{value:.2f}") for value in wave]

    return [
        Tile("复工率", Decimal("87.40"), change=Decimal("1.60"), note="2,185 / 2,500 户",
             series=course(30, 87), url="/places/", explained=EXPLAINED),
        Tile("产能恢复率", Decimal("130.96"), change=Decimal("2.30"), note="按产值合计之比",
             series=course(60, 131), explained=EXPLAINED),
        Tile("今日报送", 2214, unit="/ 2,500 户", places=0, note="286 户未报　截止 17:00", series=course(10, 88)),
        Tile("返岗率", Decimal("71.20"), change=Decimal("-5.10"), note="12,345 / 17,339 人",
             series=course(90, 71), explained=EXPLAINED),
        Tile("复产率", None, reason="no_reports", note="尚无数据", explained=EXPLAINED),
    ]  # fmt: skip


def matrix() -> Matrix:
    chance = random.Random(7)

    def cell(line: str, name: str) -> Cell:
        value = Decimal(f"{min(100.0, chance.gauss(82, 14)):.2f}")
        return Cell(
            value, url=f"/places/?line={line}&community={name}", label=f"{line} × {name}社区：{value}%"
        )

    rows = [
        MatrixRow(line, [cell(line, name) for name in NAMES], total=Cell(Decimal("83.10"))) for line in LINES
    ]
    rows[3].cells[4] = Cell(None, reason="no_entities", label="应急管理办公室 × 安顺社区")  # type: ignore[index]
    columns = [MatrixColumn(name, note=f"{200 + 31 * at} 户") for at, name in enumerate(NAMES)]
    totals = [Cell(Decimal(80 + at)) for at in range(len(NAMES))]
    return Matrix("各条线在各社区的复工率", "复工率（%）", columns, rows, total_label="平均",
                  totals=[*totals, Cell(Decimal("84.2"))])  # fmt: skip


def recovery() -> Chart:
    days = [date(2020, 2, 10) + timedelta(days=at) for at in range(26)]
    plan = [Decimal(f"{100 / (1 + math.exp(-(at - 9) / 3)):.2f}") for at in range(26)]
    actual: list[Any] = [max(Decimal(0), value - 8) for value in plan[:20]]
    actual[6] = None
    forecast: list[Any] = [None] * 19 + [Decimal(f"{89 + at * 0.8:.2f}") for at in range(7)]
    return Chart("recovery", "复工率恢复曲线", "line", [f"{day.month}月{day.day}日" for day in days],
                 [Series("实际", actual), Series("计划", plan, "plan"),
                  Series("预测", forecast, "forecast",
                         low=[None if value is None else value - 2 for value in forecast],
                         high=[None if value is None else value + 2 for value in forecast])],
                 minimum=0, maximum=100, target=90, target_label="目标 90%")  # fmt: skip


def ranking() -> Chart:
    return Chart("ranking", "分社区复工率", "bars", NAMES, [Series("复工率", [96, 95, 88, 85, 79, 76, 67, None])],
                 maximum=100, heat=True, urls=["/places/"] * 8)  # fmt: skip


def progress() -> Chart:
    return Chart("progress", "今日报送进度", "columns", ["7时", "8时", "9时", "10时"],
                 [Series("已报", [320, 1184, 1986, 2214])], unit="户", target=2500, target_label="2,500 户")  # fmt: skip


def grids() -> MapView:
    chance = random.Random(20200210)
    edge = [(1.35 * math.cos(a) * (1 + 0.1 * math.sin(2 * a)), 0.8 * math.sin(a)) for a in
            (2 * math.pi * at / 26 for at in range(26))]  # fmt: skip
    areas, borders = [], []
    for number, (name, community) in enumerate(zip(NAMES, _cells(Polygon(edge), 8, chance), strict=True), 1):
        middle = community.representative_point()
        borders.append(_feature(number, community, name=name, x=_lon(middle.x), y=_lat(middle.y)))
        for at, grid in enumerate(_cells(community, 7, chance), 1):
            value = None if (number, at) == (5, 2) else round(min(100.0, chance.gauss(98 - 5 * number, 9)), 2)
            code = f"{number:02}-{at:02}"
            said = "尚无数据" if value is None else f"复工率 {value}%"
            areas.append(_feature(number * 100 + at, grid, code=code, name=f"{name} {code}", value=value,
                                  label=f"{name}社区 网格 {code}　{said}", url=f"/places/?grid={code}"))  # fmt: skip
    collection = {"type": "FeatureCollection"}
    return MapView("grids", "网格复工率地图", {**collection, "features": areas}, {**collection, "features": borders},
                   hint="8 社区　56 网格　2,500 户")  # fmt: skip


def _lon(x: float) -> float:
    return round(120.37 + x / 90, 6)


def _lat(y: float) -> float:
    return round(36.09 + y / 111, 6)


def _feature(number: int, shape: Polygon, **properties: Any) -> dict[str, Any]:
    rings = mapping(shape)["coordinates"]
    return {
        "type": "Feature",
        "id": number,
        "properties": properties,
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[_lon(x), _lat(y)] for x, y in ring] for ring in rings],
        },
    }


def _cells(shape: Polygon, count: int, chance: random.Random) -> list[Polygon]:
    left, bottom, right, top = shape.bounds
    points: list[Point] = []
    while len(points) < count:
        point = Point(chance.uniform(left, right), chance.uniform(bottom, top))
        if shape.contains(point):
            points.append(point)
    for _ in range(10):
        found = [
            part.intersection(shape) for part in voronoi_polygons(MultiPoint(points), extend_to=shape).geoms
        ]
        found = [
            max(part.geoms, key=lambda one: one.area) if hasattr(part, "geoms") else part for part in found
        ]
        points = [part.centroid for part in found]
    return found


PLACES = [
    {
        "name": name,
        "code": f"FX-{at:04}",
        "community": NAMES[at % 8],
        "line": LINES[at % 5],
        "staff": 12 * at + 3,
        "rate": None if at == 4 else Decimal(60 + 3 * at),
        "mood": ("good", "soon", "warn", "none")[at % 4],
        "state": ("已营业", "部分营业", "未营业", "未报")[at % 4],
    }
    for at, name in enumerate(
        ("海泊路小馆", "青岛天成机电设备有限公司鞍山二路分公司", "锦园农贸市场", "中铁十四局项目部", "百姓超市",
         "和兴大厦", "望海理发店", "福寿药房", "德仁堂大药房连锁有限公司同乐路店", "金坛五金")
    )
]  # fmt: skip
COLUMNS = [Column("名称", "name"), Column("社区", "community"), Column("条线"), Column("应到人数", "staff", numeric=True),
           Column("复工率", numeric=True), Column("今日")]  # fmt: skip
CHIPS = [Chip("社区", "望海", "/places/"), Chip("条线", "经济文化服务中心", "/places/")]
PAGER = Pager(previous="abc", next="xyz", shown=10, total=2500)
TABS = [
    Tab("概况", "/pieces/", current=True),
    Tab("报送记录", "/pieces/?tab=2", count=42),
    Tab("变更记录", "/pieces/?tab=3"),
]
