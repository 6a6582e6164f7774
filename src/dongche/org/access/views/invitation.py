"""The page behind an invitation: the officer who holds the link sets their first password."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.org.access import actions
from dongche.org.access.forms import NewPasswordForm
from dongche.org.access.queries import Invitations
from dongche.org.access.views.sign_in import refused
from dongche.web import problems
from dongche.web.access import public


@public
@never_cache
@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Set a first password. A code that never was and one that is over are answered alike."""
    found = Invitations.unscoped(reason="whoever holds the link may use it, signed in or not").with_code(code)
    invited = found.open(clock.real()).select_related("officer").first()
    if invited is None or not invited.officer.is_active:
        return problems.respond(request, actions.InvitationOver())
    form = NewPasswordForm(request.POST if request.method == "POST" else None, officer=invited.officer)
    context = {"form": form, "invited": invited}
    if request.method == "POST" and form.is_valid():
        try:
            actions.accept_invitation(
                invitation=invited,
                password=form.cleaned_data["new"],
                used_at=clock.real(),
                by=invited.officer,
                at=clock.now(),
            )
        except Problem as problem:
            return refused(request, "org/access/invitation.html", context, problem)
        messages.success(request, _("Your password is set. Sign in with it now."))
        return redirect("sign-in")
    return render(request, "org/access/invitation.html", context, status=422 if form.errors else 200)
