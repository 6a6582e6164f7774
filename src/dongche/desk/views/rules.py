from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.desk import duties, rules
from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org import actions
from dongche.org.models import LineRule, Unit
from dongche.org.queries import LineRules, RuleChanges, line_rules_on
from dongche.org.request import OfficerRequest
from dongche.registry import effects, proposals
from dongche.registry.queries import Places
from dongche.web import downloads, paging, spreadsheets
from dongche.web.access import duty
from dongche.web.problems import sentence

FORMS: dict[str, type[rules.RuleForm | rules.EndForm]] = {
    "new": rules.RuleForm,
    "change": rules.RuleForm,
    "end": rules.EndForm,
}
NOT_ASKED = {"csrfmiddlewaretoken", "reason", "after", "before", "move", "verb", "number"}


@duty("org.read")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """Show the rules that decide which department takes which places, and what each takes today."""
    area = duties.subdistrict(request)
    context = {
        "tabs": duties.tabs(request),
        "area": area,
        "rules": rules.rule_list(request.user, area, clock.today()),
        "today": clock.today(),
        "can_write": request.user.has_duty("org.write") and duties.governs(request.user, area),
    }
    return render(request, "desk/rules.html", context)


@duty("org.read")
@require_safe
def changes(request: OfficerRequest) -> HttpResponse:
    """List what was decided on the rules, with what each decision moved."""
    area = duties.subdistrict(request)
    found = RuleChanges.visible_to(request.user).filter(subdistrict=area).select_related("by", "undone_by")
    page = paging.page(
        found, "-pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=20
    )
    context = {
        "tabs": duties.tabs(request),
        "area": area,
        "lines": rules.change_lines(page.rows, request.user),
        "pager": page.pager,
        "can_write": request.user.has_duty("org.write") and duties.governs(request.user, area),
    }
    return render(request, "desk/rule_changes.html", context)


@duty("org.write")
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: OfficerRequest, verb: str, number: int = 0) -> HttpResponse:
    """Ask what a rule shall say, show what that would move, and do it when it is confirmed."""
    area, rule = _governed(request, verb, number)
    asked = any(name not in NOT_ASKED and name != "subdistrict" for name in request.GET)
    form = FORMS[verb](
        request.GET if asked else None, subdistrict=area, actor=request.user, today=clock.today(), rule=rule
    )
    context: dict[str, Any] = {
        "form": form,
        "area": area,
        "rule": rule,
        "verb": verb,
        "tabs": duties.tabs(request),
    }
    if not form.is_valid():
        return render(request, "desk/rule_form.html", context, status=422 if form.errors else 200)
    proposal = form.proposal()
    effect = proposal.effect(Places.visible_to(request.user), clock.today())
    reason = rules.ReasonForm(request.POST if request.method == "POST" else None)
    if reason.is_valid():
        try:
            proposal.carry_out(
                effect=effect, by=request.user, at=clock.now(), reason=reason.cleaned_data["reason"]
            )
        except Problem as problem:
            reason.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Done. The change can be undone from here."))
            return redirect("desk:rule-changes")
    query = {name: value for name, value in request.GET.items() if name not in NOT_ASKED}
    context |= _preview(effect, reason, {**query, "verb": verb, "number": number})
    context |= {"proposal": proposal, "is_past": proposal.from_on < clock.today(), "back": request.path}
    return render(request, "desk/rule_preview.html", context, status=422 if reason.errors else 200)


@duty("org.write")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: OfficerRequest, number: int) -> HttpResponse:
    """Show what taking a change back would move, and do it when it is confirmed."""
    change = RuleChanges.visible_to(request.user).select_related("subdistrict").filter(pk=number).first()
    if change is None or not duties.governs(request.user, change.subdistrict):
        raise Http404
    effect = proposals.undo_effect(change, Places.visible_to(request.user), clock.today())
    reason = rules.ReasonForm(request.POST if request.method == "POST" else None)
    if reason.is_valid():
        try:
            actions.undo_rule_change(
                change=change,
                effect=effect.as_json(),
                reason=reason.cleaned_data["reason"],
                by=request.user,
                at=clock.now(),
            )
        except Problem as problem:
            reason.add_error(None, sentence(problem))
        else:
            messages.success(request, _("Undone: what was held before holds again."))
            return redirect("desk:rule-changes")
    context = _preview(effect, reason, {"verb": "undo", "number": number})
    context |= {
        "tabs": duties.tabs(request),
        "area": change.subdistrict,
        "line": rules.change_lines([change], request.user)[0],
        "verb": "undo",
        "back": reverse("desk:rule-changes"),
    }
    return render(request, "desk/rule_preview.html", context, status=422 if reason.errors else 200)


