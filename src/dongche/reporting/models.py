"""Daily reports: append-only. A correction is a new row; the row before it keeps its values and learns when it was
superseded, so that any day can be asked for as it was known at any time."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Officer, Unit
from dongche.registry.models import Entity, ImportBatch, Observation


class State(models.TextChoices):
    OPEN = "open", _("Open")
    PART = "part", _("Partly open")
    CLOSED = "closed", _("Not open")


class Channel(models.TextChoices):
    QR = "qr", _("QR page")
    OFFICER = "officer", _("Officer on behalf")
    IMPORT = "import", _("Imported")


class Difficulty(models.TextChoices):
    """What stands in the way; the six of the 20-second form."""

    SUPPLIES = "supplies", _("Epidemic supplies")
    STAFF = "staff", _("Staff return")
    FUNDS = "funds", _("Rent and loans")
    LOGISTICS = "logistics", _("Logistics")
    MATERIALS = "materials", _("Raw materials")
    ORDERS = "orders", _("Customers and orders")


class Report(models.Model):
    """What a place said about one day.

    `received_at` is when the first report for that place and day came in: a correction does not make it late.
    `same_as_yesterday` says that whoever reported chose so, not that the values happen to be equal.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="reports", db_index=False)
    on = models.DateField()
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=6, choices=State.choices)
    staff_due = models.PositiveIntegerField(null=True, blank=True)
    staff_at_post = models.PositiveIntegerField(null=True, blank=True)
    output_fen = models.BigIntegerField(null=True, blank=True)
    output_normal_fen = models.BigIntegerField(null=True, blank=True)
    abnormal_temperature = models.PositiveIntegerField(null=True, blank=True)
    mask_days = models.PositiveIntegerField(null=True, blank=True)
    difficulties = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True, default="")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    same_as_yesterday = models.BooleanField(default=False)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="reports", db_index=False)

    Sensitive: ClassVar = frozenset({"abnormal_temperature", "note"})
    Plain: ClassVar = frozenset(
        {
            "id", "entity", "on", "known_at", "superseded_at", "received_at", "key", "state", "staff_due",
            "staff_at_post", "output_fen", "output_normal_fen", "mask_days", "difficulties", "channel", "by",
            "same_as_yesterday", "batch",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "key"], name="report_key_once"),
            models.UniqueConstraint(
                fields=["on", "entity"], condition=Q(superseded_at__isnull=True), name="report_one_current"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="report_state_known"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("known_at")),
                name="report_superseded_later",
            ),
            models.CheckConstraint(
                condition=Q(output_fen__isnull=True) | Q(output_fen__gte=0), name="report_output_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(output_normal_fen__isnull=True) | Q(output_normal_fen__gte=0),
                name="report_normal_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "on", "-id"], name="report_by_entity"),
            models.Index(fields=["on", "id"], name="report_by_day"),
            # Few reports come from a file: the others cost this index nothing.
            models.Index(fields=["batch"], name="report_by_batch", condition=Q(batch__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.on} {self.state}"

    @property
    def receipt(self) -> str:
        """The number a place can name when it asks about this report."""
        return f"{self.on.isoformat().replace('-', '')}-{self.pk}"


class DayChange(models.Model):
    """How often the reports of a day have changed: what a kept figure of that day is compared with.

    Counted in shards of places, so that places that report at the same moment seldom wait for each other; the stamp is
    drawn when a row is made, so that the count of another database never looks like this one's.
    """

    SHARDS: ClassVar = 8

    on = models.DateField()
    shard = models.PositiveSmallIntegerField()
    stamp = models.BigIntegerField()
    changes = models.BigIntegerField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "on", "shard", "stamp", "changes"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["on", "shard"], name="day_change_once")]

    def __str__(self) -> str:
        return f"{self.on}/{self.shard}: {self.changes}"


