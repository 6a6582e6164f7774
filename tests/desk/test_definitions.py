"""The pages of definitions: what a figure means, the same among different places, another definition tried."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from dongche.desk import meanings
from dongche.kit import clock
from dongche.reporting import figures
from tests.factories.registry import place
from tests.registry.test_standing import tell
from tests.town import DAY, NOW, Town

METRICS = [*figures.definitions().metrics]


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(town: Town) -> list[Any]:
    shops = [
        place(town.grid_n1),
        place(town.grid_n1, "supermarket"),
        place(town.grid_s1),
        place(town.grid_s1),
    ]
    tell(shops[0], DAY, output_fen=300, output_normal_fen=100)
    tell(shops[1], DAY, output_fen=50, output_normal_fen=100)
    tell(shops[2], DAY, state="closed")
    return shops


@pytest.fixture
def desk(client: Client, town: Town) -> Client:
    client.force_login(town.duty)
    return client


def changed(metric: str, **parts: str) -> str:
    """The file of a metric with other expressions."""
    lines = []
    for line in meanings.text_of(metric).splitlines():
        key = line.partition(":")[0].removeprefix("    ")
        lines.append(f"    {key}: {parts[key]}" if key in parts else line)
    return "\n".join(lines)


def test_every_metric_is_explained_with_its_figure(desk: Client, street: list[Any]):
    found = {one.definition.metric: one for one in desk.get(reverse("desk:definitions")).context["meanings"]}
    assert list(found) == METRICS
    resumed, output = found["resumption_rate"], found["capacity_recovery_rate"]
    assert (resumed.figure.value, resumed.numerator, resumed.denominator) == (Decimal("50.00"), 2, 4)
    # Money is shown in yuan.
    assert (output.figure.value, output.numerator, output.denominator) == (
        Decimal("175.00"),
        Decimal("3.5"),
        Decimal(2),
    )


def test_the_sheet_says_the_same(desk: Client, street: list[Any]):
    file = b"".join(desk.get(reverse("desk:definitions-export")).streaming_content)  # type: ignore[arg-type]
    header, first, *rest = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_index(0).to_python()
    assert (first[1], first[3:6]) == ("resumption_rate@1", [50.0, 2.0, 4.0])
    assert len(rest) == len(METRICS) - 1
    assert len(header) == len(first)


@pytest.mark.parametrize("metric", METRICS)
def test_parts_add_up_to_the_whole_and_open_their_lists(desk: Client, street: list[Any], metric: str):
    page = desk.get(reverse("desk:definition", args=[metric])).context["page"]
    assert page.among, "there are two categories"
    for _heading, parts in page.among:
        assert sum(part.figure.numerator or 0 for part in parts) == (page.meaning.figure.numerator or 0)
        for part in parts:
            assert desk.get(part.url).status_code == 200


def test_a_count_of_places_opens_as_many_places(desk: Client, street: list[Any]):
    page = desk.get(reverse("desk:definition", args=["resumption_rate"])).context["page"]
    for _heading, parts in page.among:
        for part in parts:
            assert desk.get(part.url).context["form"].total() == part.figure.numerator


def test_who_answers_for_a_grid_is_told_of_its_places(client: Client, town: Town, street: list[Any]):
    client.force_login(town.s1)
    page = client.get(reverse("desk:definition", args=["resumption_rate"])).context["page"]
    assert (page.meaning.figure.numerator, page.meaning.figure.denominator) == (0, 2)


def test_an_unknown_metric_is_refused_with_those_there_are(desk: Client, town: Town):
    for name in ("definition", "definition-try"):
        answer = desk.get(reverse(f"desk:{name}", args=["happiness"]))
        assert answer.status_code == 404
        assert "resumption_rate" in answer.content.decode()


def test_the_same_text_makes_no_difference(desk: Client, street: list[Any]):
    address = reverse("desk:definition-try", args=["resumption_rate"])
    form = desk.get(address).context["form"]
    # As a browser sends it.
    sent = form["content"].value().replace("\n", "\r\n")
    trial = desk.post(address, {"content": sent}).context["trial"]
    assert not trial.differs
    assert trial.days[-1].change == 0
    assert len(trial.days) == meanings.TRIED_DAYS


def test_another_definition_stands_beside_the_one_in_use(desk: Client, street: list[Any], town: Town):
    text = changed("resumption_rate", numerator="count(*) FILTER (WHERE reported)")
    trial = desk.post(reverse("desk:definition-try", args=["resumption_rate"]), {"content": text}).context[
        "trial"
    ]
    last = trial.days[-1]
    assert trial.differs
    assert (last.used.value, last.tried.value, last.change) == (
        Decimal("50.00"),
        Decimal("75.00"),
        Decimal("25.00"),
    )
    assert sum(pair.tried.numerator for pair in trial.parts) == 3
    # Nothing was kept: the figure is what it was.
    assert figures.measure(town.duty, days=(DAY,), metrics=("resumption_rate",))[0].value == Decimal("50.00")


def test_a_version_that_begins_later_is_tried_on_the_days_there_are(desk: Client, street: list[Any]):
    text = (
        changed("resumption_rate", until_on="2021-01-01")
        + "\n"
        + "\n".join(
            changed("resumption_rate", from_on="2021-01-01", numerator="count(*)").splitlines()[3:]
        ).replace("version: 1", "version: 2")
    )
    trial = desk.post(reverse("desk:definition-try", args=["resumption_rate"]), {"content": text}).context[
        "trial"
    ]
    assert trial.tried.definition.version == 2
    assert trial.days[-1].tried.value == Decimal("100.00")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"numerator": "count(*) FILTER (WHERE name = 'x')"}, "name"),
        ({"numerator": "(SELECT count(*) FROM read_csv('/etc/passwd'))"}, "sum(column)"),
        ({"unit": "miles"}, "percent"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(
    desk: Client, street: list[Any], parts: dict[str, str], said: str
):
    answer = desk.post(
        reverse("desk:definition-try", args=["resumption_rate"]),
        {"content": changed("resumption_rate", **parts)},
    )
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors)
    assert answer.context["trial"] is None


def test_before_the_first_version_there_is_no_figure(town: Town, street: list[Any], monkeypatch: Any):
    known = figures.definitions()
    latest = meanings._latest(known.versions("resumption_rate"), date(2019, 1, 1))
    assert latest.version == 1
    assert not latest.covers(date(2019, 1, 1))


def test_pages_cost_the_same_for_one_place_as_for_many(
    desk: Client, town: Town, street: list[Any], django_assert_max_num_queries: Any
):
    address = reverse("desk:definition", args=["resumption_rate"])
    desk.get(address)
    figures.forget()
    with django_assert_max_num_queries(30) as few:
        desk.get(address)
    for _ in range(5):
        tell(place(town.grid_n1), DAY)
    figures.forget()
    with django_assert_max_num_queries(len(few)):
        desk.get(address)
