"""What was asked about reports: entries for many places, a file of them, checks of doubtful ones, a call-back sample.

Everything through the ordinary actions. No state and no output of a report is changed, so the figures stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from dongche.analytics import sampling
from dongche.cli.demo.brought import bring
from dongche.cli.demo.scene import LAST
from dongche.cli.reading import REASON
from dongche.kit.clock import BEIJING
from dongche.org.audit import Actor
from dongche.org.models import Officer, Unit
from dongche.org.queries import Officers
from dongche.registry.models import ImportBatch
from dongche.registry.queries import Places
from dongche.reporting import actions, checking, words
from dongche.reporting import values as rules
from dongche.reporting.appending import Entry
from dongche.reporting.models import Channel, Check, Report
from dongche.reporting.queries import Checks, Reports, in_state

ON: Final = LAST - timedelta(days=1)  # the last day whose electricity has been read
PROPOSED_AT: Final = datetime.combine(LAST, time(9, 38), BEIJING)
ENTERED_AT: Final = datetime.combine(LAST, time(16, 20), BEIJING)
BROUGHT_AT: Final = datetime.combine(LAST, time(16, 40), BEIJING)
CALLED_AT: Final = datetime.combine(LAST, time(15), BEIJING)
SIZE, SEED = 30, 20200319
# What those said who were rung up, over and over; the last ones of the sample have not been called yet.
ANSWERS: Final = (
    ("operating",) * 9 + ("not_reached",) + ("operating",) * 6 + ("not_operating", "wrong_number")
)
CALLED: Final = 25


def load(subdistrict: Unit, by: Actor) -> None:
    """This function will let officers enter, bring in, check and ring up."""
    duty = Officers.unscoped(reason=REASON).get(username="duty")
    worker = Officers.unscoped(reason=REASON).get(username="grid002001")
    _enter(worker)
    _file(subdistrict, duty)
    actions.propose_checks(subdistrict=subdistrict, on=ON, by=by, at=PROPOSED_AT)
    _check(duty)
    _sample(subdistrict, duty)


def _told(places: Places, count: int) -> list[Report]:
    reports = Reports.unscoped(reason=REASON).current(ON).filter(entity__in=places)
    return list(reports.select_related("entity").order_by("entity__number")[:count])


def _enter(worker: Officer) -> None:
    """The grid: one officer brings the masks of a row of shops up to date."""
    entries = [
        Entry(told.entity, ON, replace(rules.of_report(told), mask_days=7 + n % 5), f"demo-grid-{told.pk}")
        for n, told in enumerate(_told(Places.visible_to(worker), 12))
    ]
    actions.record_together(entries=entries, channel=Channel.OFFICER, by=worker, at=ENTERED_AT)


def _file(subdistrict: Unit, by: Officer) -> None:
    """A market sends the reports of itself and of those around it as a file."""
    every = Places.unscoped(reason=REASON)
    places = every.filter(grid__in=every.filter(category="farm_produce_market").values("grid")[:1])
    rows = [
        {
            "场所编号": told.entity.number,
            "场所名称": told.entity.name,
            "报告日期": told.on,
            "是否营业": told.get_state_display(),
            "在岗人数": told.staff_at_post,
            "应到岗人数": told.staff_due,
            "当日产值（元）": None if told.output_fen is None else told.output_fen / 100,
            "平时每日产值": None if told.output_normal_fen is None else told.output_normal_fen / 100,
            "体温异常人数": told.abnormal_temperature,
            "口罩可用天数": 10,
            "目前的困难": words.in_words(told.difficulties),
        }
        for told in _told(places, 30)
    ]
    if rows:
        bring("市场填报0319.xlsx", rows, ImportBatch.Kind.REPORTS, subdistrict, by, BROUGHT_AT)


def _check(duty: Officer) -> None:
    """Of the checks that were proposed one is answered, one taken and one dismissed; the others wait."""
    proposed: Iterable[Check] = (
        Checks.unscoped(reason=REASON).of_doubts().select_related("entity__subdistrict").order_by("pk")
    )
    by_code: defaultdict[str, list[Check]] = defaultdict(list)
    for check in proposed:
        by_code[check.codes[0]].append(check)
    at = PROPOSED_AT + timedelta(hours=1)
    for check in by_code["open_without_power"][:1]:
        checking.take_check(check=check, officer=duty, due_on=LAST, by=duty, at=at)
        checking.record_outcome(
            check=check, finding="not_operating", way="visit", note="大门关闭，仅门卫值守（示范数据）", by=duty,
            at=at + timedelta(hours=2),
        )  # fmt: skip
    for check in by_code["output_far_from_power"][:1]:
        checking.take_check(check=check, officer=duty, due_on=LAST + timedelta(days=1), by=duty, at=at)
    for check in by_code["night"][:1]:
        checking.dismiss_check(check=check, reason="夜班交接时填报，情况属实（示范数据）", by=duty, at=at)


def _sample(subdistrict: Unit, duty: Officer) -> None:
    """A sample by community, most of it rung up."""
    places = Places.unscoped(reason=REASON).filter(subdistrict=subdistrict)
    strata: defaultdict[str, list[int]] = defaultdict(list)
    for pk, code in in_state(places, ON, "resumed").values_list("pk", "community__code"):
        strata[code or "unknown"].append(pk)
    sample = checking.draw_sample(
        subdistrict=subdistrict, on=ON, size=SIZE, seed=SEED, strata="community",
        drawn=sampling.draw(strata, SIZE, SEED), sizes={key: len(ids) for key, ids in strata.items()},
        expected=places.active(ON).count(), by=duty, at=CALLED_AT,
    )  # fmt: skip
    calls = Checks.unscoped(reason=REASON).filter(sample=sample).select_related("entity__subdistrict")
    for n, call in enumerate(calls.order_by("turn")[:CALLED]):
        at = CALLED_AT + timedelta(minutes=2 * n)
        checking.record_outcome(check=call, finding=ANSWERS[n % len(ANSWERS)], way="call", by=duty, at=at)
