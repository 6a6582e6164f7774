"""dongche who: the people who answer for a place, and why they do."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS, rule_in_words

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


@click.command(
    "who", help=N_("The people responsible for a place on a day, and the rule that chose each of them.")
)
@click.argument("place", metavar="CODE_OR_NAME")
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--show-phones", is_flag=True, help=N_("Phone numbers in full, not masked."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def who_command(place: str, on: date | None, show_phones: bool, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.registry.queries import Places, responsible_for

    day = on or clock.today()
    found = _find(place, wants_json)
    answers = responsible_for(found, day)
    rows = [_answer(answer, show_phones) for answer in answers]
    is_expected = Places.unscoped(reason=REASON).active(day).filter(pk=found.pk).exists()
    if wants_json:
        showing.as_json(
            {
                "place": {"number": found.number, "name": found.name, "category": found.category},
                "on": day.isoformat(),
                "expected": is_expected,
                "responsible": rows,
            }
        )
        return
    click.echo(f"{found.number}  {found.name}  ({day.isoformat()})")
    if not is_expected:
        click.echo(gettext("It is not expected to work on this day."))
    click.echo()
    showing.table(
        [gettext("Role"), gettext("Person"), gettext("Phone"), gettext("Unit"), gettext("Rule")],
        [
            (
                str(ROLE_WORDS[row["role"]]),
                row["name"] or "—",
                row["phone"] or "",
                row["unit_name"] or "",
                rule_in_words(row["rule"])
                if row["rule"]
                else str(CAUSE_WORDS.get(row["cause"], row["cause"])),
            )
            for row in rows
        ],
    )


def _answer(answer: Any, show_phones: bool) -> dict[str, Any]:
    from dongche.web.fields import masked_phone

    officer, unit = answer.officer, answer.unit
    phone = "" if officer is None else officer.phone
    return {
        "role": answer.role,
        "officer": officer.username if officer else None,
        "name": officer.name if officer else None,
        "phone": (phone if show_phones else masked_phone(phone)) or None,
        "unit": unit.code if unit else None,
        "unit_name": unit.name if unit else None,
        "rule": answer.rule or None,
        "cause": answer.cause or None,
    }


def _find(text: str, wants_json: bool) -> Any:
    """The one place that is meant.

    Raises: NoSuchPlace, SeveralPlaces (after listing the first of them)
    """
    from django.db.models import Q

    from dongche.kit.identifiers import read_code
    from dongche.registry.queries import Places

    every = Places.unscoped(reason=REASON)
    exact = Q(number__iexact=text) | Q(name=text) | Q(code=read_code(text)) | Q(credit_code__iexact=text)
    for matches in (every.filter(exact), every.named_like(text)):
        rows = list(matches.order_by("number")[: MOST_LISTED + 1])
        if len(rows) == 1:
            return rows[0]
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
    raise NoSuchPlace(given=text)
