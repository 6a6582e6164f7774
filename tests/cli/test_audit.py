"""dongche audit: whole, or the first broken link and an exit code; old entries into a file."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from dongche.org.models import AuditBreak, AuditEntry, AuditHead
from tests.cli.conftest import Answer
from tests.town import Town

Command = Callable[..., Answer]


def test_a_whole_log_is_said_to_hold(dongche: Command, town: Town) -> None:
    head = AuditHead.objects.get()
    answer = dongche("audit", "verify")
    assert answer.code == 0
    assert (
        answer.out == f"{head.last} entries (1–{head.last}), the chain holds. Head: {head.last}:{head.hash}\n"
    )
    assert dongche("audit", "verify", "--json").json == {
        "holds": True,
        "entries": head.last,
        "first": 1,
        "last": head.last,
        "head": f"{head.last}:{head.hash}",
        "broken": None,
        "breaks": [],
    }
    assert dongche("audit", "verify", "--from", "10", "--json").json["entries"] == head.last - 9


@pytest.mark.parametrize(
    ("tamper", "what", "sentence"),
    [
        (lambda entry: AuditEntry.objects.filter(pk=7).update(reason="x"), "changed", "it was changed"),
        (lambda entry: AuditEntry.objects.filter(pk=7).delete(), "removed", "it was removed"),
    ],
)
def test_the_first_broken_link_is_named(
    dongche: Command, town: Town, tamper: Callable, what: str, sentence: str
) -> None:
    tamper(town)
    answer = dongche("audit", "verify", "--json")
    assert (answer.code, answer.json["holds"], answer.json["broken"]) == (
        1,
        False,
        {"number": 7, "what": what},
    )
    shown = dongche("audit", "verify")
    assert (shown.code, shown.out) == (1, "")
    assert "entry 7" in shown.err
    assert sentence in shown.err
    assert "cli.audit_broken" in shown.err


def test_a_head_noted_down_is_compared(dongche: Command, town: Town) -> None:
    head = AuditHead.objects.get()
    dongche("officer", "password", "n1")
    noted = f"{head.last}:{head.hash}"
    assert dongche("audit", "verify", "--expect", noted).code == 0
    assert dongche("audit", "verify", "--expect", f"{head.last}:{'0' * 64}").code == 1
    assert dongche("audit", "verify", "--expect", f"{head.last + 9}:{'0' * 64}").code == 1


@pytest.mark.parametrize("given", ["12", "a:b", "12:abc", "12:", ":"])
def test_what_is_no_head_is_wrong_usage(dongche: Command, town: Town, given: str) -> None:
    assert dongche("audit", "verify", "--expect", given).code == 2


def test_a_start_outside_of_the_log_is_refused(dongche: Command, town: Town) -> None:
    answer = dongche("audit", "verify", "--from", "100000")
    assert (answer.code, "org.audit_not_kept" in answer.err) == (1, True)
    assert dongche("audit", "verify", "--from", "2", "--archive", "x").code == 2


def test_old_entries_go_into_a_file_and_both_hold(dongche: Command, town: Town, tmp_path: Path) -> None:
    file = tmp_path / "kept" / "old.jsonl"
    moved = dongche("audit", "trim", "--before", "2020-03-01", "--to", str(file))
    last = AuditHead.objects.get().last
    assert (moved.code, f"1 to {last - 1}" in moved.out) == (0, True)
    assert dongche("audit", "verify", "--json").json["entries"] == 1
    assert dongche("audit", "verify", "--archive", str(file), "--json").json["entries"] == last
    young = dongche("audit", "trim", "--before", "2999-01-01", "--to", str(tmp_path / "young"))
    assert (young.code, "org.audit_too_young" in young.err) == (1, True)
    again = dongche("audit", "trim", "--before", "2020-03-01", "--to", str(file))
    assert (again.code, "org.audit_nothing_old" in again.err) == (1, True)


def test_a_command_says_who_ran_it(dongche: Command, town: Town) -> None:
    dongche("post", "end", "n1", town.grid_n1.code, "--until", "2030-03-20", "--reason", "moved away")
    entry = AuditEntry.objects.get(action="org.end_post")
    assert entry.origin == f"cli {pwd.getpwuid(os.getuid()).pw_name}"
    assert len(entry.request_id) == 32
    assert entry.subdistrict == town.subdistrict


@pytest.mark.parametrize(
    ("tamper", "number", "what"),
    [
        (lambda: AuditEntry.objects.filter(pk=7).update(reason="x"), 7, "changed"),
        (lambda: AuditHead.objects.update(hash="0" * 64), None, "head"),
        (lambda: AuditHead.objects.all().delete(), None, "head"),
    ],
)
def test_a_broken_log_is_sealed_off_goes_on_and_says_so_for_ever(
    dongche: Command, town: Town, tamper: Callable, number: int | None, what: str
) -> None:
    last = AuditHead.objects.get().last
    number = number or last + 1
    tamper()
    told = dongche("audit", "seal", "--reason", "a disk was copied", "--yes")
    assert (told.code, "a disk was copied" in told.out) == (0, True)
    answer = dongche("audit", "verify", "--json")
    (kept,) = answer.json["breaks"]
    assert (answer.code, answer.json["holds"], answer.json["last"]) == (3, True, last + 1)
    assert (kept["number"], kept["what"], kept["last"], kept["reason"]) == (
        number,
        what,
        last,
        "a disk was copied",
    )
    shown = dongche("audit", "verify")
    assert (shown.code, f"The chain broke at entry {number}" in shown.out) == (3, True)
    assert dongche("audit", "seal", "--reason", "again", "--yes").code == 1
    # What was kept is still watched, and so are the note and what comes after it.
    if number <= last:
        AuditEntry.objects.filter(pk=number + 1).update(reason="y")
        assert dongche("audit", "verify", "--json").json["broken"] == {"number": number, "what": "kept"}
        assert dongche("audit", "seal", "--reason", "once more", "--yes").code == 0
        assert dongche("audit", "verify").code == 3
    AuditBreak.objects.update(reason="nothing")
    assert dongche("audit", "verify", "--json").json["broken"]["what"] == "break"
