"""Pages that show every component once."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from dongche.kit.errors import Problem
from tests.web.gallery import forms, sample


class Refused(Problem):
    code = "gallery.refused"
    status = 422
    message = "Row %(row)s was given %(given)s; a number from 1 to 9 is expected. Mend it and send it again."


def overview(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "gallery/overview.html",
        {
            "tiles": sample.tiles(),
            "matrix": sample.matrix(),
            "recovery": sample.recovery(),
            "ranking": sample.ranking(),
            "progress": sample.progress(),
            "map": sample.grids(),
            "day": sample.DAY,
            "known": sample.KNOWN,
        },
    )


def places(request: HttpRequest) -> HttpResponse:
    form = forms.Filter(request.GET or None)
    asked = request.GET.get("q", "")
    context = {
        "form": form,
        "chips": sample.CHIPS if request.GET.get("community") else (),
        "columns": sample.COLUMNS,
        "sort": request.GET.get("sort", "name"),
        "rows": [row for row in sample.PLACES if asked in str(row["name"])],
        "pager": sample.PAGER,
    }
    part = "#list" if request.htmx else ""
    return render(request, f"gallery/places.html{part}", context)


def pieces(request: HttpRequest) -> HttpResponse:
    form = forms.Everything(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, "已保存 1 条")
    status = 422 if form.errors else 200
    return render(request, "gallery/pieces.html", {"form": form, "tabs": sample.TABS}, status=status)


def report(request: HttpRequest) -> HttpResponse:
    form = forms.Report(request.POST or None, initial={"staff": 12, "state": "open"})
    if request.method == "POST" and form.is_valid():
        return render(request, "gallery/received.html", {"staff": form.cleaned_data["staff"]})
    return render(request, "gallery/report.html", {"form": form}, status=422 if form.errors else 200)


def sign_in(request: HttpRequest) -> HttpResponse:
    form = forms.SignIn(request.POST or None)
    return render(
        request, "web/sign_in.html", {"form": form, "next": "/"}, status=422 if form.errors else 200
    )


def refuse(request: HttpRequest) -> HttpResponse:
    raise Refused(row=7, given="<b>ten</b>")


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def fail(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of the house")


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    messages.warning(request, "已停用")
    return render(request, "gallery/pieces.html", {"form": forms.Everything(), "tabs": sample.TABS})


def paper(request: HttpRequest) -> HttpResponse:
    return render(
        request, "gallery/paper.html", {"rows": sample.PLACES * 6, "columns": sample.COLUMNS, "sort": ""}
    )
