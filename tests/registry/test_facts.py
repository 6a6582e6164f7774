"""The register as facts: both databases give the contract's tables, and the version sees every change."""

from __future__ import annotations

from datetime import timedelta

from dongche.analytics.facts import SCHEMAS
from dongche.org import facts as org_facts
from dongche.registry import facts
from tests.factories.registry import exclude, place, revise
from tests.town import DAY, NOW, SETUP_AT, START, Town


def test_each_version_of_a_place_is_a_row(town: Town) -> None:
    entity = place(
        town.grid_n2, "enterprise", section="C", size="small", above_scale=True, focus="key_enterprise"
    )
    entity.focus, entity.size, entity.grid = "", "", None
    revise(entity, NOW)
    table = facts.entities()
    assert table.schema == SCHEMAS["entities"]
    common = {
        "entity_id": entity.pk, "from_on": START, "until_on": None, "subdistrict": town.subdistrict.code,
        "community": town.north_community.code, "category": "enterprise", "industry": "C", "above_scale": True,
    }  # fmt: skip
    rows = sorted(table.to_pylist(), key=lambda row: row["known_at"])
    assert rows == [
        common | {"known_at": SETUP_AT, "superseded_at": NOW, "grid": town.grid_n2.code, "size": "small",
                  "focus": "key_enterprise"},
        common | {"known_at": NOW, "superseded_at": None, "grid": None, "size": None, "focus": None},
    ]  # fmt: skip


def test_exclusions_and_line_rules_follow_the_contract(town: Town) -> None:
    assert facts.exclusions().num_rows == 0
    entity = place(town.grid_n1)
    exclude(entity, until_on=DAY)
    (row,) = facts.exclusions().to_pylist()
    assert (row["entity_id"], row["kind"], row["from_on"], row["until_on"]) == (
        entity.pk,
        "seasonal",
        START,
        DAY,
    )
    rules = org_facts.line_rules()
    assert rules.schema == SCHEMAS["line_rules"]
    assert [(r["line"], r["priority"], r["category"], r["focus"]) for r in rules.to_pylist()][:2] == [
        (town.departments["economy"].code, 10, None, "key_enterprise"),
        (town.departments["enforcement"].code, 20, "construction_site", None),
    ]


def test_the_version_changes_with_every_belief(town: Town) -> None:
    seen = [facts.version()]
    entity = place(town.grid_n1)
    seen.append(facts.version())
    revise(entity, NOW)
    seen.append(facts.version())
    exclusion = exclude(entity)
    seen.append(facts.version())
    exclusion.superseded_at = NOW + timedelta(seconds=1)
    exclusion.save()
    seen.append(facts.version())
    assert len(set(seen)) == len(seen)
    assert facts.version() == seen[-1]
