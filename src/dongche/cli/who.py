"""dongche who: the people who answer for a place, and why they do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS, acting_in_words, rule_in_words

MOST_LISTED = 20


class NoSuchPlace(Problem):
    code = "cli.no_such_place"
    status = 404
    message = (
        "No place has the number, code or name “%(given)s”. Give two or more characters of its name, "
        "its number, its credit code or the code behind its QR."
    )


class SeveralPlaces(Problem):
    code = "cli.several_places"
    status = 409
    message = "%(count)s places match “%(given)s”, listed above. Give the number of one of them."


class PhonesNeedReason(Problem):
    code = "cli.phones_need_reason"
    message = (
        "Phone numbers in full are shown with a reason only: add --reason “…”. It is kept in the audit log; without "
        "--show-phones the numbers are masked."
    )


@click.command(
    "who", help=N_("The people responsible for a place on a day, and the rule that chose each of them.")
)
@click.argument("place", metavar="CODE_OR_NAME")
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option(
    "--as-known", type=showing.INSTANT, help=N_("By what was believed at this time; without it, now.")
)
@click.option(
    "--show-phones", is_flag=True, help=N_("Phone numbers in full, not masked; needs --reason and is logged.")
)
@click.option("--reason", default="", help=N_("Why; kept in the audit log."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def who_command(
    place: str, on: date | None, as_known: datetime | None, show_phones: bool, reason: str, wants_json: bool
) -> None:
    if show_phones and not reason.strip():
        raise PhonesNeedReason
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.queries import duties_on
    from dongche.registry import outward
    from dongche.registry.queries import responsible_for, was_expected

    day = on or clock.today()
    found, withdrawn_at = find_place(place, wants_json)
    duties = duties_on(day, as_known)
    answers = responsible_for(found, day, as_known, duties=duties)
    rows = [
        outward.answer_as_json(answer, duties, lambda one: _phone(one, show_phones)) for answer in answers
    ]
    if show_phones:
        _log({answer.officer for answer in answers if answer.officer}, reason)
    is_expected = was_expected(found, day, as_known)
    if wants_json:
        showing.as_json(
            {
                "place": {"number": found.number, "name": found.name, "category": found.category},
                "on": day.isoformat(),
                "as_known": as_known and as_known.isoformat(),
                "expected": is_expected,
                "code_withdrawn_at": withdrawn_at and withdrawn_at.isoformat(),
                "responsible": rows,
            }
        )
        return
    click.echo(f"{found.number}  {found.name}  ({day.isoformat()})")
    if withdrawn_at is not None:
        told = gettext(
            "The QR code you gave was withdrawn on %(at)s; the place has a new one, which no command shows."
        )
        click.echo(told % {"at": showing.instant(withdrawn_at)})
    if not is_expected:
        click.echo(gettext("It is not expected to work on this day."))
    click.echo()
    showing.table(
        [gettext("Role"), gettext("Person"), gettext("Phone"), gettext("Unit"), gettext("Rule")],
        [
            (
                str(ROLE_WORDS[row["role"]]),
                _person(row),
                row["phone"] or "",
                row["unit_name"] or "",
                rule_in_words(row["rule"])
                if row["rule"]
                else str(CAUSE_WORDS.get(row["cause"], row["cause"])),
            )
            for row in rows
        ],
    )


def _person(row: dict[str, Any]) -> str:
    """The name, with the holder who is away where somebody acts."""
    holder = row["stands_in_for"]
    if holder is None:
        return row["name"] or "—"
    back_on = date.fromisoformat(holder["until_on"]) if holder["until_on"] else None
    return f"{row['name']} ({acting_in_words(holder['name'], back_on)})"


def _log(officers: set[Any], reason: str) -> None:
    """Note in the audit log whose phones are shown in full, and why."""
    from dongche.kit import clock
    from dongche.org import actions

    for officer in sorted(officers, key=lambda one: one.pk):
        actions.reveal_phone(officer=officer, reason=reason, by=terminal(), at=clock.now())


def _phone(officer: Any, in_full: bool) -> str:
    from dongche.web.fields import masked_phone

    return str(officer.phone) if in_full else masked_phone(officer.phone)


def find_place(text: str, wants_json: bool) -> tuple[Any, datetime | None]:
    """The one place that is meant, and when the code it was found by was withdrawn, if it was.

    Raises: NoSuchPlace, SeveralPlaces (after listing the first of them)
    """
    from django.db.models import Q

    from dongche.kit.identifiers import read_code
    from dongche.registry.queries import Places, withdrawal_of

    every = Places.unscoped(reason=REASON)
    exact = Q(number__iexact=text) | Q(name=text) | Q(code=read_code(text)) | Q(credit_code__iexact=text)
    for matches in (every.filter(exact), every.named_like(text)):
        rows = list(matches.order_by("number")[: MOST_LISTED + 1])
        if len(rows) == 1:
            return rows[0], None
        if rows:
            count = matches.count()
            listed = [{"number": row.number, "name": row.name} for row in rows[:MOST_LISTED]]
            if wants_json:
                showing.as_json({"matches": listed, "count": count})
            else:
                showing.table(
                    [gettext("Number"), gettext("Name")], [(row["number"], row["name"]) for row in listed]
                )
            raise SeveralPlaces(count=count, given=text)
    withdrawn = withdrawal_of(read_code(text))
    if withdrawn is not None:
        return withdrawn.entity, withdrawn.withdrawn_at
    raise NoSuchPlace(given=text)
