"""Roles, causes of gaps and rules in words, for pages and commands alike."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.org.roles import PostRole

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
_LINE_RULE = re.compile(r"(?P<source>.+) #(?P<rank>\d+)")


def rule_in_words(rule: str) -> str:
    """The rule of an `org.queries.Answer` in words: "S25 #30: department_officer" names source, rank and post."""
    name, _colon, post = rule.partition(": ")
    line = _LINE_RULE.fullmatch(name)
    shown = BLOCK_RULES.get(name, name)
    if line:
        source = SOURCES.get(line["source"], line["source"])
        shown = gettext("line rule %(rank)s (%(source)s)") % {"rank": line["rank"], "source": source}
    if post not in PostRole.values:
        return str(shown)
    return gettext("%(rule)s: %(post)s") % {"rule": shown, "post": PostRole(post).label}


def gap_in_words(role: str, cause: str) -> str:
    return gettext("%(role)s: %(cause)s") % {
        "role": ROLE_WORDS.get(role, role),
        "cause": CAUSE_WORDS.get(cause, cause),
    }
