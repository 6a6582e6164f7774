"""Units are found, read and changed in pages; nobody changes what is not theirs to keep."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.kit import clock
from dongche.org import actions
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units
from dongche.registry.models import Entity
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, PASSWORD, START, Town, square

EMPTY = "370203900001009"


@pytest.fixture(autouse=True)
def above(town: Town) -> Unit:
    """The town stands in a district, with another sub-district beside it."""

    def unit(kind: str, code: str, name: str, parent: Unit | None) -> Unit:
        return actions.create_unit(
            kind=kind, code=code, name=name, parent=parent, from_on=START, by=BY, at=NOW, reason="list"
        )

    district = unit("district", "370203000000", "市北区", None)
    actions.move_unit(unit=town.subdistrict, parent=district, by=BY, at=NOW)
    other = unit("subdistrict", "370203027000", "另一街道", district)
    unit("community", "370203027001", "南山社区居委会", other)
    return district


def signed_in(client: Client, officer: Officer) -> Client:
    client.force_login(officer)
    return client


def listed(client: Client, **query: str) -> list[str]:
    return [row.code for row in client.get(reverse("org:units"), query).context["rows"]]


def test_a_search_finds_by_two_characters_or_the_code_and_only_what_one_sees(
    client: Client, town: Town
) -> None:
    root = Officer.objects.create_superuser("root", PASSWORD, name="root")
    signed_in(client, root)
    assert listed(client) == ["370203000000"]
    assert listed(client, q="南山") == listed(client, q="南山社区") == ["370203027001"]
    assert listed(client, q="居委") == ["370203027001"]
    assert listed(client, q="370203027") == ["370203027000", "370203027001"]
    assert listed(client, q="南") == []
    signed_in(client, town.duty)
    assert listed(client) == ["370203000000"]
    assert listed(client, q="南山") == []
    assert client.get(reverse("org:unit", args=["370203027000"])).status_code == 404


def test_headquarters_changes_its_own_units_and_no_other(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    assert client.get(reverse("org:unit-change", args=["370203000000", "rename"])).status_code == 404
    assert client.get(reverse("org:unit-change", args=[town.grid_n1.code, "burn"])).status_code == 404
    sent = {"name": "北一网格", "party_organisation": "", "reason": ""}
    answer = client.post(reverse("org:unit-change", args=[town.grid_n1.code, "rename"]), sent)
    assert answer.status_code == 302
    assert Unit.objects.get(pk=town.grid_n1.pk).name == "北一网格"
    signed_in(client, town.n1)
    assert client.get(reverse("org:unit-change", args=[town.grid_n1.code, "rename"])).status_code == 403
    assert client.get(reverse("org:unit", args=[town.grid_n1.code])).status_code == 200


def test_a_grid_is_made_drawn_and_ended(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    new = {"kind": "grid", "code": EMPTY, "name": "新网格", "from_on": "2099-01-01", "dedicated_to": ""}
    answer = client.post(reverse("org:unit-new", args=[town.north_community.code]), new)
    assert answer.url == reverse("org:unit", args=[EMPTY])
    draw = reverse("org:unit-change", args=[EMPTY, "draw"])
    over = client.post(draw, {"text": json.dumps(square(120.005))})
    assert over.status_code == 422
    assert "org" not in (Unit.objects.get(code=EMPTY).polygon or {})
    seen = client.post(draw, {"text": json.dumps(square(120.04))})
    assert seen.status_code == 200
    assert Unit.objects.get(code=EMPTY).polygon is None
    kept = client.post(draw, {"text": seen.context["preview"]["text"], "keep": "yes"})
    assert kept.status_code == 302
    assert Unit.objects.get(code=EMPTY).polygon == square(120.04)
    end = client.post(reverse("org:unit-change", args=[town.grid_n1.code, "end"]), {"until_on": "2099-01-01"})
    assert end.status_code == 422
    done = client.post(reverse("org:unit-change", args=[EMPTY, "end"]), {"until_on": "2099-02-01"})
    assert done.status_code == 302


def test_a_page_of_a_unit_asks_as_often_however_much_lies_below(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    client.get(reverse("org:unit", args=[town.north_community.code]))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("org:unit", args=[town.north_community.code]))
    for n in range(10, 40):
        actions.create_unit(
            kind="grid", code=f"370203900001{n:03d}", name=f"第{n}网格", parent=town.north_community,
            from_on=START, by=BY, at=NOW, reason="more",
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("org:unit", args=[town.north_community.code]))
    assert len(few) == len(many)


DISTRICTS, SUBDISTRICTS, COMMUNITIES = 60, 1_200, 60_000
MOST_READ = 2_000


def grow(above: Unit) -> None:
    """A made-up tree around the town's, so large that reading it whole would not do (PostgreSQL)."""
    other = Unit.objects.get(code="370203027000")
    community = Unit.objects.get(code="370203027001")
    columns = [field.column for field in Unit._meta.concrete_fields if not field.primary_key]

    def insert(like: Unit, count: int, source: str, **made: str) -> None:
        """`count` units like one, numbered n; `made` are the columns that differ, `source` what they are joined to."""
        quoted = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(made.get(name, f'"like"."{name}"') for name in columns)
        cursor.execute(
            f"INSERT INTO org_unit ({quoted}) SELECT {values} FROM generate_series(1, {count}) AS n"
            f' JOIN org_unit AS "like" ON "like".id = {like.pk} {source}'
        )

    with connection.cursor() as cursor:
        insert(above, DISTRICTS, "", code="'98' || lpad(n::text, 10, '0')", name="'示例' || n || '区'")
        for like, count, parent, prefix, name in (
            (
                other,
                SUBDISTRICTS,
                DISTRICTS,
                "98",
                "chr(19968 + n % 4000) || chr(20968 + n % 3001) || '街道'",
            ),
            (
                community,
                COMMUNITIES,
                SUBDISTRICTS,
                "97",
                "chr(19968 + n % 4000) || chr(20968 + n % 3001) || '新村居委会'",
            ),
        ):
            is_community = like is community
            insert(
                like,
                count,
                f"JOIN org_unit AS up ON up.code = '{prefix}' || lpad((n % {parent} + 1)::text, 10, '0')",
                code=f"'{'96' if is_community else '97'}' || lpad(n::text, 10, '0')",
                name=name,
                parent_id="up.id",
                district_id="up.district_id" if is_community else "up.id",
                **({"subdistrict_id": "up.id"} if is_community else {}),
            )
        cursor.execute(
            "INSERT INTO org_unitgram (unit_id, gram) SELECT DISTINCT unit.id, substr(unit.name, at, 2) FROM org_unit unit"
            " JOIN generate_series(1, 12) AS at ON at < length(unit.name) WHERE unit.code LIKE '9%'"
        )
        cursor.execute("ANALYZE org_unit, org_unitgram")
    assert Unit.objects.count() > COMMUNITIES


