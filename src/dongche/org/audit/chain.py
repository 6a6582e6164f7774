"""The audit log as a chain: each entry is sealed to the one before it, and a head says where the chain ends.

The seal is an HMAC under a key that is not in the database, so whoever can write the database alone can neither change
an entry nor take one out unseen, nor end the chain early. What they can do is put back a whole earlier state of it;
against that, note the head down elsewhere and compare (`dongche audit verify --expect`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import AuditEntry, AuditHead
from dongche.web import bulk
from dongche.web.fields import keyed_mac

# The order in which the fields of an entry are sealed. A new field needs a new form, and verification both.
FORM: Final = "dongche.audit.1"
FIELDS: Final = (
    "id", "at", "by_id", "by_label", "action", "subject", "subject_id", "before", "after", "reason", "origin",
    "request_id", "subdistrict_id", "previous",
)  # fmt: skip
_NUL_SHOWN: Final = "\N{REPLACEMENT CHARACTER}"


class HeadBroken(Problem):
    code = "org.audit_head_broken"
    status = 500
    message = N_(
        "The end of the audit log is not as this program left it, so nothing was written. Have whoever looks after "
        "the server run “dongche audit verify”, which says what was tampered with, and “dongche audit seal”, with "
        "which the log goes on."
    )


@dataclass(frozen=True)
class Deed:
    """What an action recorded; its place in the chain is not known yet."""

    at: datetime
    by_id: int | None
    by_label: str
    action: str
    subject: str
    subject_id: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str
    origin: str
    request_id: str
    subdistrict_id: int | None


def append(deeds: Sequence[Deed]) -> None:
    """This function will add entries at the end of the chain, for whose writers it makes everybody else wait.

    Call it last in a transaction.
    Raises: HeadBroken
    """
    if connection.vendor == "postgresql":
        # Foreign keys are checked at the end of a transaction, and may wait for a row that somebody has locked who in
        # turn waits for the chain. Checked now, before the chain is locked, they cannot. Entries have none themselves.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    head = locked_head()
    entries = []
    for deed in deeds:
        head.last += 1
        values = (head.last, *_stored(deed), head.hash)
        head.hash = seal_of(values)
        entries.append((*values, head.hash))
    bulk.insert(AuditEntry, (*FIELDS, "hash"), entries)
    keep_head(head)


def locked_head() -> AuditHead:
    """The end of the chain, to be moved on by nobody else until the end of the transaction.

    Raises: HeadBroken
    """
    head = AuditHead.objects.select_for_update().first()
    if head is None or head.seal != seal_of_head(head):
        raise HeadBroken
    return head


def keep_head(head: AuditHead) -> None:
    """Store a head that was moved on, under its seal."""
    head.seal = seal_of_head(head)
    head.save()


def current_head() -> AuditHead | None:
    """Where the log ends just now; None in a database that was never set up, or tampered with."""
    return AuditHead.objects.first()


def begin() -> None:
    """Begin an empty chain in an empty database; where there is a head or an entry, do nothing."""
    if not (AuditHead.objects.exists() or AuditEntry.objects.exists()):
        keep_head(AuditHead(id=AuditHead.ONLY, first=1, before="", last=0, hash=""))


def values_of(entry: Any) -> tuple[Any, ...]:
    """The values of an entry in the order in which they are sealed."""
    return tuple(getattr(entry, name) for name in FIELDS)


def canonical(values: Sequence[Any]) -> bytes:
    """The bytes that are sealed: the same from either database as before the entry was stored.

    >>> canonical([7, datetime(2020, 3, 20, 8, tzinfo=UTC), None, "duty", {"b": 1, "a": "中"}])
    b'["dongche.audit.1",7,"2020-03-20T08:00:00.000000+00:00",null,"duty",{"a":"\\\\u4e2d","b":1}]'
    """
    return _encode([FORM, *(_instant(value) if isinstance(value, datetime) else value for value in values)])


_encoder: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def _encode(values: Any) -> bytes:
    return _encoder.encode(values).encode("ascii")


@lru_cache(maxsize=64)  # the entries of a batch are of one instant
def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def seal_of(values: Sequence[Any]) -> str:
    """The seal of an entry from its values in the order of FIELDS: 64 hexadecimal digits."""
    return keyed_mac(canonical(values), "audit")


def seal_of_text(text: str) -> str:
    """The seal of what is no entry."""
    return keyed_mac(text.encode(), "audit")


def seal_of_head(head: Any) -> str:
    """The seal of the head; without it, the last entries could be cut off together with what the head says of them."""
    return keyed_mac(
        _encode(["dongche.audit.head.1", head.first, head.before, head.last, head.hash]), "audit"
    )


def _stored(deed: Deed) -> tuple[Any, ...]:
    """The values of a deed in the order of FIELDS, as both databases give them back."""
    return (
        deed.at,
        deed.by_id,
        _text(deed.by_label)[:80],
        _text(deed.action)[:60],
        _text(deed.subject)[:60],
        deed.subject_id,
        plain(deed.before),
        plain(deed.after),
        _text(deed.reason)[:400],
        _text(deed.origin)[:120],
        _text(deed.request_id),
        deed.subdistrict_id,
    )


def plain(value: Any) -> Any:
    """A value in the few kinds of JSON that neither database alters: texts, whole numbers, lists, objects.

    >>> plain({"on": date(2020, 3, 20), "share": 0.5, "units": ("a", "b"), 7: None})
    {'on': '2020-03-20', 'share': '0.5', 'units': ['a', 'b'], '7': None}
    """
    kind = type(value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is str:
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return _text(str(value))


def _text(value: str) -> str:
    """PostgreSQL stores neither the zero byte nor half a pair of surrogates."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", _NUL_SHOWN).encode("utf-8", "replace").decode()
