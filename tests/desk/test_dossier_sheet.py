"""The dossier of a place on paper: what its page shows, for whoever may see it, with no personal value in full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pypdfium2 as pdfium
import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.registry.models import Step
from dongche.reporting.models import State
from tests.factories.registry import exclude, place
from tests.registry.test_standing import tell
from tests.town import DAY, NOW, Town


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def text_of(document: bytes) -> str:
    """The words of a PDF, without the breaks that its lines make."""
    pages = pdfium.PdfDocument(document)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    pages.close()
    return "".join(text.split())


def sheet(client: Client, officer: Any, number: str, **query: str) -> Any:
    client.force_login(officer)
    return client.get(reverse("desk:place-sheet", args=[number]), query, headers={"accept-language": "en"})


def test_the_sheet_shows_the_place_whole_and_masks_people(client: Client, town: Town) -> None:
    shop = place(town.grid_n1, name='海泊路#小馆 $x$ "a"', contact_name="王小明", contact_phone="13800138000")
    tell(shop, DAY, State.CLOSED, difficulties=("staff", "funds"))
    exclude(shop, reason="closed for the winter", until_on=DAY)
    response = sheet(client, town.n1, shop.number)
    assert response.headers["Content-Type"] == "application/pdf"
    text = text_of(response.content)
    for expected in (
        '海泊路#小馆$x$"a"', shop.number, "closedforthewinter", str(Step.NOT_RESUMED.label).replace(" ", ""),
        "Staffreturn,Rentandloans", town.n1.name.replace(" ", ""), "138******00",
    ):  # fmt: skip
        assert expected in text
    assert "王小明" not in text
    assert "13800138000" not in text


def test_a_past_day_is_printed_as_it_stood(client: Client, town: Town) -> None:
    shop = place(town.grid_n1)
    tell(shop, DAY)
    before = text_of(sheet(client, town.duty, shop.number, on="2020-03-01").content)
    assert "Nothingknown" in before
    assert "Resumed" not in before.partition("Whathappened")[0]


def test_a_place_of_somebody_else_has_no_sheet(client: Client, town: Town) -> None:
    assert sheet(client, town.s1, place(town.grid_n1).number).status_code == 404