def scans(units: Units) -> list[str]:
    """The steps of a page's plan that read far more units than the page shows.

    SQLite says what it would scan. PostgreSQL runs it: walking an index from end to end would be no better than a scan.
    """
    sql, parameters = units.order_by("code", "pk")[:51].query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            return [step for _id, _parent, _unused, step in cursor if step.startswith("SCAN org_unit")]
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
        (plans,) = cursor.fetchone()
    steps, found = [(json.loads(plans) if isinstance(plans, str) else plans)[0]["Plan"]], []
    while steps:
        step = steps.pop()
        steps += step.get("Plans", [])
        removed = step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Index Recheck", 0)
        read = (step["Actual Rows"] + removed) * step["Actual Loops"]
        if step.get("Relation Name") == "org_unit" and read > MOST_READ:
            found.append(f"{step['Node Type']} reads {read:.0f}")
    return found


def test_no_page_reads_the_whole_tree(town: Town, above: Unit) -> None:
    if connection.vendor == "postgresql":  # it reads a small tree whole, and is right to
        grow(above)
        # What has no index to go by is noticed.
        assert scans(Units.unscoped(reason="a control").filter(name__endswith="南"))
    officer = actions.create_officer(username="superior", name="x", password=PASSWORD, by=BY, at=NOW)
    actions.appoint(
        officer=officer, unit=above, role="superior_officer", from_on=START, by=BY, at=NOW, reason="x"
    )
    everything = Units.unscoped(reason="a super-user's list")
    seen = {
        "children": everything.filter(parent=above),
        "search": everything.named_like("南山"),
        "code": everything.named_like("3702"),
        "scope of a district": Units.visible_to(officer),
        "scope of headquarters": Units.visible_to(town.duty),
        "search in a district": Units.visible_to(officer).named_like("南山"),
        "in service": everything.of_service(),
        "kept": everything.kept_by(town.duty),
        "names of communities": everything.of_service().filter(kind=UnitKind.COMMUNITY),
    }
    found = {name: scans(units) for name, units in seen.items()}
    assert {name: steps for name, steps in found.items() if steps} == {}


