"""The daily brief (domain 2m): built from figures, checked, and given out as Markdown, PDF, text document and page.

brief = build(actor, on)        every sentence and table, each number bound to its figure
to_markdown(brief)              text with numerators and denominators
to_pdf(brief)                   the printed sheet, PDF/A-2b
to_docx(brief)                  the same texts, to be edited in WPS or Word
reporting/brief_body.html       the same in a page, each figure a link to its rows
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Unit
from dongche.reporting.brief import context as contexts
from dongche.reporting.brief.checks import FigureWithoutSource, check
from dongche.reporting.brief.context import Context
from dongche.reporting.brief.docx import to_docx
from dongche.reporting.brief.headline import headline
from dongche.reporting.brief.issuer import issuer_of
from dongche.reporting.brief.markdown import to_markdown
from dongche.reporting.brief.model import Brief, Published, Section
from dongche.reporting.brief.pdf import to_pdf
from dongche.reporting.publication import figures_of, published_of
from dongche.web import campaign

__all__ = [
    "Brief",
    "FigureWithoutSource",
    "NoSuchIssue",
    "build",
    "check",
    "to_docx",
    "to_markdown",
    "to_pdf",
]


class NoSuchIssue(Problem):
    code = "reporting.no_such_issue"
    status = 404
    message = N_("There is no brief for %(given)s. Briefs are issued from %(first)s to %(last)s.")


def build(actor: Any, on: date, as_known: datetime | None = None, subdistrict: Unit | None = None) -> Brief:
    """This function will write the brief of a day over the places of the actor's units, as known now or at an instant.

    Of a day that was published for just these places, without an instant, it says what was locked.
    `subdistrict` narrows it to one of several.

    Raises: NoSuchIssue – the day is before the campaign or still to come; FigureWithoutSource
    """
    first, today = campaign.current().campaign.from_on, clock.today()
    if not first <= on <= today:
        raise NoSuchIssue(given=on, first=first, last=today)
    issuer = issuer_of(actor, on)
    scope = subdistrict.name if subdistrict else issuer.scope
    locked = published_of(actor, on, subdistrict) if as_known is None else None
    context = contexts.load(actor, on, locked.as_known if locked else as_known, scope, subdistrict)
    if locked is not None:
        context = replace(context, measured={**context.measured, **contexts.keyed(figures_of(locked))})
    brief = Brief(
        title=gettext("Daily Brief"),
        issue_no=(on - first).days + 1,
        unit=issuer.unit,
        scope=scope,
        headline=headline(context),
        on=on,
        as_known=context.as_known,
        sections=_sections(context),
        labels=context.labels,
        compiled_by=issuer.compiled_by,
        rules=context.rules,
        approved_by=locked.speaker if locked else "",
        published=Published(locked.number, locked.speaker, locked.digest) if locked else None,
    )
    check(brief)
    return brief


def _sections(context: Context) -> tuple[Section, ...]:
    functions: list[Callable[[Context], Section | None]] = [
        import_string(name) for name in settings.BRIEF_SECTIONS
    ]
    found = [section for section in (function(context) for function in functions) if section]
    return tuple(
        Section(section.title, section.paragraphs, section.tables, number)
        for number, section in enumerate(found, 1)
    )
