"""dongche rules: which places go to which department, what a change would move, and taking it back."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, NoSuchUnit, terminal, unit_called
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

CONDITIONS = ("category", "focus", "industry", "size")


class NoSuchRule(Problem):
    code = "cli.no_such_rule"
    status = 404
    message = "There is no rule with the number %(given)s on %(on)s. “dongche rules list” shows them."


class NoSuchChange(Problem):
    code = "cli.no_such_change"
    status = 404
    message = "There is no change with the number %(given)s. “dongche rules history” shows them."


class UnknownValue(Problem):
    code = "cli.unknown_condition"
    message = "“%(given)s” is no %(name)s; expected is one of: %(expected)s."


@click.group(
    "rules", help=N_("Line rules: which places go to which department, changing that, and undoing it.")
)
def rules_command() -> None:
    pass


SUBDISTRICT = click.option(
    "--subdistrict", help=N_("Code of the sub-district, where there are several in service.")
)
JSON = click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
DRY = click.option("--dry-run", is_flag=True, help=N_("Only say what it would move; nothing is written."))
WHY = click.option("--reason", default="", help=N_("Why; kept in the audit log."))
FROM = click.option("--from", "from_on", type=showing.DAY, help=N_("First day; without it, today."))


@rules_command.command("list", help=N_("The rules in force on a day, the first that applies first."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@SUBDISTRICT
@JSON
def list_rules(on: date | None, subdistrict: str | None, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.queries import LineRules
    from dongche.org.words import conditions_in_words
    from dongche.registry.labels import condition_words
    from dongche.registry.queries import Places

    day = on or clock.today()
    area = _subdistrict(subdistrict, day)
    rules = list(
        LineRules.unscoped(reason=REASON)
        .in_force(day)
        .filter(subdistrict=area)
        .select_related("department")
        .order_by("priority", "number")
    )
    taken = Places.unscoped(reason=REASON).filter(subdistrict=area).taken_by_rules(day)
    if wants_json:
        showing.as_json([{**_rule(rule), "places": taken.get(rule.pk, 0)} for rule in rules])
        return
    names = condition_words()
    showing.table(
        [gettext("Rule"), gettext("Version"), gettext("Priority"), gettext("Conditions"), gettext("Department"),
         gettext("From"), gettext("Places")],
        [
            [
                str(rule.number), str(rule.version), str(rule.priority), conditions_in_words(rule, names),
                rule.department.name, rule.from_on.isoformat(), str(taken.get(rule.pk, 0)),
            ]
            for rule in rules
        ],
        numbers=(0, 1, 2, 6),
    )  # fmt: skip


@rules_command.command(
    "add", help=N_("Lay down another rule: places that meet the conditions go to a department.")
)
@click.argument("department_code")
@click.option(
    "--priority", type=click.IntRange(1, 100_000), required=True, help=N_("The smallest that fits wins.")
)
@click.option("--category", default="", help=N_("Only places of this category."))
@click.option("--focus", default="", help=N_("Only places of this focus."))
@click.option("--industry", default="", help=N_("Only places of this section of industries, a letter."))
@click.option("--size", default="", help=N_("Only places of this size."))
@click.option("--source", default="", help=N_("The decision or document it comes from."))
@FROM
@WHY
@DRY
@JSON
def add_rule(
    department_code: str, from_on: date | None, reason: str, dry_run: bool, wants_json: bool, **said: Any
) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.actions import Terms
    from dongche.registry.proposals import Proposal

    first = from_on or clock.today()
    department = unit_called(department_code, first)
    terms = Terms(department=department, **_checked(said))
    if department.subdistrict is None:
        raise NoSuchUnit(given=department_code, on=first)
    _carry_out(Proposal(department.subdistrict, first, terms=terms), reason, dry_run, wants_json)


@rules_command.command(
    "change", help=N_("Make a rule say something else from a day on, as a new version of it.")
)
@click.argument("number", type=int)
@click.option("--department", "department_code", help=N_("Code of the department that takes the places."))
@click.option("--priority", type=click.IntRange(1, 100_000), help=N_("The smallest that fits wins."))
@click.option("--category", help=N_("Only places of this category."))
@click.option("--focus", help=N_("Only places of this focus."))
@click.option("--industry", help=N_("Only places of this section of industries, a letter."))
@click.option("--size", help=N_("Only places of this size."))
@click.option("--source", help=N_("The decision or document it comes from."))
@FROM
@WHY
@SUBDISTRICT
@DRY
@JSON
def change_rule(
    number: int, department_code: str | None, from_on: date | None, reason: str, subdistrict: str | None,
    dry_run: bool, wants_json: bool, **said: Any,
) -> None:  # fmt: skip
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.actions import Terms
    from dongche.registry.proposals import Proposal

    first = from_on or clock.today()
    rule = _rule_numbered(number, first, subdistrict)
    given = _checked({name: value for name, value in said.items() if value is not None})
    kept = {name: getattr(rule, name) for name in ("department", "priority", "source", *CONDITIONS)}
    if department_code:
        kept["department"] = unit_called(department_code, first)
    _carry_out(Proposal(rule.subdistrict, first, rule, Terms(**kept | given)), reason, dry_run, wants_json)


@rules_command.command("end", help=N_("End a rule: from the day --until on, it takes no place any more."))
@click.argument("number", type=int)
@click.option("--until", "until_on", type=showing.DAY, required=True, help=N_("First day without it."))
@WHY
@SUBDISTRICT
@DRY
@JSON
def end_rule(
    number: int, until_on: date, reason: str, subdistrict: str | None, dry_run: bool, wants_json: bool
) -> None:
    instance.open_instance()
    from dongche.registry.proposals import Proposal

    rule = _rule_numbered(number, until_on, subdistrict)
    _carry_out(Proposal(rule.subdistrict, until_on, rule), reason, dry_run, wants_json)


@rules_command.command("history", help=N_("What was decided on the rules, the latest first."))
@SUBDISTRICT
@JSON
def history(subdistrict: str | None, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.queries import RuleChanges

    area = _subdistrict(subdistrict, clock.today())
    changes = (
        RuleChanges.unscoped(reason=REASON).filter(subdistrict=area).select_related("by").order_by("-pk")
    )
    rows = [
        {
            "change": change.pk,
            "kind": change.kind,
            "number": change.number,
            "at": clock.beijing(change.at).isoformat(timespec="seconds"),
            "by": change.by.username if change.by else None,
            "reason": change.reason,
            "effect": change.effect,
            "undoes": change.undoes_id,
        }
        for change in changes
    ]
    if wants_json:
        showing.as_json(rows)
        return
    kinds = {change.pk: change.get_kind_display() for change in changes}
    headings = [gettext("Change"), gettext("Rule"), gettext("Kind"), gettext("Time"), gettext("Reason")]
    showing.table(
        headings,
        [[str(row["change"]), str(row["number"]), str(kinds[row["change"]]), row["at"], row["reason"]] for row in rows],
        numbers=(0, 1),
    )  # fmt: skip


@rules_command.command(
    "undo", help=N_("Hold again what was held before a change; “history” gives its number.")
)
@click.argument("change_number", metavar="CHANGE", type=int)
@WHY
@DRY
@JSON
def undo(change_number: int, reason: str, dry_run: bool, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org import actions
    from dongche.org.queries import RuleChanges
    from dongche.registry.proposals import undo_effect
    from dongche.registry.queries import Places

    changes = RuleChanges.unscoped(reason=REASON).select_related("subdistrict")
    change = changes.filter(pk=change_number).first()
    if change is None:
        raise NoSuchChange(given=change_number)
    effect = undo_effect(change, Places.unscoped(reason=REASON), clock.today())
    done = None
    if not dry_run:
        done = actions.undo_rule_change(
            change=change, reason=reason, effect=effect.as_json(), by=terminal(), at=clock.now()
        )
    _say(effect, None if done is None else done.number, wants_json)


def _carry_out(proposal: Any, reason: str, dry_run: bool, wants_json: bool) -> None:
    from dongche.kit import clock
    from dongche.registry.queries import Places

    effect = proposal.effect(Places.unscoped(reason=REASON), clock.today())
    done = None
    if not dry_run:
        done = proposal.carry_out(effect=effect, by=terminal(), at=clock.now(), reason=reason)
    _say(effect, None if done is None else done.number, wants_json)


def _say(effect: Any, number: int | None, wants_json: bool) -> None:
    from dongche.org.queries import Units
    from dongche.org.words import effect_in_words

    kept = effect.as_json()
    if wants_json:
        showing.as_json({"done": number is not None, "number": number, "effect": kept})
        return
    codes = {code for move in kept["moved"] for code in (move["from"], move["to"]) if code}
    units = dict(Units.unscoped(reason=REASON).filter(code__in=codes).values_list("code", "name"))
    for sentence in effect_in_words(kept, units):
        click.echo(sentence)
    if number is None:
        click.echo(gettext("Nothing was written."))
    else:
        click.echo(gettext("Done: rule %(number)s.") % {"number": number})


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "number": rule.number,
        "version": rule.version,
        "priority": rule.priority,
        **{name: getattr(rule, name) or None for name in CONDITIONS},
        "department": rule.department.code,
        "department_name": rule.department.name,
        "source": rule.source,
        "from_on": rule.from_on.isoformat(),
        "until_on": rule.until_on and rule.until_on.isoformat(),
    }


def _subdistrict(code: str | None, on: date) -> Any:
    """Raises: NoSuchUnit – no sub-district of this code, or several in service and none named"""
    from dongche.org.queries import Units

    if code:
        return unit_called(code, on)
    served = Units.unscoped(reason=REASON).in_service().order_by("code")[:2]
    if len(served) != 1:
        raise NoSuchUnit(given=code or "—", on=on)
    return served[0]


def _rule_numbered(number: int, on: date, subdistrict: str | None) -> Any:
    """The version of a rule that holds on a day.

    Raises: NoSuchRule
    """
    from dongche.org.queries import LineRules

    rules = LineRules.unscoped(reason=REASON).in_force(on).filter(number=number)
    found = rules.filter(subdistrict=_subdistrict(subdistrict, on)).select_related(
        "subdistrict", "department"
    )
    rule = found.first()
    if rule is None:
        raise NoSuchRule(given=number, on=on)
    return rule


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    """Raises: UnknownValue – a condition that no place can meet"""
    from dongche.registry.labels import condition_words

    for name, words in condition_words().items():
        value = said.get(name)
        if value and value not in words:
            raise UnknownValue(given=value, name=name, expected=", ".join(words))
    return said
