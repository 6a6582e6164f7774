"""The brief in a page: each figure a link to its rows, with its source on hover."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from dongche.reporting import brief
from dongche.reporting.brief.model import Brief
from tests.town import DAY, Town


class Figures(HTMLParser):
    """The links of class dc-ref: (text, address, title)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if given.get("class") == "dc-ref":
            self.inside = True
            self.found.append(["", given.get("href") or "", given.get("title") or ""])

    def handle_data(self, text: str) -> None:
        if self.inside:
            self.found[-1][0] += text

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


@pytest.fixture
def made(day: Town, english: None) -> Brief:
    return brief.build(day.duty, DAY)


def test_each_figure_leads_to_its_rows_and_says_where_it_comes_from(made: Brief):
    page = Figures()
    page.feed(render_to_string("reporting/brief_body.html", {"brief": made}))
    assert page.found == [
        [ref.text, f"{reverse('desk:places')}?{ref.query}", ref.title] for ref in made.figures()
    ]
    assert page.found[0] == [
        "65.00%",
        f"{reverse('desk:places')}?state=resumed&on=2020-03-20",
        "Resumption rate (resumption_rate@1): 13/20 on 20 March, known at 20 March 2020 18:30. Places whose report "
        "for the day says open or partly open ÷ places that should resume.",
    ]


def test_the_page_says_all_that_the_text_says(made: Brief):
    page = render_to_string("reporting/brief_body.html", {"brief": made})
    for text in (made.title, made.issue, made.day, *made.footer, *(one.heading for one in made.sections)):
        assert text in page
    assert page.count("<table") == 4


def test_names_are_escaped(day: Town, english: None):
    day.north_community.name = "<b>North</b>"
    day.north_community.save()
    page = render_to_string("reporting/brief_body.html", {"brief": brief.build(day.duty, DAY)})
    assert "<b>North</b>" not in page
    assert "&lt;b&gt;North&lt;/b&gt;" in page
