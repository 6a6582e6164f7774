"""Who answers for a place, the slow and obvious way: every row of every table looked at for one place at a time.

It shares nothing with `org.queries.duties` but the tables. The tests compare the two on made-up organisations.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from dongche.org.models import Leave, LineRule, Officer, Post, Sponsorship, UnitRevision
from dongche.registry.models import Entity, PlaceDuty, Revision

Outcome = tuple[str, int | None, str, int | None]  # role, officer, cause, stands in for


class Then:
    """All rows as they were believed at an instant (now when None) and held on a day."""

    def __init__(self, on: date, as_known: datetime | None) -> None:
        self.on, self.as_known = on, as_known
        self.posts = [p for p in Post.objects.order_by("from_on", "id") if self.holds(p)]
        self.leaves = [leave for leave in Leave.objects.all() if self.holds(leave)]
        self.rules = [rule for rule in LineRule.objects.all() if self.holds(rule)]
        self.sponsorships = [held for held in Sponsorship.objects.all() if self.holds(held)]
        self.duties = [duty for duty in PlaceDuty.objects.all() if self.holds(duty)]
        self.units = {
            version.unit_id: version for version in UnitRevision.objects.all() if self.holds(version)
        }

    def holds(self, row: Any) -> bool:
        if self.as_known is None:
            is_believed = row.superseded_at is None
        else:
            is_believed = row.known_at <= self.as_known and (
                row.superseded_at is None or self.as_known < row.superseded_at
            )
        return is_believed and row.from_on <= self.on and (row.until_on is None or self.on < row.until_on)

    def stands_for(self, officer: Officer) -> Officer | None:
        """Who does this officer's work: follow the substitutes until somebody is there."""
        seen: list[Officer] = []
        while True:
            away = [leave for leave in self.leaves if leave.officer_id == officer.pk]
            if not away:
                return officer
            seen.append(officer)
            substitute = away[0].substitute
            if substitute is None or not substitute.is_active or substitute in seen:
                return None
            officer = substitute

    def first_of(self, role: str, unit: int | None, posts: tuple[str, ...], lost: str) -> Outcome:
        if unit is None or unit not in self.units:
            return role, None, lost, None
        is_held = False
        for post in posts:
            holders = [p.officer for p in self.posts if (p.unit_id, p.role) == (unit, post)]
            holders = [officer for officer in holders if officer.is_active]
            is_held = is_held or bool(holders)
            for officer in holders:
                if self.stands_for(officer) == officer:
                    return role, officer.pk, "", None
            for officer in holders:
                acting = self.stands_for(officer)
                if acting is not None:
                    return role, acting.pk, "", officer.pk
        return role, None, "on_leave" if is_held else "vacant_post", None

    def named(self, role: str, entity: Entity) -> Outcome | None:
        for duty in self.duties:
            if (duty.entity_id, duty.role) != (entity.pk, role) or not duty.officer.is_active:
                continue
            serves_here = any(
                p.officer_id == duty.officer_id
                and p.unit_id in self.units
                and (p.unit.subdistrict_id or p.unit_id) == entity.subdistrict_id
                for p in self.posts
            )
            acting = self.stands_for(duty.officer) if serves_here else None
            if acting is not None:
                return role, acting.pk, "", None if acting == duty.officer else duty.officer_id
        return None

    def answers(self, entity: Entity) -> list[Outcome] | None:
        place: Any = entity
        if self.as_known is not None:
            versions = [v for v in Revision.objects.filter(entity=entity) if self.holds(v)]
            if not versions:
                return None
            place = versions[0]
        lost = "outside_polygons" if place.grid_id is None and entity.lon is not None else "no_grid"
        served = self.named("served_by", entity) or self.first_of(
            "served_by", place.grid_id, ("grid_worker", "grid_lead"), lost
        )
        responsible = self.first_of(
            "responsible",
            place.community_id,
            ("community_secretary", "committee_member", "community_officer"),
            "no_community",
        )
        sponsor = self.sponsor(place)
        found = [served, self.managed(entity, place), responsible, sponsor]
        contact = self.named("contact", entity)
        has_duty = any((d.entity_id, d.role) == (entity.pk, "contact") for d in self.duties)
        if place.focus == "key_enterprise" or has_duty:
            found.append(contact or ("contact", *sponsor[1:]))
        return found

    def managed(self, entity: Entity, place: Any) -> Outcome:
        fitting = [
            rule
            for rule in self.rules
            if rule.subdistrict_id == entity.subdistrict_id
            and rule.category in ("", place.category)
            and rule.focus in ("", place.focus)
            and rule.industry in ("", place.section)
            and rule.size in ("", place.size)
        ]
        if not fitting:
            return "managed_by", None, "no_rule", None
        best = min(rule.priority for rule in fitting)
        departments = {rule.department_id for rule in fitting if rule.priority == best}
        if len(departments) > 1:
            return "managed_by", None, "equal_rank", None
        return self.first_of(
            "managed_by", departments.pop(), ("department_officer", "department_head"), "unit_ended"
        )

    def sponsor(self, place: Any) -> Outcome:
        if place.community_id is None or place.community_id not in self.units:
            return "sponsor", None, "no_community", None
        for held in self.sponsorships:
            if held.community_id == place.community_id and held.leader.is_active:
                acting = self.stands_for(held.leader)
                if acting is None:
                    return "sponsor", None, "on_leave", None
                return "sponsor", acting.pk, "", None if acting == held.leader else held.leader_id
        return "sponsor", None, "no_sponsor", None
