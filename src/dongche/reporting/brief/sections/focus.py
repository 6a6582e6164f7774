"""五 三紧盯: key enterprises, key fields, key projects (S45)."""

from __future__ import annotations

from django.utils.translation import gettext

from dongche.registry.models import Focus
from dongche.reporting.brief.context import Context
from dongche.reporting.brief.model import Name, Part, Section, Table
from dongche.reporting.brief.sentences import listed, sentence


def section(context: Context) -> Section:
    """This function will set out the three focuses."""
    title = gettext("The three focuses")
    keys = [focus for focus in Focus.values if focus in context.keys("focus")]
    if not keys:
        none = sentence(gettext("No key enterprise, key field or key project is marked in the register."))
        return Section(title, (none,))
    columns = (
        gettext("Focus"),
        gettext("Should resume"),
        gettext("Resumed"),
        gettext("Resumption rate"),
        gettext("Since yesterday (points)"),
        gettext("Capacity recovery rate"),
        gettext("Staff back at post"),
    )
    rows = tuple(
        (
            Name(context.label("focus", key)),
            context.ref("resumption_rate", Part.DENOMINATOR, scope={"focus": key}),
            context.ref("resumption_rate", Part.NUMERATOR, scope={"focus": key}),
            context.ref("resumption_rate", Part.SHORT, scope={"focus": key}),
            context.change("resumption_rate", scope={"focus": key}),
            context.ref("capacity_recovery_rate", Part.SHORT, scope={"focus": key}),
            context.ref("return_to_post_rate", Part.SHORT, scope={"focus": key}),
        )
        for key in keys
    )
    unmarked = [(Name(context.label("focus", focus)),) for focus in Focus.values if focus not in keys]
    said = (
        sentence(gettext("Not yet marked in the register: %(focuses)s."), focuses=listed(unmarked))
        if unmarked
        else ()
    )
    return Section(title, (said,) if said else (), (Table(columns, rows),))
