"""The daily check tells the administrators of a broken log; sealed off, the log goes on."""

from __future__ import annotations

import logging

import pytest

from dongche.org import actions, tasks
from dongche.org.audit import System, checking, sealing
from dongche.org.audit.chain import HeadBroken
from dongche.org.models import AuditEntry, AuditHead, WorkItem
from tests.town import DAY, NOW, Town

BY = System("terminal")


def check() -> dict:
    return tasks.verify_audit.func(DAY.isoformat())


def test_a_broken_log_is_a_thing_to_do_until_it_is_sealed_off(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    assert check()["holds"] is True
    assert not WorkItem.objects.exists()
    AuditEntry.objects.filter(pk=7).update(reason="x")
    with caplog.at_level(logging.ERROR):
        found = [check(), check()]
    assert [one["holds"] for one in found] == [False, False]
    assert [record.message.split()[0] for record in caplog.records] == ["org.audit.broken"] * 2
    item = WorkItem.objects.get(closed_at=None)
    assert (item.kind, item.officer, item.data) == (
        "org.audit_broken",
        town.duty,
        {"number": 7, "what": "changed"},
    )
    sealing.seal(reason="r", by=BY, at=NOW)
    assert check()["breaks"] == 1
    item.refresh_from_db()
    assert item.outcome == "holds"


def test_with_a_broken_head_nothing_is_written_and_the_check_still_says_so(town: Town) -> None:
    AuditHead.objects.update(seal="0" * 64)
    assert check()["holds"] is False
    with pytest.raises(HeadBroken):
        actions.create_officer(username="x", name="X", by=BY, at=NOW)
    sealing.seal(reason="r", by=BY, at=NOW)
    actions.create_officer(username="x", name="X", by=BY, at=NOW)
    verdict = checking.check()
    assert (verdict.broken, len(verdict.breaks)) == (None, 1)


def test_a_log_breaks_twice_and_an_end_noted_down_in_between_is_known(town: Town) -> None:
    AuditEntry.objects.filter(pk=9).delete()
    sealing.seal(reason="first", by=BY, at=NOW)
    actions.create_officer(username="x", name="X", by=BY, at=NOW)
    noted = AuditHead.objects.get()
    actions.create_officer(username="y", name="Y", by=BY, at=NOW)
    AuditEntry.objects.filter(pk=noted.last + 1).update(by_label="z")
    sealing.seal(reason="second", by=BY, at=NOW)
    verdict = checking.check(expected=checking.Expected(noted.last, noted.hash))
    assert [one.reason for one in verdict.breaks] == ["first", "second"]
    assert verdict.broken is None
    other = checking.check(expected=checking.Expected(noted.last, "0" * 64))
    assert other.broken == checking.Broken(noted.last, "other")
    with pytest.raises(sealing.NothingBroken):
        sealing.seal(reason="third", by=BY, at=NOW)
