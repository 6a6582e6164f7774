"""Roles, causes of gaps and rules in words, for pages and commands alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from dongche.org.roles import PostRole

if TYPE_CHECKING:
    from dongche.org.models import LineRule, Unit

ROLE_WORDS = {
    "served_by": _("Served by"),
    "managed_by": _("Managed by"),
    "responsible": _("Responsible"),
    "sponsor": _("Sponsor leader"),
    "contact": _("Leader in contact"),
}
CAUSE_WORDS = {
    "no_grid": _("the place lies in no grid"),
    "no_community": _("the place lies in no community"),
    "no_rule": _("no line rule applies"),
    "no_sponsor": _("the community has no sponsor leader"),
    "vacant_post": _("the post is vacant"),
    "on_leave": _("the holder is away and nobody acts"),
    "outside_polygons": _("the place lies outside every grid on the map"),
    "equal_rank": _("two line rules of equal rank disagree"),
    "unit_ended": _("the department has ended"),
}
BLOCK_RULES = {
    "S20 grid": _("its grid (S20)"),
    "S28 community": _("its community (S28)"),
    "S29 dedicated grid": _("its dedicated grid (S29)"),
    "S30 assignment": _("named for this place (S30)"),
    "S18 sponsorship": _("leaders sponsor communities (S18)"),
    "S48 contact": _("keeps contact with this enterprise (S48)"),
    "S48 by sponsorship": _("sponsors its community, nobody else being named (S48)"),
}
SOURCES = {"default": _("by default"), "assumed": _("assumed")}
_PROPOSAL = re.compile(r"proposal (?P<number>\d+)")
_LINE_RULE = re.compile(r"(?P<source>.+) #(?P<rank>\d+)")


# Things to do that this room opens, by their kind.
WORK_WORDS = {
    "org.change_refused": _("A planned change was impossible on its day and is taken back: decide anew")
}


def rule_in_words(rule: str) -> str:
    """The rule of an `org.queries.Answer` in words: "S25 #30: department_officer" names source, rank and post."""
    name, _colon, post = rule.partition(": ")
    line = _LINE_RULE.fullmatch(name)
    shown = BLOCK_RULES.get(name, name)
    if line:
        source = SOURCES.get(line["source"], line["source"])
        shown = gettext("line rule %(rank)s (%(source)s)") % {"rank": line["rank"], "source": source}
    proposal = _PROPOSAL.fullmatch(post)
    if proposal:
        return gettext("assignment of proposal %(number)s (S30)") % {"number": proposal["number"]}
    if post not in PostRole.values:
        return str(shown)
    return gettext("%(rule)s: %(post)s") % {"rule": shown, "post": PostRole(post).label}


def source_in_words(source: str) -> str:
    return str(SOURCES.get(source, source))


def acting_in_words(holder: str, back_on: date | None) -> str:
    """That somebody acts for the holder of a post who is away; `back_on` is their first day at work again."""
    if back_on is None:
        return gettext("acts for %(holder)s, who is away") % {"holder": holder}
    words = {"holder": holder, "day": back_on.isoformat()}
    return gettext("acts for %(holder)s, who is back on %(day)s") % words


def unit_in_words(unit: Unit | None) -> str:
    """What else is to be said of a unit beside its name: its Party organisation, what a grid is dedicated to."""
    if unit is None:
        return ""
    if unit.dedicated_to:
        return gettext("dedicated grid: %(kind)s") % {"kind": unit.get_dedicated_to_display()}
    return unit.party_organisation


def gap_in_words(role: str, cause: str) -> str:
    return gettext("%(role)s: %(cause)s") % {
        "role": ROLE_WORDS.get(role, role),
        "cause": CAUSE_WORDS.get(cause, cause),
    }


def conditions_in_words(rule: LineRule, names: Mapping[str, Mapping[str, Any]]) -> str:
    """What a rule asks of a place; `names` gives the words of the values: condition → value → word."""
    wanted = [(name, getattr(rule, name)) for name in ("category", "focus", "industry", "size")]
    said = [str(names.get(name, {}).get(value, value)) for name, value in wanted if value]
    return pgettext("conditions that all hold", " and ").join(said) or gettext("every place")


def effect_in_words(effect: Mapping[str, Any], units: Mapping[str, str]) -> list[str]:
    """What a change of line rules moved, a sentence each; `units` are the names of departments by code."""
    nobody = gettext("no department")
    said = [
        ngettext(
            "%(count)s place moves from %(before)s to %(after)s.",
            "%(count)s places move from %(before)s to %(after)s.",
            move["count"],
        )
        % {
            "count": move["count"],
            "before": units.get(move["from"] or "", move["from"]) or nobody,
            "after": units.get(move["to"] or "", move["to"]) or nobody,
        }
        for move in effect.get("moved", ())
    ]
    lost, won, equal = (effect.get(name, 0) for name in ("uncovered", "covered", "equal_rank"))
    if lost:
        said.append(
            ngettext("%(count)s place becomes uncovered.", "%(count)s places become uncovered.", lost)
            % {"count": lost}
        )
    if won:
        said.append(
            ngettext("%(count)s place is covered anew.", "%(count)s places are covered anew.", won)
            % {"count": won}
        )
    if equal:
        said.append(
            ngettext(
                "For %(count)s place two rules of equal rank disagree.",
                "For %(count)s places two rules of equal rank disagree.",
                equal,
            )
            % {"count": equal}
        )
    if not said and "places" in effect:
        said.append(gettext("No place changes its department."))
    return said


def in_area(area: str, unit: str) -> str:
    """The name of a unit with that of its sub-district before it, where one is given."""
    return gettext("%(subdistrict)s %(unit)s") % {"subdistrict": area, "unit": unit} if area else unit
