"""The administration of officers: the list, one officer, inviting, posts, and closing an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dongche.desk import people, personal, posting
from dongche.desk.views import forms as pages
from dongche.kit import clock
from dongche.org import actions
from dongche.org.access import actions as access
from dongche.org.access import sessions
from dongche.org.access.queries import ApiTokens
from dongche.org.audit import together
from dongche.org.models import Officer, Post, UnitKind
from dongche.org.queries import Officers, Posts
from dongche.org.request import OfficerRequest
from dongche.org.roles import PERMISSION_WORDS, ROLES, PostRole
from dongche.web import downloads, paging, spreadsheets
from dongche.web.access import duty


def _filter(request: OfficerRequest) -> people.OfficerFilter:
    return people.OfficerFilter(request.GET, actor=request.user, today=clock.today(), now=clock.real())


def _officer(request: OfficerRequest, username: str) -> Officer:
    found = Officers.visible_to(request.user).administered(request.user).filter(username=username).first()
    if found is None:
        raise Http404
    return found


def _post(request: OfficerRequest, username: str, number: int) -> Post:
    held = Posts.visible_to(request.user).believed().select_related("unit", "officer")
    found = held.filter(pk=number, officer=_officer(request, username)).first()
    if found is None:
        raise Http404
    return found


@duty("org.people")
@require_safe
def officers(request: OfficerRequest) -> HttpResponse:
    """List the officers of the sub-district, a page at a time."""
    form = _filter(request)
    sort = request.GET.get("sort", "name")
    column = sort.lstrip("-") if sort.lstrip("-") in people.SORTS else "name"
    found = form.officers()
    page = paging.page(
        found,
        f"-{column}" if sort.startswith("-") else column,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        total=found.count(),
    )
    context = {
        "form": form,
        "chips": form.chips(),
        "lines": people.lines(page.rows, request.user, form.today, form.now),
        "pager": page.pager,
        "columns": people.COLUMNS,
        "sort": sort,
        "query": form.query(),
    }
    return render(request, "desk/officers.html#list" if request.htmx else "desk/officers.html", context)


@duty("org.people")
@require_safe
def export(request: OfficerRequest) -> FileResponse:
    """Give the filtered list as an Excel file, with what each one answers for."""
    form = _filter(request)
    return downloads.sent(
        f"officers-{form.today:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_rows(
            file, people.export_headers(), people.export_rows(form), title=_("Officers")
        ),
    )


@duty("org.people")
@never_cache
@require_safe
def officer(request: OfficerRequest, username: str) -> HttpResponse:
    """Show one officer: posts with their days, what they answer for, absences, how they sign in."""
    found, now = _officer(request, username), clock.real()
    whole = people.whole(found, request.user, clock.today(), now, personal.Revealed(request.session, now))
    return render(
        request, "desk/officer.html", {"whole": whole, "can_audit": request.user.has_duty("org.audit")}
    )


@duty("org.people")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: OfficerRequest) -> HttpResponse:
    """Bring somebody in with a first post, and show the link with which they set their password."""
    form = posting.InviteForm(pages.posted(request), actor=request.user, today=clock.today())
    code: list[str] = []

    def deed() -> None:
        told = {name: form.cleaned_data[name] for name in ("name", "username", "phone")}
        with together():
            new = actions.bring_in(**told, **form.post, by=request.user, at=clock.now())
            code.append(_invite(request, new))

    if pages.done(request, form, deed):
        new = _officer(request, form.cleaned_data["username"])
        return _show_link(request, new, code[0])
    words = {
        "title": _("Invite an officer"),
        "note": _("They get a first post and a link that works once. Hand it over yourself; it is not sent."),
        "button": _("Create and show the link"),
        "back": reverse("desk:officers"),
    }
    return pages.page(request, form, words)


@duty("org.people")
@never_cache
@require_POST
def link(request: OfficerRequest, username: str) -> HttpResponse:
    """Make a new link for an officer; the one before is worth nothing any more."""
    found = _officer(request, username)
    if not sessions.is_recent(request):
        return redirect(f"{reverse('access:confirm')}?next={reverse('desk:officer', args=[username])}")
    return _show_link(request, found, _invite(request, found))


def _invite(request: OfficerRequest, found: Officer) -> str:
    now = clock.real()
    _invitation, code = access.invite(
        officer=found,
        invited_at=now,
        expires_at=now + timedelta(hours=settings.INVITATION_HOURS),
        by=request.user,
        at=clock.now(),
    )
    return code


def _show_link(request: OfficerRequest, found: Officer, code: str) -> HttpResponse:
    context = {
        "officer": found,
        "link": f"{settings.PUBLIC_URL}{reverse('access:invitation', args=[code])}",
        "until": clock.real() + timedelta(hours=settings.INVITATION_HOURS),
    }
    return render(request, "desk/invitation_link.html", context)


@duty("org.people")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OfficerRequest, username: str) -> HttpResponse:
    """Correct name and phone."""
    found = _officer(request, username)
    form = posting.ContactForm(pages.posted(request), officer=found)

    def deed() -> None:
        actions.correct_officer(officer=found, **form.cleaned_data, by=request.user, at=clock.now())

    words = {"title": _("Correct name and phone"), "button": _("Save")}
    return _step(request, found, form, words, deed, _("Saved."))


@duty("org.people")
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: OfficerRequest, username: str) -> HttpResponse:
    """Give an officer one more post."""
    found = _officer(request, username)
    form = posting.PostForm(pages.posted(request), actor=request.user, today=clock.today())

    def deed() -> None:
        actions.appoint(officer=found, **form.post, by=request.user, at=clock.now())

    words = {"title": _("Give a post"), "button": _("Give the post")}
    return _step(request, found, form, words, deed, _("The post is given."))


@duty("org.people")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: OfficerRequest, username: str, number: int) -> HttpResponse:
    """Move an officer from this post to another from a day on."""
    post = _post(request, username, number)
    form = posting.PostForm(pages.posted(request), actor=request.user, today=clock.today(), post=post)

    def deed() -> None:
        actions.change_post(post=post, **form.post, by=request.user, at=clock.now())

    words = {
        "title": _("Change the post"),
        "note": _in_words(post, _("From the first day on they hold the new post, and no longer: %(post)s.")),
        "button": _("Change the post"),
    }
    return _step(request, post.officer, form, words, deed, _("The post is changed."))


@duty("org.people")
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: OfficerRequest, username: str, number: int) -> HttpResponse:
    """End a post."""
    post = _post(request, username, number)
    form = posting.EndForm(pages.posted(request), initial={"until_on": clock.today() + timedelta(days=1)})

    def deed() -> None:
        actions.end_post(post=post, **form.cleaned_data, by=request.user, at=clock.now())

    words = {
        "title": _("End the post"),
        "note": _in_words(
            post, _("%(post)s. Whatever nobody else holds then is a gap: the coverage page shows it.")
        ),
        "button": _("End the post"),
        "mood": "danger",
    }
    return _step(request, post.officer, form, words, deed, _("The post is ended."))


@duty("org.people")
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: OfficerRequest, username: str) -> HttpResponse:
    """Close an account."""
    found = _officer(request, username)
    form = posting.ReasonForm(pages.posted(request))

    def deed() -> None:
        actions.deactivate(officer=found, **form.cleaned_data, by=request.user, at=clock.now())

    words = {
        "title": _("Close the account"),
        "note": _("They can sign in no more. What they did stays in their name. It can be opened again."),
        "button": _("Close the account"),
        "mood": "danger",
    }
    return _step(request, found, form, words, deed, _("The account is closed."))


@duty("org.people")
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: OfficerRequest, username: str) -> HttpResponse:
    """Open an account again that was closed."""
    found = _officer(request, username)
    form = posting.ReasonForm(pages.posted(request))

    def deed() -> None:
        actions.reactivate(officer=found, **form.cleaned_data, by=request.user, at=clock.now())

    words = {
        "title": _("Open the account again"),
        "note": _("Posts that have ended do not come back by themselves; give them anew."),
        "button": _("Open the account again"),
    }
    return _step(request, found, form, words, deed, _("The account is open again."))


@duty("org.people")
@require_POST
def revoke(request: OfficerRequest, username: str, number: int) -> HttpResponse:
    """Make a token worth nothing that a program of an officer has."""
    found = _officer(request, username)
    token = (
        ApiTokens.visible_to(request.user).filter(officer=found, pk=number).select_related("officer").first()
    )
    if token is None:
        raise Http404
    access.revoke_token(token=token, revoked_at=clock.real(), by=request.user, at=clock.now())
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("desk:officer", found.username)


@duty("org.read")
@require_safe
def roles(request: OfficerRequest) -> HttpResponse:
    """Say what each kind of post is there for and what it may do."""
    mine = {post.role for post in request.user.acting_posts_on(clock.today())}
    rows = [
        {
            "name": PostRole(role).label,
            "kinds": [UnitKind(kind).label for kind in about.unit_kinds],
            "duty": about.duty,
            "permissions": [words for key, words in PERMISSION_WORDS.items() if key in about.permissions],
            "is_mine": role in mine,
        }
        for role, about in ROLES.items()
    ]
    return render(request, "desk/roles.html", {"roles": rows})


def _in_words(post: Post, text: str) -> str:
    return text % {"post": f"{post.get_role_display()} · {post.unit.name}"}


def _step(
    request: OfficerRequest,
    found: Officer,
    form: forms.Form,
    words: Mapping[str, str],
    deed: Callable[[], None],
    done: str,
) -> HttpResponse:
    """A form about an officer; back to their page when it is done."""
    back = reverse("desk:officer", args=[found.username])
    lead = f"{found.name} · {found.username}"
    return pages.step(request, form, deed, words={**words, "back": back, "lead": lead}, told=done)
