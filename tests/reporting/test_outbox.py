"""The way in for reports that waited on a phone, the page that a phone keeps, and its service worker."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.org.models import AuditEntry
from dongche.registry import actions as registry
from dongche.registry.models import Entity
from dongche.reporting import actions, outbox, views
from dongche.reporting.models import Report
from tests.reporting.conftest import Tell
from tests.town import BY, DAY, NOW, Town

KEY = "made-on-the-phone-01"
YESTERDAY = DAY - timedelta(days=1)


def entry(**changes: Any) -> dict[str, Any]:
    """What the phone sends: filled in an hour ago, by a clock that is right."""
    hour_ago = clock.now() - timedelta(hours=1)
    told = {
        "key": KEY, "on": DAY.isoformat(), "day_from": "server", "knew": 0, "holds": "",
        "filled_at": hour_ago.isoformat(), "sent_at": clock.now().isoformat(),
        "state": "open", "staff_at_post": "12", "staff_due": "18",
    }  # fmt: skip
    return told | changes


def send(client: Client, shop: Entity, **changes: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(
        reverse("reporting:outbox", args=[shop.code]),
        entry(**changes),
        headers={"accept": "application/json", "accept-language": "en"},
    )
    return response.status_code, json.loads(response.content)


def test_an_entry_is_stored_and_gives_its_receipt(client: Client, shop: Entity) -> None:
    status, told = send(
        client, shop, output_fen="9,800.5", difficulties=["supplies", "funds"], note=" 缺口罩 "
    )
    report = Report.objects.get()
    assert (status, told) == (
        200,
        {
            "receipt": f"20200320-{report.pk}",
            "number": report.pk,
            "address": reverse("reporting:receipt", args=[shop.code, report.pk]),
            "late": False,
        },
    )
    assert (report.on, report.key, report.channel, report.output_fen, report.note) == (
        DAY, KEY, "qr", 980_050, "缺口罩",
    )  # fmt: skip
    assert report.difficulties == ["supplies", "funds"]


def test_neither_session_nor_token_is_needed_and_the_time_of_filling_in_is_logged(shop: Entity) -> None:
    careful = Client(enforce_csrf_checks=True)
    assert send(careful, shop)[0] == 200
    filled_at = datetime.fromisoformat(AuditEntry.objects.latest("id").after["filled_at"])
    assert abs(filled_at - (NOW - timedelta(hours=1))) < timedelta(minutes=1)


def test_an_entry_sent_again_gives_the_same_receipt_whatever_it_says(client: Client, shop: Entity) -> None:
    first = send(client, shop)
    assert send(client, shop) == first
    assert send(client, shop, staff_at_post="999999", on="2031-01-01", filled_at="") == first
    assert Report.objects.count() == 1


def test_a_correction_by_the_same_phone_is_a_new_row(client: Client, shop: Entity) -> None:
    number = send(client, shop)[1]["number"]
    assert send(client, shop, key="made-on-the-phone-02", staff_at_post="14", knew=number)[0] == 200
    assert [(one.staff_at_post, one.superseded_at is None) for one in Report.objects.order_by("id")] == [
        (12, False),
        (14, True),
    ]


def test_a_report_of_a_past_day_is_filed_for_it_and_marked_late(client: Client, shop: Entity) -> None:
    told = send(client, shop, on="2020-03-18")[1]
    report = Report.objects.get()
    assert (told["late"], report.on) == (True, date(2020, 3, 18))
    assert report.known_at == report.received_at >= NOW
    page = client.get(told["address"], headers={"accept-language": "en"}).content.decode()
    assert "came in after its day and counts as late" in page


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"on": "2020-02-19"}, ["reporting.day_too_old"]),
        ({"on": "soon"}, ["invalid"]),
        ({"state": "ajar"}, ["invalid_choice"]),
        ({"staff_at_post": "-3"}, ["reporting.number_out_of_bounds"]),
        ({"staff_at_post": "270"}, ["reporting.staff_absurd"]),
        ({"staff_at_post": ""}, ["reporting.staff_missing"]),
        ({"output_fen": "-1"}, ["reporting.number_out_of_bounds"]),
        ({"output_fen": "600001", "output_normal_fen": "12000"}, ["reporting.output_absurd"]),
        ({"state": "closed", "output_fen": "5"}, ["reporting.output_while_closed"]),
    ],
)
def test_what_cannot_be_true_is_refused_with_a_sentence_for_each_question(
    client: Client, shop: Entity, changes: dict[str, Any], codes: list[str]
) -> None:
    status, told = send(client, shop, **changes)
    assert (status, told["code"]) == (422, "reporting.not_accepted")
    assert [error["code"] for error in told["errors"]] == codes
    assert all(error["message"] in error["told"] for error in told["errors"])
    assert Report.objects.count() == 0


def test_a_jump_is_asked_about_while_somebody_is_there_and_taken_when_it_waited(
    client: Client, shop: Entity, tell: Tell
) -> None:
    tell(shop, "open", staff_at_post=3, on=YESTERDAY)
    told = send(client, shop, staff_at_post="40", staff_due="40")[1]
    assert [error["code"] for error in told["errors"]] == ["reporting.staff_jumped"]
    assert send(client, shop, staff_at_post="40", staff_due="40", waited="1")[0] == 200


def test_a_month_old_entry_says_whom_to_ask(client: Client, shop: Entity) -> None:
    told = send(client, shop, on="2020-02-19")[1]
    assert told["errors"][0]["told"] == (
        "Day: The report is for 2020-02-19; only days from 2020-03-13 on can still be reported. "
        "Ask your service officer about an earlier day: they can go further back."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "short"}, {"filled_at": "yesterday"}, {"sent_at": ""}, {"sent_at": "0001-01-01T00:00:00Z"},
        {"filled_at": "9999-12-31T23:59:59Z"}, {"knew": "-1"}, {"knew": "x"}, {"day_from": "stars"}, {"holds": "both"},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_not_understood(
    client: Client, shop: Entity, changes: dict[str, Any]
) -> None:
    assert send(client, shop, **changes)[1]["code"] == "web.bad_request"
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    ("days_off", "day_from", "outcome"),
    [
        (0, "phone", "stored"),
        (5, "phone", "asked"),  # by the phone it is Wednesday next week
        (5, "server", "asked"),  # a day to come is never stored, whoever says so
        (-2, "phone", "asked"),  # the phone says the day before yesterday, and means today
        (-2, "server", "stored"),  # the server had drawn the page for that day
        (-2, "person", "stored"),  # somebody has looked and said so
    ],
)
def test_a_wrong_clock_of_the_phone_is_asked_about(
    client: Client, shop: Entity, days_off: int, day_from: str, outcome: str
) -> None:
    off = timedelta(days=days_off)
    status, told = send(
        client, shop, on=(DAY + off).isoformat(), day_from=day_from,
        filled_at=(NOW + off - timedelta(minutes=5)).isoformat(), sent_at=(NOW + off).isoformat(),
    )  # fmt: skip
    if outcome == "stored":
        assert (status, Report.objects.get().on) == (200, DAY + off)
    else:
        assert (status, told["code"], told["meant"]) == (422, "reporting.day_in_doubt", "2020-03-20")
        assert [one["on"] for one in told["days"]] == [
            (DAY - timedelta(days=n)).isoformat() for n in range(8)
        ]
        assert Report.objects.count() == 0


def test_a_phone_whose_clock_begins_in_1970_is_asked(client: Client, shop: Entity) -> None:
    told = send(
        client, shop, on="1970-01-01", day_from="phone", filled_at="1970-01-01T00:10:00Z", sent_at="1970-01-01T02:10:00Z"
    )[1]  # fmt: skip
    assert (told["code"], told["meant"]) == ("reporting.day_in_doubt", "2020-03-20")


def test_a_few_minutes_around_midnight_are_no_doubt(client: Client, shop: Entity) -> None:
    midnight = clock.beginning_of(DAY)
    status, _ = send(
        client, shop, on=YESTERDAY.isoformat(), day_from="phone",
        filled_at=(midnight - timedelta(seconds=5)).isoformat(), sent_at=(NOW - timedelta(seconds=30)).isoformat(),
    )  # fmt: skip
    assert (status, Report.objects.get().on) == (200, YESTERDAY)


def test_a_report_that_came_in_meanwhile_is_laid_beside_it(
    client: Client, town: Town, shop: Entity, tell: Tell
) -> None:
    theirs = tell(shop, "part", staff_at_post=5, mask_days=3, channel="officer", by=town.n1)
    status, told = send(client, shop)
    assert (status, told["code"], told["knew"]) == (409, "reporting.reported_meanwhile", theirs.pk)
    assert told["rows"] == [
        {"label": "Are you open?", "mine": "Open", "theirs": "Partly open"},
        {"label": "People at post", "mine": "12", "theirs": "5"},
        {"label": "Masks last for", "mine": "", "theirs": "3"},
        {"label": "People who are due", "mine": "18", "theirs": ""},
    ]
    assert Report.objects.get() == theirs


def test_the_one_on_the_phone_may_hold_and_becomes_a_new_row(
    client: Client, shop: Entity, tell: Tell
) -> None:
    theirs = tell(shop, "part", staff_at_post=5)
    assert send(client, shop, knew=theirs.pk, holds="mine")[0] == 200
    theirs.refresh_from_db()
    mine = Report.objects.get(superseded_at=None)
    assert (theirs.superseded_at, mine.staff_at_post, mine.received_at) == (
        mine.known_at,
        12,
        theirs.received_at,
    )


def test_the_stored_one_may_hold_and_is_confirmed(client: Client, shop: Entity, tell: Tell) -> None:
    theirs = tell(shop, "part", staff_at_post=5)
    told = send(client, shop, knew=theirs.pk, holds="theirs")[1]
    assert (told["number"], Report.objects.get()) == (theirs.pk, theirs)
    assert AuditEntry.objects.latest("id").after["outcome"] == "confirmed"


@pytest.mark.parametrize("holds", ["mine", "theirs"])
def test_a_third_report_is_asked_about_again(client: Client, shop: Entity, tell: Tell, holds: str) -> None:
    first = tell(shop, "part", staff_at_post=5)
    second = tell(shop, "part", staff_at_post=6)
    status, told = send(client, shop, knew=first.pk, holds=holds)
    assert (status, told["knew"]) == (409, second.pk)
    assert Report.objects.filter(superseded_at=None).get() == second


def test_the_same_values_are_no_conflict(client: Client, shop: Entity, tell: Tell) -> None:
    theirs = tell(shop, "open", staff_at_post=12, staff_due=18)
    assert send(client, shop)[1]["number"] == theirs.pk


def test_a_place_that_is_not_what_it_says_keeps_the_conflict(
    client: Client, shop: Entity, tell: Tell
) -> None:
    tell(shop, "part", staff_at_post=5)
    assert send(client, shop, knew=999_999, holds="theirs")[0] == 409


def test_a_withdrawn_code_says_whom_to_ask_and_an_unknown_one_is_unknown(
    client: Client, shop: Entity
) -> None:
    renewed = registry.revoke_code(entity=shop, reason="card lost", by=BY, at=NOW)
    status, told = send(client, shop)
    assert (status, told["code"]) == (410, "reporting.code_revoked")
    assert "Ask North for the new QR code" in told["message"]
    assert send(client, renewed)[0] == 200
    shop.code = "0" * 26
    assert send(client, shop)[1]["code"] == "reporting.unknown_code"


def test_too_many_are_braked_but_a_retry_gets_its_receipt(client: Client, shop: Entity) -> None:
    stored = send(client, shop)
    for count in range(views.MOST_POSTS - 1):
        send(client, shop, key=f"phone-{count:04d}", state="ajar")
    status, told = send(client, shop, key="phone-9999")
    assert (status, told["code"]) == (429, "reporting.too_many_reports")
    assert send(client, shop) == stored


def test_a_database_that_is_away_is_no_refusal(
    client: Client, shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_given: Any) -> None:
        raise OperationalError("database or disk is full")

    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(actions, "record_report", full)
        status, told = send(client, shop)
    assert (status, told["code"]) == (503, "web.database_away")
    assert send(client, shop)[0] == 200


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_wrong_method_is_refused(client: Client, shop: Entity, method: str) -> None:
    assert getattr(client, method)(reverse("reporting:outbox", args=[shop.code])).status_code == 405


def test_the_kept_page_has_the_questions_and_nobodys_answers(
    client: Client, shop: Entity, tell: Tell
) -> None:
    tell(shop, "part", on=YESTERDAY, staff_at_post=11, output_fen=900_000, note="昨天的话")
    tell(shop, "part", staff_at_post=7, output_fen=500_000, abnormal_temperature=1, note="今天的话")
    page = client.get(reverse("reporting:copy", args=[shop.code]))
    form, text = page.context["form"], page.content.decode()
    given = {name: form[name].value() for name in form.fields if name != "key"}
    assert {name: value for name, value in given.items() if value} == {
        "on": DAY,
        "staff_due": 18,
        "output_normal_fen": "12000",
    }
    assert "的话" not in text
    assert "tel:" not in text
    assert 'data-copy="1"' in text
    assert "no-store" in page["Cache-Control"]
    assert client.get(reverse("reporting:copy", args=["0" * 26])).status_code == 404


def test_only_a_places_own_page_has_an_outbox(client: Client, town: Town, shop: Entity) -> None:
    assert "data-outbox" in client.get(reverse("reporting:report", args=[shop.code])).content.decode()
    client.force_login(town.n1)
    assert (
        "data-outbox" not in client.get(reverse("reporting:on-behalf", args=[shop.number])).content.decode()
    )


def test_the_worker_is_a_module_of_its_own_scope_and_changes_with_its_files(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    response = client.get("/r/worker.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert "unsafe" not in response["Content-Security-Policy"]
    text = response.content.decode()
    assert text.startswith('import { start } from "/static/reporting/outbox/worker.js";\nstart({"release": "')
    assert client.get("/r/worker.js").content.decode() == text
    monkeypatch.setattr(outbox, "FILES", outbox.FILES[1:])
    assert client.get("/r/worker.js").content.decode() != text
    settings.DEBUG = True
    assert client.get("/r/worker.js").content != client.get("/r/worker.js").content


def test_the_worker_keeps_every_file_of_the_page(client: Client, shop: Entity) -> None:
    page = client.get(reverse("reporting:copy", args=[shop.code])).content.decode()
    wanted = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
    todo = [name for name in wanted if name.endswith(".js")]
    while todo:
        name = todo.pop()
        text = Path(str(finders.find(name))).read_text(encoding="utf-8")
        found = {f"{name.rpartition('/')[0]}/{other}" for other in re.findall(r'from "\./([^"]+)"', text)}
        todo += found - wanted
        wanted |= found
    assert wanted == set(outbox.FILES)


def test_the_way_in_asks_few_questions_of_the_database(
    client: Client, shop: Entity, django_assert_max_num_queries: Any
) -> None:
    send(client, shop)
    with django_assert_max_num_queries(2):
        send(client, shop)  # a retry
