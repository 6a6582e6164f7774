"""The brief as text: the whole of it, in both languages, and the sentences that depend on what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

from dongche.analytics.figures import Figure
from dongche.org import actions as org
from dongche.org.audit import System
from dongche.org.models import Officer
from dongche.reporting import brief, figures
from dongche.reporting.brief import context
from dongche.reporting.brief.headline import headline
from dongche.reporting.brief.sections import overall
from dongche.reporting.brief.sentences import plain
from dongche.reporting.models import Report
from tests.factories.registry import place, revise
from tests.factories.reporting import report
from tests.reporting.brief.conftest import YESTERDAY, at
from tests.town import BY, DAY, Town

GOLDEN = Path(__file__).parent


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_whole_brief(day: Town, language: str):
    with translation.override(language):
        text = brief.to_markdown(brief.build(day.duty, DAY))
    assert text == (GOLDEN / f"town.{language}.md").read_text(encoding="utf-8")


def test_the_system_writes_the_same_figures_as_headquarters(day: Town, english: None):
    ours, systems = brief.build(day.duty, DAY), brief.build(System(), DAY)
    assert [ref.text for ref in systems.figures()] == [ref.text for ref in ours.figures()]
    assert (systems.unit, systems.compiled_by) == ("Lakeside Headquarters", "Dongche, automatically")


def test_traditional_chinese_is_made_from_the_simplified(day: Town):
    with translation.override("zh-hant"):
        text = brief.to_markdown(brief.build(day.duty, DAY))
    assert "# 每日簡報" in text
    assert "## 一、總體情況" in text


def test_a_day_without_reports_says_so_and_invents_nothing(town: Town, english: None):
    place(town.grid_n1)
    made = brief.build(town.duty, DAY)
    text = brief.to_markdown(made)
    assert plain(made.headline) == (
        "No resumption rate for the whole sub-district: no report has come in for the day"
    )
    assert (
        "the resumption rate of the whole sub-district is — (no data: no report has come in for the day)."
        in text
    )
    assert "a rate of 0.00% (0/1)" in text
    assert "No report has come in for the day, so nothing new can be counted." in text
    assert "Masks: no place has reported" in text
    assert "so no difficulty is known" in text
    assert "—: no report has come in for the day." in text


def test_a_register_without_places_gives_a_brief_too(town: Town, english: None):
    text = brief.to_markdown(brief.build(town.duty, DAY))
    assert "— (no data: no place should resume here)" in text
    assert "## 3. By line" not in text
    assert "Reports: every place" not in text


@pytest.mark.parametrize(
    ("before", "now", "said", "change"),
    [
        (1, 2, "rises to 50.00%", "markedly up on yesterday (25.00%: 1/4), by 25.00 percentage points"),
        (2, 1, "falls to 25.00%", "markedly down on yesterday (50.00%: 2/4), by 25.00 percentage points"),
        (2, 2, "holds at 50.00%", "unchanged from yesterday (50.00%: 2/4)"),
        (0, 2, "is 50.00%", "no figure for yesterday to compare with: no report has come in for the day"),
    ],
)
def test_the_headline_and_the_comparison_follow_the_figures(
    town: Town, english: None, before: int, now: int, said: str, change: str
):
    shops = [place(town.grid_n1) for _ in range(4)]
    for shop in shops[:before]:
        report(shop, on=YESTERDAY, known_at=at(YESTERDAY, 9))
    for shop in shops[:now]:
        report(shop, known_at=at(DAY, 9))
    made = brief.build(town.duty, DAY)
    assert plain(made.headline) == f"Resumption rate of the whole sub-district {said}"
    assert change in plain(made.sections[0].paragraphs[0])


@pytest.mark.parametrize(
    ("level", "marked", "said"),
    [
        ("0.05", "5", "markedly up on yesterday (40.00%: 4/10), by 10.00 percentage points"),
        ("0.05", "10", "markedly up on yesterday (40.00%: 4/10), by 10.00 percentage points"),
        ("0.05", "10.01", "10.00 percentage points up on yesterday (40.00%: 4/10)"),
        ("10", "20", "10.00 percentage points up on yesterday (40.00%: 4/10)"),
        ("10.01", "20", "basically level with yesterday (40.00%: 4/10; +10.00 points)"),
    ],
)
def test_words_are_chosen_by_the_rules_of_the_day(
    town: Town, english: None, level: str, marked: str, said: str
):
    shops = [place(town.grid_n1) for _ in range(10)]
    for shop in shops[:4]:
        report(shop, on=YESTERDAY, known_at=at(YESTERDAY, 9))
    for shop in shops[:5]:
        report(shop, known_at=at(DAY, 9))
    found = context.load(town.duty, DAY, None, "the town")
    rules = replace(found.rules, level_below=Decimal(level), marked_from=Decimal(marked))
    assert plain(overall.change(replace(found, rules=rules), "resumption_rate")) == said
    holds = "holds at" if level == "10.01" else "rises to"
    assert holds in plain(headline(replace(found, rules=rules)))


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (1, "Against 13 March, a week ago (25.00%), it is 25.00 percentage points higher."),
        (3, "Against 13 March, a week ago (75.00%), it is 25.00 percentage points lower."),
        (2, "Against 13 March, a week ago (50.00%), it is basically level."),
        (0, ""),
    ],
)
def test_the_same_day_of_the_week_before_is_compared_where_it_has_a_figure(
    town: Town, english: None, then: int, said: str
):
    shops = [place(town.grid_n1, from_on=DAY - timedelta(days=30)) for _ in range(4)]
    week_ago = DAY - timedelta(days=7)
    for shop in shops[:then]:
        report(shop, on=week_ago, known_at=at(week_ago, 9))
    for shop in shops[:2]:
        report(shop, known_at=at(DAY, 9))
    made = brief.build(town.duty, DAY)
    text = plain(made.sections[0].paragraphs[0])
    assert said in text
    assert ("a week ago" in text) is bool(said)
    row = made.sections[0].tables[0].rows[0]
    assert row[5].text == {1: "+25.00", 3: "−25.00", 2: "0.00", 0: "—"}[then]


def test_everything_reported_asks_for_nothing_more(town: Town, english: None):
    report(place(town.grid_n1), known_at=at(DAY, 9), mask_days=9, abnormal_temperature=0)
    text = brief.to_markdown(brief.build(town.duty, DAY))
    assert "A place that has not reported" not in text
    assert "it lasts at least 3 days" in text
    assert "Nobody with an abnormal temperature was reported." in text
    assert "No place that reported named a difficulty." in text
    assert "Reports: every place that should report has done so." in text


def test_gaps_in_responsibility_are_named(day: Town, english: None):
    day.grid_n1.posts.all().delete()
    made = brief.build(day.duty, DAY)
    step = next(text for text in made.sections[-1].paragraphs if "gaps" in plain(text))
    assert plain(step) == (
        "Responsibility: fill the gaps of 12 places. "
        "Largest gaps: service officer of North grid 1, post vacant: 12."
    )
    assert [dict(piece.rows) for piece in step if piece.kind == "figure"] == [
        {"gap": "any", "on": "2020-03-20"},
        {"gap": f"served_by:vacant_post:{day.grid_n1.code}", "on": "2020-03-20"},
    ]


def test_people_and_places_so_few_that_they_could_be_known_are_not_printed(town: Town, english: None):
    report(place(town.grid_n1), known_at=at(DAY, 9), abnormal_temperature=1, staff_at_post=9)
    text = brief.to_markdown(brief.build(town.duty, DAY))
    assert "People with an abnormal temperature: fewer than 5; places concerned: fewer than 5." in text
    assert "1/9" not in text


@pytest.mark.parametrize(
    ("username", "unit", "scope", "places"),
    [
        ("north", "Lakeside North", "North", 14),
        ("s1", "Lakeside South grid 1", "South grid 1", 6),
        ("economy", "Lakeside Economy", "the places of Economy", 2),
        ("leader1", "Lakeside Headquarters", "North", 14),
    ],
)
def test_each_officer_reads_of_their_own_places(
    day: Town, english: None, username: str, unit: str, scope: str, places: int
):
    made = brief.build(getattr(day, username), DAY)
    expected = next(ref for ref in made.figures() if ref.part == "denominator")
    assert (made.unit, made.scope, expected.text) == (unit, scope, str(places))


def test_a_stranger_reads_of_no_place(day: Town, english: None):
    day.s1.posts.update(until_on=DAY)
    made = brief.build(day.s1, DAY)
    assert (made.unit, made.scope) == ("", "no place at all")
    assert {ref.figure.numerator for ref in made.figures()} <= {None, 0}


def test_what_was_known_at_noon_can_be_asked_in_the_evening(day: Town, english: None):
    noon = brief.build(day.duty, DAY, as_known=at(DAY, 12))
    first = Report.objects.get(on=DAY, entity__name="北区示例店01")
    Report.objects.filter(pk=first.pk).update(superseded_at=at(DAY, 17))
    report(first.entity, "closed", known_at=at(DAY, 17))
    again = brief.build(day.duty, DAY, as_known=at(DAY, 12))
    evening = brief.build(day.duty, DAY)
    assert brief.to_markdown(again) == brief.to_markdown(noon)
    assert plain(noon.headline).endswith("falls to 40.00%")  # shops 1–3, both firms and South 1–3
    assert plain(evening.headline).endswith("rises to 60.00%")
    assert "data as of 20 March 2020 12:00" in noon.as_of


def test_names_are_not_taken_for_markup(day: Town, english: None):
    made = brief.build(day.duty, DAY)
    text = brief.to_markdown(replace(made, unit="A|B *bold* _c_ d_e"))
    assert r"A\|B \*bold\* \_c\_ d_e" in text


@pytest.mark.parametrize("days", [-60, 1])
def test_there_is_no_brief_before_the_campaign_nor_of_tomorrow(town: Town, days: int):
    with pytest.raises(brief.NoSuchIssue) as refused:
        brief.build(town.duty, DAY + timedelta(days=days))
    assert refused.value.details["first"].isoformat() == "2020-02-08"


def test_issues_are_counted_from_the_first_day_of_the_campaign(town: Town, english: None):
    assert [brief.build(town.duty, DAY - timedelta(days=n)).issue_no for n in (41, 0)] == [1, 42]


def test_a_place_outside_every_community_is_a_gap_without_a_unit(town: Town, english: None):
    lost = place(town.grid_n1)
    lost.community = lost.grid = None
    lost.save()
    revise(lost, at(DAY, 8))
    report(lost, known_at=at(DAY, 9))
    text = brief.to_markdown(brief.build(town.duty, DAY))
    assert "Responsibility: fill the gaps of 1 places. Largest gaps: " in text
    assert "service officer, in no grid: 1" in text


def test_the_lowest_may_have_named_nothing(town: Town, english: None):
    for grid in (town.grid_n1, town.grid_s1):
        for n in range(5):
            shop = place(grid)
            if grid == town.grid_n1 or n:
                report(shop, known_at=at(DAY, 9), difficulties=["funds"] if grid == town.grid_n1 else [])
    text = brief.to_markdown(brief.build(town.duty, DAY))
    assert "South has the lowest rate, 80.00% (4/5); no difficulty was named there." in text


def test_who_serves_many_units_reads_of_the_units_served(day: Town, english: None):
    for grid in list(day.grids.values())[:2]:
        org.appoint(officer=day.s1, unit=grid, role="grid_worker", from_on=DAY, by=BY, at=at(DAY, 8))
    assert brief.build(day.s1, DAY).scope == "North grid 1, North grid 2, South grid 1"
    later = Officer.objects.get(pk=day.s1.pk)
    org.appoint(officer=later, unit=day.grid_s2, role="grid_worker", from_on=DAY, by=BY, at=at(DAY, 8))
    assert brief.build(later, DAY).scope == "the units served"


def test_figures_of_two_definitions_are_not_compared(
    day: Town, english: None, monkeypatch: pytest.MonkeyPatch
):
    def measure(*asked: Any, **more: Any) -> list[Figure]:
        return [
            replace(one, definition="reporting_rate@1") if one.on == YESTERDAY else one
            for one in figures.measure(*asked, **more)
        ]

    monkeypatch.setattr(context, "figures", SimpleNamespace(measure=measure, labels=figures.labels))
    made = brief.build(day.duty, DAY)
    assert "not comparable with yesterday, as the definition has changed" in plain(
        made.sections[0].paragraphs[0]
    )
    assert plain(made.headline) == "Resumption rate of the whole sub-district is 65.00%"
