"""What a sub-district contributes to its district and city (S111): its own counts as a share of theirs.

An officer who sees several sub-districts sees the shares computed from all of them. One sub-district alone does not
know its superior's totals: headquarters enters them with day and source (`reporting.superior`), or they stand in the
pack (`superior.yaml`); until they are given, the page says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml
from django.utils.translation import gettext

from dongche.desk.areas import Areas
from dongche.desk.measured import Now, in_people_unit, keyed
from dongche.desk.narrowing import Narrowed
from dongche.kit.decimals import percent
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer
from dongche.reporting import figures
from dongche.reporting.models import SuperiorFigure
from dongche.reporting.superior import Superiors
from dongche.web import campaign
from dongche.web.spreadsheets import Table

Level, Quantity = SuperiorFigure.Level, SuperiorFigure.Quantity
# The quantity → the part of the figure that counts it.
QUANTITIES: Final[Mapping[str, tuple[str, str]]] = {
    Quantity.PLACES: ("resumption_rate", "denominator"),
    Quantity.RESUMED: ("resumption_rate", "numerator"),
    Quantity.STAFF_AT_POST: ("return_to_post_rate", "numerator"),
    Quantity.OUTPUT_YUAN: ("capacity_recovery_rate", "numerator"),
}
METRICS: Final = tuple(dict.fromkeys(metric for metric, _part in QUANTITIES.values()))


class SuperiorUnreadable(Problem):
    code = "desk.superior_unreadable"
    status = 500
    message = N_(
        "The file of the superior's figures %(file)s cannot be used: at “%(key)s” stands %(given)s, expected is "
        "%(expected)s."
    )


@dataclass(frozen=True)
class Given:
    """A total of a superior level for a day, as it was given. Units: whole places, people or yuan"""

    level: str
    on: date
    quantity: str
    amount: int
    source: str


@dataclass(frozen=True)
class Share:
    """One quantity of one part: its own amount, the total's, and its share in per cent.

    Empty: no `total` while the superior's figure has not been given; no `share` then, and of nothing
    """

    part: str
    quantity: str
    name: str
    own: int
    total: int | None
    share: Decimal | None
    level: str = ""
    source: str = ""

    @property
    def level_name(self) -> str:
        return str(Level(self.level).label) if self.level else ""

    @property
    def is_odd(self) -> bool:
        """Whether the part is more than the whole, which cannot be."""
        return self.total is not None and self.own > self.total


def build(officer: Officer, on: date, areas: Narrowed, known_at: datetime | None = None) -> list[Share]:
    """This function will give the shares of a day, under the filters of the page.

    Shape: of several sub-districts each against all of them together; of one, its counts against the figures that its
           superior levels gave for that day. A superior's figure speaks of all places, so that under a filter nothing
           is held against it
    """
    by = ((), ("subdistrict",)) if areas.are_compared else ((),)
    found = keyed(
        figures.measure(officer, days=(on,), as_known=known_at, by=by, metrics=METRICS, where=areas.where)
    )
    if areas.are_compared:
        return [
            _share(
                unit.name, quantity, _amount(found, quantity, subdistrict=unit.code), _amount(found, quantity)
            )
            for unit in areas.served
            for quantity in QUANTITIES
        ]
    told = {} if areas.is_narrowed else given(areas, on, known_at)
    return [
        _share(
            "",
            quantity,
            _amount(found, quantity),
            one.amount if one else None,
            level.value,
            one.source if one else "",
        )
        for level in Level
        for quantity in QUANTITIES
        for one in (told.get((level.value, quantity)),)
    ]


def _amount(found: Now, quantity: str, **scope: str) -> int:
    metric, part = QUANTITIES[quantity]
    figure = found.of(metric, **scope)
    if figure is None:
        return 0
    amount = getattr(figure, part)
    return int(in_people_unit(figure, amount) or 0) if quantity == "output_yuan" else int(amount or 0)


def _share(part: str, quantity: str, own: int, total: int | None, level: str = "", source: str = "") -> Share:
    share = percent(own, total) if total else None
    return Share(part, quantity, str(Quantity(quantity).label), own, total, share, level, source)


def given(areas: Areas, on: date, known_at: datetime | None = None) -> dict[tuple[str, str], Given]:
    """This function will give the totals of a day that superior levels gave, by level and quantity.

    Shape: those of the pack, and over them those that headquarters entered, as known at the instant
    """
    found = {(one.level, one.quantity): one for one in in_pack() if one.on == on}
    unit = areas.chosen or next(iter(areas.served), None)
    if unit is not None:
        entered = Superiors.unscoped(reason="given for everybody who sees figures of the sub-district")
        for row in entered.current(unit, on, known_at):
            found[row.level, row.quantity] = Given(row.level, row.on, row.quantity, row.amount, row.source)
    return found


def in_pack() -> tuple[Given, ...]:
    """This function will give the totals that stand in the pack."""
    return _load(campaign.current().metrics.parent / "superior.yaml")


@lru_cache(maxsize=4)
def _load(file: Path) -> tuple[Given, ...]:
    return read(file.name, file.read_text(encoding="utf-8"))


def read(file: str, text: str) -> tuple[Given, ...]:
    """This function will read the superior's figures and check them.

    Raises: SuperiorUnreadable
    """
    content = yaml.safe_load(text)
    if not isinstance(content, dict) or not isinstance(content.get("figures"), list):
        raise SuperiorUnreadable(file=file, key="–", given=content, expected="figures: a list")
    fields = {"level", "day", "quantity", "amount", "source"}
    found: list[Given] = []
    for each in content["figures"]:
        is_good = (
            isinstance(each, dict)
            and set(each) == fields
            and each["level"] in Level.values
            and each["quantity"] in QUANTITIES
            and isinstance(each["day"], date)
            and type(each["amount"]) is int
            and each["amount"] > 0
            and each["source"]
        )
        if not is_good:
            raise SuperiorUnreadable(file=file, key="figures", given=each, expected=", ".join(sorted(fields)))
        if any(
            (one.level, one.on, one.quantity) == (each["level"], each["day"], each["quantity"])
            for one in found
        ):
            raise SuperiorUnreadable(
                file=file, key="figures", given=each, expected="one figure a day and quantity"
            )
        found.append(Given(each["level"], each["day"], each["quantity"], each["amount"], each["source"]))
    return tuple(found)


def table(shares: Sequence[Share]) -> Table:
    """This function will give the shares as rows of a spreadsheet."""
    headers = [
        gettext("Part"), gettext("Quantity"), gettext("Own"), gettext("Superior level"), gettext("Total"),
        gettext("Share (%)"), gettext("Source"),
    ]  # fmt: skip
    missing = gettext("not yet given")
    rows = [
        [
            one.part,
            one.name,
            one.own,
            one.level_name,
            missing if one.total is None else one.total,
            one.share,
            one.source,
        ]
        for one in shares
    ]
    return Table(gettext("Contribution"), headers, rows)
