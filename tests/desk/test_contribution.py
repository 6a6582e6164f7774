"""The contribution to district and city: computed where all is seen, held against given figures where it is not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.desk import contribution
from dongche.kit import clock
from dongche.org.models import AuditEntry
from dongche.reporting import superior
from dongche.reporting.models import SuperiorFigure
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

CARDS, ENTRY = reverse("desk:scorecards"), reverse("desk:superior")
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
    monkeypatch.setattr(contribution, "in_pack", lambda: (given,))
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


def send(client: Client, level: str, **given: object) -> Any:
    """What the form of a level sends: what it was drawn with, and what is filled in."""
    page = client.get(ENTRY, {"on": DAY.isoformat()})
    form = next(one for one in page.context["page"].forms if one.level == level)
    drawn = {name: form.initial.get(name) or field.initial or "" for name, field in form.fields.items()}
    data = {f"{level}-{name}": value for name, value in (drawn | given).items()}
    return client.post(f"{ENTRY}?on={DAY}", data | {"level": level})


def shares(client: Client, **asked: str) -> dict[tuple[str, str], contribution.Share]:
    return {(one.level, one.quantity): one for one in client.get(CARDS, asked).context["shares"] if one.total}


def test_headquarters_enters_corrects_and_takes_back_what_the_district_gave(
    at_desk: Client, street: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = contribution.Given("district", DAY, "places", 60, "年报")
    monkeypatch.setattr(contribution, "in_pack", lambda: (pack,))
    assert reverse("desk:superior") in at_desk.get(CARDS).content.decode()
    assert send(at_desk, "district", resumed=8, staff_at_post=210, source="区日报3月20日").status_code == 302
    found = shares(at_desk)
    assert {key: (one.total, one.share, one.source) for key, one in found.items()} == {
        ("district", "places"): (60, Decimal("5.00"), "年报"),
        ("district", "resumed"): (8, Decimal("25.00"), "区日报3月20日"),
        ("district", "staff_at_post"): (210, Decimal("10.00"), "区日报3月20日"),
    }
    # A correction is a new row; what is the same stays as it is; as known before, the earlier one stands.
    before = clock.now()
    assert send(at_desk, "district", resumed=10, source="区日报3月20日").status_code == 302
    assert SuperiorFigure.objects.count() == 3
    assert shares(at_desk)["district", "resumed"].share == Decimal("20.00")
    assert shares(at_desk, known_at=before.isoformat())["district", "resumed"].total == 8
    entries = AuditEntry.objects.filter(action="reporting.give_superior").order_by("pk")
    assert [(one.before.get("resumed"), one.after["resumed"]) for one in entries] == [(None, 8), (8, 10)]
    # Taken back, it is given no more; nothing was deleted.
    held = SuperiorFigure.objects.get(quantity="resumed", superseded_at__isnull=True)
    undo = reverse("desk:superior-undo", args=[held.pk])
    assert at_desk.post(undo).status_code == 302
    assert at_desk.post(undo).status_code == 302  # a second time is told, and changes nothing
    assert ("district", "resumed") not in shares(at_desk)
    assert SuperiorFigure.objects.count() == 3
    # More than the whole cannot be: it is shown, and said.
    assert send(at_desk, "city", resumed=1, source="市日报").status_code == 302
    assert shares(at_desk)["city", "resumed"].is_odd


def test_what_cannot_be_entered_is_refused_with_a_sentence(at_desk: Client, street: Town) -> None:
    assert send(at_desk, "city", source="市日报").status_code == 422
    assert send(at_desk, "city", resumed=0, source="市日报").status_code == 422
    assert send(at_desk, "city", resumed=8, source="  ").status_code == 422
    given: dict[str, Any] = {
        "subdistrict": street.subdistrict,
        "level": "city",
        "source": "市日报",
        "by": street.duty,
    }
    given |= {"on": DAY, "amounts": {"resumed": 8}, "seen": {}, "at": NOW}
    with pytest.raises(superior.DayOutside):
        superior.give(**given | {"on": DAY + timedelta(days=1)})
    with pytest.raises(superior.AmountRefused):
        superior.give(**given | {"amounts": {"resumed": 0}})
    with pytest.raises(superior.SourceMissing):
        superior.give(**given | {"source": " "})
    superior.give(**given)
    with pytest.raises(superior.NothingGiven):
        superior.give(**given)
    with pytest.raises(superior.GivenMeanwhile):  # entered by somebody else since the form was drawn
        superior.give(**given | {"amounts": {"resumed": 9}})
    assert SuperiorFigure.objects.get().amount == 8


def test_only_headquarters_enters_and_only_for_its_own(client: Client, at_desk: Client, street: Town) -> None:
    send(at_desk, "city", resumed=8, source="市日报")
    undo = reverse("desk:superior-undo", args=[SuperiorFigure.objects.get().pk])
    assert at_desk.get(ENTRY, {"subdistrict": "nowhere"}).status_code == 404
    for name in ("n1", "leader1", "north"):
        client.force_login(street.officers[name])
        assert (client.get(ENTRY).status_code, client.post(undo).status_code) == (403, 403)
        assert ("city", "resumed") in shares(client)  # everybody sees what was given
    assert SuperiorFigure.objects.filter(superseded_at__isnull=True).exists()
