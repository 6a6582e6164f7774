"""What may be sent, read strictly: an unknown name, a wrong kind or too long a text is refused and never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from dongche.kit.chinese import Unreadable
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.reporting import judging
from dongche.reporting.values import DIFFICULTIES, STATES, ReportValues

# One body at most: a market with all its stalls.
MOST_REPORTS: Final = 200
MOST_BYTES: Final = 256 * 1024
DAY: Final = "%Y-%m-%d"

Word = Annotated[str, Meta(max_length=64)]
Count = Annotated[int, Meta(ge=-(10**15), le=10**15)] | Word | None
# Amounts are texts in yuan as people type them: a bare number under the name of a column in fen would be misread.
Amount = Word | None
Instant = Annotated[datetime, Meta(tz=True)]


class BodyRefused(Problem):
    code = "reporting.body_refused"
    status = 400
    message = N_(
        "What was sent cannot be read: %(given)s. Expected is a report as a JSON object, or a list of at most %(most)s "
        "of them, with the names and kinds that docs/intake.md lists. Nothing of it was stored."
    )


class NotJson(Problem):
    code = "reporting.not_json"
    status = 415
    message = N_(
        "The body is said to be “%(given)s”; expected is JSON. Send the header “Content-Type: application/json”."
    )


class Sent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One report as it is sent: the questions of the form by their names there, and what the outbox says beside them.

    Whose it is say `code` (of the place) or `place` (a number, with the token of an officer). `key` is drawn by the
    sender and names this report for ever. `filled_at` and `sent_at` are given by what waited, by the sender's clock.
    """

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
    on: Word = ""
    state: Word = ""
    code: Word = ""
    place: Word = ""
    staff_at_post: Count = None
    output_fen: Amount = None
    abnormal_temperature: Count = None
    mask_days: Count = None
    difficulties: Annotated[tuple[Word, ...], Meta(max_length=20)] = ()
    note: Annotated[str, Meta(max_length=2000)] = ""
    staff_due: Count = None
    output_normal_fen: Amount = None
    same: bool = False
    sure: bool = False
    knew: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    holds: Literal["", "mine", "theirs"] = ""
    day_from: Literal["server", "phone", "person"] = "server"
    filled_at: Instant | None = None
    sent_at: Instant | None = None

    def __post_init__(self) -> None:
        if (self.filled_at is None) != (self.sent_at is None):
            raise ValueError("filled_at and sent_at belong together")
        for instant in (self.filled_at, self.sent_at):
            if instant is not None and instant.year not in range(1970, 2200):
                raise ValueError("filled_at and sent_at lie between 1970 and 2199")


_one = msgspec.json.Decoder(Sent)
_many = msgspec.json.Decoder(Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_REPORTS)])


def decode(body: bytes) -> tuple[list[Sent | BodyRefused], bool]:
    """This function will read a body: its reports, and whether they came as a list. A list keeps its good ones.

    Raises: BodyRefused – nothing in it can be read
    """
    try:
        if body.lstrip(b" \t\r\n")[:1] != b"[":
            return [_one.decode(body)], False
        rows = _many.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _refused(error) from None
    found: list[Sent | BodyRefused] = []
    for row in rows:
        try:
            found.append(_one.decode(row))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            found.append(_refused(error))
    return found, True


def _refused(error: Exception) -> BodyRefused:
    given = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
    return BodyRefused(given=given, most=MOST_REPORTS)


class Read(msgspec.Struct, frozen=True):
    """The answers of a report; `unread` names those that cannot be read, with the code of the form's own refusal.

    Empty: `values` None when it is not known whether the place is open, `on` None when the day cannot be read
    """

    on: date | None
    values: ReportValues | None
    unread: Mapping[str, str]


def read(sent: Sent) -> Read:
    """This function will read the answers the way the fields of the web form do, in their order."""
    unread: dict[str, str] = {}
    on = _day(sent.on)
    if on is None:
        unread["on"] = "invalid" if sent.on else "required"
    if sent.state not in STATES:
        unread["state"] = "invalid_choice" if sent.state else "required"
    at_post = _count("staff_at_post", sent.staff_at_post, unread)
    output = _fen("output_fen", sent.output_fen, unread)
    abnormal = _count("abnormal_temperature", sent.abnormal_temperature, unread)
    masks = _count("mask_days", sent.mask_days, unread)
    difficulties = sent.difficulties
    if not DIFFICULTIES.issuperset(difficulties):
        unread["difficulties"], difficulties = "invalid_choice", ()
    note = sent.note.strip()
    if "\0" in note:
        unread["note"], note = "null_characters_not_allowed", ""
    due = _count("staff_due", sent.staff_due, unread)
    normal = _fen("output_normal_fen", sent.output_normal_fen, unread)
    if "state" in unread:
        return Read(on, None, unread)
    note = judging.note_of(note) if note else ""
    values = ReportValues(sent.state, due, at_post, output, normal, abnormal, masks, difficulties, note)
    return Read(on, values, unread)


@lru_cache(maxsize=256)
def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), DAY).date()
    except ValueError:
        return None


def _count(name: str, given: int | str | None, unread: dict[str, str]) -> int | None:
    if given is None:
        return None
    if isinstance(given, int):
        return given
    try:
        return judging.count_of(given)
    except Unreadable:
        unread[name] = "invalid"
        return None


def _fen(name: str, given: str | None, unread: dict[str, str]) -> int | None:
    if given is None:
        return None
    try:
        return judging.fen_of(given)
    except Unreadable:
        unread[name] = "invalid"
        return None
