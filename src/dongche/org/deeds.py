"""What the deeds of this room, and what they are done to, are called in the audit log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from dongche.org.models import GroupMember, GroupTask, GroupText, Leave, PlannedChange, UnitKind
from dongche.org.queries import GroupTasks, Officers, Posts, Sponsorships, Units, WorkingGroups
from dongche.org.roles import PostRole
from dongche.org.telling import Field, Named, Subject, Words
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS, WORK_WORDS


def units(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Units.visible_to(actor).filter(pk__in=[one for one in ids if isinstance(one, int)])
    return {pk: Named(name) for pk, name in found.values_list("pk", "name")}


def units_by_code(codes: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Units.visible_to(actor).filter(code__in=[one for one in codes if isinstance(one, str)])
    return {code: Named(name) for code, name in found.values_list("code", "name")}


def officers(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Officers.visible_to(actor).filter(pk__in=[one for one in ids if isinstance(one, int)])
    return {pk: Named(name or username) for pk, name, username in found.values_list("pk", "name", "username")}


def posts(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Posts.visible_to(actor).filter(pk__in=ids).values_list("pk", "role", "unit__name")
    return {pk: Named(f"{PostRole(role).label} · {unit}") for pk, role, unit in found}


def sponsorships(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Sponsorships.visible_to(actor).filter(pk__in=ids).values_list("pk", "community__name")
    return {pk: Named(name) for pk, name in found}


def groups(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = WorkingGroups.visible_to(actor).filter(pk__in=[one for one in ids if isinstance(one, int)])
    return {pk: Named(name) for pk, name in found.values_list("pk", "name")}


def tasks(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = GroupTasks.visible_to(actor).filter(pk__in=[one for one in ids if isinstance(one, int)])
    return {pk: Named(title) for pk, title in found.values_list("pk", "title")}


_PASSWORDS = {"to be changed": _("to be changed"), "chosen": _("chosen by themselves")}
_FACTORS = {"totp": _("Authenticator app"), "webauthn": _("Passkey"), "recovery_codes": _("Recovery codes")}
_KINDS = {
    **dict(UnitKind.choices),
    **dict(Leave.Kind.choices),
    **_FACTORS,
    **dict(GroupText.Kind.choices),
}
_LOCKS = {"account": _("Account"), "address": _("Address")}

WORDS = Words(
    deeds={
        "org.create_unit": _("Unit founded"),
        "org.load_divisions": _("Divisions loaded"),
        "org.rename_unit": _("Unit renamed"),
        "org.move_unit": _("Unit moved"),
        "org.end_unit": _("Unit ended"),
        "org.set_polygon": _("Area drawn"),
        "org.withdraw_change": _("Planned change taken back"),
        "org.take_effect": _("Planned change: its day"),
        "org.redraw_units": _("Areas drawn together"),
        "org.reopen_unit": _("End of a unit taken back"),
        "org.move_posts": _("Post moved to another unit"),
        "org.create_officer": _("Officer entered"),
        "org.bring_in": _("Officer brought in"),
        "org.correct_officer": _("Officer corrected"),
        "org.deactivate": _("Account closed"),
        "org.reactivate": _("Account opened again"),
        "org.reveal_phone": _("Phone shown in full"),
        "org.appoint": _("Appointed to a post"),
        "org.end_post": _("Post ended"),
        "org.change_post": _("Post changed"),
        "org.hand_over": _("Handed over"),
        "org.sponsor_community": _("Sponsorship given"),
        "org.end_sponsorship": _("Sponsorship ended"),
        "org.take_leave": _("Leave noted"),
        "org.cancel_leave": _("Leave cancelled"),
        "org.end_leave": _("Back from leave"),
        "org.set_line_rule": _("Line rule laid down"),
        "org.change_line_rule": _("Line rule changed"),
        "org.end_line_rule": _("Line rule ended"),
        "org.undo_rule_change": _("Change of line rules undone"),
        "org.open_work": _("Thing to do given"),
        "org.close_work": _("Thing to do closed"),
        "org.found_group": _("Working group founded"),
        "org.change_group": _("Working group changed"),
        "org.end_group": _("Working group ended"),
        "org.seat_member": _("Seat in a working group given"),
        "org.end_seat": _("Seat in a working group ended"),
        "org.write_text": _("Duty or standard laid down"),
        "org.end_text": _("Duty or standard ended"),
        "org.give_task": _("Task given"),
        "org.change_task": _("Task changed"),
        "org.note_progress": _("Progress of a task noted"),
        "org.finish_task": _("Task reported as done"),
        "org.confirm_task": _("Task confirmed"),
        "org.return_task": _("Task returned"),
        "org.withdraw_task": _("Task withdrawn"),
        "org.raise_overdue": _("Overdue task raised to the leader"),
        "org.seal_audit": _("Broken part of the log sealed off"),
        "org.trim_audit": _("Old entries moved to a file"),
        "org.sign_in": _("Signed in"),
        "org.sign_out": _("Signed out"),
        "org.lock_sign_in": _("Sign-in locked"),
        "org.unlock": _("Sign-in unlocked"),
        "org.set_password": _("Password set"),
        "org.require_new_password": _("New password demanded"),
        "org.give_password": _("Password given"),
        "org.change_password": _("Password changed"),
        "org.add_totp": _("Authenticator app added"),
        "org.add_passkey": _("Passkey added"),
        "org.rename_passkey": _("Passkey renamed"),
        "org.remove_factor": _("Second factor removed"),
        "org.renew_recovery_codes": _("Recovery codes renewed"),
        "org.reset_second_factor": _("Second factor reset"),
        "org.end_session": _("Session ended"),
        "org.end_other_sessions": _("Other sessions ended"),
        "org.link_identity": _("Other system linked"),
        "org.unlink_identity": _("Link to other system removed"),
        "org.invite": _("Invitation made"),
        "org.withdraw_invitation": _("Invitation withdrawn"),
        "org.accept_invitation": _("Invitation accepted"),
        "org.issue_token": _("Token for a program issued"),
        "org.revoke_token": _("Token for a program revoked"),
        "org.open_screen": _("Screen opened"),
        "org.pair_screen": _("Screen paired"),
        "org.close_screen": _("Screen closed"),
    },
    subjects={
        "unit": Subject(_("Unit"), units),
        "divisions": Subject(_("Divisions")),
        "officer": Subject(_("Officer"), officers),
        "post": Subject(_("Post"), posts),
        "sponsorship": Subject(_("Sponsorship"), sponsorships),
        "leave": Subject(_("Leave")),
        "line_rule": Subject(_("Line rule")),
        "rule_change": Subject(_("Change of line rules")),
        "work_item": Subject(_("Thing to do")),
        "working_group": Subject(_("Working group"), groups),
        "group_seat": Subject(_("Seat in a working group")),
        "group_text": Subject(_("Duty or standard")),
        "group_task": Subject(_("Task of a working group"), tasks),
        "audit": Subject(_("Audit log")),
        "sign_in": Subject(_("Sign-in")),
        "factor": Subject(_("Second factor")),
        "session": Subject(_("Session")),
        "identity": Subject(_("Other system")),
        "invitation": Subject(_("Invitation")),
        "api_token": Subject(_("Token for a program")),
        "screen": Subject(_("Wall screen")),
    },
    fields={
        "officer": Field(_("Officer"), names=officers),
        "officer_id": Field(_("Officer"), names=officers),
        "leader": Field(_("Sponsor leader"), names=officers),
        "leader_id": Field(_("Sponsor leader"), names=officers),
        "owner_id": Field(_("Task owner"), names=officers),
        "group_id": Field(_("Working group"), names=groups),
        "part": Field(_("Part in the group"), values=dict(GroupMember.Part.choices)),
        "state": Field(_("State"), values=dict(GroupTask.State.choices)),
        "percent": Field(_("Per cent done")),
        "due_on": Field(_("Due on")),
        "group_seats": Field(_("Seats in working groups")),
        "group_tasks": Field(_("Tasks in working groups")),
        "acting": Field(_("Absences in which they acted")),
        "substitute_id": Field(_("Substitute"), names=officers),
        "unit": Field(_("Unit"), names=units_by_code),
        "unit_id": Field(_("Unit"), names=units),
        "community": Field(_("Community"), names=units_by_code),
        "community_id": Field(_("Community"), names=units),
        "department": Field(_("Line"), names=units_by_code),
        "department_id": Field(_("Line"), names=units),
        "parent": Field(_("Belongs to"), names=units_by_code),
        "code": Field(_("Code")),
        "kind": Field(
            _("Kind"),
            values={
                **dict(UnitKind.choices),
                **dict(Leave.Kind.choices),
                **_FACTORS,
                **dict(GroupText.Kind.choices),
                **WORK_WORDS,
                "org.group_task": _("Task of a working group"),
                "org.group_confirm": _("Task reported as done"),
                "org.group_overdue": _("Overdue task raised to the leader"),
            },
        ),
        "role": Field(_("Post"), values={**dict(PostRole.choices), **ROLE_WORDS}),
        "from_on": Field(_("From")),
        "until_on": Field(_("First day without it")),
        "successor_id": Field(_("Successor"), names=officers),
        "posts": Field(_("Posts"), names=posts),
        "sponsorships": Field(_("Sponsorships"), names=sponsorships),
        "work": Field(_("Tasks")),
        "rules": Field(_("Line rules")),
        "party_organisation": Field(_("Party organisation")),
        "province": Field(_("Province"), names=units_by_code),
        "units": Field(_("Units")),
        "added": Field(_("Added")),
        "renamed": Field(_("Renamed")),
        "unchanged": Field(_("Unchanged")),
        "units_below": Field(_("Units below")),
        "square_metres": Field(_("Square metres")),
        "places_moved": Field(_("Places moved")),
        "change": Field(
            _("Planned change"),
            values={
                **dict(PlannedChange.Kind.choices),
                "withdrawn": _("taken back"),
                "done": _("took effect"),
                "refused": _("impossible by now"),
            },
        ),
        "is_active": Field(_("Account open")),
        "phone": Field(_("Phone")),
        "field": Field(
            _("What was shown"),
            values={
                "phone": _("Phone"),
                "contact_name": _("Contact person"),
                "contact_phone": _("Contact phone"),
            },
        ),
        "cause": Field(_("Cause"), values=CAUSE_WORDS),
        "row": Field(""),  # the numbers of rows say nothing to a reader
        "number": Field(_("Number")),
        "version": Field(_("Version")),
        "priority": Field(_("Priority")),
        "username": Field(_("User name")),
        "is_superuser": Field(_("Super-user")),
        "password": Field(_("Password"), values=_PASSWORDS),
        "name": Field(_("Name")),
        "signed_in": Field(
            _("Signed in with"),
            values={"password": _("Password"), "passkey": _("Passkey"), **_FACTORS},
        ),
        "session": Field(_("Session")),
        "sessions": Field(_("Sessions")),
        "sessions_ended": Field(_("Sessions ended")),
        "locked": Field(_("Locked"), values=_LOCKS),
        "until": Field(_("Until")),
        "factor": Field(_("Second factor")),
        "factors": Field(_("Second factors"), values=_FACTORS),
        "provider": Field(_("Other system")),
        "open_invitations": Field(_("Open invitations")),
        "invitation": Field(_("Invitation"), values={"open": _("open"), "withdrawn": _("withdrawn")}),
        "token": Field(_("Token for a program"), values={"open": _("open"), "revoked": _("revoked")}),
        "tokens": Field(_("Tokens for programs")),
        "expires_at": Field(_("Expires")),
        "used": Field(_("Used")),
        "key": Field(""),  # tells things to do apart; the details say it in words
        "task": Field(_("Task of a working group"), names=tasks),
        "group": Field(_("Working group"), names=groups),
        "data": Field(_("Details")),
        "closed_at": Field(_("Closed")),
        "first": Field(_("First entry")),
        "archive": Field(_("File")),
        "holds": Field(_("Chain holds")),
        "first_broken": Field(_("First broken entry")),
        "last_kept": Field(_("Last entry kept as found")),
        "what": Field(_("What was found")),
        "sha256": Field("SHA-256"),
    },
)
