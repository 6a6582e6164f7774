"""Takes an import back in parts: what the kinds share whose rows are each one belief of one row of the file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from dongche.org.audit import Actor
from dongche.registry.imports.store import Folder
from dongche.registry.imports.verdicts import Verdict
from dongche.registry.models import ImportBatch


class PartsUndoer(ABC):
    """Gathers verdicts that leave nothing as it is, and has each part of them taken back; shows how far it is."""

    part: ClassVar = 500

    def __init__(self, batch: ImportBatch, *, by: Actor, at: datetime) -> None:
        self.batch, self.by, self.at = batch, by, at
        self.folder = Folder.of(batch.file_path)
        self.verdicts: list[Verdict] = []
        self.done = 0

    @abstractmethod
    def take_back(self, verdicts: Sequence[Verdict]) -> None:
        """Do what a part says."""

    def write(self, verdict: Verdict) -> None:
        self.done += 1
        if not verdict.left:
            self.verdicts.append(verdict)
        if len(self.verdicts) >= self.part:
            self._flush()

    def finish(self) -> None:
        self._flush()

    def _flush(self) -> None:
        verdicts, self.verdicts = self.verdicts, []
        self.take_back(verdicts)
        self.folder.show_progress(self.done)
