"""Import of a registry file: ours, and django-import-export on the same file into the same table.

    python bench/import_registry.py [--rows 100000] [--peer-rows 5000]

Two figures each, in CPU time of the process (user and system), on a throw-away SQLite folder:

- validated rows: the whole plan that an officer sees before anything is written. Ours looks into the zip, reads the
  sheet, validates every cell, looks communities, grids and points up, compares each row with the registry and the rows
  before it, and writes the plan with personal values encrypted. About 1 row in 100 is refused. The peer's is its dry
  run, which imports the rows and rolls back; of validation it has the field types only.
- written rows: the plan and then its writing. Ours writes places, versions and the search index of names.

The peer parses the whole file, then takes `--peer-rows` of the rows, because it is too slow for more; per-row figures
are compared. Last, the same rows come in a file that is not the same: everything is compared, nothing is written.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(tempfile.mkdtemp(prefix="dongche-bench-"))
os.environ |= {"DONGCHE_DATA": str(FOLDER), "DJANGO_SETTINGS_MODULE": "dongche.config.settings"}
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402

django.setup()

import xlsxwriter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from dongche.kit.clock import now  # noqa: E402
from dongche.kit.identifiers import make_credit_code  # noqa: E402
from dongche.org import actions as org  # noqa: E402
from dongche.org.audit import System  # noqa: E402
from dongche.registry import actions, importing  # noqa: E402
from dongche.registry.models import Entity, ImportBatch, NameGram, Revision  # noqa: E402

HEADERS = (
    "企业名称", "统一社会信用代码", "类别", "行业代码", "地址", "所属社区", "网格", "经度", "纬度", "联系人",
    "联系电话",
    "从业人数", "年营业收入（万元）", "资产总额（万元）", "开业日期", "正常日产值（万元）", "经营面积（平方米）",
    "坐标系", "建筑业资质", "备注",
)  # fmt: skip
BY = System("bench")
START = date(2020, 2, 3)
COMMUNITIES, GRIDS = 9, 8
WORDS = "青岛四方市北海泊华东盛兴隆源和顺达利通宏伟昌福安康泰丰瑞祥鑫金永恒久新明远大"
ENDINGS = ("机械有限公司", "贸易有限公司", "超市", "便利店", "面馆", "五金商行", "电子科技有限公司", "理发店")


def found() -> Any:
    """An organisation of nine communities with eight grids each, side by side."""
    at = datetime(2020, 2, 3, tzinfo=UTC)  # its first day: units are not founded for the past

    def unit(kind: str, code: str, name: str, parent: Any, **more: Any) -> Any:
        return org.create_unit(
            kind=kind, code=code, name=name, parent=parent, from_on=START, by=BY, at=at, **more
        )

    subdistrict = unit("subdistrict", "370203900000", "湖滨街道", None)
    for c in range(COMMUNITIES):
        community = unit("community", f"37020390{c + 1:04d}", f"第{c + 1}社区", subdistrict)
        for g in range(GRIDS):
            lon, lat = 120.0 + 0.01 * c, 36.0 + 0.01 * g
            ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01], [lon, lat]]
            shape = {"type": "Polygon", "coordinates": [ring]}
            unit(
                "grid",
                f"{community.code}{g + 1:03d}",
                f"{community.name}第{g + 1}网格",
                community,
                polygon=shape,
            )
    return subdistrict


def write(path: Path, rows: int) -> None:
    """The same file every time: half the places name their grid, half are found by their point."""
    chance = random.Random(20200320)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_string(0, 0, "湖滨街道经济实体台账")
        sheet.write_row(1, 0, HEADERS)
        for n in range(rows):
            c, g = chance.randrange(COMMUNITIES), chance.randrange(GRIDS)
            is_firm = n % 3 == 0
            name = "".join(chance.choices(WORDS, k=4)) + f"{n}号" + chance.choice(ENDINGS)
            phone = "12" if n % 100 == 99 else f"138{chance.randrange(10**8):08d}"
            sheet.write_row(n + 2, 0, [
                name,
                make_credit_code(f"91370203MA{n:06X}".replace("O", "0")[:16]) if is_firm else "",
                "企业" if is_firm else "临街商铺",
                chance.choice(("C3412", "F5211", "H6210", "I6510", "O8040")),
                f"{c + 1}路{chance.randrange(400)}号",
                f"第{c + 1}社区",
                f"第{g + 1}网格" if n % 2 else "",
                round(120.0 + 0.01 * c + chance.uniform(0.001, 0.009), 6),
                round(36.0 + 0.01 * g + chance.uniform(0.001, 0.009), 6),
                "".join(chance.choices("王李张刘陈杨赵", k=1)) + chance.choice(("伟", "芳", "娜", "强", "洋")),
                phone,
                chance.randrange(1, 400),
                chance.randrange(10, 90000),
                chance.randrange(10, 90000),
                f"20{chance.randrange(10, 20)}-0{chance.randrange(1, 10)}-1{chance.randrange(0, 10)}",
                chance.randrange(1, 500),
                chance.randrange(20, 9000),
                "WGS-84",
                chance.choice(("有", "无")),
                chance.choice(("", "已电话核实", "转让中")),
            ])  # fmt: skip


class Speeds(NamedTuple):
    """Rows per second of CPU: for the plan alone, and for the plan and its writing."""

    validated: float
    written: float


def cpu() -> float:
    return time.process_time()


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plan(path: Path, subdistrict: Any) -> tuple[ImportBatch, float]:
    batch = actions.stage_import(
        file=[path.read_bytes()], name=path.name, subdistrict=subdistrict, by=BY, at=now()
    )
    began = cpu()
    batch = importing.read(batch, by=BY, at=now())
    return batch, cpu() - began


def ours(path: Path, subdistrict: Any, rows: int) -> Speeds:
    batch, planned = plan(path, subdistrict)
    print(f"ours: {batch.counts}")
    began = cpu()
    batch = importing.apply(batch, by=BY, at=now())
    applied = cpu() - began
    assert batch.state == ImportBatch.State.APPLIED
    print(f"ours: {Entity.objects.count():,} places, {Revision.objects.count():,} versions, "
          f"{NameGram.objects.count():,} name pairs; peak {peak():,.0f} MB")  # fmt: skip
    print(f"ours: plan {planned:.1f} s CPU, {rows / planned:,.0f} validated rows/s; "
          f"applying it {applied:.1f} s, {rows / applied:,.0f} rows/s; "
          f"together {rows / (planned + applied):,.0f} rows/s")  # fmt: skip
    other = path.with_name("again.xlsx")
    other.write_bytes(path.read_bytes() + b"\0")
    batch, again = plan(other, subdistrict)
    print(
        f"ours, the same rows again: {batch.counts}; {again:.1f} s CPU, {rows / again:,.0f} validated rows/s"
    )
    return Speeds(rows / planned, rows / (planned + applied))


def peer(path: Path, subdistrict: Any, rows: int) -> Speeds:
    """django-import-export with what a developer would write for this file, with all that makes it fast switched on."""
    import tablib
    from import_export import fields, resources
    from import_export.instance_loaders import CachedInstanceLoader

    class PlaceResource(resources.ModelResource):
        name = fields.Field("name", "企业名称")
        credit_code = fields.Field("credit_code", "统一社会信用代码")
        category = fields.Field("category", "类别")
        industry = fields.Field("industry", "行业代码")
        address = fields.Field("address", "地址")
        contact_name = fields.Field("contact_name", "联系人")
        contact_phone = fields.Field("contact_phone", "联系电话")
        staff_count = fields.Field("staff_count", "从业人数")
        number = fields.Field("number", "number")

        class Meta:
            model = Entity
            import_id_fields = ("number",)
            fields = ("name", "credit_code", "category", "industry", "address", "contact_name", "contact_phone",
                      "staff_count", "number")  # fmt: skip
            instance_loader_class = CachedInstanceLoader
            use_transactions = True
            use_bulk = True
            skip_unchanged = True
            report_skipped = False

        def before_import_row(self, row: Any, **more: Any) -> None:
            row["类别"] = "enterprise" if row["类别"] == "企业" else "street_shop"
            row["统一社会信用代码"] = ""

        def before_save_instance(self, instance: Any, row: Any, **more: Any) -> None:
            instance.subdistrict = subdistrict
            instance.from_on = START
            instance.created_at = instance.updated_at = at

    at = now()
    began = cpu()
    # Its reader takes the first row for the header, so the title above it has to go first.
    data = tablib.Dataset().load(path.read_bytes(), format="xlsx", headers=False)
    parsed = cpu() - began
    body = list(data)[2 : 2 + rows]
    part = tablib.Dataset(
        *((*line, f"PEER-{n}") for n, line in enumerate(body)), headers=(*HEADERS, "number")
    )
    parsing = parsed / len(data)
    steps = []
    for dry_run in (True, False):
        began = cpu()
        result = PlaceResource().import_data(part, dry_run=dry_run, raise_errors=True)
        steps.append((cpu() - began) / result.totals["new"])
    speeds = Speeds(1 / (parsing + steps[0]), 1 / (parsing + sum(steps)))
    print(f"django-import-export, {result.totals['new']:,} of {len(data):,} rows: parsing {1 / parsing:,.0f} rows/s; "
          f"with the dry run {speeds.validated:,.0f}, with that and the import {speeds.written:,.0f} rows/s; "
          f"peak {peak():,.0f} MB")  # fmt: skip
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, default=5_000)
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args()
    settings.LOGGING_CONFIG = None
    try:
        call_command("migrate", verbosity=0)
        subdistrict = found()
        path = FOLDER / "registry.xlsx"
        write(path, asked.rows)
        print(
            f"{asked.rows:,} rows, {path.stat().st_size / 1e6:.1f} MB, SQLite {connection.Database.sqlite_version}"
        )
        mine = ours(path, subdistrict, asked.rows)
        if not asked.no_peer:
            theirs = peer(path, subdistrict, asked.peer_rows)
            print(f"ratio to django-import-export, rows per second of CPU: {mine.validated / theirs.validated:.1f} "
                  f"times as many validated, {mine.written / theirs.written:.1f} times as many written")  # fmt: skip
    finally:
        connection.close()
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
