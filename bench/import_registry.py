"""Import of a registry file: ours end to end, and django-import-export on the same file into the same kind of table.

    python bench/import_registry.py [--rows 100000] [--peer-rows 5000]

Ours reads, validates, plans and applies, with encryption, versions and the search index of names; about 1 row in 100
is refused. The peer reads the same workbook with a resource of the same columns and no validation of its own but the
field types: it parses the whole file, then imports `--peer-rows` of the rows, because it is too slow for more; per-row
figures are compared. CPU time of the process, user and system. Data lies in a throw-away SQLite folder.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

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
from dongche.registry import importing  # noqa: E402
from dongche.registry.models import Entity, NameGram, Revision  # noqa: E402

HEADERS = (
    "企业名称", "统一社会信用代码", "类别", "行业代码", "地址", "所属社区", "网格", "经度", "纬度", "联系人",
    "联系电话",
    "从业人数", "年营业收入（万元）", "资产总额（万元）", "开业日期",
)  # fmt: skip
BY = System("bench")
START = date(2020, 2, 3)
COMMUNITIES, GRIDS = 9, 8
WORDS = "青岛四方市北海泊华东盛兴隆源和顺达利通宏伟昌福安康泰丰瑞祥鑫金永恒久新明远大"
ENDINGS = ("机械有限公司", "贸易有限公司", "超市", "便利店", "面馆", "五金商行", "电子科技有限公司", "理发店")


def found() -> Any:
    """An organisation of nine communities with eight grids each, side by side."""
    at = now()

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
            ])  # fmt: skip


def cpu() -> float:
    return time.process_time()


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(path: Path, subdistrict: Any, rows: int) -> float:
    began = cpu()
    outcome = importing.import_file(path, subdistrict=subdistrict, by=BY, at=now())
    first = cpu() - began
    print(f"ours: {outcome.counts}; {Entity.objects.count():,} places, {Revision.objects.count():,} versions, "
          f"{NameGram.objects.count():,} name pairs; peak {peak():,.0f} MB")  # fmt: skip
    print(f"ours, all new: {first:.1f} s CPU, {rows / first:,.0f} validated rows/s")
    # The same rows in another file: nothing is written, everything is compared.
    other = path.with_name("again.xlsx")
    other.write_bytes(path.read_bytes() + b"\0")
    began = cpu()
    outcome = importing.import_file(other, subdistrict=subdistrict, by=BY, at=now())
    again = cpu() - began
    print(f"ours, the same rows again: {outcome.counts}; {again:.1f} s CPU, {rows / again:,.0f} rows/s")
    return rows / first


def peer(path: Path, subdistrict: Any, rows: int) -> float:
    """django-import-export with what a developer would write for this file, transactions and skipping on."""
    import tablib
    from import_export import fields, resources

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
            use_transactions = True
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
    began = cpu()
    result = PlaceResource().import_data(part, dry_run=False, raise_errors=True)
    imported = cpu() - began
    total = result.totals["new"]
    per_row = parsed / len(data) + imported / total
    print(f"django-import-export: {total:,} of {len(data):,} rows; parsing {len(data) / parsed:,.0f} rows/s, "
          f"importing {total / imported:,.0f} rows/s of CPU: {1 / per_row:,.0f} rows/s; "
          f"peak {peak():,.0f} MB")  # fmt: skip
    return 1 / per_row


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
            print(f"ratio: {mine / theirs:.1f} times as many rows per second of CPU as django-import-export")
    finally:
        connection.close()
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
