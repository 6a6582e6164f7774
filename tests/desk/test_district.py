"""What a district officer sees of several sub-districts: figures that add up, each row with its sub-district, no more."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.org.models import Officer
from dongche.reporting import brief, figures
from tests import district as founding
from tests.district import District
from tests.factories.registry import place
from tests.kept import Kept
from tests.town import DAY
from tests.town import build as build_town

ENGLISH = {"accept-language": "en"}
HILL, LAKE = "370203800000", "370203900000"
CHOSEN = (
    "desk:overview",
    "desk:coverage",
    "desk:brief",
    "desk:places",
    "desk:coverage-export",
    "desk:brief-markdown",
    "desk:places-export",
    "desk:comparison-export",
)


def _found() -> District:
    made = founding.build(build_town())
    founding.fill(made)
    return made


_build = Kept(_found)


@pytest.fixture
def district(db: None) -> District:
    return _build()


@pytest.fixture
def above(client: Client, district: District) -> Client:
    client.force_login(district.above)
    return client


def length(client: Client, url: str) -> int:
    page = client.get(url)
    assert page.status_code == 200, url
    total = int(page.context["pager"].total)
    assert page.context["form"].places().count() == total
    return total


def text_of(response: Any) -> str:
    content = response.getvalue() if response.streaming else response.content
    if content[:2] == b"PK":
        book = openpyxl.load_workbook(io.BytesIO(content))
        return " ".join(
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
        )
    return content.decode("utf-8", "ignore")


def test_the_district_is_the_sum_of_its_parts_and_its_rates_are_ratios_of_sums(above: Client) -> None:
    overview = above.get(reverse("desk:overview")).context["overview"]
    assert [(row.name, row.places, row.missing, row.resumed) for row in overview.compared] == [
        ("Hillside", 4, 3, Decimal("25.00")),
        ("Lakeside", 6, 2, Decimal("50.00")),
    ]
    together = overview.together
    assert (together.places, together.missing) == (10, 5) == (overview.places, overview.waiting_count)
    assert (
        together.resumed == Decimal("40.00") == overview.tiles[0].value
    )  # 4 of 10, not the mean of 25 and 50
    assert [row.share for row in overview.compared] == [Decimal("25.00"), Decimal("75.00")]
    assert together.capacity == Decimal("72.00")  # 360 of 500 yuan
    for row in (*overview.compared, together):
        assert length(above, row.urls["places"]) == row.places
        assert length(above, row.urls["missing"]) == row.missing
    assert length(above, together.urls["resumed"]) == sum(
        length(above, row.urls["resumed"]) for row in overview.compared
    )


def test_categories_are_compared_across_sub_districts_and_each_cell_opens_its_places(
    above: Client, district: District
) -> None:
    overview = above.get(reverse("desk:overview")).context["overview"]
    assert [column.label for column in overview.matrix.columns] == ["Hillside", "Lakeside"]
    found = {
        tuple(sorted(one.scope.items())): one
        for one in figures.measure(
            district.above, days=(DAY,), by=(("subdistrict", "category"),), metrics=("resumption_rate",)
        )
    }
    cells = [cell for row in overview.matrix.rows for cell in row.cells if cell.url]
    assert len(cells) == len(found)
    for cell in cells:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(cell.url).query).items()}
        assert asked.pop("state") == "expected"
        assert length(above, cell.url) == found[tuple(sorted(asked.items()))].denominator
    assert {area["name"] for area in overview.map.rows()} == {"North", "South"}
    for area in overview.map.rows():
        assert length(above, area["url"]) > 0


def test_one_sub_district_is_chosen_and_every_link_stays_in_it(above: Client, district: District) -> None:
    of_hill = above.get(f"{reverse('desk:overview')}?subdistrict={HILL}").context["overview"]
    client = Client()
    client.force_login(district.hill)
    own = client.get(reverse("desk:overview")).context["overview"]
    assert (of_hill.title, of_hill.places, of_hill.compared) == (own.title, own.places, own.compared)
    assert [tile.value for tile in of_hill.tiles] == [tile.value for tile in own.tiles]
    assert [row.label for row in of_hill.matrix.rows] == [row.label for row in own.matrix.rows]
    urls = (
        [tile.url for tile in of_hill.tiles]
        + [row.url for row in of_hill.matrix.rows]
        + [of_hill.waiting_url]
    )
    for url in urls:
        assert f"subdistrict={HILL}" in url
        assert length(above, url) == length(client, url.replace(f"subdistrict={HILL}", ""))


@pytest.mark.parametrize("name", CHOSEN)
def test_a_page_narrowed_to_one_sub_district_says_nothing_of_the_other(above: Client, name: str) -> None:
    for chosen, other in ((HILL, "临湖"), (LAKE, "山麓")):
        answer = above.get(f"{reverse(name)}?subdistrict={chosen}")
        assert answer.status_code == 200
        assert other not in text_of(answer)
    unknown = above.get(f"{reverse(name)}?subdistrict=000000000000")
    text_of(unknown)
    assert unknown.status_code == (404 if "places" not in name else 200)


def test_each_sub_district_sees_itself_alone(client: Client, district: District) -> None:
    for officer, mine, other in (
        (district.town.duty, "临湖", "山麓"),
        (district.hill, "山麓", "临湖"),
        (district.hill_market, "山麓", "临湖"),
        (district.hill_north, "山麓", "临湖"),
    ):
        client.force_login(officer)
        said = ""
        for name in (*CHOSEN, "desk:my-day", "desk:organisation"):
            answer = client.get(reverse(name))
            said += text_of(answer) if answer.status_code == 200 else ""
            assert other not in said, (officer, name)
        assert mine in said
        own = client.get(reverse("desk:places")).context["form"]
        assert own.fields["subdistrict"].widget.is_hidden
        code = HILL if mine == "临湖" else LAKE
        assert client.get(f"{reverse('desk:overview')}?subdistrict={code}").status_code == 404


def test_a_city_sees_what_its_district_sees(client: Client, district: District) -> None:
    counts = []
    for officer in (district.bay, district.above):
        client.force_login(officer)
        overview = client.get(reverse("desk:overview")).context["overview"]
        counts.append([(row.name, row.places, row.resumed) for row in overview.compared])
    assert counts[0] == counts[1]


def test_coverage_is_proved_by_sub_district_and_gaps_open_their_places(above: Client) -> None:
    page = above.get(reverse("desk:coverage"), headers=ENGLISH)
    proof = page.context["proof"]
    assert [(row.name, row.places, row.with_gaps) for row in proof.compared] == [
        ("Hillside", 4, 2),
        ("Lakeside", 6, 0),
    ]
    assert sum(row.places for row in proof.compared) == proof.found.places
    assert sum(row.covered for row in proof.compared) == proof.found.covered
    for row in proof.compared:
        assert length(above, row.places_url) == row.places
        assert length(above, row.gaps_url) == row.with_gaps
    (gap,) = proof.gaps
    assert (gap.unit, length(above, gap.url)) == ("Hillside Hill grid 2", gap.count)
    narrowed = above.get(f"{reverse('desk:coverage')}?subdistrict={LAKE}").context["proof"]
    assert (narrowed.found.places, narrowed.found.is_complete, narrowed.compared) == (6, True, [])


def test_the_list_says_which_sub_district_a_place_is_of(above: Client) -> None:
    page = above.get(reverse("desk:places"), headers=ENGLISH)
    assert {row.subdistrict for row in page.context["rows"]} == {"Hillside", "Lakeside"}
    assert not page.context["form"].fields["subdistrict"].widget.is_hidden
    text = page.content.decode()
    assert '<optgroup label="Hillside">' in text
    chosen = above.get(f"{reverse('desk:places')}?subdistrict={HILL}&community=370203800001", headers=ENGLISH)
    assert [(chip.label, chip.value) for chip in chosen.context["chips"]] == [
        ("Sub-district", "Hillside"),
        ("Community", "Hillside North"),
    ]
    sheet = text_of(above.get(f"{reverse('desk:places-export')}?subdistrict={HILL}"))
    assert sheet.count("Hillside") == 4


def test_personal_data_stays_masked_for_the_level_above(above: Client, district: District) -> None:
    for name in (*CHOSEN, "desk:my-day", "desk:organisation", "desk:coverage-export"):
        text = text_of(above.get(reverse(name)))
        assert re.search(r"13[89]0{7}1|1(88|99)0000\d{4}|[湖山]甲", text) is None, name
    for number in above.get(reverse("desk:places")).context["rows"]:
        text = text_of(above.get(reverse("desk:place", args=[number.place.number])))
        assert re.search(r"13[89]0{7}1|1(88|99)0000\d{4}|[湖山]甲", text) is None
        assert "/reveal/" not in text


def test_the_spreadsheet_for_the_level_above_gives_the_parts(above: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(above.get(reverse("desk:comparison-export")).getvalue()))
    head, *rows = [list(row) for row in book.active.iter_rows(values_only=True)]
    assert len(head) == 3 + 4 * 4 + 1
    assert [(row[1], row[3], row[4], row[5], row[-1]) for row in rows[:2]] == [
        ("Hillside", 25, 1, 4, 25),
        ("Lakeside", 50, 3, 6, 75),
    ]
    assert [rows[2][n] for n in (4, 5)] == [4, 10]


def test_the_brief_of_a_district_compares_its_sub_districts(district: District, above: Client) -> None:
    made = brief.build(district.above, DAY)
    assert made.scope == "Harbour District"
    names = {
        piece.text
        for section in made.sections
        for table in section.tables
        for row in table.rows
        for piece in row[:1]
    }
    assert {"Hillside", "Lakeside"} <= names
    assert not names & {"Market", "North"}
    for query in {ref.query for ref in made.figures()}:
        length(above, f"{reverse('desk:places')}?{query}")
    said = brief.to_markdown(made)
    assert "HillsideNorth" in said  # as Chinese writes it
    of_hill = brief.to_markdown(brief.build(district.above, DAY, subdistrict=district.hillside))
    assert "Lakeside" not in of_hill


def test_my_day_and_the_organisation_lead_to_each_sub_district(above: Client) -> None:
    day = above.get(reverse("desk:my-day")).context["day"]
    assert (day.by, day.places, day.missing) == ("subdistrict", 10, 5)
    for share in day.shares:
        assert length(above, share.url) == share.places
        assert length(above, share.missing_url) == share.missing
    for code, name in ((HILL, "Hillside"), (LAKE, "Lakeside")):
        drawn = above.get(f"{reverse('desk:organisation')}?unit={code}").context["drawn"]
        assert drawn.subdistrict.name == name
        for line, cells, total in drawn.matrix:
            assert sum(cell.count for cell in cells) == total
            for cell in cells:
                if cell.count:
                    assert length(above, cell.url) == cell.count
            if total:
                assert length(above, line.url) == total


@pytest.mark.parametrize(
    "name", ["desk:overview", "desk:coverage", "desk:places", "desk:brief", "desk:my-day"]
)
def test_a_page_asks_as_often_however_many_places_there_are(
    above: Client, district: District, name: str
) -> None:
    def asked() -> int:
        figures.forget()
        above.get(reverse(name))
        with CaptureQueriesContext(connection) as captured:
            above.get(reverse(name))
        return len(captured)

    few = asked()
    for n in range(12):
        place(district.units["Hill grid 2"], ("street_shop", "construction_site")[n % 2], name=f"山麓新店{n}")
    assert asked() == few


def test_the_whole_installation_is_the_sum_too(client: Client, district: District) -> None:
    root = Officer.objects.create_superuser("root", "a-long-password-2020", name="root")
    client.force_login(root)
    overview = client.get(reverse("desk:overview"), headers=ENGLISH).context["overview"]
    assert (overview.title, overview.places, len(overview.compared)) == ("All sub-districts", 10, 2)
