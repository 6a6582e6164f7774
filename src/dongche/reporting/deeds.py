"""What the deeds of this room are called in the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dongche.org.telling import Field, Subject, Words
from dongche.reporting.models import Channel, Check, Publication, State, SuperiorFigure

WORDS = Words(
    deeds={
        "reporting.record": _("Report sent"),
        "reporting.record_many": _("Many reports stored"),
        "reporting.record_together": _("Reports entered for many places"),
        "reporting.propose_checks": _("Checks of doubtful reports proposed"),
        "reporting.propose": _("Checks of single reports proposed"),
        "reporting.take_check": _("Check taken"),
        "reporting.dismiss_check": _("Check dismissed"),
        "reporting.record_outcome": _("Outcome of a check put down"),
        "reporting.undo_outcome": _("Outcome of a check undone"),
        "reporting.take_back_outcome": _("Outcome of a check taken back with its file"),
        "reporting.draw_sample": _("Call-back sample drawn"),
        "reporting.remind": _("Reminders of missing reports opened"),
        "reporting.give_superior": _("Figures of district or city entered"),
        "reporting.take_back_superior": _("Figure of district or city taken back"),
        "reporting.publish": _("Figures published"),
        "reporting.withdraw": _("Published figures withdrawn"),
    },
    subjects={
        "report": Subject(_("Report")),
        "reports": Subject(_("Reports")),
        "publication": Subject(_("Publication")),
    },
    fields={
        "report": Field(_("Report")),
        "on": Field(_("Day")),
        "filled_at": Field(_("Filled in on a phone")),
        "channel": Field(_("Sent by"), values=dict(Channel.choices)),
        "outcome": Field(
            _("Outcome"),
            values={
                "stored": _("stored"),
                "corrected": _("corrected"),
                "confirmed": _("confirmed"),
                "again": _("sent again"),
                "sent again": _("sent again"),
                "conflict": _("reported meanwhile, left as it is"),
                "gone": _("no longer in the register"),
            },
        ),
        "state": Field(_("State"), values=dict(State.choices)),
        "staff_due": Field(_("Staff due")),
        "staff_at_post": Field(_("At post")),
        "output_fen": Field(_("Output (yuan)")),
        "same_as_yesterday": Field(_("Same as yesterday")),
        "place": Field(_("Place")),
        "number": Field(_("Number")),
        "kind": Field(_("Kind"), values=dict(Publication.Kind.choices)),
        "digest": Field(_("Hash")),
        "as_known": Field(_("As known at")),
        "count": Field(_("Count")),
        "first": Field(_("First day")),
        "settled": Field(_("Doubtful no more")),
        "sample": Field(_("Call-back sample")),
        "seed": Field(_("Seed")),
        "closed": Field(_("Closed"), values=dict(Check.Closed.choices)),
        "last": Field(_("Last day")),
        "level": Field(_("Level"), values=dict(SuperiorFigure.Level.choices)),
        "places": Field(SuperiorFigure.Quantity.PLACES.label),
        "resumed": Field(SuperiorFigure.Quantity.RESUMED.label),
        "output_yuan": Field(SuperiorFigure.Quantity.OUTPUT_YUAN.label),
    },
)
