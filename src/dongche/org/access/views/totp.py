"""An authenticator app: add it by its QR code, remove it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.kit import clock
from dongche.org.access import actions, factors, sessions
from dongche.org.access.forms import EnrolTotpForm
from dongche.org.access.middleware import FACTOR, open_without
from dongche.org.access.queries import Factors
from dongche.org.access.views.account import officer_of, to_confirm
from dongche.org.access.views.codes import show_codes
from dongche.web.access import SIGNED_IN, duty
from dongche.web.fields import decrypt, encrypt

SECRET = "access.totp_secret"  # noqa: S105 – where it is kept, not what it is


def _secret(request: HttpRequest) -> str:
    """The secret that this session is about to enrol, encrypted where sessions are kept."""
    if SECRET not in request.session:
        request.session[SECRET] = encrypt(factors.new_totp_secret())
    return decrypt(request.session[SECRET])


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the QR code, and add the app once it answers with a right code."""
    officer = officer_of(request)
    if any(row.type == factors.TOTP for row in factors.of(officer)):
        raise actions.FactorKept
    if (answer := to_confirm(request)) is not None:
        return answer
    secret = _secret(request)
    form = EnrolTotpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if factors.is_totp_code(secret, form.cleaned_data["code"]):
            actions.add_totp(officer=officer, secret=secret, by=officer, at=clock.now())
            del request.session[SECRET]
            sessions.strengthened(request, officer)
            messages.success(request, _("The authenticator app is added. Keep your recovery codes now."))
            return show_codes(request)
        form.add_error(
            "code", _("This code is not right. Check the clock of the phone, and take the code shown now.")
        )
    context = {"form": form, "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))}
    return render(request, "org/access/totp.html", context, status=422 if form.errors else 200)


@duty(SIGNED_IN)
@open_without(FACTOR)
@never_cache
@require_safe
def qr(request: HttpRequest) -> HttpResponse:
    """The QR code of the secret that is about to be enrolled."""
    if SECRET not in request.session or not sessions.is_recent(request):
        raise Http404
    return HttpResponse(factors.totp_qr(officer_of(request), _secret(request)), content_type="image/svg+xml")


@duty(SIGNED_IN)
@never_cache
@require_POST
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Remove an authenticator app or a passkey of one's own."""
    officer = officer_of(request)
    factor = Factors.visible_to(officer).filter(pk=number, user=officer).exclude(type=factors.CODES).first()
    if factor is None:
        raise Http404
    if (answer := to_confirm(request)) is not None:
        return answer
    actions.remove_factor(factor=factor, by=officer, at=clock.now())
    if not factors.has_second_factor(officer):
        request.session[sessions.STRONG] = False
    messages.success(request, _("The second factor is removed."))
    return redirect("access:account")
