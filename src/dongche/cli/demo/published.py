"""What was published of the day before: locked in the evening, put right the next morning after late reports."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from dongche.cli.demo.scene import LAST
from dongche.kit.clock import BEIJING
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.reporting import publishing

SPEAKER = "示例党工委书记（示范数据）"


def load(subdistrict: Unit, by: Actor) -> None:
    """This function will publish through the ordinary actions, at the times at which it would have been done."""
    on = LAST - timedelta(days=1)
    evening = datetime.combine(on, time(17, 31), BEIJING)
    publishing.publish(unit=subdistrict, on=on, speaker=SPEAKER, by=by, at=evening)
    publishing.publish(
        unit=subdistrict,
        on=on,
        speaker=SPEAKER,
        reason="截止时间后收到迟报和更正（示范数据）",
        by=by,
        at=datetime.combine(LAST, time(11), BEIJING),
    )
