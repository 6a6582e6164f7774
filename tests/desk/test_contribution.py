"""The contribution to district and city: computed where all is seen, held against given figures where it is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from dongche.desk import contribution
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

CARDS = reverse("desk:scorecards")
FILE = Path(__file__).parents[2] / "packs" / "epidemic-2020" / "superior.yaml"


@pytest.fixture
def street(town: Town) -> Town:
    """Three places, two of them open, with 7 of 10 staff at post and 100 yuan each."""
    for n in range(3):
        shop = place(town.grid_n1, "street_shop", size="small")
        numbers = {"staff_due": 10, "staff_at_post": 7, "output_fen": 100_00, "output_normal_fen": 100_00}
        report(shop, "open" if n else "closed", known_at=NOW, **numbers)
    return town


def test_until_the_superior_gives_figures_there_is_no_share(at_desk: Client, street: Town) -> None:
    page = at_desk.get(CARDS)
    shares = page.context["shares"]
    assert [(one.quantity, one.own, one.total, one.share) for one in shares[:4]] == [
        ("places", 3, None, None), ("resumed", 2, None, None), ("staff_at_post", 21, None, None),
        ("output_yuan", 300, None, None),
    ]  # fmt: skip
    assert "尚未提供" in page.content.decode()


def test_a_given_figure_makes_a_share_for_its_day_and_not_under_a_filter(
    at_desk: Client, street: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = contribution.Given("district", DAY, "resumed", 8, "日报")
    monkeypatch.setattr(contribution, "given", lambda: (given,))
    found = {(one.level, one.quantity): one for one in at_desk.get(CARDS).context["shares"]}
    (share,) = (one for one in found.values() if one.total)
    assert (share.quantity, share.own, share.total, share.share, share.source) == (
        "resumed", 2, 8, Decimal("25.00"), "日报"
    )  # fmt: skip
    assert not any(one.total for one in at_desk.get(CARDS, {"size": "small"}).context["shares"])
    assert not any(one.total for one in at_desk.get(CARDS, {"on": "2020-03-19"}).context["shares"])


@pytest.mark.parametrize(
    "text",
    [
        "figures: 3",
        "figures: [{level: district}]",
        "figures: [{level: moon, day: 2020-03-20, quantity: resumed, amount: 8, source: x}]",
        "figures: [{level: city, day: 2020-03-20, quantity: resumed, amount: 0, source: x}]",
        "figures: [{level: city, day: 2020-03-20, quantity: resumed, amount: 8, source: x}, "
        "{level: city, day: 2020-03-20, quantity: resumed, amount: 9, source: y}]",
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(contribution.SuperiorUnreadable):
        contribution.read("superior.yaml", text)


def test_the_pack_invents_nothing() -> None:
    assert contribution.read(FILE.name, FILE.read_text(encoding="utf-8")) == ()
    good = "figures: [{level: city, day: 2020-03-20, quantity: places, amount: 8, source: x}]"
    assert contribution.read("superior.yaml", good)[0].amount == 8
