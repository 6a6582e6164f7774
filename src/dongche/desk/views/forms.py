"""What the pages with one form share: the action is taken when it was sent and is right, else the form comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dongche.kit.errors import Problem
from dongche.org.request import OfficerRequest
from dongche.web.problems import sentence


def posted(request: OfficerRequest) -> Any:
    return request.POST if request.method == "POST" else None


def done(request: OfficerRequest, form: forms.Form, deed: Callable[[], Any]) -> bool:
    """Whether the form was sent, is right, and the deed was not refused; a refusal stands above the form then."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        deed()
    except Problem as problem:
        form.add_error(None, f"{sentence(problem)} ({problem.code})")
        return False
    return True


def step(
    request: OfficerRequest, form: forms.Form, deed: Callable[[], Any], *, words: Mapping[str, Any], told: str
) -> HttpResponse:
    """A page with one form; on to `words["back"]` when its deed is done."""
    if done(request, form, deed):
        return on(request, words["back"], told)
    return page(request, form, words)


def on(request: OfficerRequest, url: str, told: str) -> HttpResponse:
    """On to another page, with a word that it is done."""
    messages.success(request, told)
    return redirect(url)


def page(request: OfficerRequest, form: forms.Form, words: Mapping[str, Any]) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "desk/officer_form.html", {"form": form, **words}, status=status)
