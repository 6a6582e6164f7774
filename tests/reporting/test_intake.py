"""What the intake does with a batch, held against the web form; the processes are in tests/operations."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dongche.kit import clock
from dongche.kit.origin import Origin
from dongche.org.audit import checking
from dongche.org.models import AuditEntry
from dongche.registry import actions as registry
from dongche.registry.models import Entity, Standing
from dongche.registry.standing import settle
from dongche.reporting import judging
from dongche.reporting import values as rules
from dongche.reporting.forms import ReportForm, Start
from dongche.reporting.intake import brake, shapes
from dongche.reporting.intake.shapes import Sent, decode, read
from dongche.reporting.intake.storing import store
from dongche.reporting.intake.whose import Answer, Arrived
from dongche.reporting.models import Channel, DayChange, Report
from tests.factories.registry import place
from tests.reporting.conftest import Tell
from tests.tokens import issue
from tests.town import BY, DAY, NOW, Town

YESTERDAY = DAY - timedelta(days=1)


def body(**changes: Any) -> dict[str, Any]:
    told = {
        "key": secrets.token_hex(8),
        "on": DAY.isoformat(),
        "state": "open",
        "staff_at_post": 12,
        "staff_due": 18,
    }
    return told | changes


def arrived(header: str = "", **changes: Any) -> Arrived:
    found, _is_list = decode(json.dumps(body(**changes)).encode())
    assert isinstance(found[0], Sent)
    return Arrived(found[0], header, Origin("api", "192.0.2.7", "request-0001"), "en")


def take(header: str = "", **changes: Any) -> Answer:
    return store([arrived(header, **changes)], clock.now())[0]


# --- The same as the web form --------------------------------------------------------------------------

COUNTS = st.one_of(
    st.none(),
    st.integers(-3, 120),
    st.integers(-(10**15), 10**15),
    st.sampled_from(["", " ", "12", "１２人", "1,200", "十二", "约50", "-3", "12.5", "99999", "100000"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
AMOUNTS = st.one_of(
    st.none(),
    st.sampled_from(["", "0", "12000", "9,800.5", "1.2万", "-1", "约5", "600001", "1e3", "99999999999"]),
    st.integers(-10, 10**8).map(str),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
DAYS = st.one_of(
    st.sampled_from(["", " ", "soon", "2020-03-32", "2020-3-19", " 2020-03-20 ", "2020-03-21", "2020-03-01"]),
    st.integers(-40, 3).map(lambda n: (DAY + timedelta(days=n)).isoformat()),
)
SENT = st.fixed_dictionaries(
    {
        "on": DAYS,
        "state": st.sampled_from(["", "open", "part", "closed", "ajar", " open"]),
        "staff_at_post": COUNTS, "staff_due": COUNTS, "abnormal_temperature": COUNTS, "mask_days": COUNTS,
        "output_fen": AMOUNTS, "output_normal_fen": AMOUNTS,
        "difficulties": st.lists(st.sampled_from(["supplies", "staff", "funds", "weather", ""]), max_size=4),
        "note": st.one_of(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.just("缺" * 201), st.just("a\0b")
        ),
        "sure": st.booleans(),
    }
)  # fmt: skip
BEFORE = st.one_of(
    st.none(), st.builds(Report, state=st.just("open"), output_fen=st.sampled_from([None, 0, 500, 10**6]),
                         staff_at_post=st.sampled_from([None, 0, 2, 30]), difficulties=st.just([]))
)  # fmt: skip


@given(given=SENT, before=BEFORE, channel=st.sampled_from([Channel.QR, Channel.OFFICER]))
def test_the_intake_and_the_web_form_judge_alike(
    given: dict[str, Any], before: Report | None, channel: Channel
) -> None:
    shop = Entity(number="LS-1", from_on=date(2020, 3, 1), until_on=None)
    if before is not None:
        before.on = YESTERDAY
    said = {name: value for name, value in given.items() if value is not None}
    texts = {name: str(value) if isinstance(value, int) else value for name, value in said.items()}
    start = Start(on=DAY, today=DAY, current=None, before=before)
    form = ReportForm(
        texts | {"sure": "1" if given["sure"] else ""}, place=shop, start=start, channel=channel
    )
    by_form = {name: errors[0].code for name, errors in form.errors.as_data().items()}

    told = read(msgspec.convert({"key": "k" * 8, **said}, Sent))
    judged = judging.judge(
        told.values, place=shop, on=told.on, channel=channel, today=DAY,
        before=None if before is None else rules.of_report(before), unread=told.unread, is_sure=given["sure"],
    )  # fmt: skip
    by_intake = dict(told.unread) | {fault.field: fault.code for fault in judged.faults}
    assert list(by_intake.items()) == list(by_form.items())
    assert judged.is_asked == form.is_asked
    if not by_form:
        assert (told.on, told.values) == (form.cleaned_data["on"], form.values())


CASES: list[dict[str, Any]] = [
    {},
    {
        "output_fen": "9,800.5",
        "difficulties": ["supplies", "funds"],
        "note": " 缺口罩 ",
        "mask_days": "１２",
    },
    {"state": "closed", "staff_at_post": 0},
    {"on": "2020-03-19"},
    {"on": "2020-02-19"},
    {"on": "2020-03-21"},
    {"on": "2031-01-01"},
    {"on": "soon"},
    {"on": ""},
    {"state": "ajar"},
    {"state": ""},
    {"staff_at_post": "-3"},
    {"staff_at_post": 270},
    {"staff_at_post": ""},
    {"output_fen": "-1"},
    {"output_fen": "600001", "output_normal_fen": "12000"},
    {"output_fen": "50", "output_normal_fen": "0"},
    {"state": "closed", "output_fen": "5"},
    {"difficulties": ["weather"]},
    {"note": "长" * 201},
    {"day_from": "phone", "clock": timedelta(days=1), "on": "2020-03-21"},
    {"day_from": "phone", "clock": timedelta(days=-40), "on": "2020-02-09"},
    {"clock": timedelta(minutes=-9)},
    {"knew": 999_999},
    {"knew": 0},
    {"key": "seen-before-01"},
    {"holds": "theirs"},
]


def test_a_report_is_answered_as_in_the_outbox_and_leaves_the_same_rows(
    client: Client, town: Town, tell: Tell
) -> None:
    """One place reports by its phone, its twin through the intake."""
    for case in CASES:
        by_phone, by_program = (
            twin(town, tell, case, by_outbox, client),
            twin(town, tell, case, by_intake, client),
        )
        assert by_program == by_phone, case


def twin(
    town: Town, tell: Tell, case: dict[str, Any], way: Callable[..., Any], client: Client
) -> dict[str, Any]:
    """What is answered, and what is stored, of a new place that reported yesterday."""
    shop = place(town.grid_n1, name="海泊路小馆", staff_count=18, output_normal_fen=1_200_000)
    met = tell(shop, staff_at_post=11, on=YESTERDAY, key="yesterdays-01", output_fen=900_000)
    if {"key", "knew", "holds"} & case.keys():
        met = tell(shop, staff_at_post=9, key="seen-before-01")
    last = AuditEntry.objects.latest("id").pk
    off = case.get("clock", timedelta(0))
    said = body(
        key="from-the-phone-01", filled_at=(NOW - timedelta(hours=1) + off).isoformat(),
        sent_at=(NOW + off).isoformat(), knew=met.pk if case.get("holds") else 0,
    ) | {name: value for name, value in case.items() if name != "clock"}  # fmt: skip
    status, told = way(client, shop, {name: value for name, value in said.items() if value is not None})
    for name in ("number", "receipt", "address", "knew"):  # they differ from place to place
        told.pop(name, None)
    told.get("details", {}).pop("receipt", None)
    return {
        "status": status,
        "told": told,
        "rows": [
            (asdict(rules.of_report(row)), row.on, row.channel, row.key, row.by_id, row.same_as_yesterday,
             row.superseded_at is None, clock.day_of(row.received_at))
            for row in Report.objects.filter(entity=shop).order_by("id")
        ],
        "audit": [
            (one.subject, one.subdistrict_id, without(one.after, "report", "filled_at"), without(one.before, "report"))
            for one in AuditEntry.objects.filter(id__gt=last, action="reporting.record").order_by("id")
        ],
        "standing": list(Standing.objects.filter(entity=shop).order_by("id").values_list("on", "step", "source")),
    }  # fmt: skip


def without(values: dict[str, Any] | None, *names: str) -> dict[str, Any]:
    return {name: value for name, value in (values or {}).items() if name not in names}


def by_outbox(client: Client, shop: Entity, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = client.post(
        reverse("reporting:outbox", args=[shop.code]),
        {"waited": "1", "day_from": "server", "knew": 0, **said},
        headers={"accept": "application/json", "accept-language": "en"},
    )
    return response.status_code, json.loads(response.content)


def by_intake(client: Client, shop: Entity, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = take(code=shop.code, **said)
    return 200 if answer.status == 201 else answer.status, json.loads(json.dumps(answer.body, default=str))


# --- Idempotency -------------------------------------------------------------------------------------------


def test_the_same_key_is_the_same_report_by_either_way(client: Client, shop: Entity) -> None:
    first = take(code=shop.code, key="one-key-0001", staff_at_post=12)
    again = take(code=shop.code, key="one-key-0001", staff_at_post=99_999, on="2031-01-01")
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    status, told = by_outbox(client, shop, body(key="one-key-0001", staff_at_post=5))
    assert (status, told["number"]) == (200, first.body["number"])
    said = body(
        key="another-key-1", filled_at=NOW.isoformat(), sent_at=NOW.isoformat(), knew=first.body["number"]
    )
    number = by_outbox(client, shop, said | {"staff_at_post": 14})[1]["number"]
    assert take(code=shop.code, key="another-key-1").body["number"] == number
    assert Report.objects.count() == 2


def test_one_place_several_times_in_a_batch_is_a_chain_of_corrections(shop: Entity) -> None:
    batch = [arrived(code=shop.code, staff_at_post=n, key=f"chain-key-{n}") for n in (1, 2, 2, 3)]
    answers = store([*batch, arrived(code=shop.code, key="chain-key-1")], clock.now())
    assert [one.status for one in answers] == [201, 201, 200, 201, 200]
    rows = Report.objects.order_by("id")
    assert [row.staff_at_post for row in rows] == [1, 2, 3]
    assert [row.superseded_at for row in rows] == [rows[1].known_at, rows[2].known_at, None]
    assert checking.check().broken is None


# --- A batch ------------------------------------------------------------------------------------------------


def statements(town: Town, count: int) -> int:
    shops = [place(town.grid_n1) for _ in range(count)]
    batch = [arrived(code=shop.code, sure=True) for shop in shops]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answers = store(batch, clock.now())
    assert {one.status for one in answers} == {201}, answers[0]
    return len(queries)


def test_the_number_of_statements_does_not_grow_with_the_batch(town: Town) -> None:
    few, many = statements(town, 2), statements(town, 40)
    assert (few, many) == (few, few)
    assert few <= 25


def test_only_what_the_database_refuses_is_refused(town: Town) -> None:
    """A rule of the database that the program knows nothing of, as a damaged index or a later constraint is one."""
    shops = [place(town.grid_n1) for _ in range(9)]
    condition = "NEW.note = 'poison'"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE TRIGGER poisoned BEFORE INSERT ON reporting_report WHEN {condition} BEGIN SELECT RAISE(ABORT, 'poison'); END"
            )
        else:
            cursor.execute("ALTER TABLE reporting_report ADD CONSTRAINT poisoned CHECK (note <> 'poison')")
    batch = [arrived(code=shop.code, note="poison" if n in (2, 7) else "") for n, shop in enumerate(shops)]
    answers = store(batch, clock.now())
    assert [one.status for one in answers] == [422 if n in (2, 7) else 201 for n in range(9)]
    assert answers[2].body["code"] == "reporting.unstorable"
    assert Report.objects.count() == 7
    assert sum(DayChange.objects.values_list("changes", flat=True)) == 7
    assert checking.check().broken is None


def test_refused_ones_do_not_keep_the_others_out(town: Town, shop: Entity) -> None:
    gone = place(town.grid_n1)
    old = gone.code
    registry.revoke_code(entity=gone, reason="lost", by=BY, at=NOW)
    answers = store(
        [
            arrived(code=shop.code),
            arrived(code=old),
            arrived(code="NOSUCHC0DE"),
            arrived(code="?"),
            arrived(),
            arrived(place=shop.number),
            arrived(code=shop.code, staff_at_post=-1),
        ],
        clock.now(),
    )
    assert [(one.status, one.body.get("code")) for one in answers] == [
        (201, None),
        (410, "reporting.code_revoked"),
        (404, "reporting.unknown_code"),
        (404, "reporting.unknown_code"),
        (422, "reporting.nobody_named"),
        (401, "web.no_token"),
        (422, "reporting.not_accepted"),
    ]


def test_who_tries_codes_is_refused_and_others_are_not(shop: Entity) -> None:
    tried = store([arrived(code=f"N0SUCHC0DE{n:02d}") for n in range(32)], clock.now())
    assert [one.status for one in tried] == [404] * 30 + [429] * 2
    assert tried[-1].body["code"] == "org.too_many_guesses"
    assert take(code=shop.code).status == 201


def test_a_jump_is_asked_about_once_as_on_the_page(shop: Entity, tell: Tell) -> None:
    tell(shop, staff_at_post=10, output_fen=10_000, on=DAY - timedelta(days=4))
    asked = take(code=shop.code, output_fen="1001")
    assert (asked.status, asked.body["errors"][0]["code"]) == (422, "reporting.output_jumped")
    assert take(code=shop.code, output_fen="1001", sure=True).status == 201


STATES = st.sampled_from(["open", "part", "closed"])
OUTPUTS = st.sampled_from([None, "0", "5000", "12000", "13000"])
TOLD = st.lists(st.tuples(st.integers(0, 4), STATES, OUTPUTS), min_size=1, max_size=8)


@hypothesis_settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(told=TOLD, seen=st.none() | st.tuples(st.integers(0, 4), st.sampled_from(["suspended", "resumed"])))
def test_standings_are_those_that_the_whole_past_gives(
    town: Town, told: list[tuple[int, str, str | None]], seen: tuple[int, str] | None
) -> None:
    """Reports of days in any order, corrections among them, and what an officer saw of one of the days."""
    shop = place(town.grid_n1)
    if seen is not None:
        on, step = DAY - timedelta(days=seen[0]), seen[1]
        Standing.objects.create(entity=shop, on=on, step=step, source="seen", reason="x", known_at=NOW)
        settle([shop.pk], NOW)
    for back, state, output in told:
        on = (DAY - timedelta(days=back)).isoformat()
        output = None if state == "closed" else output
        said = {"output_fen": output, "output_normal_fen": "12000"} if output else {}
        answer = take(code=shop.code, on=on, state=state, sure=True, **said)
        assert answer.status in (200, 201, 422), answer
    assert settle([shop.pk], clock.now()) == 0


# --- Officers and systems --------------------------------------------------------------------------------------


def test_a_token_reports_for_the_places_of_its_officer_only(town: Town, shop: Entity) -> None:
    stranger = place(town.grid_s1)
    _token, secret = issue(town.n1)
    header = f"Bearer {secret}"
    answers = store(
        [
            arrived(header, place=shop.number, on="2020-02-20"),  # an officer may go further back
            arrived(header, place=stranger.number),
            arrived("Bearer nonsense", place=shop.number),
            arrived(f"Bearer {issue(town.affairs)[1]}"),
        ],
        clock.now(),
    )
    assert [(one.status, one.body.get("code")) for one in answers] == [
        (201, None),
        (404, "reporting.place_not_yours"),
        (401, "org.token_unknown"),
        (422, "reporting.nobody_named"),
    ]
    report = Report.objects.get()
    assert (report.by, report.channel, answers[0].body["place"]) == (town.n1, "officer", shop.number)
    entry = AuditEntry.objects.latest("id")
    assert (entry.by_id, entry.by_label, entry.origin, entry.request_id) == (
        town.n1.pk, town.n1.label, "api 192.0.2.7", "request-0001",
    )  # fmt: skip


def test_a_token_without_the_duty_may_not_report(town: Town, shop: Entity) -> None:
    _token, secret = issue(town.leader1)
    answer = take(f"Bearer {secret}", place=shop.number)
    assert (answer.status, answer.body["code"]) == (403, "web.not_your_duty")


# --- Bodies and the brake ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (b"", "truncated"),
        (b"{}", "key"),
        (b'{"key":"short"}', "key"),
        (b'{"key":"long-enough\\n"}', "key"),
        (b'{"key":"long-enough","more":1}', "more"),
        (b'{"key":"long-enough","output_fen":12000}', "output_fen"),
        (b'{"key":"long-enough","staff_at_post":true}', "staff_at_post"),
        (b'{"key":"long-enough","staff_at_post":1.5}', "staff_at_post"),
        (b'{"key":"long-enough","note":"\xff"}', "UTF-8"),
        (b'{"key":"long-enough","filled_at":"2020-03-20T08:00:00Z"}', "belong together"),
        (b'{"key":"long-enough","filled_at":"1969-03-20T08:00:00Z","sent_at":"1969-03-20T08:00:00Z"}', "1970"),
        (b"[]", "length"),
        (b"[" + b",".join([b"{}"] * 201) + b"]", "length"),
        (b'{"key":"long-enough","note":"' + b"x" * 3000 + b'"}', "note"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_as_a_whole(given: bytes, word: str) -> None:
    with pytest.raises(shapes.BodyRefused) as refused:
        decode(given)
    assert word in str(refused.value)


def test_a_list_keeps_its_good_rows() -> None:
    found, is_list = decode(b'[{"key":"long-enough"},{"key":1}]')
    assert is_list
    assert [type(one).__name__ for one in found] == ["Sent", "BodyRefused"]


def test_a_flood_of_one_code_is_braked_and_what_was_acknowledged_is_told_again() -> None:
    slow = brake.Brake(most=3, seconds=600)
    for n in range(3):
        slow.count("A")
        slow.keep("A", f"key-{n}", n, "海泊路小馆", is_new=n > 0)  # the first one was there before
    slow.count("A")
    with pytest.raises(brake.TooManyReports) as braked:
        slow.count("A")
    assert 590 <= braked.value.seconds <= 600
    assert "海泊路小馆" in str(braked.value)
    assert (slow.known("A", "key-2"), slow.known("A", "key-9"), slow.known("B", "key-2")) == (2, None, None)
    slow.count("B")
    slow.give_back("A")
    slow.count("A")