class Publication(models.Model):
    """What was frozen of a day for a unit and given out (S12): the n-th word about it, never changed afterwards.

    `content` is the snapshot as canonical JSON (reporting.publication), `digest` the SHA-256 of that text, and
    `previous` the one of the publication before it. A later number puts right or withdraws, with a reason.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("First publication")
        CORRECTION = "correction", _("Correction")
        WITHDRAWAL = "withdrawal", _("Withdrawal")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="publications", db_index=False)
    on = models.DateField()
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    speaker = models.CharField(max_length=80)
    reason = models.CharField(max_length=400, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()
    as_known = models.DateTimeField()
    content = models.TextField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True, default="")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "unit", "on", "number", "kind", "speaker", "reason", "by", "published_at", "as_known", "content",
            "digest", "previous",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "on", "number"], name="publication_number_once"),
            models.CheckConstraint(
                condition=Q(kind="first", number=1) | (~Q(kind="first") & Q(number__gt=1) & ~Q(reason="")),
                name="publication_reason_given",
            ),
            models.CheckConstraint(condition=~Q(speaker=""), name="publication_has_speaker"),
            models.CheckConstraint(
                condition=Q(as_known__lte=F("published_at")), name="publication_of_the_past"
            ),
        ]
        indexes = [models.Index(fields=["on", "id"], name="publication_by_day")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.on} #{self.number}"

    @property
    def is_withdrawn(self) -> bool:
        return self.kind == self.Kind.WITHDRAWAL

    @property
    def said(self) -> dict[str, Any]:
        """The snapshot, read."""
        found: dict[str, Any] = json.loads(self.content)
        return found


class SuperiorFigure(models.Model):
    """A total that district or city gave for a day (S111), as believed in [known_at, superseded_at), with its source.

    A correction is a new row. Of one sub-district, because its headquarters was told it. Units of `amount`: whole
    places, people or yuan
    """

    class Level(models.TextChoices):
        DISTRICT = "district", _("District")
        CITY = "city", _("City")

    class Quantity(models.TextChoices):
        PLACES = "places", _("Places that should resume")
        RESUMED = "resumed", _("Resumed places")
        STAFF_AT_POST = "staff_at_post", _("Staff at post")
        OUTPUT_YUAN = "output_yuan", _("Output of the day (yuan)")

    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    level = models.CharField(max_length=8, choices=Level.choices)
    on = models.DateField()
    quantity = models.CharField(max_length=16, choices=Quantity.choices)
    amount = models.BigIntegerField()
    source = models.CharField(max_length=200)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id",
            "subdistrict",
            "level",
            "on",
            "quantity",
            "amount",
            "source",
            "by",
            "known_at",
            "superseded_at",
        }
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subdistrict", "on", "level", "quantity"],
                condition=Q(superseded_at__isnull=True),
                name="superior_one_current",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0) & ~Q(source=""), name="superior_with_source"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("known_at")),
                name="superior_superseded_later",
            ),
        ]
        indexes = [models.Index(fields=["subdistrict", "-on", "-id"], name="superior_by_day")]

    def __str__(self) -> str:
        return f"{self.subdistrict_id} {self.level} {self.on} {self.quantity}"


class Weighing(models.Model):
    """How well the report of a place for a day is supported, as it was weighed last (reporting.keeping).

    Derived: it can be deleted and is weighed again. `report` is the one that was weighed, `earlier` the sum of the ids
    of the place's reports of the days before that rules look at, `used_wh` and `usual_wh` its electricity, `seen` the
    id of the observation that speaks of the place (0 for none): when one of these is no longer so, or the rules are
    others, it is weighed anew. `known_at` is when that was.
    """

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="weighings", db_index=False)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    report = models.ForeignKey(Report, models.CASCADE, related_name="+", db_index=False)
    strength = models.CharField(max_length=12)
    is_at_work = models.BooleanField()
    used_wh = models.BigIntegerField(null=True)
    usual_wh = models.BigIntegerField(null=True)
    earlier = models.BigIntegerField()
    seen = models.BigIntegerField(default=0)
    rules = models.CharField(max_length=16)
    known_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "entity", "subdistrict", "on", "report", "strength", "is_at_work", "used_wh", "usual_wh", "earlier",
            "seen", "rules", "known_at",
        }
    )  # fmt: skip

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "on"], name="weighing_once")]
        indexes = [
            models.Index(fields=["on", "strength", "entity"], name="weighing_by_strength"),
            models.Index(fields=["subdistrict", "on"], name="weighing_by_subdistrict"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.on} {self.strength}"


class WeighedRule(models.Model):
    """A rule that a weighed report falls under, with what its sentence needs to know."""

    weighing = models.ForeignKey(Weighing, models.CASCADE, related_name="rules_met")
    on = models.DateField()
    code = models.CharField(max_length=40)
    data = models.JSONField(default=dict)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "weighing", "on", "code", "data"})

    class Meta:
        indexes = [models.Index(fields=["on", "code", "weighing"], name="weighed_rule_by_code")]

    def __str__(self) -> str:
        return f"{self.weighing_id} {self.code}"


class WeighedDay(models.Model):
    """What the weighings of a day in a sub-district rest on: as long as it is the same, none needs another look.

    `stamps` are versions of the reports of the day and of the days before, of readings and of rules; `left` is
    how many reports are still to be weighed.
    """

    subdistrict = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    stamps = models.JSONField(default=dict)
    left = models.PositiveIntegerField(default=0)
    known_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "subdistrict", "on", "stamps", "left", "known_at"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subdistrict", "on"], name="weighed_day_once")]

    def __str__(self) -> str:
        return f"{self.subdistrict_id} {self.on}"


class Sample(models.Model):
    """A random sample of the places that reported to be open on a day, drawn to be rung up.

    `seed`, `size` and `strata` draw the same again; `sizes` has how many places each stratum had, and `expected` how
    many were expected to report, when it was drawn: what the answers are held against.
    """

    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    size = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    strata = models.CharField(max_length=16, blank=True, default="")
    sizes = models.JSONField(default=dict)
    expected = models.PositiveIntegerField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "subdistrict", "on", "size", "seed", "strata", "sizes", "expected", "by", "drawn_at"}
    )

    class Meta:
        indexes = [models.Index(fields=["subdistrict", "-on", "id"], name="sample_by_subdistrict")]

    def __str__(self) -> str:
        return f"{self.subdistrict_id} {self.on} {self.size}/{self.seed}"


class Check(models.Model):
    """One place to be asked whether its report of a day is true: proposed for its doubts, or drawn into a sample.

    `finding` is what was found out last ("" for nothing yet); what was found out, by whom and before that, stands in
    the registry's observations. `codes` are the rules for which it was proposed.
    """

    class Closed(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        DISMISSED = "dismissed", _("Dismissed")
        SETTLED = "settled", _("No longer doubtful")

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="checks", db_index=False)
    on = models.DateField()
    strength = models.CharField(max_length=12, blank=True, default="")
    codes = models.JSONField(default=list)
    sample = models.ForeignKey(
        Sample, models.PROTECT, null=True, blank=True, related_name="calls", db_index=False
    )
    stratum = models.CharField(max_length=40, blank=True, default="")
    turn = models.PositiveIntegerField(default=0)
    proposed_at = models.DateTimeField()
    taken_by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    finding = models.CharField(max_length=16, choices=Observation.Finding.choices, blank=True, default="")
    found_at = models.DateTimeField(null=True, blank=True)
    closed = models.CharField(max_length=10, choices=Closed.choices, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    Sensitive: ClassVar = frozenset({"reason"})
    Plain: ClassVar = frozenset(
        {
            "id", "entity", "on", "strength", "codes", "sample", "stratum", "turn", "proposed_at", "taken_by", "due_on",
            "finding", "found_at", "closed", "closed_at",
        }
    )  # fmt: skip

    SOURCE: ClassVar = "reporting.check"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity"],
                condition=Q(closed_at__isnull=True, sample__isnull=True),
                name="check_open_once",
            ),
            models.UniqueConstraint(
                fields=["sample", "entity"], condition=Q(sample__isnull=False), name="check_drawn_once"
            ),
            models.CheckConstraint(
                condition=~Q(closed="dismissed") | ~Q(reason=""), name="check_dismissed_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-id"], name="check_by_entity"),
            models.Index(fields=["sample", "turn"], name="check_by_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.on} {self.finding}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
