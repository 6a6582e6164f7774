"""The calls of a sample as a work list, and what their outcomes say of all that report to be open."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Final

from django.utils.translation import gettext

from dongche.analytics import sampling
from dongche.analytics.sampling import Estimate, Interval, Stratum
from dongche.desk.checks import FINDING_MOODS
from dongche.org.models import Officer
from dongche.registry.models import Observation
from dongche.registry.queries import Observations, Places
from dongche.reporting import figures, outcome_sheets
from dongche.reporting.models import Check, Sample
from dongche.reporting.queries import Checks
from dongche.web.fields import masked_phone
from dongche.web.templatetags.web import number

# The buttons of a call, in the order of the digits that press them.
FINDINGS: Final = tuple(Observation.Finding.choices)
NOT_ANSWERED: Final = ("not_reached", "wrong_number", "unclear")
# How the strata of a sample are called among the labels of figures.
LABELS: Final = {"section": "industry"}


@dataclass(frozen=True)
class Call:
    check: Check
    stratum: str
    phone: str  # masked: the page of the call shows it for a reason
    opens: bool
    note: str = ""

    @property
    def mood(self) -> str:
        return FINDING_MOODS[self.check.finding]


@dataclass(frozen=True)
class Part:
    """What a stratum has come to."""

    name: str
    population: int
    drawn: int
    counts: Counter[str]

    @property
    def confirmed(self) -> int:
        return self.counts["operating"]

    @property
    def contradicted(self) -> int:
        return self.counts["not_operating"]

    @property
    def not_reached(self) -> int:
        return sum(self.counts[name] for name in NOT_ANSWERED)

    @property
    def waiting(self) -> int:
        return self.counts[""]


@dataclass(frozen=True)
class Said:
    """The answers so far. `estimate` speaks for `covered` of the places: strata without an answer are not in it."""

    parts: Sequence[Part]
    estimate: Estimate | None
    covered: int
    sample: Sample

    @property
    def population(self) -> int:
        return sum(part.population for part in self.parts)

    def total(self, name: str) -> int:
        return sum(getattr(part, name) for part in self.parts)

    @property
    def called(self) -> int:
        return self.total("drawn") - self.total("waiting")

    @property
    def is_partial(self) -> bool:
        return self.covered < self.population

    @property
    def bounds(self) -> Sequence[tuple[str, Interval, str, str]]:
        """Each way of counting with its interval, and with what that makes of the reported rate."""
        if self.estimate is None:
            return []
        named = (
            (gettext("Of those who answered"), self.estimate.answers),
            (gettext("If nobody else is open"), self.estimate.worst),
            (gettext("If all others are open"), self.estimate.best),
        )
        return [
            (name, one, self._rate(one.low), self._rate(one.high)) for name, one in named if one is not None
        ]

    def _rate(self, share: float) -> str:
        """The rate of all expected places, if this share of those that say so is truly open."""
        whole = 100 * self.population / self.sample.expected if self.sample.expected else 0
        return number(Decimal(repr(round(whole * share, 2))), 2)

    @property
    def sentence(self) -> str:
        """What stands beside the reported figure."""
        answers = self.estimate.answers if self.estimate else None
        if answers is None:
            return ""
        told = gettext(
            "%(rate)s %% reported; of %(called)s called %(confirmed)s confirmed, %(contradicted)s not, %(missing)s not "
            "reached: between %(low)s %% and %(high)s %%."
        )
        return told % {
            "rate": self._rate(1),
            "called": number(self.called),
            "confirmed": number(self.total("confirmed")),
            "contradicted": number(self.total("contradicted")),
            "missing": number(self.total("not_reached")),
            "low": self._rate(answers.low),
            "high": self._rate(answers.high),
        }


def said(sample: Sample) -> Said:
    """This function will count the outcomes of a sample and estimate with them: one query beside the names.

    Empty: no estimate before the first answer; a stratum without one is left out of it
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    every = Checks.unscoped(reason="an estimate is of the whole sample; it names no place").filter(
        sample=sample
    )
    for stratum, finding in every.values_list("stratum", "finding"):
        counts[stratum][finding] += 1
    words = _words(sample)
    parts = [
        Part(words.get(key, key), population, counts[key].total(), counts[key])
        for key, population in sorted(sample.sizes.items())
    ]
    answered = [part for part in parts if part.confirmed + part.contradicted]
    strata = [
        Stratum(part.population, part.confirmed, part.contradicted, part.not_reached) for part in answered
    ]
    found = sampling.estimate(strata) if strata else None
    return Said(parts, found, sum(part.population for part in answered), sample)


def _words(sample: Sample) -> dict[str, str]:
    named = dict(figures.labels(LABELS.get(sample.strata, sample.strata))) if sample.strata else {}
    return named | {"all": gettext("All")}


def listed(sample: Sample, actor: Officer) -> list[Call]:
    """The calls of a sample that the actor may make, in the order of being drawn: at most 200."""
    checks = list(
        Checks.visible_to(actor).filter(sample=sample).select_related("entity__community").order_by("turn")
    )
    ids = [check.entity_id for check in checks]
    opens = set(Places.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    held = Observations.visible_to(actor).filter(
        source=Check.SOURCE, key__in=[str(check.pk) for check in checks], superseded_at__isnull=True
    )
    notes = dict(held.values_list("key", "note"))
    words = _words(sample)
    return [
        Call(
            check,
            words.get(check.stratum, check.stratum) if sample.strata else "",
            masked_phone(check.entity.contact_phone),
            check.entity_id in opens,
            notes.get(str(check.pk), ""),
        )
        for check in checks
    ]


def write_sheet(file: IO[bytes], sample: Sample, actor: Officer) -> None:
    """This function will write the calls as a sheet to be filled in and sent back; no phone is in it."""
    found = listed(sample, actor)
    held = outcome_sheets.held([call.check for call in found], actor)
    extra = [gettext("Turn"), gettext("Stratum"), gettext("Community"), gettext("Seed")]
    lines = [
        outcome_sheets.Line(
            call.check,
            held.get(str(call.check.pk)),
            [
                call.check.turn,
                call.stratum,
                call.check.entity.community.name if call.check.entity.community else "",
                sample.seed,
            ],
        )
        for call in found
    ]
    outcome_sheets.write(file, gettext("Call-back sample"), extra, lines)
