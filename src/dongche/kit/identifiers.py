"""Numbers that identify: unguessable codes of our own, unified social credit codes, codes of places.

Source: GB 32100-2015 (unified social credit code), GB 11714-1997 (organisation code inside it), GB 11643-1999 (resident
identity number), codes of the National Bureau of Statistics for places (12 digits: province 2, city 2, county 2, town
3, village 3).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date
from operator import mul
from typing import Final, Literal

from dongche.kit.chinese import normalise
from dongche.kit.messages import N_

# --- Our own codes -----------------------------------------------------------------------------

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_TYPED: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_code() -> str:
    """An unguessable code for addresses and QR codes: 130 random bits in Crockford's base 32."""
    bits = secrets.randbits(130)
    return "".join([ALPHABET[bits >> place & 31] for place in range(0, 130, 5)])


def read_code(text: str) -> str:
    """The code as stored, from one that a person typed: any case, with hyphens, O for 0, I or L for 1.

    >>> read_code("o1l-xy")
    '011XY'
    """
    return normalise(text).upper().translate(_TYPED)


# --- Unified social credit code ----------------------------------------------------------------

CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_CREDIT_VALUES: Final = {character: value for value, character in enumerate(CREDIT_ALPHABET)}
_CREDIT_WEIGHTS: Final = tuple(3**place % 31 for place in range(17))
_ORGANISATION_VALUES: Final = {c: int(c, 36) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT_NOISE: Final = re.compile(r"[\s\-‐–—']")

Kind = Literal["length", "alphabet", "division", "organisation_check", "check"]

MESSAGES: Final[dict[Kind, str]] = {
    "length": N_(
        "The credit code “%(given)s” has %(length)s characters; a unified social credit code has 18. "
        "Copy it from the licence."
    ),
    "alphabet": N_(
        "The credit code “%(given)s” has “%(found)s” in place %(position)s. Only digits and capital letters "
        "other than I, O, S, V, Z occur. Compare it with the licence."
    ),
    "division": N_(
        "Places 3 to 8 of the credit code “%(given)s” are “%(found)s”; there belong the six digits "
        "of the registering place. Compare it with the licence."
    ),
    "organisation_check": N_(
        "The credit code “%(given)s” is mistyped: for its organisation part, place 17 should be "
        "“%(expected)s”, not “%(found)s”. Compare it with the licence."
    ),
    "check": N_(
        "The credit code “%(given)s” is mistyped: its last character should be “%(expected)s”, not “%(found)s”. "
        "Compare it with the licence."
    ),
}


@dataclass(frozen=True)
class CreditCodeFault:
    """Why a text is no unified social credit code. `message` is a msgid to be filled from `details`."""

    kind: Kind
    given: str
    position: int = 0
    found: str = ""
    expected: str = ""

    @property
    def message(self) -> str:
        return MESSAGES[self.kind]

    @property
    def details(self) -> dict[str, str]:
        return {
            "given": self.given, "length": str(len(self.given)), "position": str(self.position),
            "found": self.found, "expected": self.expected,
        }  # fmt: skip

    def __str__(self) -> str:
        return self.message % self.details


def clean_credit_code(text: str) -> str:
    """The code with full-width characters, case, spaces and hyphens evened out; nothing else is repaired.

    >>> clean_credit_code(" ９１３５０１００m000100y43 ")
    '91350100M000100Y43'
    """
    return _CREDIT_NOISE.sub("", normalise(text)).upper()


def credit_check(first17: str) -> str:
    """This function will give the 18th character for the first 17 (GB 32100, weights 3ⁿ mod 31).

    Raises: KeyError – a character outside the alphabet

    >>> credit_check("91350100M000100Y4")
    '3'
    """
    total = sum(map(mul, map(_CREDIT_VALUES.__getitem__, first17), _CREDIT_WEIGHTS))
    return CREDIT_ALPHABET[-total % 31]  # 0 when 31 divides the sum: the case naive implementations miss


def organisation_check(first8: str) -> str:
    """This function will give the 9th character of an organisation code (GB 11714).

    >>> organisation_check("M000100Y"), organisation_check("MA3C0002")
    ('4', 'X')
    """
    total = sum(map(mul, map(_ORGANISATION_VALUES.__getitem__, first8), _ORGANISATION_WEIGHTS))
    return "0123456789X0"[11 - total % 11]


def credit_code_fault(text: str) -> CreditCodeFault | None:
    """This function will say what is wrong with a unified social credit code; None when nothing is.

    >>> credit_code_fault("91110000600037341L") is None
    True
    >>> fault = credit_code_fault("91350100M000100Y4Z")
    >>> fault.kind, fault.found, fault.expected
    ('check', 'Z', '3')
    """
    code = clean_credit_code(text)
    if len(code) != 18:
        return CreditCodeFault("length", code)
    if not _CREDIT_VALUES.keys() >= set(code[:17]):
        place = next(place for place in range(17) if code[place] not in _CREDIT_VALUES)
        return CreditCodeFault("alphabet", code, place + 1, code[place])
    if not code[2:8].isdigit():
        return CreditCodeFault("division", code, 3, code[2:8])
    expected = credit_check(code[:17])
    if code[17] != expected:
        return CreditCodeFault("check", code, 18, code[17], expected)
    expected = organisation_check(code[8:16])
    if code[16] != expected:
        return CreditCodeFault("organisation_check", code, 17, code[16], expected)
    return None


def make_credit_code(first16: str) -> str:
    """This function will complete 16 characters with both check characters, for synthetic codes.

    >>> make_credit_code("91370203MA3C0001"), make_credit_code("91370203MA3C0002")
    ('91370203MA3C000113', '91370203MA3C0002XT')
    """
    first17 = first16 + organisation_check(first16[8:])
    return first17 + credit_check(first17)


def is_self_employed(code: str) -> bool:
    """Whether a credit code belongs to a self-employed business: issued by market regulation, second place 2.

    >>> is_self_employed("92370203MA3C000116"), is_self_employed("91370203MA3C000113")
    (True, False)
    """
    return code.startswith("92")


# --- Resident identity number -------------------------------------------------------------------

_RESIDENT_WEIGHTS: Final = tuple(2**place % 11 for place in range(17, 0, -1))  # 7 9 10 5 8 4 2 1 6 3 …
_RESIDENT_CHECKS: Final = "10X98765432"
_RESIDENT: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
# First two digits of a division code: provinces, and 81–83 for those who live here from Hong Kong, Macao and Taiwan.
_PROVINCES: Final = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
ResidentKind = Literal["length", "alphabet", "birth", "check"]

RESIDENT_MESSAGES: Final[dict[ResidentKind, str]] = {
    "length": N_("The identity number has %(length)s characters; it has 18. Copy it from the card."),
    "alphabet": N_(
        "The identity number has a wrong character in place %(position)s. It consists of 17 digits and a last one that "
        "may be X. Compare it with the card."
    ),
    "birth": N_(
        "Places 7 to 14 of the identity number are no day on which somebody can have been born. Compare it with the "
        "card."
    ),
    "check": N_(
        "The identity number is mistyped: its last character does not fit the others. Compare it with the card."
    ),
}


@dataclass(frozen=True)
class ResidentFault:
    """Why a text is no resident identity number. `message` is a msgid to be filled from `details`: neither repeats the
    number, because it may stand in a file or a log."""

    kind: ResidentKind
    length: int
    position: int = 0

    @property
    def message(self) -> str:
        return RESIDENT_MESSAGES[self.kind]

    @property
    def details(self) -> dict[str, str]:
        return {"length": str(self.length), "position": str(self.position)}


def clean_resident_id(text: str) -> str:
    """The number with full-width characters, case, spaces and hyphens evened out; nothing else is repaired.

    >>> clean_resident_id(" 110105 19491231 002x ")
    '11010519491231002X'
    """
    return _CREDIT_NOISE.sub("", normalise(text)).upper()


def resident_check(first17: str) -> str:
    """This function will give the 18th character for the first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2).

    >>> resident_check("11010519491231002")
    'X'
    """
    return _RESIDENT_CHECKS[sum(map(mul, map(int, first17), _RESIDENT_WEIGHTS)) % 11]


def resident_id_fault(text: str, on: date) -> ResidentFault | None:
    """This function will say what is wrong with a resident identity number on a day; None when nothing is.

    Shape:  length, digits, a day of birth until `on`, and the check character. The place is not held against it:
            divisions come and go, and no table knows all of them (`is_place_known`)

    >>> resident_id_fault("440524188001010014", date(2020, 3, 20)) is None
    True
    >>> resident_id_fault("110105194912310021", date(2020, 3, 20)).kind
    'check'
    """
    number = clean_resident_id(text)
    if len(number) != 18:
        return ResidentFault("length", len(number))
    if not _RESIDENT.fullmatch(number):
        allowed = ("0123456789",) * 17 + ("0123456789X",)
        place = next(place for place in range(18) if number[place] not in allowed[place])
        return ResidentFault("alphabet", 18, place + 1)
    born = born_on(number)
    if born is None or born > on:
        return ResidentFault("birth", 18)
    return None if number[17] == resident_check(number[:17]) else ResidentFault("check", 18, 18)


def born_on(number: str) -> date | None:
    """The day of birth in a resident identity number; None when it is no day.

    >>> born_on("11010519491231002X"), born_on("110105190002290021")
    (datetime.date(1949, 12, 31), None)
    """
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_place_known(number: str) -> bool:
    """Whether a resident identity number begins like one of a province: if not, somebody may compare it once more."""
    return number[:2] in _PROVINCES


def make_resident_id(first17: str) -> str:
    """This function will complete 17 digits with the check character, for synthetic numbers."""
    return first17 + resident_check(first17)


# --- Codes of places ---------------------------------------------------------------------------

Level = Literal["province", "city", "county", "town", "village"]
_ENDS: Final[tuple[tuple[int, Level], ...]] = (
    (2, "province"), (4, "city"), (6, "county"), (9, "town"), (12, "village"),
)  # fmt: skip
_PLACE: Final = re.compile(r"[1-9]\d(?:\d{2}(?:\d{2}(?:\d{3}(?:\d{3})?)?)?)?", re.ASCII)


def place_level(code: str) -> Level | None:
    """The level of a statistical code of a place, short or filled up with noughts; None when it is no such code.

    >>> (
    ...     place_level("370203026002"),
    ...     place_level("370203026000"),
    ...     place_level("370203026"),
    ...     place_level("37020"),
    ... )
    ('village', 'town', 'town', None)
    """
    if not _PLACE.fullmatch(code):
        return None
    short = short_place(code)
    return next(level for end, level in _ENDS if len(short) <= end)


def short_place(code: str) -> str:
    """The code without the noughts that stand for "all of it".

    >>> short_place("370203026000"), short_place("370000")
    ('370203026', '37')
    """
    for end in (9, 6, 4, 2):
        if len(code) > end and not code[end:].strip("0"):
            return short_place(code[:end])
        if len(code) > end:
            break
    return code


def full_place(code: str) -> str:
    """The code with 12 digits.

    >>> full_place("370203026")
    '370203026000'
    """
    return code.ljust(12, "0")


def place_ancestors(code: str) -> tuple[str, ...]:
    """The short codes of the places above, from the province down.

    >>> place_ancestors("370203026002")
    ('37', '3702', '370203', '370203026')
    """
    short = short_place(code)
    return tuple(short[:end] for end, _ in _ENDS if end < len(short))
