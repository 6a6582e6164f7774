"""Codes: vectors of the standards, and properties no example list covers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dongche.kit import identifiers
from dongche.kit.identifiers import (
    CREDIT_ALPHABET,
    credit_code_fault,
    make_credit_code,
    resident_id_fault,
)

BODIES = st.text(CREDIT_ALPHABET, min_size=8, max_size=8)
PLACES = st.from_regex(r"[1-9][0-9]{5}", fullmatch=True)
FIRST16 = st.builds(lambda place, body: f"91{place}{body}", PLACES, BODIES)

GENUINE = [
    "91350100M000100Y43",
    "91110000600037341L",
    "91110108551385082Q",
    "91370203MA3C000113",
    "91370203MA3C0002XT",
]


def slow_check(first17: str) -> str:
    """The check character by search instead of by formula: the one that makes the weighted sum divisible."""
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    total = sum(CREDIT_ALPHABET.index(c) * w for c, w in zip(first17, weights, strict=True))
    return next(c for c in CREDIT_ALPHABET if (total + CREDIT_ALPHABET.index(c)) % 31 == 0)


@pytest.mark.parametrize("code", GENUINE)
def test_credit_code_genuine_ones_pass(code):
    assert credit_code_fault(code) is None


def test_credit_code_of_the_standards_counter_example_says_what_belongs_there():
    fault = credit_code_fault("91350100M000100Y4Z")
    assert (fault.kind, fault.position, fault.found, fault.expected) == ("check", 18, "Z", "3")
    assert "should be “3”, not “Z”" in str(fault)


def test_credit_code_with_a_sum_divisible_by_31_ends_in_0():
    """The case in which a look-up by 31 - remainder runs off the end of the alphabet."""
    codes = [make_credit_code(f"91370203MA3C{n:04d}") for n in range(200)]
    ending_in_0 = [code for code in codes if code.endswith("0")]
    assert ending_in_0
    assert [credit_code_fault(code) for code in ending_in_0] == [None] * len(ending_in_0)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("", "length"),
        ("91370203MA3C00011", "length"),
        ("91370203MA3C0001133", "length"),
        ("91370203MA3I000113", "alphabet"),
        ("9137020XMA3C000113", "division"),
        ("91370203MA3C000115", "check"),
        ("9137020３MA3C0001一3", "alphabet"),
    ],
)
def test_credit_code_faults_are_told_apart(code, kind):
    assert credit_code_fault(code).kind == kind


def test_credit_code_organisation_part_is_checked_on_its_own():
    first17 = "91370203MA3C00012"  # organisation check would be 1
    fault = credit_code_fault(first17 + identifiers.credit_check(first17))
    assert (fault.kind, fault.position, fault.expected) == ("organisation_check", 17, "1")


def test_credit_code_width_case_and_spaces_do_not_matter():
    assert identifiers.clean_credit_code("　９１３５０１００ m000100-y43\u200b") == "91350100M000100Y43"
    assert credit_code_fault("　９１３５０１００ m000100-y43\u200b") is None


@given(FIRST16)
def test_credit_code_made_ones_are_valid_by_both_implementations(first16):
    code = make_credit_code(first16)
    assert credit_code_fault(code) is None
    assert code[17] == slow_check(code[:17])


@given(FIRST16, st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
def test_credit_code_any_one_wrong_character_is_found(first16, place, other):
    code = make_credit_code(first16)
    assume(code[place] != other)
    assert credit_code_fault(code[:place] + other + code[place + 1 :]) is not None


@given(FIRST16, st.integers(0, 16))
def test_credit_code_two_neighbours_exchanged_are_found(first16, place):
    code = make_credit_code(first16)
    assume(code[place] != code[place + 1])
    assert credit_code_fault(code[:place] + code[place + 1] + code[place] + code[place + 2 :]) is not None


@given(st.text(max_size=30))
def test_credit_code_any_text_gets_an_answer(text):
    fault = credit_code_fault(text)
    assert fault is None or str(fault)


def test_self_employed_is_the_second_place():
    assert identifiers.is_self_employed(make_credit_code("92370203MA3C0001")) is True
    assert identifiers.is_self_employed(make_credit_code("91370203MA3C0001")) is False


def test_new_code_is_long_and_has_no_look_alikes():
    codes = {identifiers.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {26}
    assert not set("ILOU") & set("".join(codes))
    assert len(identifiers.ALPHABET) == 32


@given(st.text(identifiers.ALPHABET, min_size=26, max_size=26))
def test_read_code_takes_what_people_type(code):
    typed = code.lower().replace("0", "o").replace("1", "l")
    assert identifiers.read_code(f" {typed[:13]}-{typed[13:]} ") == code


@pytest.mark.parametrize(
    ("code", "level", "short"),
    [
        ("370203026002", "village", "370203026002"),
        ("370203026000", "town", "370203026"),
        ("370203026", "town", "370203026"),
        ("370203000000", "county", "370203"),
        ("370200", "city", "3702"),
        ("37", "province", "37"),
    ],
)
def test_place_codes_have_levels(code, level, short):
    assert identifiers.place_level(code) == level
    assert identifiers.short_place(code) == short


@pytest.mark.parametrize("code", ["", "3", "370", "37020302600", "0370203026", "37020302600a", "３７"])
def test_place_codes_others_are_none(code):
    assert identifiers.place_level(code) is None


def test_place_ancestors_go_from_the_province_down():
    assert identifiers.place_ancestors("370203026002") == ("37", "3702", "370203", "370203026")
    assert identifiers.place_ancestors("37") == ()
    assert identifiers.full_place("370203026") == "370203026000"


# --- Resident identity number -------------------------------------------------------------------

TODAY = date(2020, 3, 20)
SEVENTEEN = st.builds(
    lambda place, born, turn: f"{place}{born:%Y%m%d}{turn:03d}",
    PLACES,
    st.dates(date(1880, 1, 1), TODAY),
    st.integers(0, 999),
)


def plain_check(first17: str) -> str:
    """ISO 7064 MOD 11-2 as the recursion it is defined by: no weights, one digit after the other."""
    p = 0
    for digit in first17:
        p = (p + int(digit)) * 2 % 11
    return "0123456789X"[(12 - p) % 11]


def plainly_genuine(text: str, on: date) -> bool:
    """The whole test once more, without the code of the house."""
    text = text.strip().upper()
    if (
        len(text) != 18
        or not text.isascii()
        or not (text[:17].isdigit() and (text[17].isdigit() or text[17] == "X"))
    ):
        return False
    year, month, day = int(text[6:10]), int(text[10:12]), int(text[12:14])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]):
        return False
    return (year, month, day) <= (on.year, on.month, on.day) and plain_check(text[:17]) == text[17]


@pytest.mark.parametrize("number", ["11010519491231002X", "11010519491231002x", "440524188001010014"])
def test_resident_id_vectors_pass(number):
    assert resident_id_fault(number, TODAY) is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("", "length"),
        ("110105491231002", "length"),  # of the first generation, without century and check
        ("1101051949123100X2", "alphabet"),
        ("110105194912310021", "check"),
        ("110105190002290021", "birth"),
        ("110105205001010021", "birth"),
    ],
)
def test_resident_id_faults_say_what_is_wrong_and_never_repeat_the_number(number, kind):
    fault = resident_id_fault(number, TODAY)
    assert fault.kind == kind
    assert number == "" or number not in fault.message % fault.details


@given(SEVENTEEN)
def test_resident_id_made_by_one_way_passes_by_the_other(first17):
    number = identifiers.make_resident_id(first17)
    assert number[17] == plain_check(first17)
    assert resident_id_fault(number, TODAY) is None
    assert plainly_genuine(number, TODAY)


@given(SEVENTEEN, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_resident_id_with_one_character_changed_is_judged_alike(first17, place, character):
    number = identifiers.make_resident_id(first17)
    changed = number[:place] + character + number[place + 1 :]
    assert (resident_id_fault(changed, TODAY) is None) == plainly_genuine(changed, TODAY)
    if changed != number:
        assert resident_id_fault(changed, TODAY) is not None  # one wrong character is always found


@given(st.text("0123456789X ", max_size=20) | st.from_regex(r"[0-9]{6}(19|20)[0-9]{9}[0-9X]", fullmatch=True))
def test_resident_id_of_any_text_is_judged_alike(text):
    assume(" " not in text.strip())
    assert (resident_id_fault(text, TODAY) is None) == plainly_genuine(text, TODAY)
