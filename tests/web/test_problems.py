"""One problem, three faces: a page, a fragment for htmx, JSON. Never a traceback."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.test import RequestFactory
from django.urls import ResolverMatch
from django.utils import translation

from dongche.kit.errors import Problem
from dongche.web import problems


class Full(Problem):
    code = "web.full"
    status = 409
    message = "The room %(name)s is full. Take another one."


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ask(path: str = "/desk/", **headers: str):
    return RequestFactory().get(path, headers=headers)


def test_a_person_gets_a_page():
    response = problems.respond(ask(accept="text/html"), Full(name="<b>"))
    text = response.content.decode()
    assert response.status_code == 409
    assert "The room &lt;b&gt; is full. Take another one." in text
    assert "web.full" in text
    assert "<h1>Somebody was quicker</h1>" in text
    assert response["Cache-Control"] == "no-store"


def test_htmx_gets_a_fragment_for_the_message_area():
    response = problems.respond(ask(**{"HX-Request": "true"}), Full(name="A"))
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#dc-messages"
    assert response.content.decode().startswith('<div class="dc-alert error" role="alert">')
    assert "<html" not in response.content.decode()


@pytest.mark.parametrize(
    "request_", [ask("/api/v1/x"), ask(accept="application/json")], ids=["path", "accept"]
)
def test_a_program_gets_json(request_):
    response = problems.respond(request_, Full(name="海"))
    assert response.status_code == 409
    assert json.loads(response.content) == {
        "code": "web.full",
        "message": "The room 海 is full. Take another one.",
        "details": {"name": "海"},
    }
    assert "海".encode() in response.content


def test_a_browser_that_also_accepts_json_gets_a_page():
    assert not problems.wants_json(ask(accept="text/html,application/json"))


def test_a_missing_address_and_a_closed_page_are_calm():
    assert problems.not_found(ask(), Exception()).status_code == 404
    assert problems.forbidden(ask(), Exception()).status_code == 403
    assert problems.csrf_failure(ask()).status_code == 403


def test_too_much_sent_is_413_and_nonsense_is_400():
    assert problems.bad_request(ask(), RequestDataTooBig()).status_code == 413
    assert problems.bad_request(ask(), Exception()).status_code == 400


@pytest.mark.parametrize(
    ("headers", "begins"),
    [({}, "<!doctype html>"), ({"HX-Request": "true"}, "<div"), ({"accept": "application/json"}, "{")],
    ids=["page", "htmx", "json"],
)
def test_a_fault_shows_nothing_of_the_house(headers, begins):
    response = problems.server_error(ask(**headers))
    assert response.status_code == 500
    assert response.content.decode().startswith(begins)
    assert "web.unexpected" in response.content.decode()


def passed(response: HttpResponse, request=None) -> HttpResponse:
    return problems.ProblemMiddleware(lambda _: response)(request or ask())


def test_a_bare_405_gets_a_face_and_keeps_what_is_allowed():
    shown = passed(HttpResponseNotAllowed(["POST"]))
    assert shown.status_code == 405
    assert shown["Allow"] == "POST"
    assert "web.wrong_method" in shown.content.decode()
    spoken = HttpResponseNotAllowed(["POST"], content=b"mine")
    assert passed(spoken) is spoken


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole():
    away = HttpResponseRedirect(resolve_url("sign-in") + "?next=/desk/")
    shown = passed(away, ask(**{"HX-Request": "true"}))
    assert (shown.status_code, shown["HX-Redirect"]) == (204, resolve_url("sign-in"))
    assert passed(away) is away


def test_the_middleware_answers_problems_and_leaves_faults_alone():
    middleware = problems.ProblemMiddleware(lambda _: HttpResponse())
    answered = middleware.process_exception(ask(), Full(name="A"))
    assert answered is not None
    assert answered.status_code == 409
    too_large = middleware.process_exception(ask(), RequestDataTooBig())
    assert too_large is not None
    assert too_large.status_code == 413
    assert middleware.process_exception(ask(), ZeroDivisionError()) is None


def test_every_status_has_a_heading():
    assert problems.heading(404) == "Nothing here"
    assert problems.heading(418) == "This could not be done"
    assert problems.heading(507) == "No room left"
    assert problems.heading(511) == "A fault on our side"


def test_a_database_that_is_away_is_told_without_it(rf):
    for error, status in (
        (OperationalError("gone"), 503),
        (InterfaceError("closed"), 503),
        (KeyError("x"), 500),
    ):
        try:
            raise error
        except Exception:
            answer = problems.server_error(rf.get("/desk/"))
        assert answer.status_code == status
        assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)
        assert ("web.database_away" in answer.content.decode()) is (status == 503)


@pytest.mark.parametrize(
    ("error", "view", "is_kept"),
    [
        (OperationalError("gone"), problems.keeps_answers(lambda: None), True),
        (OperationalError("gone"), lambda: None, False),
        (KeyError("x"), problems.keeps_answers(lambda: None), False),
    ],
    ids=["away", "a view that may not", "a fault"],
)
def test_answers_that_could_not_be_stored_are_kept_on_the_page(rf, error, view, is_kept):
    request = rf.post(
        "/r/x/?on=2020-03-20", {"key": "a" * 16, "note": '"><b>', "difficulties": ["staff", "funds"]}
    )
    request.resolver_match = ResolverMatch(view, (), {})
    try:
        raise error
    except Exception:
        answer = problems.server_error(request)
    page = answer.content.decode()
    kept = ['name="note" value="&quot;&gt;&lt;b&gt;"', 'name="difficulties" value="staff"', 'value="funds"']
    assert [one in page for one in [*kept, 'action="/r/x/?on=2020-03-20"', "Send it again"]] == [is_kept] * 5
    assert answer["Cache-Control"] == "no-store"
