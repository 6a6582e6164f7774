"""What the rail shows: only what the officer may open, and where the officer is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.utils import translation

from dongche.config.navigation import Item
from dongche.web import context

ITEMS = (
    Item("Healthy", "healthz", "a.read", "gauge"),
    Item("Signing in", "sign-in", "b.read", "building"),
    Item("Nowhere", "no-such-url", "a.read", "shield"),
)


class Officer:
    is_authenticated = True
    duties: frozenset[str] = frozenset({"a.read", "b.read"})

    def has_duty(self, permission):
        return permission in self.duties

    def get_full_name(self):
        return ""

    def get_username(self):
        return "li"


@pytest.fixture
def ask(settings):
    settings.NAVIGATION = ITEMS

    def made(path="/", view_name="", user=None):
        request = RequestFactory().get(path)
        request.user = user or Officer()
        request.resolver_match = SimpleNamespace(view_name=view_name)
        return request

    return made


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_the_page_one_is_on_is_marked(ask):
    shown = context.destinations(ask("/sign-in/", "sign-in"))
    assert [(item.label, item.url, item.icon, item.current) for item in shown] == [
        ("Healthy", "/healthz", "gauge", False),
        ("Signing in", "/sign-in/", "building", True),
    ]


def test_a_page_below_marks_the_item_above_it(ask):
    assert [item.current for item in context.destinations(ask("/sign-in/again/", "other"))] == [False, True]
    assert [item.current for item in context.destinations(ask("/elsewhere/", "other"))] == [False, False]


def test_what_one_may_not_open_is_not_offered(ask):
    user = Officer()
    user.duties = frozenset({"b.read"})
    assert [item.label for item in context.destinations(ask(user=user))] == ["Signing in"]


def test_a_stranger_is_offered_nothing(ask):
    shown = context.shell(ask(user=SimpleNamespace(is_authenticated=False)))
    assert (shown["officer"], shown["officer_name"], shown["navigation"]) == (None, "", ())


def test_an_officer_without_a_name_is_shown_by_account(ask):
    assert context.shell(ask())["officer_name"] == "li"


def test_a_demonstration_says_so(ask, settings):
    settings.INSTANCE = {}
    assert context.shell(ask())["demonstration"] is False
    settings.INSTANCE = {"demonstration": "yes"}
    assert context.shell(ask())["demonstration"] is True


def test_the_language_is_told_in_its_own_name(ask):
    with translation.override("zh-hant"):
        shown = context.shell(ask())
    assert shown["lang"] == "zh-Hant"
    assert [(item.short, item.name, item.current) for item in shown["languages"]] == [
        ("简", "简体中文", False),
        ("繁", "繁體中文", True),
        ("EN", "English", False),
    ]
