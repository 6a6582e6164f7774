"""Who the command line is: the system itself. Whoever may run it on the server holds the whole database anyway."""

from __future__ import annotations

from datetime import date
from typing import Any

from dongche.kit.errors import Problem

REASON = "whoever runs commands on the server holds the whole database"
LABEL = "terminal"


class NoSuchUnit(Problem):
    code = "cli.no_such_unit"
    status = 404
    message = "There is no unit with the code %(given)s on %(on)s. “dongche post list” shows the codes."


class NoSuchOfficer(Problem):
    code = "cli.no_such_officer"
    status = 404
    message = "There is no officer with the user name %(given)s. “dongche officer list” shows them."


class DayToCome(Problem):
    code = "cli.day_to_come"
    message = (
        "%(given)s has not come yet, so nothing is known of it. Give today, %(today)s, or an earlier day."
    )


def told_day(on: date | None) -> date:
    """The day that figures are asked of; today when none is given.

    Raises: DayToCome
    """
    from dongche.kit import clock

    today = clock.today()
    if on is not None and on > today:
        raise DayToCome(given=on, today=today)
    return on or today


def terminal() -> Any:
    """The actor under whose name the commands write."""
    from dongche.org.audit import System

    return System(LABEL)


def unit_called(code: str, on: date) -> Any:
    """Raises: NoSuchUnit"""
    from dongche.org.queries import Units

    unit = Units.unscoped(reason=REASON).in_force(on).filter(code=code).first()
    if unit is None:
        raise NoSuchUnit(given=code, on=on)
    return unit


def officer_called(username: str) -> Any:
    """Raises: NoSuchOfficer"""
    from dongche.org.queries import Officers

    officer = Officers.unscoped(reason=REASON).filter(username=username).first()
    if officer is None:
        raise NoSuchOfficer(given=username)
    return officer