def test_the_page_tells_what_is_planned_and_it_is_taken_back_there(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    code, day = town.north_community.code, clock.today() + timedelta(days=20)
    sent = {"name": "Northern", "party_organisation": "", "on": day.isoformat(), "reason": "notice 3"}
    assert client.post(reverse("org:unit-change", args=[code, "rename"]), sent).status_code == 302
    assert Unit.objects.get(code=code).name == "North"
    page = client.get(reverse("org:unit", args=[code]))
    (one,) = page.context["sheet"].planned
    assert (one.change.by, one.change.reason) == (town.duty, "notice 3")
    assert [part.revision.name for part in page.context["sheet"].life] == ["Northern", "North"]
    then = client.get(reverse("org:unit", args=[code]), {"on": day.isoformat()}).context["sheet"].then
    assert then.name == "Northern"
    withdraw = reverse("org:unit-withdraw", args=[code, one.change.pk])
    assert client.get(withdraw).status_code == 405
    assert (
        client.post(reverse("org:unit-withdraw", args=[town.grid_n1.code, one.change.pk])).status_code == 404
    )
    signed_in(client, town.n1)
    assert client.post(withdraw).status_code == 403
    signed_in(client, town.duty)
    assert client.post(withdraw).status_code == 302
    assert client.get(reverse("org:unit", args=[code])).context["sheet"].planned == []
    assert client.post(withdraw).status_code == 302  # a second time it says so and changes nothing


def test_a_past_day_is_answered_with_the_name_and_the_posts_of_that_day(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    actions.rename_unit(
        unit=town.north_community,
        name="Northern",
        party_organisation="",
        on=DAY,
        by=BY,
        at=clock.now(),
        reason="x",
    )
    code = town.north_community.code
    page = client.get(reverse("org:unit", args=[code]), {"on": (DAY - timedelta(days=1)).isoformat()})
    assert page.context["sheet"].then.name == "North"
    assert [post.officer for post in page.context["sheet"].posts] == [town.north]
    early = client.get(reverse("org:unit", args=[code]), {"on": "2019-01-01"})
    assert early.context["sheet"].then is None
    known = client.get(
        reverse("org:unit", args=[code]), {"on": DAY.isoformat(), "as_known": "2020-02-10T00:00"}
    )
    assert known.context["sheet"].then.name == "North"


def test_corners_are_read_as_people_write_them_and_refused_by_line(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    draw = reverse("org:unit-change", args=[town.grid_n1.code, "draw"])
    shown = client.get(draw)
    assert shown.context["board"]["outline"] == square(120.0)["coordinates"][0]
    assert len(shown.context["board"]["around"]) == 3
    good = client.post(draw, {"points": "120，36\n120.005 36\n\n120.005; 36.01\n120, 36.01\n120, 36"})
    assert good.status_code == 200
    assert json.loads(good.context["preview"]["text"])["coordinates"][0][:2] == [
        [120.0, 36.0],
        [120.005, 36.0],
    ]
    crossing = client.post(draw, {"points": "120, 36\n120.005, 36.01\n120.005, 36\n120, 36.01"})
    assert crossing.status_code == 422
    assert crossing.context["board"]["fault"] == [120.0025, 36.005]
    over = client.post(draw, {"points": "120, 36\n120.015, 36\n120.015, 36.01\n120, 36.01"})
    assert over.context["board"]["fault"][0] == pytest.approx(120.0125, abs=0.003)
    assert over.context["board"]["outline"][1] == [120.015, 36.0]
    for bad in ("120, 36\nhere\n120.1, 36.1", "120, 36\n120.1, 36", ""):
        assert client.post(draw, {"points": bad}).status_code == 422


def test_the_preview_counts_the_places_and_the_officer_decides(client: Client, town: Town) -> None:
    signed_in(client, town.duty)
    market = actions.create_unit(
        kind="grid", code=EMPTY, name="Market", parent=town.north_community, from_on=START, dedicated_to="market",
        by=BY, at=NOW, reason="x",
    )  # fmt: skip
    inside = place(town.grid_n1, lon=120.003, lat=36.003)
    draw = reverse("org:unit-change", args=[EMPTY, "draw"])
    corner = "120.002, 36.002\n120.006, 36.002\n120.006, 36.006\n120.002, 36.006"
    preview = client.post(draw, {"points": corner}).context["preview"]
    assert [(s.source, s.target, s.number) for s in preview["shifts"]] == [(town.grid_n1, market, 1)]
    client.post(draw, {"text": preview["text"], "keep": "yes", "with_places": "on"})
    assert Entity.objects.get(pk=inside.pk).grid == market
    end = reverse("org:unit-change", args=[EMPTY, "end"])
    assert [s.target for s in client.get(end).context["shifts"]] == [town.grid_n1]
    assert (
        "with_places"
        not in client.get(reverse("org:unit-change", args=[town.north_community.code, "end"]))
        .context["form"]
        .fields
    )
    client.post(end, {"until_on": clock.today().isoformat(), "with_places": "on"})
    assert Entity.objects.get(pk=inside.pk).grid == town.grid_n1
    assert Unit.objects.get(code=EMPTY).until_on == clock.today()
