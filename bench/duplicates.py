"""Places that are one: what is found of what is there, how much of what is found is right, and how long it takes.

    python bench/duplicates.py [--places N ...] [--seed S]

A labelled set is made: places, a part of them entered a second time as people do it (typing errors, homophones, the
short name, no code, another phone, an address they have left), and what looks like that but is not: branches of a
chain, firms of one building, firms that give the phone of one accountant, sisters of one owner behind one door. Then,
in one run over the same places: Splink as the registry uses it, and what one would write by hand, rapidfuzz over the
pairs within blocks of the same code, phone or doorway, at whichever threshold is best for it.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import defaultdict
from itertools import combinations
from typing import Any

import pyarrow as pa
from rapidfuzz import fuzz

from dongche.kit import chinese
from dongche.solvers.duplicates import names
from dongche.solvers.duplicates.linking import LEVELS, SCHEMA, find

NEAR = ("山东省", "青岛市", "市北区", "阜新路街道")
BRAND = (
    "海晨泰和顺昌盛源福瑞祥鑫隆达兴旺德润康宁佳美华丰宏远博雅世纪金辉蓝天云峰龙腾凤翔卓越众诚信诺恒通汇中新东方阳光"
    "万嘉安居乐颐春秋明月清泉石松柏梅兰竹菊江河湖山林森木火土玉珠宝银铜铁钢强伟志勇军民国家利群台港澳京津沪宇宙星辰"
)
TRADES = (
    "餐饮", "商贸", "科技", "机电设备", "建筑工程", "物流", "广告传媒", "食品", "服装", "酒店管理", "装饰工程",
    "汽车服务", "信息技术", "教育咨询", "医疗器械", "家政服务", "便利店", "烟酒店", "面馆", "包子铺", "理发店",
    "五金商行", "水产行", "药店", "网吧", "洗衣店", "超市", "打印社", "房产中介", "茶庄",
)  # fmt: skip
FORMS = ("有限公司", "有限责任公司", "", "", "股份有限公司")
ROADS = [f"{a}{b}路" for a in "延敦威登辽山昌台洛沈镇内" for b in "安化海州宁东南口阳江蒙乐"]
_HOMOPHONES = (
    "晨辰", "辰晨", "泰太", "和合", "昌常", "盛胜", "源园", "福富", "祥翔", "鑫新", "新鑫", "达大", "宏红",
    "博伯", "佳家", "家佳", "华花", "诚成", "康糠", "宁凝", "润闰", "金今", "辉晖", "峰锋", "龙隆", "隆龙",
    "玉钰", "顺舜", "德得", "丰锋", "远苑", "春椿", "明铭", "月岳", "江姜", "志智",
)  # fmt: skip
HOMOPHONES = dict(_HOMOPHONES)
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class Town:
    """Places one after another, and which of them are one."""

    def __init__(self, size: int, seed: int) -> None:
        self.chance, self.size = random.Random(seed), size
        self.rows: list[dict[str, Any]] = []
        self.truth: set[tuple[int, int]] = set()
        while len(self.rows) < size:
            self._more()
        self.chance.shuffle(self.rows)

    def _more(self) -> None:
        kind = self.chance.random()
        if kind < 0.02:
            self._chain()
        elif kind < 0.03:
            self._building()
        elif kind < 0.035:
            self._accountant()
        elif kind < 0.06:
            self._sisters()
        else:
            self._place()

    def _place(self, **given: Any) -> dict[str, Any]:
        chance = self.chance
        lon, lat = 120.3 + chance.random() * 0.2, 36.0 + chance.random() * 0.2
        row = {
            "place": len(self.rows) + 1,
            "name": "".join(
                (
                    chance.choice(("青岛", "青岛市", "", "")),
                    self._brand(),
                    chance.choice(TRADES),
                    chance.choice(FORMS),
                )
            ),
            "credit_code": "".join(chance.choices(SIGNS, k=18)) if chance.random() < 0.75 else None,
            "address": self._address(),
            "phone": f"p{chance.randrange(10**9)}" if chance.random() < 0.9 else None,
            "lon": lon,
            "lat": lat,
            "grid": int(lon * 200) * 1000 + int(lat * 200) % 1000,
        } | given
        self.rows.append(row)
        if chance.random() < 0.09:
            self._again(row)
        return row

    def _brand(self) -> str:
        return "".join(self.chance.choices(BRAND, k=self.chance.choice((2, 2, 3))))

    def _address(self) -> str:
        chance = self.chance
        room = f"{chance.randrange(1, 9)}号楼{chance.randrange(101, 2599)}室" if chance.random() < 0.4 else ""
        district = chance.choice(("市北区", "青岛市市北区", ""))
        return f"{district}{chance.choice(ROADS)}{chance.randrange(1, 400)}号{room}"

    def _again(self, row: dict[str, Any]) -> None:
        """The same place as somebody else has entered it."""
        chance, new = self.chance, dict(row)
        new["place"] = len(self.rows) + 1
        for harm, often in (
            (self._homophone, 0.25),
            (self._typo, 0.25),
            (self._form, 0.4),
            (self._short, 0.1),
        ):
            if chance.random() < often:
                new["name"] = harm(new["name"])
        if chance.random() < 0.5:
            new["credit_code"] = None
        elif new["credit_code"] and chance.random() < 0.05:
            spot = chance.randrange(18)
            new["credit_code"] = (
                new["credit_code"][:spot] + chance.choice(SIGNS) + new["credit_code"][spot + 1 :]
            )
        if chance.random() < 0.3:
            new["phone"] = chance.choice([None, f"p{chance.randrange(10**9)}"])
        moved = chance.random()
        if moved < 0.1:
            new["address"] = self._address()
            new["lon"], new["lat"] = 120.3 + chance.random() * 0.2, 36.0 + chance.random() * 0.2
        elif moved < 0.35:
            new["address"] = chance.choice(
                [None, row["address"].split("号")[0] + "号", "青岛市" + row["address"]]
            )
        if chance.random() < 0.3:
            new["lon"] = new["lat"] = None
        elif moved >= 0.1:
            new["lon"] += chance.gauss(0, 0.0003)
            new["lat"] += chance.gauss(0, 0.0003)
        self.rows.append(new)
        self.truth.add((row["place"], new["place"]))

    def _homophone(self, name: str) -> str:
        spots = [spot for spot, sign in enumerate(name) if sign in HOMOPHONES]
        if not spots:
            return name
        spot = self.chance.choice(spots)
        return name[:spot] + HOMOPHONES[name[spot]] + name[spot + 1 :]

    def _typo(self, name: str) -> str:
        spot = self.chance.randrange(len(name) - 1)
        kind = self.chance.random()
        if kind < 0.4:
            return name[:spot] + name[spot + 1 :]
        if kind < 0.7:
            return name[:spot] + self.chance.choice(BRAND) + name[spot + 1 :]
        return name[:spot] + name[spot + 1] + name[spot] + name[spot + 2 :]

    def _form(self, name: str) -> str:
        for form in ("股份有限公司", "有限责任公司", "有限公司"):
            name = name.removesuffix(form)
        return name.removeprefix("青岛市").removeprefix("青岛") + self.chance.choice(("", "有限公司", "公司"))

    def _short(self, name: str) -> str:
        return name.removeprefix("青岛")[:4]

    def _chain(self) -> None:
        brand, phone = self._brand() + self.chance.choice(TRADES), f"p{self.chance.randrange(10**9)}"
        with_phone = self.chance.random() < 0.3
        for number in range(self.chance.randrange(3, 15)):
            style = self.chance.random()
            tail = (
                f"第{number + 1}分店"
                if style < 0.4
                else f"（{self.chance.choice(ROADS)[:2]}店）"
                if style < 0.8
                else ""
            )
            given = {"phone": phone} if with_phone else {}
            self._place(name=brand + tail, **given)

    def _building(self) -> None:
        address, lon, lat = self._address().split("号")[0], 120.3 + self.chance.random() * 0.2, 36.1
        for _ in range(self.chance.randrange(20, 120)):
            room = f"号{self.chance.randrange(101, 2999)}室" if self.chance.random() < 0.7 else "号"
            self._place(address=address + room, lon=lon, lat=lat, grid=77)

    def _accountant(self) -> None:
        phone = f"p{self.chance.randrange(10**9)}"
        for _ in range(self.chance.randrange(5, 60)):
            self._place(phone=phone)

    def _sisters(self) -> None:
        brand, address, phone = self._brand(), self._address(), f"p{self.chance.randrange(10**9)}"
        lon, lat = 120.3 + self.chance.random() * 0.2, 36.1
        for trade in self.chance.sample(TRADES, 2):
            given = {"phone": phone} if self.chance.random() < 0.5 else {}
            self._place(name=f"青岛{brand}{trade}有限公司", address=address, lon=lon, lat=lat, **given)


def by_hand(rows: list[dict[str, Any]], near: Any) -> list[tuple[float, tuple[int, int]]]:
    """This function will score pairs of the same code, phone or doorway by the mean likeness of what both say."""
    blocks: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        doorway = names.address(row["address"], near)[1] if row["address"] else ""
        for kind, value in (("code", row["credit_code"]), ("phone", row["phone"]), ("doorway", doorway)):
            if value:
                blocks[kind, value].append(row)
    found: dict[tuple[int, int], float] = {}
    for members in blocks.values():
        for one, other in combinations(members, 2):
            pair = (min(one["place"], other["place"]), max(one["place"], other["place"]))
            if pair not in found:
                said = [fuzz.ratio(chinese.key(one["name"]), chinese.key(other["name"])) / 100]
                if one["address"] and other["address"]:
                    said.append(fuzz.ratio(one["address"], other["address"]) / 100)
                said += [
                    float(one[name] == other[name])
                    for name in ("credit_code", "phone")
                    if one[name] and other[name]
                ]
                found[pair] = sum(said) / len(said)
    return sorted(((score, pair) for pair, score in found.items()), reverse=True)


def quality(found: set[tuple[int, int]], truth: set[tuple[int, int]]) -> str:
    right = len(found & truth)
    precision, recall = right / max(1, len(found)), right / max(1, len(truth))
    return f"precision {precision:.3f}  recall {recall:.3f}  pairs {len(found):>7,}"


def best(scored: list[tuple[float, tuple[int, int]]], truth: set[tuple[int, int]]) -> int:
    """How many of the first pairs give the best harmonic mean of precision and recall."""
    right, found = 0, (0.0, 0)
    for count, (_, pair) in enumerate(scored, 1):
        right += pair in truth
        found = max(found, (2 * right / (count + len(truth)), count))
    return found[1]


def count_levels(rows: pa.Table, truth: set[tuple[int, int]]) -> None:
    """Of a thousand candidates that are one, and of a thousand that are two: how many are at each level."""
    pairs = find(rows, near=NEAR, least=0.0).to_pylist()
    print(
        f"of the candidates are one: {sum((p['left'], p['right']) in truth for p in pairs) / len(pairs):.4f}"
    )
    for name, (_, levels) in LEVELS.items():
        for of_one in (True, False):
            at = [p[name] for p in pairs if ((p["left"], p["right"]) in truth) == of_one and p[name]]
            shares = {level.name: round(1000 * at.count(level.name) / max(1, len(at)), 1) for level in levels}
            print(f"  {name:9} {'one' if of_one else 'two'} {shares}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, nargs="+", default=[5_000, 200_000])
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--levels", action="store_true", help="count how often each level is met instead")
    given = parser.parse_args()
    for size in given.places:
        town = Town(size, given.seed)
        table = pa.Table.from_pylist(town.rows, schema=SCHEMA)
        print(f"{len(table):,} places, {len(town.truth):,} of them entered twice")
        if given.levels:
            count_levels(table, town.truth)
            continue
        wall, cpu = time.perf_counter(), time.process_time()
        pairs = find(table, near=NEAR, least=0.5)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        scored = list(
            zip(
                pairs["score"].to_pylist(),
                zip(pairs["left"].to_pylist(), pairs["right"].to_pylist(), strict=True),
                strict=True,
            )
        )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  splink on duckdb    {wall:6.1f} s wall {cpu:6.1f} s CPU  peak {memory:,.0f} MB")
        for least in (0.5, 0.9, 0.99):
            print(
                f"    from {least:4} on      {quality({pair for score, pair in scored if score >= least}, town.truth)}"
            )
        began = time.process_time()
        fuzzy = by_hand(town.rows, names.localities(NEAR))
        hand = time.process_time() - began
        count = best(fuzzy, town.truth)
        print(
            f"  rapidfuzz in blocks {hand:6.1f} s CPU ({hand / cpu:.2f} times that)  {len(fuzzy):,} pairs scored"
        )
        print(
            f"    best, {fuzzy[count - 1][0]:4.2f}      {quality({pair for _, pair in fuzzy[:count]}, town.truth)}"
        )


if __name__ == "__main__":
    main()
