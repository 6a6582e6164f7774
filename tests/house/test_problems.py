"""Problem codes are unique, belong to their room, and stand in docs/problems.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from scripts import problems

CODE = re.compile(r"^[a-z_]+\.[a-z0-9_]+$")


def misnamed(entries: Iterable[problems.Entry]) -> list[str]:
    entries = list(entries)
    counts = Counter(entry.code for entry in entries)
    said = [f"{code} is used {count} times" for code, count in counts.items() if count > 1]
    for entry in entries:
        if not CODE.match(entry.code) or entry.code.split(".")[0] != entry.place.split("/")[0]:
            said.append(f"{entry.place}: {entry.code} is not room.word")
        if not 400 <= entry.status < 600:
            said.append(f"{entry.place}: {entry.code} has status {entry.status}")
        if not entry.message.endswith((".", "?")):
            said.append(f"{entry.place}: {entry.code} is not a sentence")
    return said


SOURCE = """
class Missing(Problem):
    code = "org.missing"
    status = 404
    message = N_("There is no unit %(code)s.")

class Odd(Problem):
    code: ClassVar[str] = "Odd"
    status = 200
    message = "oops"
"""


def test_problem_codes_are_unique_and_belong_to_their_room():
    made_up = problems.entries_in(SOURCE, "org/actions.py")
    assert misnamed([*made_up, made_up[0]]) == [
        "org.missing is used 2 times",
        "org/actions.py: Odd is not room.word",
        "org/actions.py: Odd has status 200",
        "org/actions.py: Odd is not a sentence",
    ]
    assert len(problems.entries()) >= 10
    assert misnamed(problems.entries()) == []


def test_the_page_of_problems_is_current():
    assert problems.main(["--check"]) == 0