def _preview(effect: effects.Effect, reason: rules.ReasonForm, query: dict[str, Any]) -> dict[str, Any]:
    return {
        "effect": effect,
        "moves": rules.move_lines(effect, reverse("desk:rule-moves"), query),
        "reason": reason,
    }


@duty("org.write")
@require_safe
def moves(request: OfficerRequest) -> HttpResponse:
    """List the places that a decision would move, before it is taken."""
    asked = _asked_places(request)
    page = paging.page(
        asked.places,
        "number",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        total=asked.places.count(),
    )
    context = {
        "title": asked.title,
        "rows": list(rules.place_lines(page.rows, asked.units)),
        "pager": page.pager,
        "units": asked.units,
        "on": asked.on,
        "export": f"{reverse('desk:rule-moves-export')}?{request.GET.urlencode()}",
    }
    return render(request, "desk/rule_places.html", context)


@duty("org.write")
@require_safe
def moves_export(request: OfficerRequest) -> FileResponse:
    """Give the places that a decision would move as an Excel file."""
    asked = _asked_places(request)
    found = asked.places.order_by("number").defer("contact_name", "contact_phone")
    rows = (
        (line.place.number, line.place.name, line.place.address, line.before, line.after)
        for line in rules.place_lines(found.iterator(chunk_size=2000), asked.units)
    )
    headers = [_("Number"), _("Place name"), _("Address"), _("Department before"), _("Department after")]
    return _workbook(headers, rows, f"rule-{asked.on:%Y%m%d}.xlsx")


@duty("org.read")
@require_safe
def taken(request: OfficerRequest, number: int) -> HttpResponse:
    """List the places that a rule takes today."""
    area, today = duties.subdistrict(request), clock.today()
    held = [rule for rule in line_rules_on(today) if rule.subdistrict_id == area.pk]
    if number not in {rule.number for rule in held}:
        raise Http404
    places = effects.taken_places(Places.visible_to(request.user), area, today, held, number)
    page = paging.page(
        places,
        "number",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        total=places.count(),
    )
    title = _("Places of rule %(number)s") % {"number": number}
    context = {
        "title": title,
        "rows": list(rules.place_lines(page.rows, {})),
        "pager": page.pager,
        "on": today,
        "tabs": duties.tabs(request),
    }
    return render(request, "desk/rule_places.html", context)


class Asked(NamedTuple):
    """The places of a move, the day, and the names of the departments by id."""

    places: Places
    on: date
    units: dict[int, str]
    title: str


def _asked_places(request: OfficerRequest) -> Asked:
    verb, given = request.GET.get("verb", ""), request.GET.get("number", "")
    number, today = int(given) if given.isdecimal() else 0, clock.today()
    seen = Places.visible_to(request.user)
    if verb == "undo":
        change = RuleChanges.visible_to(request.user).select_related("subdistrict").filter(pk=number).first()
        if change is None or not duties.governs(request.user, change.subdistrict):
            raise Http404
        area, day = change.subdistrict, proposals.undo_day(change, today)
        after = proposals.undone_rules_on(change, day)
    else:
        area, rule = _governed(request, verb, number)
        form = FORMS[verb](request.GET, subdistrict=area, actor=request.user, today=today, rule=rule)
        if not form.is_valid():
            raise Http404
        proposal = form.proposal()
        day = max(proposal.from_on, today)
        after = proposal.rules_on(day)
    places = effects.moved_places(seen, area, day, after, request.GET.get("move", ""))
    return Asked(places, day, effects.departments(area), _("Places that would move"))


def _governed(request: OfficerRequest, verb: str, number: int) -> tuple[Unit, LineRule | None]:
    """The sub-district whose rules the officer decides, and the latest version of the rule meant; 404 otherwise."""
    area = duties.subdistrict(request)
    if verb not in FORMS or not duties.governs(request.user, area):
        raise Http404
    if verb == "new":
        return area, None
    held = LineRules.visible_to(request.user).believed().filter(subdistrict=area, number=number)
    rule = held.select_related("department", "subdistrict").order_by("-from_on").first()
    if rule is None:
        raise Http404
    return area, rule


def _workbook(headers: list[str], rows: Any, name: str) -> FileResponse:
    return downloads.sent(name, lambda file: spreadsheets.write_rows(file, headers, rows, title=_("Places")))
