"""Who was away in the demonstration: two grid workers whom nobody stood in for at first, and one with a substitute.

So the course of the coverage has days with gaps, and on the last day somebody acts for somebody else.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import NamedTuple

from dongche.kit.clock import BEIJING
from dongche.org import actions as org
from dongche.org.audit import Actor
from dongche.org.queries import Officers

REASON = "the demonstration enters everybody's absences"


class Absence(NamedTuple):
    username: str
    from_on: date
    until_on: date
    substitute: str = ""
    kind: str = "isolation"


ABSENCES = (
    Absence("grid002003", date(2020, 2, 12), date(2020, 2, 19)),
    Absence("grid021005", date(2020, 2, 15), date(2020, 2, 17)),
    Absence("grid017002", date(2020, 3, 16), date(2020, 3, 24), "grid017001", "sick"),
)


def load(*, by: Actor) -> None:
    """Enter each absence on its first morning, as somebody would have."""
    officers = {officer.username: officer for officer in Officers.unscoped(reason=REASON)}
    for absence in ABSENCES:
        org.take_leave(
            officer=officers[absence.username],
            substitute=officers.get(absence.substitute),
            kind=absence.kind,
            from_on=absence.from_on,
            until_on=absence.until_on,
            by=by,
            at=datetime.combine(absence.from_on, time(8), BEIJING),
        )
