"""People on rosters: once per place, found by what they bear, observed by the rule of the day, seen by whose duty it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.kit import clock
from dongche.kit.identifiers import make_resident_id
from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.models import HealthNote, Person, PersonRevision
from dongche.registry.queries import (
    HealthNotes,
    People,
    counted,
    observation_of,
    person_version,
    rules,
)
from dongche.registry.roster.rows import read_person
from dongche.registry.roster.words import origin_of
from dongche.registry.standards.people import CODES, ORIGINS, RISKS, load, observation
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

LATER = NOW + timedelta(hours=1)
NUMBER = make_resident_id("37029919900101001")


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def row(**given: Any) -> dict[str, Any]:
    found = read_person({"name": "示例甲", "document_number": NUMBER} | given, on=DAY)
    assert isinstance(found, dict), [fault.sentence() for fault in found]
    return found


def enter(town: Town, **given: Any) -> Person:
    shop = place(town.grid_n1)
    return actions.enter_person(place=shop, given=row(**given), by=town.n1, at=NOW)


def faults(**cells: Any) -> list[str]:
    found = read_person({"name": "示例甲", "document_number": NUMBER} | cells, on=DAY)
    assert isinstance(found, list)
    return [fault.code for fault in found]


def test_a_row_is_read_as_people_write_it():
    found = row(
        phone="138 0013 8000",
        origin_place="湖北省武汉市",
        arrived_on="2020/3/12",
        transport="高铁",
        had_contact="无",
        health_code="绿码",
        temperature="36.5℃",
        symptoms="无",
        observed_at="居家隔离",
    )
    assert found == {
        "name": "示例甲",
        "document_type": "resident_id",
        "document_number": NUMBER,
        "phone": "13800138000",
        "origin_place": "湖北省武汉市",
        "origin": "hubei",
        "arrived_on": date(2020, 3, 12),
        "transport": "train",
        "had_contact": False,
        "health_code": "green",
        "temperature": "36.5",
        "symptoms": "none",
        "observed_at": "home",
    }


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({"name": ""}, ["registry.person_name_missing"]),
        ({"document_number": ""}, ["registry.document_missing"]),
        (
            {"document_number": NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")},
            ["registry.resident_id_check"],
        ),
        ({"document_number": 3.7029919900101e17}, ["registry.number_rounded"]),
        ({"document_number": "E12345678"}, ["registry.which_document"]),
        ({"document_number": "E1", "document_type": "护照"}, ["registry.document_odd"]),
        ({"document_type": "月票"}, ["registry.word_unknown"]),
        ({"temperature": "365"}, ["registry.not_a_temperature"]),
        ({"arrived_on": "1990-01-01"}, ["registry.day_long_ago"]),
        ({"observed_from": "2020-03-10", "observed_until": "2020-03-01"}, ["registry.days_reversed"]),
    ],
)
def test_a_row_that_cannot_be_read_says_why(cells: dict[str, Any], codes: list[str]):
    assert faults(**cells) == codes


def test_documents_of_others_are_taken_with_their_kind():
    assert row(document_number="E12345678", document_type="护照")["document_type"] == "passport"
    assert (
        row(document_number="H12345678", document_type="港澳居民来往内地通行证")["document_type"]
        == "hk_macao_permit"
    )


def test_a_person_is_once_at_a_place_and_known_again_at_another(town: Town):
    first = enter(town)
    with pytest.raises(actions.PersonKnown):
        actions.enter_person(place=first.entity, given=row(name="另一人"), by=town.n1, at=NOW)
    second = enter(town)
    assert list(People.visible_to(town.duty).elsewhere(first)) == [second]


def test_what_is_stored_can_be_read_by_nobody_without_the_key(town: Town):
    person = enter(town, phone="13800138000", address="示例路1号", origin_place="湖北武汉")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM registry_person WHERE id = %s", [person.pk])
        stored = str(cursor.fetchone())
    for secret in (NUMBER, NUMBER[-4:], "13800138000", "示例甲", "示例路", "武汉"):
        assert secret not in stored
    assert "示例甲" not in str(person)


@pytest.mark.parametrize("text", ["示例甲", NUMBER, NUMBER.lower(), NUMBER[-4:], "13800138000", "8000"])
def test_a_person_is_found_by_what_they_bear(town: Town, text: str):
    person = enter(town, phone="13800138000")
    enter(town, name="示例乙", document_number=make_resident_id("37029919910101002"), phone="13900139111")
    assert list(People.visible_to(town.duty).matching(text)) == [person]


def test_only_posts_that_carry_the_duty_reach_people(town: Town):
    person = enter(town, temperature="36.6")
    seen = {name: People.visible_to(officer).count() for name, officer in town.officers.items()}
    assert {name for name, count in seen.items() if count} == {"duty", "n1", "north", "affairs"}
    healthy = {name: HealthNotes.visible_to(officer).count() for name, officer in town.officers.items()}
    assert {name for name, count in healthy.items() if count} == {
        "duty",
        "n1",
        "north",
    }  # the line: not health
    assert People.visible_to(town.n1).get() == person


def test_a_change_keeps_the_version_before_and_loses_nobodys(town: Town):
    person = enter(town, origin_place="湖北武汉", arrived_on="2020-03-12")
    version = person_version(person)
    actions.change_person(
        person=person, given={"health_code": "green"}, version=version, by=town.n1, at=LATER
    )
    kept = list(
        PersonRevision.objects.filter(person=person).order_by("pk").values_list("health_code", "changes")
    )
    assert kept == [("", []), ("green", ["health_code"])]
    with pytest.raises(actions.PersonChangedMeanwhile):
        actions.change_person(person=person, given={"job": "收银"}, version=version, by=town.duty, at=LATER)
    with pytest.raises(actions.PersonUnchanged):
        actions.change_person(
            person=person, given={"health_code": "green"}, version=None, by=town.duty, at=LATER
        )
    told = AuditEntry.objects.filter(action="registry.change_person").get()
    assert told.after == {"health_code": "changed", "source": "entered"}


def test_a_value_is_shown_for_a_reason_that_stays_in_the_log(town: Town):
    person = enter(town, phone="13800138000")
    with pytest.raises(actions.RevealReasonMissing):
        actions.reveal_person(person=person, field="phone", reason=" ", by=town.n1, at=NOW)
    with pytest.raises(actions.NotRevealed):
        actions.reveal_person(person=person, field="health_code", reason="体温异常", by=town.n1, at=NOW)
    assert (
        actions.reveal_person(person=person, field="phone", reason="体温异常", by=town.n1, at=NOW)
        == "13800138000"
    )
    told = AuditEntry.objects.filter(action="registry.reveal_person").get()
    assert (told.subject_id, told.after, told.reason) == (person.pk, {"field": "phone"}, "体温异常")


def test_the_rule_of_14_march_ends_the_observation_of_green_codes(town: Town):
    person = enter(town, origin_place="浙江杭州", arrived_on="2020-03-10", health_code="绿")
    before, after = (observation_of(person, on) for on in (date(2020, 3, 13), date(2020, 3, 14)))
    assert (before.state, before.day, before.until_on) == ("required", 4, date(2020, 3, 24))
    assert after.state == "exempt"
    assert observation_of(person, date(2020, 2, 20)).state == "unknown"  # no rule is known for that day


def test_what_is_missing_is_named_and_not_guessed(town: Town):
    person = enter(town, origin_place="浙江杭州", arrived_on="2020-03-10")
    answer = observation_of(person, DAY)
    assert (answer.state, answer.missing) == ("unknown", ("health_code",))
    assert observation_of(person, date(2020, 3, 24)).state == "over"  # by then the code decides nothing


def test_places_with_a_known_province_say_where_from():
    known = {
        "青岛市市北区": "local",
        "山东省烟台市": "province",
        "湖北黄冈": "hubei",
        "浙江": "other_province",
        "日本": "abroad",
    }
    assert {given: origin_of(given) for given in known} == known
    assert origin_of("老家") == ""


FACTS = st.fixed_dictionaries(
    {
        "origin": st.sampled_from(("", *ORIGINS)),
        "risk": st.sampled_from(("", *RISKS)),
        "health_code": st.sampled_from(("", *CODES)),
        "arrived_on": st.none() | st.dates(date(2020, 2, 10), date(2020, 4, 20)),
        "travel_erased": st.booleans(),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(FACTS, min_size=1, max_size=6), st.dates(date(2020, 2, 15), date(2020, 4, 30)))
def test_the_database_answers_like_the_plain_rule(town: Town, people: list[dict[str, Any]], on: date):
    shop = place(town.grid_n1)
    rows = [
        Person(
            entity=shop,
            code=f"{shop.pk}-{n}",
            document_type="other",
            from_on=on,
            created_at=NOW,
            updated_at=NOW,
            **facts,
        )
        for n, facts in enumerate(people)
    ]
    Person.objects.bulk_create(rows)
    found = People.visible_to(town.duty).filter(entity=shop).with_state(on).order_by("code")
    wanted = [
        observation(
            rules(),
            on,
            origin=facts["origin"],
            arrived_on=facts["arrived_on"],
            code=facts["health_code"],
            risk=facts["risk"],
            forgotten=facts["travel_erased"],
        ).state
        for facts in people
    ]
    assert [person.observation for person in found] == wanted
    Person.objects.filter(entity=shop).delete()


def test_the_people_of_a_place_are_counted_in_a_fixed_number_of_queries(town: Town):
    shop = place(town.grid_n1)
    for n in range(7):
        number = make_resident_id(f"3702991990010101{n}")
        given = row(
            document_number=number,
            origin_place="浙江杭州",
            arrived_on="2020-03-15",
            health_code="黄" if n else "",
        )
        person = actions.enter_person(place=shop, given=given, by=town.n1, at=NOW)
        actions.note_health(
            person=person,
            on=DAY,
            half="am",
            temperature="37.3" if n == 1 else "36.4",
            symptoms="none",
            by=town.n1,
            at=NOW,
        )
    with CaptureQueriesContext(connection) as queries:
        found = counted(shop, DAY)
    assert (found.people, found.states, found.measured, found.fever, found.symptoms) == (
        7,
        {"required": 6, "unknown": 1},
        7,
        1,
        0,
    )
    assert len(queries) == 2
    assert counted(shop, DAY, NOW - timedelta(days=1)).people == 0  # nobody was known yet


def test_a_note_is_corrected_and_not_written_over(town: Town):
    person = enter(town)
    for temperature in ("38.1", "36.8"):
        actions.note_health(
            person=person, on=DAY, half="am", temperature=temperature, symptoms="", by=town.n1, at=LATER
        )
    notes = HealthNote.objects.filter(person=person).order_by("pk")
    assert [(note.temperature, note.superseded_at is None) for note in notes] == [
        ("38.1", False),
        ("36.8", True),
    ]
    assert counted(person.entity, DAY).fever == 0
    with pytest.raises(actions.HealthNoteEmpty):
        actions.note_health(
            person=person, on=DAY, half="pm", temperature="", symptoms="", by=town.n1, at=LATER
        )
    with pytest.raises(actions.HealthNoteAhead):
        actions.note_health(
            person=person,
            on=DAY + timedelta(days=1),
            half="am",
            temperature="36.5",
            symptoms="",
            by=town.n1,
            at=NOW,
        )


def test_the_pack_says_where_its_rules_come_from():
    found = load(django_settings.PACK)
    assert [rule.from_on for rule in found.observation] == sorted(rule.from_on for rule in found.observation)
    assert all(rule.source and rule.name["zh-Hans"] for rule in found.observation)
    assert all(kept.source for kept in found.retention.values())
