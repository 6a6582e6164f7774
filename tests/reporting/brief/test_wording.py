"""Numbers in words: nothing is rounded away in silence."""

from __future__ import annotations

import pytest
from django.utils import translation

from dongche.reporting.brief import wording


@pytest.mark.parametrize(
    ("fen", "english", "chinese"),
    [
        (12_345_00, "12,345 yuan", "12345元"),
        (12_345_67, "12,345.67 yuan", "12345.67元"),
        (999_999_99, "999,999.99 yuan", "999999.99元"),
        (1_000_000_00, "1.00 million yuan", "100万元"),
        (1_000_000_01, "more than 1.00 million yuan", "100余万元"),
        (45_619_999_00, "more than 45.61 million yuan", "4561余万元"),
    ],
)
def test_large_amounts_say_when_they_are_cut(fen: int, english: str, chinese: str):
    with translation.override("en"):
        assert wording.money(fen) == english
    with translation.override("zh-hans"):
        assert wording.money(fen) == chinese


def test_counts_are_grouped_in_english_only():
    with translation.override("en"):
        assert (wording.count(12345), wording.numeral(12)) == ("12,345", "12")
    with translation.override("zh-hans"):
        assert (wording.count(12345), wording.numeral(12)) == ("12345", "十二")
