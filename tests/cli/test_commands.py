"""The commands that read and write one instance, on the town everybody knows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dongche.kit import clock
from dongche.org.access import actions as access
from dongche.org.access import lockout
from dongche.org.models import AuditEntry, Officer, Post
from dongche.registry.models import AssignmentProposal, Entity
from dongche.registry.queries import responsible_for
from dongche.reporting.actions import record_report
from dongche.reporting.values import ReportValues
from tests.cli.conftest import Answer
from tests.factories.registry import exclude, place
from tests.town import BY, NOW, Town

Command = Callable[..., Answer]
DAY = "2020-03-20"


@pytest.fixture
def shops(town: Town) -> dict[str, Entity]:
    return {
        "noodles": place(town.grid_n1, name="示例青禾面馆", credit_code="92370203MA3C000116"),
        "hotel": place(town.grid_n2, name="示例临潮宾馆"),
        "site": place(town.grid_s1, category="construction_site", name="示例地铁工地"),
        "closed": exclude(place(town.grid_s2, name="示例歇业面馆")).entity,
    }


def report(entity: Entity, state: str, **values: int) -> None:
    at = datetime(2020, 3, 20, 3, 0, tzinfo=UTC)
    record_report(
        entity=entity,
        on=at.date(),
        values=ReportValues(state, **values),
        key="k",
        channel="officer",
        by=BY,
        at=at,
    )


def test_who_names_the_people_and_the_rules(dongche: Command, shops: dict[str, Entity]) -> None:
    found = dongche("who", "地铁", "--on", DAY, "--json").json
    assert found["place"]["name"] == "示例地铁工地"
    assert found["expected"] is True
    assert [(row["role"], row["officer"], row["unit_name"]) for row in found["responsible"]] == [
        ("served_by", "s1", "South grid 1"),
        ("managed_by", "enforcement", "Enforcement"),
        ("responsible", "south", "South"),
        ("sponsor", "leader2", "South"),
    ]
    assert all(row["rule"] and row["phone"].startswith("199*") for row in found["responsible"])


@pytest.mark.parametrize("by", ["number", "code", "credit_code", "name"])
def test_who_finds_a_place_by_all_that_is_written_on_it(
    dongche: Command, shops: dict[str, Entity], by: str
) -> None:
    answer = dongche("who", getattr(shops["noodles"], by), "--on", DAY)
    assert answer.code == 0
    assert "示例青禾面馆" in answer.out
    assert "Officer n1" in answer.out


def test_who_shows_phones_only_when_asked(dongche: Command, shops: dict[str, Entity]) -> None:
    phone = Officer.objects.get(username="n1").phone
    assert phone not in dongche("who", "青禾", "--on", DAY).out
    refused = dongche("who", "青禾", "--on", DAY, "--show-phones")
    assert (refused.code, "cli.phones_need_reason" in refused.err) == (1, True)
    assert phone not in refused.out
    asked = dongche("who", "青禾", "--on", DAY, "--show-phones", "--reason", "flood duty")
    assert phone in asked.out
    logged = AuditEntry.objects.filter(action="org.reveal_phone")
    assert {(row.by_label, row.reason) for row in logged} == {("terminal", "flood duty")}
    assert Officer.objects.get(username="n1").pk in {row.subject_id for row in logged}
    assert not any(phone in f"{row.before}{row.after}{row.reason}" for row in logged)


def test_who_lists_several_and_refuses_none(dongche: Command, shops: dict[str, Entity]) -> None:
    several = dongche("who", "面馆", "--on", DAY)
    assert several.code == 1
    assert "示例歇业面馆" in several.out
    assert "cli.several_places" in several.err
    none = dongche("who", "飞机", "--on", DAY)
    assert (none.code, none.out) == (1, "")
    assert "飞机" in none.err


def test_who_says_when_a_place_is_not_expected(dongche: Command, shops: dict[str, Entity]) -> None:
    assert "not expected" in dongche("who", "歇业", "--on", DAY).out


def test_coverage_is_proved(dongche: Command, shops: dict[str, Entity]) -> None:
    answer = dongche("coverage", "--on", DAY, "--json")
    assert answer.code == 0
    assert answer.json == {"on": DAY, "places": 3, "covered": 3, "percent": "100.00", "gaps": []} | {
        "subdistricts": [
            {
                "subdistrict": "370203900000",
                "name": "Lakeside",
                "places": 3,
                "covered": 3,
                "percent": "100.00",
            }
        ],
        "places_most": 80,
        "overloaded": [],
        "idle": ["economy", "emergency", "market", "s2"],
    }
    assert "3 of 3" in dongche("coverage", "--on", DAY).out


def test_ended_posts_are_gaps_that_name_their_places(
    dongche: Command, shops: dict[str, Entity], town: Town
) -> None:
    ended = dongche("post", "end", "n1", town.grid_n1.code, "--until", DAY, "--reason", "moved away")
    assert ended.code == 0
    assert (
        dongche("sponsor", "end", town.south_community.code, "--until", DAY, "--reason", "moved away").code
        == 0
    )
    answer = dongche("coverage", "--on", DAY, "--json")
    assert (answer.code, answer.json["covered"], answer.json["percent"]) == (1, 1, "33.33")
    assert [
        (gap["role"], gap["cause"], gap["unit"], [p["name"] for p in gap["places"]])
        for gap in answer.json["gaps"]
    ] == [
        ("served_by", "vacant_post", town.grid_n1.code, ["示例青禾面馆"]),
        ("sponsor", "no_sponsor", town.south_community.code, ["示例地铁工地"]),
    ]
    assert dongche("coverage", "--on", "2020-03-19").code == 0  # the day before, everybody was there
    shown = dongche("coverage", "--on", DAY)
    assert shown.code == 1
    assert "示例青禾面馆" in shown.out
    assert "2 of 3" in shown.err
    entry = AuditEntry.objects.filter(action="org.end_post").get()
    assert (entry.by_label, entry.reason) == ("terminal", "moved away")


def test_a_post_that_is_not_held_cannot_be_ended(dongche: Command, town: Town) -> None:
    for arguments in (("n1", town.grid_n2.code), ("nobody", town.grid_n1.code), ("n1", "0")):
        answer = dongche("post", "end", *arguments, "--until", DAY)
        assert answer.code == 1
        assert answer.err.count("\n") == 1
    assert dongche("sponsor", "end", town.north_community.code, "--until", "2020-01-01").code == 1
    assert Post.objects.filter(until_on__isnull=False).count() == 0


def test_one_of_two_posts_in_a_unit_must_be_named(dongche: Command, town: Town) -> None:
    from dongche.org import actions
    from tests.town import SETUP_AT, START

    actions.appoint(
        officer=town.north,
        unit=town.north_community,
        role="community_officer",
        from_on=START,
        by=BY,
        at=SETUP_AT,
    )
    arguments = ("post", "end", "north", town.north_community.code, "--until", DAY, "--reason", "moved away")
    assert "--role" in dongche(*arguments).err
    assert dongche(*arguments, "--role", "community_officer").code == 0
    assert [post.role for post in Post.objects.filter(until_on__isnull=False)] == ["community_officer"]


def test_posts_and_sponsors_are_listed(dongche: Command, town: Town) -> None:
    rows = dongche("post", "list", "--on", DAY, "--unit", town.grid_s1.code, "--json").json
    assert [(row["officer"], row["role"]) for row in rows] == [("s1", "grid_worker")]
    assert "leader2" in dongche("sponsor", "list", "--on", DAY).out
    assert len(dongche("sponsor", "list", "--on", DAY, "--json").json) == 2


def test_metrics_show_parts_definition_and_reason(dongche: Command, shops: dict[str, Entity]) -> None:
    report(shops["noodles"], "open", output_fen=300, output_normal_fen=200)
    report(shops["hotel"], "closed")
    rows = dongche("metrics", "--on", DAY, "--json", "--by", "community, line*community").json
    whole = {row["metric"]: row for row in rows if row["scope"] == {}}
    assert whole["resumption_rate"]["value"] == "33.33"
    assert whole["resumption_rate"]["denominator"] == 3
    assert whole["capacity_recovery_rate"]["value"] == "150.00"
    assert {"definition", "numerator", "coverage", "on", "as_known"} <= whole["resumption_rate"].keys()
    south = next(
        r for r in rows if r["metric"] == "production_rate" and r["scope"] == {"community": "370203900002"}
    )
    assert (south["value"], south["reason"]) == (None, "no_reports")
    assert {tuple(row["scope"]) for row in rows} == {(), ("community",), ("line", "community")}


def test_metrics_as_known_earlier_do_not_know_what_came_later(
    dongche: Command, shops: dict[str, Entity]
) -> None:
    report(shops["noodles"], "open")
    early = dongche(
        "metrics", "--on", DAY, "--as-known", f"{DAY}T10:59", "--metric", "reporting_rate", "--json"
    ).json
    late = dongche(
        "metrics", "--on", DAY, "--as-known", f"{DAY}T03:00Z", "--metric", "reporting_rate", "--json"
    ).json
    assert [(row[0]["numerator"], row[0]["denominator"]) for row in (early, late)] == [(0, 3), (1, 3)]


def test_metrics_as_csv_and_for_people(dongche: Command, shops: dict[str, Entity]) -> None:
    report(shops["noodles"], "open")
    written = dongche("metrics", "--on", DAY, "--csv", "--by", "community").out
    assert written.startswith("\ufeff")  # so that Excel takes it for UTF-8
    rows = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"))))
    assert rows[0]["metric"] == "resumption_rate"
    assert rows[0]["value"] == "33.33"
    assert rows[0]["community"] == ""
    assert {(row["community"], row["community_name"]) for row in rows} == {
        ("", ""),
        ("370203900001", "North"),
        ("370203900002", "South"),
    }
    shown = dongche("metrics", "--on", DAY, "--by", "community").out
    assert "Resumption rate" in shown
    assert "North" in shown
    assert "33.33" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("metrics", "--on", DAY, "--by", "weather"), "weather"),
        (("metrics", "--on", DAY, "--metric", "happiness"), "happiness"),
        (("metrics", "--on", "2999-01-01"), "cli.day_to_come"),
        (("brief", "--on", "2999-01-01"), "cli.day_to_come"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    dongche: Command, town: Town, arguments: tuple[str, ...], said: str
) -> None:
    answer = dongche(*arguments)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err


def test_a_password_is_made_and_works(dongche: Command, town: Town) -> None:
    answer = dongche("officer", "password", "n1")
    password = answer.out.split()[-1]
    assert Officer.objects.get(username="n1").check_password(password)
    assert len(password) == 19
    assert password not in str(list(AuditEntry.objects.values()))
    assert dongche("officer", "password", "nobody").code == 1
    listed = {row["username"]: row["can_sign_in"] for row in dongche("officer", "list", "--json").json}
    assert listed["duty"] is True


def test_whoever_cannot_sign_in_is_helped(dongche: Command, town: Town) -> None:
    assert dongche("officer", "unlock", "n1").code == 1
    lockout.admit((lockout.account_key("n1"),), clock.real())
    assert dongche("officer", "unlock", "n1", "--reason", "rang up").code == 0
    assert "org.no_factor" in dongche("officer", "reset-mfa", "n1", "--reason", "phone lost").err
    assert dongche("officer", "reset-mfa", "n1").code == 2
    access.add_totp(officer=town.n1, secret="JBSWY3DPEHPK3PXP", by=town.n1, at=NOW)
    assert dongche("officer", "reset-mfa", "n1", "--reason", "phone lost").code == 0
    link = dongche("officer", "invite", "n1").out.split()[-1]
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/invite/[\w-]{32}/", link)
    trace = AuditEntry.objects.filter(by_label="terminal").order_by("pk").values_list("action", "reason")
    assert list(trace) == [
        ("org.unlock", "rang up"),
        ("org.reset_second_factor", "phone lost"),
        ("org.invite", ""),
    ]


def test_a_weak_password_is_refused(dongche: Command, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.prompt", lambda *args, **options: "password")
    answer = dongche("officer", "password", "n1", "--ask")
    assert answer.code == 1
    assert "org.weak_password" in answer.err


def test_the_brief_is_written(dongche: Command, shops: dict[str, Entity], tmp_path) -> None:
    report(shops["noodles"], "open", output_fen=300, output_normal_fen=200)
    told = dongche("brief", "--on", DAY)
    assert told.code == 0
    assert "33.33" in told.out
    assert dongche("brief", "--on", DAY, "--format", "pdf").code == 2
    file = tmp_path / "brief.pdf"
    assert dongche("brief", "--on", DAY, "--output", str(file)).code == 0
    assert file.read_bytes().startswith(b"%PDF")
    missing = dongche("brief", "--on", DAY, "--output", str(tmp_path / "no" / "brief.md"))
    assert missing.code == 1
    assert "the folder does not exist" in missing.err
    assert "cli.output_unwritable" in missing.err


def test_rules_are_listed_tried_changed_and_undone(dongche: Command, shops: dict[str, Entity]) -> None:
    market = place(shops["noodles"].grid, "supermarket")
    listed = dongche("rules", "list", "--on", DAY, "--json").json
    assert [(rule["number"], rule["places"]) for rule in listed] == [
        (1, 0),
        (2, 1),
        (3, 0),
        (4, 1),
        (5, 0),
        (6, 2),
    ]
    change = ("rules", "change", "4", "--department", "370203900000L01", "--json")
    tried = dongche(*change, "--dry-run")
    assert (tried.code, tried.json["done"]) == (0, False)
    assert tried.json["effect"]["moved"] == [{"from": "370203900000L03", "to": "370203900000L01", "count": 1}]
    assert dongche(*change).json["done"] is True
    assert responsible_for(market, clock.today())[1].officer.username == "economy"
    done = dongche("rules", "history", "--json").json[0]
    assert (done["kind"], done["effect"]["moved"][0]["count"]) == ("changed", 1)
    assert "1 place moves from Economy to Market." in dongche("rules", "undo", str(done["change"])).out
    assert responsible_for(market, clock.today())[1].officer.username == "market"
    again = dongche("rules", "undo", str(done["change"]))
    assert (again.code, "[org.rule_change_undone]" in again.err) == (1, True)


def test_rules_refuse_what_is_not_there(dongche: Command, shops: dict[str, Entity]) -> None:
    assert "[cli.no_such_rule]" in dongche("rules", "change", "77", "--priority", "3").err
    assert "[cli.no_such_change]" in dongche("rules", "undo", "999999").err
    wrong = dongche("rules", "add", "370203900000L01", "--priority", "3", "--category", "castle")
    assert (wrong.code, "street_shop" in wrong.err) == (1, True)
    added = dongche(
        "rules", "add", "370203900000L01", "--priority", "3", "--category", "street_shop", "--dry-run"
    )
    assert "2 places move from Affairs to Economy." in added.out
    assert "4 places become" not in dongche("rules", "end", "6", "--until", "2099-01-01", "--dry-run").out


def test_posts_are_handed_over_after_a_trial(dongche: Command, town: Town) -> None:
    tried = dongche("post", "hand-over", "n1", "n2", "--dry-run", "--json").json
    assert (tried["done"], tried["posts"], tried["places"]) == (False, 1, 0)
    assert town.n1.posts.filter(superseded_at=None, until_on=None).count() == 1
    assert "1 posts" in dongche("post", "hand-over", "n1", "n2").out
    assert town.n2.posts.filter(superseded_at=None, until_on=None).count() == 2
    assert "[org.own_successor]" in dongche("post", "hand-over", "n2", "n2").err


def test_absences_are_noted_listed_and_ended(dongche: Command, town: Town) -> None:
    assert "n2 acts" in dongche("leave", "take", "n1", "--substitute", "n2").out
    (row,) = dongche("leave", "list", "--json").json
    assert (row["officer"], row["acting"], row["until_on"]) == ("n1", "n2", None)
    assert dongche("leave", "end", "n1").code == 0
    assert dongche("leave", "list", "--json").json == []
    assert "[cli.not_away]" in dongche("leave", "end", "n1").err


def test_who_tells_rule_version_rows_and_for_whom_somebody_acts(
    dongche: Command, town: Town, shops: dict[str, Entity]
) -> None:
    dongche("leave", "take", "n1", "--substitute", "n2", "--until", "2099-01-01")
    found = dongche("who", "青禾", "--json").json["responsible"][0]
    assert (found["officer"], found["rule_version"]) == ("n2", 1)
    assert found["stands_in_for"] == {"officer": "n1", "name": "Officer n1", "until_on": "2099-01-01"}
    assert [row["table"] for row in found["rows"]] == ["unit", "post", "leave"]
    assert "acts for Officer n1, who is back on 2099-01-01" in dongche("who", "青禾").out
    then = dongche("who", "青禾", "--as-known", "2020-03-01T12:00", "--json").json
    assert then["responsible"][0]["officer"] == "n1"
    assert dongche("who", "青禾", "--as-known", "2019-03-01T12:00", "--json").json["responsible"] == []


def test_assign_proposes_adopts_and_who_says_why(dongche: Command, town: Town) -> None:
    shops = [place(town.grid_n1, lon=120.001 + 0.001 * n, lat=36.005) for n in range(3)]
    place(town.grid_n2, lon=120.015, lat=36.005)
    north = town.north_community.code
    calm = dongche("assign", "--community", north, "--on", DAY)
    first = AssignmentProposal.objects.get().pk
    assert (calm.code, calm.out.splitlines()[0]) == (
        0, f"Proposal {first} (To be decided): 0 of 4 places move, 0 have nobody.",
    )  # fmt: skip
    told = dongche(
        "assign", "--community", north, "--on", DAY, "--absent", "n1", "--adopt", "--reason", "test", "--json"
    )
    assert (told.code, told.json["state"], told.json["moves"], told.json["status"]) == (
        0,
        "adopted",
        3,
        "optimal",
    )
    assert {(line["worker"], line["reason"]) for line in told.json["lines"] if line["is_move"]} == {
        ("n2", "absent")
    }
    assert {load["officer"]: load["after"] for load in told.json["loads"]} == {"n1": 0, "n2": 4}
    who = dongche("who", shops[0].number, "--on", DAY)
    assert f"assignment of proposal {first + 1} (S30)" in who.out
    assert "Officer n2" in who.out


def test_assign_divides_a_community_into_grids(dongche: Command, town: Town) -> None:
    for step in range(8):
        place(town.grid_n1, lon=120.001 + 0.001 * step, lat=36.003 + 0.0005 * step)
    place(town.grid_n2, lon=120.015, lat=36.005)
    north = town.north_community.code
    shown = dongche("assign", "--partition", "--community", north, "--grids", "3")
    assert shown.code == 0
    assert f"Proposal {AssignmentProposal.objects.get().pk} (To be decided): 3 grids" in shown.out
    assert "nobody holds a post here" in shown.out
    told = dongche("assign", "--partition", "--community", north, "--limit", "9", "--adopt", "--json")
    assert (told.code, told.json["state"], told.json["places"], told.json["largest"]) == (0, "adopted", 9, 9)
    assert [(grid["code"], grid["after"], grid["pieces"]) for grid in told.json["grids"]] == [
        (town.grid_n1.code, 9, 1)
    ]
    assert [(each["code"], each["to"]) for each in told.json["ending"]] == [
        (town.grid_n2.code, town.grid_n1.name)
    ]
    assert {line["reason"] for line in told.json["lines"] if line["is_move"]} == {"ended"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--partition", "--community", "370203900001001"), "cli.not_communities"),
        (("--partition", "--community", "370203900000", "--grids", "3"), "cli.one_community_only"),
        (("--community", "370203900001", "--grids", "3"), "cli.without_grids"),
        (("--partition", "--community", "370203900001", "--absent", "n1"), "cli.without_grids"),
        (("--partition", "--community", "370203900001"), "registry.nothing_to_divide"),
    ],
)
def test_assign_refuses_what_cannot_be_divided(
    dongche: Command, town: Town, given: tuple[str, ...], code: str
) -> None:
    refused = dongche("assign", *given)
    assert (refused.code, code in refused.err) == (1, True)


def test_assign_refuses_what_is_no_area(dongche: Command, town: Town) -> None:
    assert dongche("assign", "--community", "370203900000H", "--on", DAY).code == 1
    assert (
        "sub-district, a community or a grid"
        in dongche("assign", "--community", "370203900000H", "--on", DAY).err
    )
    assert (
        dongche("assign", "--community", town.north_community.code, "--on", DAY, "--absent", "ghost").code
        == 1
    )
