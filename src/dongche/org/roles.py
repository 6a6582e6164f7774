"""What each kind of post may do: read it as a table.

A post is held in a unit; the unit decides which rows are seen (`org.queries.scope_of`), the role what may be done.
Source: S14–S30 for who does what; the permissions are ours.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PostRole(TextChoices):
    HEADQUARTERS = "headquarters", _("Headquarters duty officer")
    DIVISION_LEADER = "division_leader", _("Division-level leader")
    DEPARTMENT_HEAD = "department_head", _("Department head")
    DEPARTMENT_OFFICER = "department_officer", _("Department officer")
    COMMUNITY_SECRETARY = "community_secretary", _("Community Party committee secretary")
    COMMUNITY_OFFICER = "community_officer", _("Community officer")
    GRID_LEAD = "grid_lead", _("Grid lead")
    GRID_WORKER = "grid_worker", _("Grid worker")


class Role(NamedTuple):
    unit_kinds: tuple[str, ...]
    permissions: frozenset[str]


_READ = frozenset({"desk.overview", "registry.read", "reporting.read", "reporting.brief"})
_RECORD = _READ | {"reporting.record"}

ROLES: dict[str, Role] = {
    PostRole.HEADQUARTERS: Role(
        ("headquarters",), _RECORD | {"registry.import", "registry.write", "org.coverage", "org.write"}
    ),
    PostRole.DIVISION_LEADER: Role(("headquarters",), _READ | {"org.coverage"}),
    PostRole.DEPARTMENT_HEAD: Role(("department",), _RECORD | {"org.coverage"}),
    PostRole.DEPARTMENT_OFFICER: Role(("department",), _RECORD),
    PostRole.COMMUNITY_SECRETARY: Role(("community",), _RECORD | {"org.coverage"}),
    PostRole.COMMUNITY_OFFICER: Role(("community",), _RECORD),
    PostRole.GRID_LEAD: Role(("grid",), _RECORD),
    PostRole.GRID_WORKER: Role(("grid",), _RECORD),
}
PERMISSIONS = frozenset().union(*(role.permissions for role in ROLES.values()))
