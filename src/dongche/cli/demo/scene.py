"""Where and when the demonstration plays, and who can sign in. Needs no Django, so refusals can look at it."""

from __future__ import annotations

from datetime import date, datetime, time

from dongche.kit.clock import BEIJING
from dongche.kit.messages import N_

SUBDISTRICT, SUBDISTRICT_NAME = "370203026000", "阜新路街道"
PACK = "epidemic-2020"
FOUNDED_ON = date(2020, 2, 3)
FIRST, LAST = date(2020, 2, 8), date(2020, 3, 20)
DAYS = (LAST - FIRST).days + 1
FOUNDED_AT = datetime.combine(FOUNDED_ON, time(9), BEIJING)
IMPORTED_AT = datetime(2020, 2, 7, 16, 0, tzinfo=BEIJING)
SHOWN_AT = datetime.combine(LAST, time(18), BEIJING)

PASSWORD = "fuxin-lu-2020"  # noqa: S105 – printed for everybody; the demonstration is served on this machine only
SIGN_INS = (
    ("duty", N_("Headquarters duty officer: sees and does everything")),
    ("leader1", N_("Division-level leader: the communities in their charge")),
    ("economy", N_("Department officer: the 100 key enterprises")),
    ("nanshan", N_("Community secretary: one community")),
    ("grid002001", N_("Grid worker: one grid, on the phone")),
)
