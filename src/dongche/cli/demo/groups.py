"""The working group of the demonstration (S14): led, run and worked in through the ordinary actions, day by day.

Who sits in it follows S17–S20: headquarters as its office, leaders, the heads of departments and the secretaries of
communities by their posts. Tasks, measures and words are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from dongche.cli.demo.organisation import COMMUNITIES, DEPARTMENTS
from dongche.cli.demo.scene import FOUNDED_AT, FOUNDED_ON, SUBDISTRICT
from dongche.cli.reading import REASON
from dongche.kit.clock import BEIJING
from dongche.org import actions as org
from dongche.org.audit import System
from dongche.org.models import GroupTask, GroupText, Officer, Unit, WorkingGroup
from dongche.org.queries import Officers, Units

NAME = "复工复产工作专班"
PURPOSE = (
    "按照条块结合原则，把防控和复工两件事一起抓：谁牵头、做什么、到哪天、做到什么程度，一项一项明确下来。"
)
DUTIES = (
    "指挥部统筹：每天汇总复工情况，研究当天要定的事，统一向各部门、各社区交办。",
    "处级领导包社区：对所包社区的复工进度负责，社区解决不了的事当天接过来协调。",
    "责任部门管具体：按归口规则管好本类场所，到现场核查，把标准讲清楚。",
    "社区网格抓落实：逐户上门，摸清底数，每天催报，发现问题当天上报。",
)
STANDARDS = (
    "每个场所都查得到服务、管理、负责三个人，一个也不空缺。",
    "应报告的场所当天报告，未报的当天电话核实。",
    "企业提出的事项当天有回音，三个工作日内有办理意见。",
)


class Said(NamedTuple):
    """What happened to a task on a day: `deed` is note, finish, confirm, return or withdraw."""

    on: date
    deed: str
    words: str
    percent: int = 0
    due_on: date | None = None


class Task(NamedTuple):
    title: str
    owner: str
    given_on: date
    due_on: date
    why: str
    measure: str
    standard: int = 0
    helpers: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()


def _d(month: int, day: int) -> date:
    return date(2020, month, day)


TASKS = (
    Task(
        "两书两表发放到每一家",
        "affairs1",
        _d(2, 10),
        _d(2, 20),
        "先把告知书送到、承诺书签好，后面的核查才有依据。",
        "各社区按网格分片上门，当面讲解，当场登记。",
        1,
        ("nanshan", "haiboqiao"),
        (
            Said(_d(2, 14), "note", "沿街商铺已发放过半，写字楼由物业协助。", 55),
            Said(_d(2, 18), "note", "剩余为暂未联系上的场所，已张贴告知。", 90),
            Said(_d(2, 20), "finish", "全部发放完毕，未联系上的已列清单转网格跟进。"),
            Said(_d(2, 21), "confirm", "清单已看，转入日常催报。"),
        ),
    ),
    Task(
        "重点企业逐家走访一遍",
        "economy1",
        _d(2, 12),
        _d(2, 28),
        "重点企业先复工，能带动上下游。",
        "两人一组，每天走访不少于八家，问清缺什么、难在哪。",
        3,
        ("economy",),
        (
            Said(_d(2, 19), "note", "已走访四成，集中反映员工返岗和原料运输两类问题。", 40),
            Said(_d(2, 27), "finish", "走访完成。"),
            Said(_d(2, 28), "return", "有六家只打了电话，请补上门走访。", due_on=_d(3, 4)),
            Said(_d(3, 3), "finish", "六家已补访，问题已登记。"),
            Said(_d(3, 4), "confirm", ""),
        ),
    ),
    Task(
        "在建工地复工条件逐项核查",
        "enforcement1",
        _d(2, 20),
        _d(3, 10),
        "工地人员集中，条件不到位不能开工。",
        "对照清单到现场看：封闭管理、住宿、测温、物资储备。",
        1,
        ("enforcement",),
        (
            Said(_d(3, 2), "note", "半数工地已核查，两处住宿间距不够，限期整改。", 50),
            Said(_d(3, 9), "finish", "全部核查完，整改项已复看。"),
            Said(_d(3, 10), "confirm", "同意。"),
        ),
    ),
    Task(
        "外地员工集中观察场地备选方案",
        "emergency1",
        _d(2, 17),
        _d(2, 24),
        "预备外地返岗人员集中到来。",
        "摸排辖区可用的空置房源，列出床位数。",
        said=(Said(_d(2, 21), "withdraw", "区里统一安排场地，不再另备。"),),
    ),
    Task(
        "农贸市场和超市客流引导整改",
        "market1",
        _d(3, 5),
        _d(3, 20),
        "进出口人员交叉，排队过密。",
        "单向进出，地面画线，高峰时段增派人员。",
        1,
        ("market", "kangpinglu"),
        (
            Said(_d(3, 12), "note", "画线已完成，单向通道还差两处。", 60),
            Said(_d(3, 19), "finish", "通道全部调整到位，附现场记录。"),
        ),
    ),
    Task(
        "机电市场商户开业帮扶",
        "emergency1",
        _d(3, 9),
        _d(3, 25),
        "机电市场开业率偏低，影响周边企业配件供应。",
        "逐户问原因，能当场解决的当场解决，租金问题汇总上报。",
        3,
        ("emergency",),
        (
            Said(_d(3, 13), "note", "已问清八成商户，主要是人手和租金。", 45),
            Said(_d(3, 18), "note", "又有一批商户开业，租金诉求已汇总。", 70),
        ),
    ),
    Task(
        "楼宇和沿街商铺底数再核一遍",
        "nanshan",
        _d(3, 6),
        _d(3, 18),
        "换租、停业的情况有变化，底数要跟上。",
        "网格员对照名册逐户核，有出入的当天改。",
        1,
        ("nanshan2",),
        (Said(_d(3, 16), "note", "两处写字楼还在等物业提供租户表。", 80),),
    ),
    Task(
        "未复工场所原因逐户摸排",
        "haiboqiao",
        _d(3, 12),
        _d(3, 27),
        "剩下没复工的，要知道各自卡在哪里。",
        "分人手、物资、订单、租金、其他五类登记，每周汇总一次。",
        2,
        ("xitaiping", "nanninglu"),
        (Said(_d(3, 17), "note", "三个社区先行，已登记三成多。", 35),),
    ),
    Task(
        "员工返岗信息与登记表核对",
        "dongtaiping",
        _d(3, 4),
        _d(3, 23),
        "登记表和实际到岗人数对不上的要查清。",
        "每天抽查十家，到场点名核对。",
        2,
        said=(
            Said(_d(3, 13), "note", "抽查六成，三家人数有出入，已改正。", 60),
            Said(_d(3, 18), "finish", "抽查完成。"),
            Said(_d(3, 19), "return", "出入的三家改正后没有复查，请补。"),
        ),
    ),
    Task(
        "企业招工需求汇总和岗位对接",
        "economy",
        _d(3, 16),
        _d(3, 31),
        "开工的企业缺人，停工的人员在找活。",
        "每周更新一次岗位表，发到各社区张贴，并电话回访。",
        3,
        ("affairs",),
        (Said(_d(3, 19), "note", "第一批岗位表已发到社区。", 20),),
    ),
)


def load() -> None:
    """Found the group, give it members and texts, and live through its tasks in the order of days."""
    officers = {one.username: one for one in Officers.unscoped(reason=REASON).filter(is_active=True)}
    units = {
        unit.code: unit for unit in Units.unscoped(reason=REASON).filter(code__startswith=SUBDISTRICT[:9])
    }
    leader, duty = officers["leader1"], officers["duty"]
    group = org.found_group(
        unit=units[SUBDISTRICT],
        name=NAME,
        purpose=PURPOSE,
        source="S14",
        from_on=FOUNDED_ON,
        by=duty,
        at=FOUNDED_AT,
    )
    _seats(group, officers, units, duty)
    texts = [
        org.write_text(group=group, kind=kind, text=text, from_on=FOUNDED_ON, by=duty, at=FOUNDED_AT)
        for kind, sentences in ((GroupText.Kind.DUTY, DUTIES), (GroupText.Kind.STANDARD, STANDARDS))
        for text in sentences
    ]
    standards = texts[len(DUTIES) :]
    events: list[tuple[datetime, Task, Said | None]] = []
    for task in TASKS:
        events.append((_at(task.given_on, 9), task, None))
        events += [(_at(said.on, 17), task, said) for said in task.said]
    given: dict[str, GroupTask] = {}
    for at, about, said in sorted(events, key=lambda event: event[0]):
        if said is None:
            given[about.title] = org.give_task(
                group=group,
                title=about.title,
                owner=officers[about.owner],
                due_on=about.due_on,
                why=about.why,
                measure=about.measure,
                standard=standards[about.standard - 1] if about.standard else None,
                helpers=[officers[name] for name in about.helpers],
                by=leader,
                at=at,
            )
        else:
            _live(given[about.title], said, officers[about.owner], leader, at)
    late = given["楼宇和沿街商铺底数再核一遍"]
    org.raise_overdue(task=late, leader=leader, by=System("schedule"), at=_at(_d(3, 19), 8))


def _seats(
    group: WorkingGroup, officers: Mapping[str, Officer], units: Mapping[str, Unit], duty: Officer
) -> None:
    """Leaders by name; headquarters, heads and secretaries by their posts; whoever owns a task or helps by name."""
    told: dict[str, Any] = {"group": group, "from_on": FOUNDED_ON, "by": duty, "at": FOUNDED_AT}
    for name, part in (("leader1", "leader"), ("leader2", "deputy"), ("leader3", "deputy")):
        org.seat_member(part=part, officer=officers[name], **told)
    org.seat_member(part="office", unit=units[f"{SUBDISTRICT}H"], role="headquarters", **told)
    for number in range(1, len(DEPARTMENTS) + 1):
        org.seat_member(
            part="member", unit=units[f"{SUBDISTRICT}L{number:02d}"], role="department_head", **told
        )
    for community in COMMUNITIES:
        org.seat_member(part="member", unit=units[community.code], role="community_secretary", **told)
    for name in ("economy", "enforcement", "market", "emergency", "affairs", "nanshan2"):
        org.seat_member(part="member", officer=officers[name], **told)


def _live(task: GroupTask, said: Said, owner: Officer, leader: Officer, at: datetime) -> None:
    match said.deed:
        case "note":
            org.note_progress(task=task, percent=said.percent, note=said.words, by=owner, at=at)
        case "finish":
            org.finish_task(task=task, note=said.words, by=owner, at=at)
        case "confirm":
            org.confirm_task(task=task, note=said.words, by=leader, at=at)
        case "return":
            org.return_task(task=task, note=said.words, due_on=said.due_on, by=leader, at=at)
        case "withdraw":
            org.withdraw_task(task=task, reason=said.words, by=leader, at=at)


def _at(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), BEIJING)
