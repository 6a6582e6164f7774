"""What headquarters did with its register: pairs decided, a list saved, a deed on many places, papers of two places."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from dongche.cli.demo.scene import LAST, SUBDISTRICT_NAME
from dongche.cli.reading import REASON
from dongche.kit.clock import BEIJING
from dongche.org.models import Officer, Unit
from dongche.org.queries import Officers
from dongche.registry import actions
from dongche.registry.certificate import SHEET
from dongche.registry.models import Category, Document, DuplicatePair, Entity, Focus, PlaceBatch
from dongche.registry.queries import DuplicatePairs, Places
from dongche.web.typesetting import to_pdf

PROJECTS_AT: Final = datetime.combine(date(2020, 3, 2), time(15), BEIJING)
PAPERS_AT: Final = datetime.combine(date(2020, 2, 12), time(10), BEIJING)
DECIDED_AT: Final = datetime.combine(LAST, time(17, 30), BEIJING)
# Of the likeliest pairs; those after them are still to be decided.
DECISIONS: Final = (
    (DuplicatePair.State.APART, "现场核实：门头相邻、各有执照，是两家（示范数据）"),
    (DuplicatePair.State.POSTPONED, "待电话核实（示范数据）"),
)


def load(subdistrict: Unit) -> None:
    """Let the duty officer do what an officer does; needs the pairs that the search has found."""
    duty = Officers.unscoped(reason=REASON).get(username="duty")
    _projects(duty)
    _papers(duty)
    actions.save_view(
        name="未复工的骨干企业", filters="focus=key_enterprise&state=closed",
        columns=["name", "community", "industry", "staff_count", "line", "contact", "last_report"], sort="community",
        shared_with=subdistrict, is_default=False, by=duty, at=DECIDED_AT,
    )  # fmt: skip
    found = DuplicatePairs.unscoped(reason=REASON).standing().order_by("-score", "pk")
    for pair, (state, reason) in zip(found, DECISIONS, strict=False):
        actions.decide_pair(pair=pair, state=state, reason=reason, by=duty, at=DECIDED_AT)


def _projects(duty: Officer) -> None:
    """The building sites are key projects (S45): one deed on all of them."""
    sites = Places.unscoped(reason=REASON).filter(category=Category.CONSTRUCTION_SITE).order_by("pk")
    batch = actions.begin_batch(
        kind=PlaceBatch.Kind.FOCUS, places=list(sites.values_list("pk", flat=True)), refused={},
        given={"focus": Focus.KEY_PROJECT}, filters=f"category={Category.CONSTRUCTION_SITE}",
        reason="在建工地列为重点项目，逐个盯办（示范数据）", by=duty, at=PROJECTS_AT,
    )  # fmt: skip
    actions.carry_out_batch(batch=batch, by=duty, at=PROJECTS_AT)


def _papers(duty: Officer) -> None:
    """A letter of undertaking, set as our own papers are, of a key enterprise and of an office building."""
    places = Places.unscoped(reason=REASON).filter(until_on__isnull=True).order_by("number")
    for place in (
        places.filter(focus=Focus.KEY_ENTERPRISE).first(),
        places.filter(category=Category.OFFICE_BUILDING).first(),
    ):
        if place is not None:
            actions.attach_document(
                entity=place, kind=Document.Kind.UNDERTAKING, title="疫情防控承诺书（示范）",
                file_name=f"承诺书-{place.number}.pdf", content=_undertaking(place), on=date(2020, 2, 11),
                by=duty, at=PAPERS_AT,
            )  # fmt: skip


def _undertaking(place: Entity) -> bytes:
    content = {
        "language": "zh",
        "region": "cn",
        "title": "疫情防控承诺书（示范）",
        "number": place.number,
        "unit": SUBDISTRICT_NAME,
        "sentence": "本单位郑重承诺：落实疫情防控主体责任，员工逐一登记、每日测温，场所每日消毒，发现异常立即报告。"
        "本件为示范数据，单位与人员均为虚构。",
        "rows": [
            ["单位名称", place.name],
            ["地址", place.address or "—"],
            ["从业人员", f"{place.staff_count or '—'}人"],
            ["承诺日期", "2020年2月11日"],
        ],
        "note": "示范文件，不具有任何效力。",
        "signatures": ["负责人", "联系电话", "盖章"],
        "day": "2020年2月11日",
    }
    return to_pdf(SHEET, content, at=PAPERS_AT)
