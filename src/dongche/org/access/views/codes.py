"""Recovery codes: shown for a few minutes after they are made, to be printed or downloaded, and never again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access import actions, factors
from dongche.org.access.middleware import FACTOR, open_without
from dongche.org.access.views import account
from dongche.web.access import SIGNED_IN, duty

SHOWN_UNTIL = "access.codes_until"
SHOWN_FOR_SECONDS = 600


class CodesNotShown(Problem):
    code = "org.codes_not_shown"
    status = 410
    message = N_(
        "Recovery codes are shown once, right after they are made. If yours are lost, make new ones."
    )


def show_codes(request: HttpRequest) -> HttpResponse:
    """From now on the codes may be looked at for ten minutes in this session."""
    request.session[SHOWN_UNTIL] = clock.real().timestamp() + SHOWN_FOR_SECONDS
    return redirect("access:codes")


def _codes(request: HttpRequest) -> list[str]:
    if request.session.get(SHOWN_UNTIL, 0.0) < clock.real().timestamp():
        raise CodesNotShown
    return factors.recovery_codes(account.officer_of(request))


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """Show the codes; sending the form says that they are kept, and hides them for good."""
    if request.method == "POST":
        request.session.pop(SHOWN_UNTIL, None)
        return redirect("access:account")
    return render(request, "org/access/codes.html", {"codes": _codes(request)})


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The codes as a text file."""
    title = _("Recovery codes of %(officer)s for Dongche") % {"officer": account.officer_of(request).username}
    text = "\r\n".join([title, "", *_codes(request), ""])
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="dongche-recovery-codes.txt"'
    return response


@duty(SIGNED_IN)
@never_cache
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """Make new codes in place of the old ones."""
    if (answer := account.to_confirm(request)) is not None:
        return answer
    officer = account.officer_of(request)
    actions.renew_recovery_codes(officer=officer, by=officer, at=clock.now())
    return show_codes(request)
