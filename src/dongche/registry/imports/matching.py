"""Which place a row means: found by its credit code, else by its name and where it lies. Never guessed.

Two rows of one file that mean the same place and say the same are duplicates; if they contradict each other the later
one is refused, because nobody can know which is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from dongche.kit.chinese import key
from dongche.kit.messages import N_
from dongche.registry.imports import values as imported
from dongche.registry.imports.values import Values
from dongche.registry.models import Entity
from dongche.registry.readers import Ask, RowFault

CHUNK = 500
MOST_ASKED = 20
ANOTHER = "another"  # the answer that a row means none of the known places

AMBIGUOUS = N_(
    "Two or more known places are called “%(name)s”: %(numbers)s. Add the credit code or the address, so that it is "
    "clear which one is meant."
)
CONTRADICTS = N_(
    "This row and row %(first)s speak of the same place but say different things. Keep the right one."
)
CODE_TWICE = N_(
    "The credit code %(credit_code)s already stands in row %(first)s, for “%(other)s”. One code belongs to one "
    "place: correct the code here or there."
)
NOWHERE = N_(
    "It is not said where this place lies: no community, no grid, and no point inside a known grid. "
    "Write the community."
)


@dataclass(frozen=True)
class Row:
    """A row that could be read: its number in the sheet, and only the values it gives."""

    row: int
    values: Values
    fingerprint: str


@dataclass(frozen=True)
class Decision:
    """What a row comes to. `known` holds all values of the place a changed row changes."""

    kind: str
    row: Row
    place: int | None = None
    number: str = ""
    known: dict[str, Any] | None = None
    changes: dict[str, list[Any]] | None = None
    first: int = 0
    fault: RowFault | None = None


class Known(NamedTuple):
    """The little that is kept in memory about each place of the sub-district."""

    pk: int
    number: str
    name: str
    credit_code: str
    address: str
    community: int | None
    grid: int | None
    fingerprint: str


class Seen(NamedTuple):
    """A row of this file that was accepted before."""

    row: int
    fingerprint: str
    name: str
    credit_code: str


class Matcher:
    """Compares rows with the places of a sub-district and with the rows before them.

    Shape: about 400 bytes are held per known place and 150 per row of the file
    """

    def __init__(
        self,
        subdistrict_id: int,
        answers: Mapping[str, str] | None = None,
        locate: Callable[[Values], int | RowFault] | None = None,
    ) -> None:
        """`locate` says where a new place lies whose row does not say it: a community, or why not."""
        self.answers = answers or {}
        self.locate = locate or (lambda given: RowFault("registry.row_nowhere", "community", NOWHERE, {}))
        self.by_code: dict[str, Known] = {}
        self.by_name: dict[str, list[Known]] = {}
        self.formers: dict[str, str] = {}
        self.seen_places: dict[int, Seen] = {}
        self.seen_codes: dict[str, Seen] = {}
        self.seen_names: dict[tuple[str, str], Seen] = {}
        # What was merged is found by what it was called, and means the place it has become.
        columns = (
            "pk", "number", "name", "credit_code", "address", "community_id", "grid_id", "fingerprint", "merged_into",
        )  # fmt: skip
        rows = Entity.objects.filter(taken_back_at__isnull=True, subdistrict=subdistrict_id).values_list(
            *columns
        )
        merged: dict[int, tuple[Known, int]] = {}
        for *row, into in rows.iterator(chunk_size=5000):
            known = Known(*row)
            if into is None:
                self._know(known)
            else:
                merged[known.pk] = (known, into)
        self._know_merged(merged)

    def _know(self, known: Known) -> None:
        if known.credit_code:
            self.by_code.setdefault(known.credit_code, known)
        self.by_name.setdefault(key(known.name), []).append(known)

    def _know_merged(self, merged: Mapping[int, tuple[Known, int]]) -> None:
        survivors = {}
        for pk, (_, into) in merged.items():
            while into in merged:
                into = merged[into][1]
            survivors[pk] = into
        wanted = set(survivors.values())
        numbers = dict(Entity.objects.filter(pk__in=wanted).values_list("pk", "number")) if wanted else {}
        for pk, (known, _) in merged.items():
            self._know(known._replace(pk=survivors[pk], number=numbers[survivors[pk]]))
            self.formers[known.fingerprint] = numbers[survivors[pk]]

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        """This function will decide for each row, in their order; what is decided already stays so."""
        remaining = iter(rows)
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._compare(
                [row if isinstance(row, Decision) else self._place(row) for row in chunk]
            )

    def _compare(self, decisions: list[Decision]) -> Iterator[Decision]:
        wanted = [decision.place for decision in decisions if decision.kind == "changed" and decision.place]
        columns = ("pk", "until_on", *imported.IMPORTED, *imported.DERIVED)
        known = (
            {found["pk"]: found for found in Entity.objects.filter(pk__in=wanted).values(*columns)}
            if wanted
            else {}
        )
        for decision in decisions:
            if decision.kind != "changed":
                yield decision
                continue
            before = known[decision.place]
            changes = imported.differences(before, decision.row.values)
            yield Decision(
                "changed" if changes else "unchanged",
                decision.row,
                decision.place,
                decision.number,
                before if changes else None,
                changes or None,
            )

    def _place(self, row: Row) -> Decision:
        """Find the place of a row; "changed" here means that its values have yet to be compared."""
        if row.fingerprint in self.formers:
            # The second entry of a place, as it was before both were merged: nothing new.
            return Decision("unchanged", row, None, self.formers[row.fingerprint])
        name, code = row.values["name"], row.values.get("credit_code", "")
        earlier = self.seen_codes.get(code) if code else None
        if earlier is not None:
            return _again(row, earlier)
        found = self._find(row)
        if isinstance(found, RowFault):
            return Decision("refused", row, fault=found)
        now = Seen(row.row, row.fingerprint, name, code)
        if found is not None:
            earlier = self.seen_places.get(found.pk)
            if earlier is not None:
                return _again(row, earlier)
            self.seen_places[found.pk] = now
            if code:
                self.seen_codes[code] = now
            kind = "unchanged" if found.fingerprint == row.fingerprint else "changed"
            return Decision(kind, row, found.pk, found.number)
        if "community_id" not in row.values:
            where = self.locate(row.values)
            if isinstance(where, RowFault):
                return Decision("refused", row, fault=where)
            row = Row(row.row, {**row.values, "community_id": where}, row.fingerprint)
        named = (key(name), _where(row.values))
        earlier = self.seen_names.get(named)
        if earlier is not None and not (code and earlier.credit_code):
            return _again(row, earlier)
        self.seen_names.setdefault(named, now)
        if code:
            self.seen_codes[code] = now
        return Decision("new", row)

    def _find(self, row: Row) -> Known | RowFault | None:
        given = row.values
        code = given.get("credit_code", "")
        if code and code in self.by_code:
            return self.by_code[code]
        named = self.by_name.get(key(given["name"]), ())
        # A place known under another code is another place, whatever it is called.
        candidates = [known for known in named if not (code and known.credit_code)]
        if not candidates:
            return None
        address = key(given.get("address", ""))
        if address:
            same = [known for known in candidates if key(known.address) == address]
            candidates = same or [known for known in candidates if not known.address and _near(known, given)]
        else:
            candidates = [known for known in candidates if _near(known, given)]
        if len({known.pk for known in candidates}) == 1:
            said = [known for known in candidates if known.fingerprint == row.fingerprint]
            return (said or candidates)[0]
        if len(candidates) > 1:
            return self._asked(given["name"], sorted(candidates, key=lambda known: known.number))
        return candidates[0] if candidates else None

    def _asked(self, name: str, candidates: list[Known]) -> Known | RowFault | None:
        """Which of several places an officer said is meant; a fault that asks, where nobody has said it yet."""
        about = f"{key(name)}|{','.join(known.number for known in candidates)}"
        answer = self.answers.get(about)
        if answer == ANOTHER:
            return None
        for known in candidates:
            if known.number == answer:
                return known
        numbers = "、".join(known.number for known in candidates[:5])
        words = tuple((known.number, f"{known.number} {known.name} {known.address}") for known in candidates)
        ask = Ask(about, name, words) if len(candidates) <= MOST_ASKED else None
        details = {"name": name, "numbers": numbers}
        return RowFault("registry.row_ambiguous", "name", AMBIGUOUS, details, ask)


def _again(row: Row, earlier: Seen) -> Decision:
    """The second row about one place."""
    if row.fingerprint == earlier.fingerprint:
        return Decision("duplicate", row, first=earlier.row)
    code = row.values.get("credit_code", "")
    if code and code == earlier.credit_code and key(row.values["name"]) != key(earlier.name):
        details = {"credit_code": code, "first": str(earlier.row), "other": earlier.name}
        fault = RowFault("registry.row_code_twice", "credit_code", CODE_TWICE, details)
    else:
        fault = RowFault("registry.row_contradicts", "name", CONTRADICTS, {"first": str(earlier.row)})
    return Decision("refused", row, fault=fault, first=earlier.row)


def _near(known: Known, given: Values) -> bool:
    """Whether nothing that both say about where the place lies differs."""
    pairs = ((known.community, given.get("community_id")), (known.grid, given.get("grid_id")))
    return all(mine is None or other is None or mine == other for mine, other in pairs)


def _where(given: Values) -> str:
    return key(given.get("address", "")) or f"@{given.get('grid_id') or given.get('community_id')}"
