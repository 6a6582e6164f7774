"""What each kind of post may do, and what each permission means in words: read them as tables.

A post is held in a unit; the unit decides which rows are seen (`org.queries.scope_of`), the role what may be done.
Source: S14–S30 for who does what; the permissions are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class PostRole(TextChoices):
    SUPERIOR_OFFICER = "superior_officer", _("Officer of the superior level")
    HEADQUARTERS = "headquarters", _("Headquarters duty officer")
    ADMINISTRATOR = "administrator", _("Administrator of officers")
    DIVISION_LEADER = "division_leader", _("Division-level leader")
    DEPARTMENT_HEAD = "department_head", _("Department head")
    DEPARTMENT_OFFICER = "department_officer", _("Department officer")
    COMMUNITY_SECRETARY = "community_secretary", _("Community Party committee secretary")
    COMMITTEE_MEMBER = "committee_member", _("Community Party committee member")
    COMMUNITY_OFFICER = "community_officer", _("Community officer")
    GRID_LEAD = "grid_lead", _("Grid lead")
    GRID_WORKER = "grid_worker", _("Grid worker")


class Role(NamedTuple):
    """The kinds of units a post of this role is held in, what it may do, and its duty in one sentence."""

    unit_kinds: tuple[str, ...]
    permissions: frozenset[str]
    duty: StrOrPromise


_READ = frozenset({"desk.overview", "registry.read", "reporting.read", "reporting.brief", "org.read"})
# To call somebody, one needs the number; from a level above nobody calls places.
_CALL = {"registry.reveal", "registry.documents"}
_RECORD = _READ | _CALL | {"reporting.record", "registry.people", "registry.standing"}
# How people are, and who is observed, is known to those who look after them: headquarters and the block (domain 2l).
_CARE = {"registry.health", "registry.roster"}
_LEAD = {"org.coverage"}
_LEAVE = {"org.leave"}
_FOUND = {"org.groups"}
_SCREENS = {"org.screens"}
# Who answers for a unit says its figures (S12).
_PUBLISH = {"reporting.publish"}

ROLES: dict[str, Role] = {
    PostRole.SUPERIOR_OFFICER: Role(
        ("province", "city", "district"),
        _READ | _LEAD | _FOUND | _SCREENS,
        _("Reads the figures of every sub-district below, each with its definition and denominator."),
    ),
    PostRole.HEADQUARTERS: Role(
        ("headquarters",),
        _RECORD
        | _CARE
        | _LEAD
        | _LEAVE
        | _FOUND
        | _SCREENS
        | _PUBLISH
        | {
            "registry.import",
            "registry.write",
            "registry.erase",
            "reporting.superior",
            "org.write",
            "org.audit",
        },
        _(
            "Coordinates everything: sees all, keeps register and organisation, assigns across lines and blocks (S17)."
        ),
    ),
    PostRole.ADMINISTRATOR: Role(
        ("headquarters",),
        _READ | _LEAVE | _SCREENS | {"org.write", "org.people", "org.audit"},
        _("Invites officers, gives and ends posts, and helps whoever cannot sign in."),
    ),
    PostRole.DIVISION_LEADER: Role(
        ("headquarters",),
        _READ | _CALL | _LEAD | _FOUND | _PUBLISH,
        _(
            "Sponsors communities, keeps contact with key enterprises, coordinates what they cannot solve (S18, S48)."
        ),
    ),
    PostRole.DEPARTMENT_HEAD: Role(
        ("department",),
        _RECORD | _LEAD | _LEAVE | _PUBLISH,
        _("Answers for the places of the department's line (S19)."),
    ),
    PostRole.DEPARTMENT_OFFICER: Role(
        ("department",), _RECORD, _("Manages the places of the department's line in all communities (S19).")
    ),
    PostRole.COMMUNITY_SECRETARY: Role(
        ("community",),
        _RECORD | _CARE | _LEAD | _LEAVE | _PUBLISH,
        _("Answers with the community Party committee for every place of the community (S28)."),
    ),
    PostRole.COMMITTEE_MEMBER: Role(
        ("community",),
        _RECORD | _CARE,
        _("Shares the responsibility of the community Party committee (S28)."),
    ),
    PostRole.COMMUNITY_OFFICER: Role(
        ("community",),
        _RECORD | _CARE,
        _("Supports the grids of the community and stands in for the committee."),
    ),
    PostRole.GRID_LEAD: Role(
        ("grid",),
        _RECORD | _CARE,
        _("Leads the grid and serves its places where there is no grid worker (S20)."),
    ),
    PostRole.GRID_WORKER: Role(
        ("grid",), _RECORD | _CARE, _("Serves the places of the grid day by day (S20).")
    ),
}
PERMISSION_WORDS: dict[str, StrOrPromise] = {
    "desk.overview": _("See the overview of figures"),
    "registry.read": _("See places, with their contacts masked"),
    "registry.reveal": _("Show the contact of a place or officer in full, with a reason that is logged"),
    "registry.write": _("Change places, withdraw QR codes"),
    "registry.standing": _("Put down whether a place works, add its documents"),
    "registry.documents": _("Fetch the documents of a place"),
    "registry.import": _("Import registers of places"),
    "registry.people": _("See who is on the roster of a place, masked"),
    "registry.health": _("See how people of a place are and who is observed"),
    "registry.roster": _("Keep rosters of places, note temperatures"),
    "registry.erase": _("Delete personal data whose time is over"),
    "reporting.read": _("See what places reported"),
    "reporting.record": _("Report on behalf of a place"),
    "reporting.brief": _("Read the brief of the day"),
    "reporting.publish": _("Publish the figures of a day for the unit"),
    "reporting.superior": _("Enter the figures that district and city give"),
    "org.read": _("See units, posts and who answers for what"),
    "org.leave": _("Note who of the unit is away and who acts"),
    "org.groups": _("Found working groups, keep their members, texts and tasks"),
    "org.screens": _("Open and close screens that show the figures of the unit to everybody"),
    "org.coverage": _("See whether every place is covered, and each gap"),
    "org.write": _("Change units, line rules, sponsorships and absences"),
    "org.people": _("Invite officers, give and end posts, close accounts"),
    "org.audit": _("Read the audit log of the sub-district"),
}
PERMISSIONS = frozenset().union(*(role.permissions for role in ROLES.values()))
