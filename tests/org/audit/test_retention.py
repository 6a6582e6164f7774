"""The oldest entries may leave the database, after six months and sealed; the rest still proves itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from dongche.config import environment
from dongche.org.audit import action, chain, checking, record, retention
from dongche.org.audit.archive import Archive, ArchiveExists, ArchiveUnreadable
from dongche.org.models import AuditEntry, AuditHead
from tests.org.audit.test_checking import broken, step
from tests.town import BY, NOW, Town

FIRST = datetime(2019, 1, 1, 4, tzinfo=UTC)


@pytest.fixture
def log(db: None) -> AuditHead:
    """Twelve entries, one on the first of each month of 2019 at noon in Beijing."""
    for month in range(1, 13):
        step(number=month, by=BY, at=FIRST.replace(month=month), after={"n": "中文", "month": month})
    assert AuditHead.objects.get().last == 12
    return AuditHead.objects.get()


def trim(path: Path, before: date, at: datetime = NOW) -> Archive:
    return retention.trim(before=before, path=path, by=BY, at=at)


def test_entries_move_to_the_file_and_both_parts_hold(log: AuditHead, tmp_path: Path) -> None:
    archive = trim(tmp_path / "old.jsonl", date(2019, 4, 1))
    assert (archive.first, archive.last, archive.before) == (1, 3, "")
    head = AuditHead.objects.get()
    assert (head.first, head.before, head.last) == (4, archive.hash, 13)
    assert list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True)) == list(range(4, 14))
    verdict = checking.check()
    assert (verdict.broken, verdict.first, verdict.count) == (None, 4, 10)
    both = checking.check(archives=[archive.path])
    assert (both.broken, both.first, both.count) == (None, 1, 13)
    assert broken(archives=[archive.path], expected=checking.Expected(2, "0" * 64)) == (2, "other")
    with pytest.raises(checking.NotKept):
        checking.check(expected=checking.Expected(2, "0" * 64))
    assert broken(expected=checking.Expected(3, archive.hash)) is None


def test_the_log_says_what_was_taken_out_and_the_hash_of_the_file(log: AuditHead, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    trim(file, date(2019, 4, 1))
    entry = AuditEntry.objects.get(action="org.trim_audit")
    digest = sha256(file.read_bytes()).hexdigest()
    assert (entry.before, entry.after) == (
        {"first": 1},
        {"first": 4, "archive": "old.jsonl", "sha256": digest},
    )
    assert file.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {
        "archive": "dongche.audit.archive.1",
        "first": 1,
        "last": 3,
        "before": "",
        "hash": lines[3]["hash"],
    }
    assert [(line["subject_id"], line["after"]["n"]) for line in lines[1:]] == [
        (1, "中文"),
        (2, "中文"),
        (3, "中文"),
    ]


def test_several_files_lead_up_to_the_log(log: AuditHead, tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for file, month in zip(files, (3, 5, 9), strict=True):
        trim(file, date(2019, month, 1))
    assert broken(archives=files[::-1]) is None
    assert broken(archives=files[1:]) is None
    assert broken(archives=[files[0], files[2]]) == (3, "removed")
    assert broken(archives=files[:2]) == (5, "removed")


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda lines: [*lines[:2], lines[2].replace("中文", "英文"), *lines[3:]], (2, "changed")),
        (lambda lines: [lines[0], *lines[2:]], (1, "removed")),
        (lambda lines: lines[:-1], (3, "removed")),
        (lambda lines: [*lines[:2], lines[3], lines[2]], (2, "removed")),
        (lambda lines: [lines[0].replace('"first":1', '"first":2'), *lines[2:]], (2, "changed")),
    ],
)
def test_a_file_that_was_tampered_with_is_found(
    log: AuditHead, tmp_path: Path, tamper: Any, expected: tuple[int, str]
) -> None:
    file = tmp_path / "old.jsonl"
    trim(file, date(2019, 4, 1))
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(tamper(lines)) + "\n", encoding="utf-8")
    assert broken(archives=[file]) == expected


@pytest.mark.parametrize(
    "text", ["", "{", "[]\n", '{"archive": "other"}\n', '{"archive":"dongche.audit.archive.1"}\n']
)
def test_a_file_that_is_no_archive_is_refused(log: AuditHead, tmp_path: Path, text: str) -> None:
    file = tmp_path / "old.jsonl"
    file.write_text(text)
    with pytest.raises(ArchiveUnreadable):
        checking.check(archives=[file])


def test_a_line_that_is_no_entry_is_named(log: AuditHead, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    trim(file, date(2019, 4, 1))
    lines = file.read_text(encoding="utf-8").splitlines()
    for rubbish in ('{"id": 2}', "nonsense"):
        file.write_text("\n".join([*lines[:2], rubbish]) + "\n", encoding="utf-8")
        with pytest.raises(ArchiveUnreadable) as refused:
            checking.check(archives=[file])
        assert refused.value.details["line"] == 3


@pytest.mark.parametrize(
    ("months", "today", "latest"),
    [
        (6, date(2020, 3, 20), date(2019, 9, 20)),
        (6, date(2020, 8, 31), date(2020, 2, 29)),
        (6, date(2021, 8, 31), date(2021, 2, 28)),
        (6, date(2020, 6, 30), date(2019, 12, 30)),
        (36, date(2020, 3, 20), date(2017, 3, 20)),
    ],
)
def test_what_is_younger_than_the_law_wants_stays(
    settings: Any, months: int, today: date, latest: date
) -> None:
    settings.AUDIT_MONTHS = months
    assert retention.latest_day(today) == latest


def test_a_day_too_late_is_refused_and_nothing_happens(log: AuditHead, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    with pytest.raises(retention.TooYoung) as refused:
        trim(file, date(2019, 9, 21))
    assert refused.value.details["latest"] == date(2019, 9, 20)
    with pytest.raises(retention.NothingOld):
        trim(file, date(2019, 1, 1))
    assert (file.exists(), AuditHead.objects.get().first) == (False, 1)


def test_nothing_younger_leaves_even_where_times_go_back(db: None, tmp_path: Path) -> None:
    """The cut is before the first entry of the day or later; an older one behind it stays."""
    for number, month in enumerate((1, 6, 2, 12)):
        step(number=number, by=BY, at=FIRST.replace(month=month))
    archive = trim(tmp_path / "old.jsonl", date(2019, 4, 1))
    assert (archive.first, archive.last) == (1, 1)
    assert AuditEntry.objects.count() == 4


def test_a_day_begins_in_beijing(db: None, tmp_path: Path) -> None:
    midnight = datetime(2019, 3, 31, 16, tzinfo=UTC)
    step(number=1, by=BY, at=midnight - timedelta(microseconds=1))
    step(number=2, by=BY, at=midnight)
    assert trim(tmp_path / "old.jsonl", date(2019, 4, 1)).last == 1


def test_everything_may_be_old(log: AuditHead, tmp_path: Path) -> None:
    trim(tmp_path / "old.jsonl", date(2020, 1, 1), at=NOW.replace(year=2021))
    head = AuditHead.objects.get()
    assert (head.first, head.last) == (13, 13)
    assert AuditEntry.objects.get().action == "org.trim_audit"
    assert broken() is None


def test_no_file_is_written_over_and_a_broken_chain_stays_where_it_is(log: AuditHead, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    file.write_text("precious")
    with pytest.raises(ArchiveExists):
        trim(file, date(2019, 4, 1))
    assert file.read_text() == "precious"
    file.unlink()
    AuditEntry.objects.filter(pk=2).update(reason="changed")
    with pytest.raises(retention.ChainBroken) as refused:
        trim(file, date(2019, 4, 1))
    assert (refused.value.details["number"], file.exists(), AuditEntry.objects.count()) == (2, False, 12)
    AuditEntry.objects.filter(pk=2).delete()
    with pytest.raises(retention.ChainBroken):
        trim(file, date(2019, 4, 1))
    AuditEntry.objects.filter(pk=3).delete()
    with pytest.raises(retention.ChainBroken):
        trim(file, date(2019, 4, 1))


def test_two_at_once_take_nothing_out_twice(log: AuditHead, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "x", 1, 3, "", AuditEntry.objects.get(pk=3).hash)
    trim(tmp_path / "old.jsonl", date(2019, 3, 1))
    with pytest.raises(retention.ChainBroken):
        retention.trim_audit(archive=archive, digest="", by=BY, at=NOW)
    assert (broken(), AuditHead.objects.get().first) == (None, 3)


def test_fewer_than_six_months_stop_the_start(monkeypatch: Any) -> None:
    monkeypatch.setenv("DONGCHE_AUDIT_MONTHS", "5")
    with pytest.raises(ImproperlyConfigured, match="6 or more"):
        environment.env_int("DONGCHE_AUDIT_MONTHS", 6, at_least=6)


def test_a_chain_is_begun_once(log: AuditHead) -> None:
    chain.begin()
    assert AuditHead.objects.get().last == 12
    AuditHead.objects.all().delete()
    chain.begin()
    assert not AuditHead.objects.exists()


def test_the_deeds_of_another_sub_district_stay_there(town: Town) -> None:
    from dongche.org.models import Officer, Unit
    from dongche.org.queries import AuditEntries

    other = Unit.objects.create(
        kind="subdistrict", code="370203800000", name="Hillside", from_on=date(2020, 2, 3)
    )

    @action("org.test_elsewhere")
    def act(*, within: Any, by: Any, at: Any) -> None:
        record("test", 1, by=by, at=at, within=within)

    act(within=other, by=BY, at=NOW)
    act(within=town.grid_n1, by=BY, at=NOW)
    act(within=None, by=BY, at=NOW)
    act(within=other, by=town.n1, at=NOW)

    def seen(actor: Any) -> list[int | None]:
        found = AuditEntries.visible_to(actor).filter(action="org.test_elsewhere").order_by("pk")
        return list(found.values_list("subdistrict", flat=True))

    here, there = town.subdistrict.pk, other.pk
    boss = Officer.objects.create_superuser("boss", "a-long-password", name="Boss")
    assert seen(town.duty) == [here]
    assert seen(town.n1) == [there]
    assert (seen(town.north), seen(town.leader1), seen(None), seen(BY)) == ([], [], [], [])
    assert seen(boss) == [there, here, None, there]
