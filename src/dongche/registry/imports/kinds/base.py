"""What every kind of import must say: how a row is read, what it comes to, and how that is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from dongche.org.audit import Actor
from dongche.registry.imports.matching import Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.values import Values
from dongche.registry.imports.verdicts import Undoing
from dongche.registry.models import ImportBatch
from dongche.registry.readers import RowFault
from dongche.registry.sheets import Vocabulary

Picked = Sequence[tuple[int, Mapping[str, Any]]]


class Writer(Protocol):
    """Collects the decisions of one import and writes them; used under the lock of the registry."""

    def write(self, decision: Decision) -> None: ...

    def finish(self) -> None: ...


class Kind(ABC):
    """One import of its kind: made anew for reading and for applying.

    To add a kind: a module here with a class of its own, its line in `kinds` (of a room above: IMPORT_KINDS of the
    settings), its name in `ImportBatch.Kind`, the words of its headers beside `sheets/headers.yaml`, the names of its
    columns (`columns`).
    """

    vocabulary: ClassVar[Vocabulary]
    # Columns that are encrypted in the plan and never shown in it.
    personal: ClassVar[frozenset[str]] = frozenset()
    # What the columns are called, by field: in the order in which they are shown.
    columns: ClassVar[Mapping[str, Any]]

    @classmethod
    def shown(cls, field: str, value: Any) -> str:
        """A value of the plan as people read it."""
        return str(value)

    def __init__(self, batch: ImportBatch, on: date) -> None:
        self.batch, self.on = batch, on

    @abstractmethod
    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        """Read some rows, given as cells by field: the values each gives, or at least one reason why not."""

    @abstractmethod
    def fingerprint(self, given: Values) -> str:
        """A keyed hash of what a row says: the same row again has the same one."""

    @abstractmethod
    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        """Compare rows with what is known and with those before them, in their order; what is decided stays so."""

    @abstractmethod
    def entry(self, decision: Decision) -> dict[str, Any]:
        """What the plan keeps of a decision that is not refused, beside its row and fingerprint.

        Shape: `values` for rows to be written; `name` and `number` to show; `changes` of a changed row as may be shown
        """

    @abstractmethod
    def undoing(self) -> Undoing:
        """How what was written is taken back as a whole."""

    @abstractmethod
    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> Writer:
        """What writes the decisions of this import."""
