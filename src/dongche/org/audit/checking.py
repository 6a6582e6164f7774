"""Does the chain hold? Walks the audit log once, in pieces, without a lock and without keeping anybody from writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import breaks
from dongche.org.audit.archive import Archive
from dongche.org.audit.chain import FIELDS, current_head, seal_of, seal_of_head
from dongche.org.models import AuditBreak, AuditEntry, AuditHead

PIECE: Final = 5000
Values = tuple[Any, ...]
Progress = Callable[[int], None]
What = Literal["changed", "removed", "inserted", "order", "head", "other", "kept", "break"]
READ: Final = (*FIELDS, "hash")
_PREVIOUS: Final = FIELDS.index("previous")


class Trimmed(Problem):
    code = "org.audit_trimmed_meanwhile"
    status = 409
    message = N_("Old entries were taken into an archive while the log was being checked. Check it again.")


class NotKept(Problem):
    code = "org.audit_not_kept"
    status = 404
    message = N_(
        "The log holds the entries %(first)s to %(last)s; %(given)s is not among them. Older ones are in the archives "
        "that “dongche audit trim” wrote: name them with --archive."
    )


@dataclass(frozen=True)
class Broken:
    """The first link that does not hold.

    changed: a field of this entry is not what was written · removed: this entry is missing · inserted: here stands an
    entry that this program never wrote · order: this entry stands elsewhere · head: the note about the end of the log
    was altered · other: the entry holds, but its hash is not the one that was expected · kept: from this entry on
    stands what was found broken earlier, and it was changed since · break: the note about what was found was altered
    """

    number: int
    what: What


@dataclass(frozen=True)
class Verdict:
    """What was checked: entries `first` to `last`, whose last has the hash `hash`; `broken` None when all holds.

    With `breaks`, it holds but for the parts that were found broken then and are kept as they were.
    """

    first: int
    last: int
    hash: str
    broken: Broken | None = None
    breaks: tuple[AuditBreak, ...] = ()

    @property
    def count(self) -> int:
        return max(self.last - self.first + 1, 0)

    @property
    def head(self) -> str:
        """The end of the chain as it is noted down elsewhere."""
        return f"{self.last}:{self.hash}"


@dataclass(frozen=True)
class Expected:
    """A head noted down earlier."""

    number: int
    hash: str


@dataclass
class Walk:
    """Goes along the chain entry by entry and remembers where it stands."""

    number: int
    previous: str
    expected: Expected | None = None
    is_other: bool = False

    def __post_init__(self) -> None:
        self.first = self.number + 1
        self.crossed: list[AuditBreak] = []
        self._compare()

    def takes(self, values: Values) -> bool:
        """Step on to an entry, its values in the order of FIELDS and its hash; no step when it is not the next one."""
        number, seal = self.number + 1, values[-1]
        if values[0] != number or values[_PREVIOUS] != self.previous or seal_of(values[:-1]) != seal:
            return False
        self.number, self.previous = number, seal
        self._compare()
        return True

    def crosses(self, known: AuditBreak) -> None:
        """Step over a part that is kept as it was found."""
        self.number, self.previous = known.last, known.seal
        self.crossed.append(known)
        self._compare()

    def passes(self, values: Values) -> None:
        """Pass by an entry that is kept as it was found: it proves only that it is the one that was noted down."""
        if self.expected is not None and values[0] == self.expected.number:
            self.is_other = values[-1] != self.expected.hash

    def _compare(self) -> None:
        if self.expected is not None and self.number == self.expected.number:
            self.is_other = self.previous != self.expected.hash

    def verdict(self, broken: Broken | None) -> Verdict:
        if broken is None and self.is_other and self.expected is not None:
            broken = Broken(self.expected.number, "other")
        return Verdict(self.first, self.number, self.previous, broken, tuple(self.crossed))


def check(
    *,
    start: int | None = None,
    expected: Expected | None = None,
    archives: Sequence[Path] = (),
    progress: Progress = lambda checked: None,
) -> Verdict:
    """This function will check the log from its oldest entry, or from number `start`, to its end.

    Shape:  with `start`, what stands before it is taken for granted; archives are checked first, oldest first, and
            must lead up to the log
    Raises: NotKept – `start` or what is expected lies outside of what is there; Trimmed; what reading archives raises
    """
    head = current_head()
    if head is None:
        return Verdict(1, 0, "", Broken(0, "head"))
    if archives:
        opened = sorted((Archive.open(path) for path in archives), key=lambda archive: archive.first)
        walk = Walk(opened[0].first - 1, opened[0].before, expected)
        for archive in opened:
            fault = _fault_in_archive(archive, walk, progress)
            if fault is not None:
                return walk.verdict(fault)
        if (walk.number + 1, walk.previous) != (head.first, head.before):
            return walk.verdict(Broken(walk.number + 1, "removed"))
    else:
        walk = Walk(*_beginning(head, start), expected)
    if expected is not None and expected.number > head.last:
        return walk.verdict(Broken(head.last + 1, "removed"))
    if expected is not None and expected.number < walk.first - 1:
        raise NotKept(first=walk.first, last=head.last, given=expected.number)
    stopped = along(walk, progress)
    if isinstance(stopped, Broken):
        return walk.verdict(stopped)
    if stopped is not None:
        return walk.verdict(_fault(walk.number + 1, walk.previous, stopped, head))
    return walk.verdict(_at_the_end(walk.number, walk.previous, head))


def along(walk: Walk, progress: Progress = lambda checked: None) -> Values | Broken | None:
    """This function will walk to the end of the log.

    Shape: None when all fits, else the entry that did not, or the break that was altered
    """
    known = [row for row in breaks.standing() if row.broken > walk.number]
    digest = breaks.Digest()
    for piece in _pieces(walk.number + 1):
        for values in piece:
            while known and walk.number + 1 == known[0].broken and values[0] > known[0].last:
                fault = _fault_in_break(known[0], walk, digest)
                if fault is not None:
                    return fault
                walk.crosses(known.pop(0))
                digest = breaks.Digest()
            if known and walk.number + 1 == known[0].broken:
                digest.add(values)
                walk.passes(values)
            elif not walk.takes(values):
                return values
        progress(len(piece))
    if known and walk.number + 1 == known[0].broken:
        # What follows a break is at least the entry that tells of it.
        return Broken(known[0].last + 1, "removed")
    return None


def _fault_in_break(known: AuditBreak, walk: Walk, digest: breaks.Digest) -> Broken | None:
    if known.seal != breaks.seal_of_break(known) or known.before != walk.previous:
        return Broken(known.broken, "break")
    return None if str(digest) == known.found else Broken(known.broken, "kept")


def _beginning(head: AuditHead, start: int | None) -> tuple[int, str]:
    """The number and the hash of the entry before the first one to be checked."""
    if start is None or start == head.first:
        return head.first - 1, head.before
    before = next((row.seal for row in breaks.standing() if row.last == start - 1), None)
    before = before or AuditEntry.objects.filter(pk=start - 1).values_list("hash", flat=True).first()
    if before is None or start < head.first:
        raise NotKept(first=head.first, last=head.last, given=start)
    return start - 1, before


def _fault_in_archive(archive: Archive, walk: Walk, progress: Progress) -> Broken | None:
    if archive.first != walk.number + 1:
        return Broken(walk.number + 1, "removed")
    for checked, values in enumerate(archive.entries(), 1):
        if not walk.takes(values):
            return Broken(walk.number + 1, "removed" if values[0] != walk.number + 1 else "changed")
        if checked % PIECE == 0:
            progress(PIECE)
    if (walk.number, walk.previous) != (archive.last, archive.hash):
        return Broken(walk.number + 1, "removed")
    return None


def _pieces(first: int) -> Iterator[list[Values]]:
    """The entries in the order of their numbers, also those that are written while we read."""
    last = first - 1
    # Whatever stands before the first entry that should be there was put there.
    rows = AuditEntry.objects.order_by("pk").values_list(*READ)
    while piece := list(rows.filter(pk__gt=last)[:PIECE]):
        yield piece
        last = piece[-1][0]


def _at_the_end(number: int, previous: str, began: AuditHead) -> Broken | None:
    """Whether the log ends where its head says; read after the entries, so the head can only be further on."""
    head = current_head()
    if head is None or head.seal != seal_of_head(head):
        return Broken(head.last if head else 0, "head")
    if head.first != began.first:
        raise Trimmed
    before = AuditEntry.objects.filter(pk__lt=head.first).order_by("pk").values_list("pk", flat=True).first()
    if before is not None:
        return Broken(before, "inserted")
    if head.last > number:
        # Written between the last piece and now, or cut off.
        more = AuditEntry.objects.filter(pk=number + 1).values_list("hash", flat=True).first()
        return Broken(number + 1, "removed") if more is None else None
    if head.last < number:
        return Broken(head.last + 1, "inserted")
    return None if head.hash == previous else Broken(number, "head")


def _fault(number: int, previous: str, found: Values, began: AuditHead) -> Broken:
    """What happened to entry `number`, of which we know what came before it and what stands there now.

    Two questions decide: does entry `number` stand somewhere else, and is what stands here some other entry of ours?
    Each is asked of the whole log; this happens once, and only to a log that was tampered with.
    """
    head = current_head()
    if head is not None and head.first != began.first:
        raise Trimmed
    if head is not None and head.seal == seal_of_head(head) and number > head.last:
        return Broken(number, "inserted")
    is_elsewhere = any(
        values[-1] == seal_of(_placed(values, number, previous))
        for values in _every()
        if values[0] != found[0]
    )
    if found[0] != number:
        return Broken(number, "order" if is_elsewhere else "removed")
    is_ours = any(
        found[-1] == seal_of(_placed(found, other, found[_PREVIOUS]))
        for other in AuditEntry.objects.values_list("pk", flat=True).iterator(PIECE)
    ) or (head is not None and found[-1] == seal_of(_placed(found, head.last, found[_PREVIOUS])))
    if is_elsewhere:
        return Broken(number, "order" if is_ours else "inserted")
    return Broken(number, "removed" if is_ours else "changed")


def _placed(values: Values, number: int, previous: str) -> Values:
    """The sealed values of an entry, were it in another place of the chain."""
    return (number, *values[1:_PREVIOUS], previous)


def _every() -> Iterable[Values]:
    return AuditEntry.objects.order_by("pk").values_list(*READ).iterator(chunk_size=PIECE)
