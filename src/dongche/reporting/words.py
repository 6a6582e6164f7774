"""What people write into a cell for a choice of the daily report: 已复工, 停业, 物资、资金 … and what our pages say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.utils.translation import override

from dongche.kit.chinese import key
from dongche.reporting.models import Difficulty, State

_STATES: Final = {
    State.OPEN: "开 开业 营业 正常 正常营业 已营业 开工 已开工 复工 已复工 全面复工 复产 已复产 是 yes y open 1",
    State.PART: "部分 部分营业 部分开业 部分复工 部分开工 部分复产 半开 partly part partial",
    State.CLOSED: "关 关门 未开 未开业 未营业 不营业 停业 歇业 停工 停产 未复工 未开工 未复产 否 零报告 no n closed 0",
}
_DIFFICULTIES: Final = {
    Difficulty.SUPPLIES: "物资 防疫物资 口罩 防护用品 supplies",
    Difficulty.STAFF: "员工 用工 返岗 员工返岗 缺人 招工 staff",
    Difficulty.FUNDS: "资金 房租 租金 贷款 房租与贷款 房租贷款 funds rent loans",
    Difficulty.LOGISTICS: "物流 运输 物流运输 交通 logistics",
    Difficulty.MATERIALS: "原料 原材料 材料 供应链 materials",
    Difficulty.ORDERS: "订单 客源 客户 客源与订单 市场 orders customers",
}
_NONE: Final = frozenset({"", "无", "没有", "无困难", "none", "no", "/", "-"})
_BETWEEN: Final = re.compile(r"[、,，;；/|\n]+")


@cache
def _states() -> dict[str, str]:
    return _table(_STATES, State)


@cache
def _difficulties() -> dict[str, str]:
    return _table(_DIFFICULTIES, Difficulty)


def _table(words: Mapping[Any, str], choices: type[State] | type[Difficulty]) -> dict[str, str]:
    """Word → value: ours of every language the pages have, and those that people use."""
    found: dict[str, str] = {}
    for language in ("zh-hans", "zh-hant", "en"):
        with override(language):
            found |= {key(str(one.label)): str(one.value) for one in choices}
    for value, said in words.items():
        found |= {key(word): str(value) for word in said.split()}
    return found | {str(one.value): str(one.value) for one in choices}


def state(text: str) -> str:
    """This function will give the state that a word means. Empty: "" for a word that means none"""
    return _states().get(key(text), "")


def difficulties(text: str) -> tuple[tuple[str, ...], list[str]]:
    """This function will give the difficulties named in a text, as the form orders them, and words that name none."""
    known = _difficulties()
    words = [word for word in map(key, _BETWEEN.split(text)) if word not in _NONE]
    found = {known[word] for word in words if word in known}
    return tuple(one for one in Difficulty.values if one in found), [
        word for word in words if word not in known
    ]


def in_words(chosen: list[str] | tuple[str, ...]) -> str:
    """The difficulties as they stand in a cell."""
    labels = {str(one.value): str(one.label) for one in Difficulty}
    return "、".join(labels.get(one, one) for one in chosen)
