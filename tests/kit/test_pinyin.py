"""Initials of names: read in context, either reading where nothing decides."""

from __future__ import annotations

from dongche.kit import pinyin


def test_characters_are_read_in_their_phrase():
    assert "".join(pinyin.letters("重庆长途银行厦门")) == "cqctyhxm"


def test_what_no_phrase_decides_is_found_either_way():
    assert {"ypmy", "lpmy"} <= pinyin.keys("乐朋贸易")


def test_a_name_is_found_without_the_place_it_begins_with():
    assert {key[:4] for key in pinyin.keys("青岛市海达机械")} == {"qdsh", "shdj", "hdjx", "djx"}


def test_a_name_of_latin_letters_has_no_initials():
    assert pinyin.keys("ABC-12") == set()


def test_marks_stand_where_the_characters_stand():
    assert pinyin.span("青岛（海达）机械", "qdhd") == (0, 5)
    assert pinyin.span("青岛海达", "hdz") is None
    assert pinyin.span("青岛海达", "（）") is None
