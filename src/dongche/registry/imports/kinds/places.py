"""Places, the kind of import that comes first: every other kind speaks of places that are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from dongche.kit.chinese import key, normalise
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.registry.addressing import Streets
from dongche.registry.imports import values
from dongche.registry.imports.kinds.base import Kind, Picked
from dongche.registry.imports.matching import NOWHERE, Decision, Matcher, Row
from dongche.registry.imports.places import Ground
from dongche.registry.imports.store import Folder
from dongche.registry.imports.undoing import PlacesUndoing
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Undoing
from dongche.registry.imports.writing import Writer
from dongche.registry.labels import COLUMNS
from dongche.registry.readers import Ask, RowFault, as_text
from dongche.registry.rows import CleanPlace, about_block, read_row
from dongche.registry.sheets import PLACES
from dongche.web.campaign import current

ANSWERED = ("community", "grid", "industry")
BY_ADDRESS: Final = "address:"  # questions whether rows lie where their addresses speak for

BY_ITS_ADDRESS = N_(
    "It is not said where this place lies. Its address speaks for %(community)s: confirm that on the page of the "
    "import, or write the community."
)


class PlacesKind(Kind):
    vocabulary = PLACES
    personal = values.PERSONAL
    columns = COLUMNS

    @cached_property
    def answers(self) -> Mapping[str, Mapping[str, str]]:
        """What officers said is meant: field → what the question is about → the answer."""
        found: Mapping[str, Mapping[str, str]] = self.batch.mapping.get("answers", {})
        return found

    @cached_property
    def ground(self) -> Ground:
        return Ground.of(self.batch.subdistrict, self.on)

    @cached_property
    def codes(self) -> Mapping[int, str]:
        """The codes of communities and grids by their ids."""
        return {pk: code for code, pk in self.ground.ids.items()}

    @cached_property
    def streets(self) -> Streets:
        return Streets.of([self.batch.subdistrict_id])

    @cached_property
    def first_day(self) -> Any:
        return current().campaign.from_on

    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        found: dict[int, Values | list[RowFault]] = {}
        given: dict[int, dict[str, Any]] = {}
        for number, cells in rows:
            cells = self._answered(cells) if self.answers else cells
            clean = read_row(cells, on=self.on, lookups=self.ground.lookups, hints=hints)
            if isinstance(clean, CleanPlace):
                found[number] = given[number] = values.of(clean, self.ground.ids)
            else:
                found[number] = clean
        for number, fault in zip(given, self.ground.place(list(given.values())), strict=True):
            if fault is not None:
                found[number] = [fault]
        return found

    def _answered(self, cells: Mapping[str, Any]) -> Mapping[str, Any]:
        """The cells with the words replaced of which an officer said what they mean."""
        community, grid, industry = (normalise(as_text(cells.get(name) or "")) for name in ANSWERED)
        said = {
            "community": self.answers.get("community", {}).get(about_block(community, "")),
            "grid": self.answers.get("grid", {}).get(about_block(community, grid)) if grid else None,
            "industry": self.answers.get("industry", {}).get(key(industry)),
        }
        return {**cells, **{name: value for name, value in said.items() if value}}

    def fingerprint(self, given: Values) -> str:
        return values.fingerprint(given)

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        return Matcher(self.batch.subdistrict_id, self.answers.get("name"), self._locate).decide(rows)

    def _locate(self, given: Values) -> int | RowFault:
        """Where a place lies whose row does not say it: where its address speaks for, once an officer has confirmed."""
        hint = self.streets.suggest(given.get("address", "")) if given.get("address") else None
        name = self.ground.communities.get(hint.community) if hint else None
        if hint is None or name is None:
            return RowFault("registry.row_nowhere", "community", NOWHERE, {})
        code = self.codes[hint.community]
        about = f"{BY_ADDRESS}{code}"
        if self.answers.get("community", {}).get(about) == code:
            return hint.community
        ask = Ask(about, name, ((code, f"{name} {code}"),), (hint.message, hint.details))
        return RowFault("registry.row_nowhere", "community", BY_ITS_ADDRESS, {"community": name}, ask)

    def entry(self, decision: Decision) -> dict[str, Any]:
        row, kind = decision.row, decision.kind
        entry: dict[str, Any] = {}
        if kind in ("new", "changed"):
            entry["values"] = dict(row.values)
        else:
            entry["name"] = row.values["name"]
        if kind == "changed" and decision.known is not None and decision.changes is not None:
            after = values.after(decision.known, decision.changes, on=self.on, first_day=self.first_day)
            entry["changes"] = values.shown(values.all_changes(decision.known, after))
        return entry

    def undoing(self) -> Undoing:
        return PlacesUndoing(self.batch)

    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> Writer:
        return Writer(self.batch, by=by, at=at)
