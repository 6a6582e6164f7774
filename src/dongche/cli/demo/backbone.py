"""The list of backbone firms of the demonstration: the first decision, and one exchange that keeps the number."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np

from dongche.cli.demo.places import Places
from dongche.kit.clock import BEIJING
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry import actions as registry
from dongche.registry.queries import Places as Known

REASON = "the demonstration enters its own list"
FIRST_ON, EXCHANGED_ON = date(2020, 2, 8), date(2020, 3, 2)


def load(made: Places, ids: list[int], subdistrict: Unit, *, by: Actor) -> None:
    """Bring the key enterprises onto the list: all but one at first, in whose place another firm stands until March."""
    keys = np.flatnonzero(made.is_key).tolist()
    other = next(i for i in range(len(made)) if made.category_of(i) == "enterprise" and not made.is_key[i])
    firms = Known.unscoped(reason=REASON).in_bulk([ids[i] for i in [*keys, other]])
    *first, last = (firms[ids[i]] for i in keys)
    registry.decide_backbone(
        subdistrict=subdistrict,
        document="阜新路街办发〔2020〕示范3号",
        reason="确定首批骨干企业名单（示范数据）",
        from_on=FIRST_ON,
        entering=[*first, firms[ids[other]]],
        leaving=[],
        by=by,
        at=datetime.combine(FIRST_ON, time(10), BEIJING),
    )
    registry.decide_backbone(
        subdistrict=subdistrict,
        document="阜新路街办发〔2020〕示范9号",
        reason="按产值排名调整一家（示范数据）",
        from_on=EXCHANGED_ON,
        entering=[last],
        leaving=[firms[ids[other]]],
        by=by,
        at=datetime.combine(EXCHANGED_ON, time(10), BEIJING),
    )
