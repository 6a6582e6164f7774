"""Places, every earlier version of them, their exclusions, and the imports they came by.

`Entity` holds the present values; `Revision` holds each version with the time we believed it, which makes both the
provenance of a value and the denominators of a figure as known at any time.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer, Unit
from dongche.web.fields import EncryptedTextField
from dongche.web.periods import DatedBelief, period_forward


class Category(models.TextChoices):
    """Kinds of places (S9, S24–S29, S57)."""

    ENTERPRISE = "enterprise", _("Enterprise")
    CONSTRUCTION_SITE = "construction_site", _("Construction site")
    FARM_PRODUCE_MARKET = "farm_produce_market", _("Farm-produce market")
    SUPERMARKET = "supermarket", _("Supermarket")
    ELECTROMECHANICAL_MARKET = "electromechanical_market", _("Electromechanical market")
    OFFICE_BUILDING = "office_building", _("Office building")
    NINE_SMALL_VENUE = "nine_small_venue", _("Nine-small venue")
    STREET_SHOP = "street_shop", _("Street shop")


class Size(models.TextChoices):
    LARGE = "large", _("Large")
    MEDIUM = "medium", _("Medium")
    SMALL = "small", _("Small")
    MICRO = "micro", _("Micro")


class Focus(models.TextChoices):
    """The three focuses (S45)."""

    KEY_ENTERPRISE = "key_enterprise", _("Key enterprise")
    KEY_FIELD = "key_field", _("Key field")
    KEY_PROJECT = "key_project", _("Key project")


class Dimensions(models.Model):
    """What a place is counted by. Shared by the present values and every earlier version."""

    community = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    grid = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(max_length=32, choices=Category.choices)
    industry = models.CharField(max_length=5, blank=True, default="")
    section = models.CharField(max_length=1, blank=True, default="")
    division = models.CharField(max_length=2, blank=True, default="")
    size = models.CharField(max_length=8, choices=Size.choices, blank=True, default="")
    above_scale = models.BooleanField(default=False)
    focus = models.CharField(max_length=16, choices=Focus.choices, blank=True, default="")
    staff_count = models.PositiveIntegerField(null=True, blank=True)
    revenue_fen = models.BigIntegerField(null=True, blank=True)
    assets_fen = models.BigIntegerField(null=True, blank=True)
    construction_qualified = models.BooleanField(null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    PLAIN: ClassVar = frozenset(
        {
            "community", "grid", "category", "industry", "section", "division", "size", "above_scale", "focus",
            "staff_count", "revenue_fen", "assets_fen", "construction_qualified", "from_on", "until_on",
        }
    )  # fmt: skip


# Places that are some: the others were taken back with the import that brought them; figures of before still need them.
PRESENT = Q(taken_back_at__isnull=True) & Q(merged_into__isnull=True)


class Entity(Dimensions):
    """A place that must be served, managed and answered for: an enterprise, a site, a market, a shop (S9)."""

    code = models.CharField(max_length=32, unique=True, default=new_code)
    number = models.CharField(max_length=16, unique=True)
    subdistrict = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", db_index=False
    )  # see Meta.indexes
    name = models.CharField(max_length=120)
    credit_code = models.CharField(max_length=18, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    contact_name = EncryptedTextField(blank=True, default="")
    contact_phone = EncryptedTextField(blank=True, default="")
    contact_phone_hash = models.CharField(max_length=32, blank=True, default="")
    nine_small_class = models.CharField(max_length=24, blank=True, default="")
    area_m2 = models.PositiveIntegerField(null=True, blank=True)
    output_normal_fen = models.BigIntegerField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    # The office building or market that a firm or stall is in (楼宇商户).
    building = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="tenants")
    fingerprint = models.CharField(max_length=40)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    # It was the same place as this one, entered a second time; it keeps its values and counts no more.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_here", db_index=False
    )  # see Meta.indexes
    merged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset({"contact_name", "contact_phone", "contact_phone_hash", "code"})
    Plain: ClassVar = Dimensions.PLAIN | {
        "id", "number", "subdistrict", "name", "credit_code", "address", "nine_small_class", "area_m2",
        "output_normal_fen", "lon", "lat", "opened_on", "building", "fingerprint", "taken_back_at", "merged_into",
        "merged_at", "created_at", "updated_at",
    }  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subdistrict", "credit_code"],
                condition=~Q(credit_code="") & PRESENT,
                name="entity_credit_code_once",
            ),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="entity_category_known"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="entity_period_forward",
            ),
            models.CheckConstraint(
                condition=Q(output_normal_fen__isnull=True) | Q(output_normal_fen__gte=0),
                name="entity_output_not_negative",
            ),
        ]
        indexes = [
            # In the order of a list: of one sub-district, and of whatever one sees, page after page.
            models.Index(fields=["subdistrict", "number"], name="entity_by_subdistrict"),
            models.Index(fields=["community", "id"], name="entity_by_community"),
            models.Index(fields=["grid", "id"], name="entity_by_grid"),
            models.Index(fields=["subdistrict", "category", "id"], name="entity_by_category"),
            models.Index(fields=["name", "subdistrict", "id"], name="entity_by_name"),
            models.Index(fields=["contact_phone_hash"], name="entity_by_phone"),
            models.Index(fields=["credit_code"], name="entity_by_credit_code"),
            # Of the merged alone: SQLite would take an index of all for every list, as nearly all are merged into none.
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="entity_merged"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WithdrawnCode(models.Model):
    """A code that a place had before: whoever scans an old card is told so instead of finding nothing."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="withdrawn_codes")
    code = models.CharField(max_length=32, unique=True)
    withdrawn_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset({"code"})
    Plain: ClassVar = frozenset({"id", "entity", "withdrawn_at"})

    def __str__(self) -> str:
        return f"{self.entity_id} until {self.withdrawn_at}"


class Source(models.TextChoices):
    IMPORTED = "imported", _("Imported")
    SELF_REPORTED = "self_reported", _("Self-reported")
    VISITED = "visited", _("Visited")
    ENTERED = "entered", _("Entered")
    RESTORED = "restored", _("Restored")  # what was before a change that was taken back


class ImportBatch(models.Model):
    """One file brought in: read, shown, then applied or dropped; what was applied may be undone. A roster is that of
    `entity`."""

    class Kind(models.TextChoices):
        PLACES = "places", _("Places")
        TENANTS = "tenants", _("Firms in buildings")
        ELECTRICITY = "electricity", _("Electricity readings")
        ROSTER = "roster", _("Roster of a place")
        REPORTS = "reports", _("Daily reports")
        OUTCOMES = "outcomes", _("Outcomes of calls and checks")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        READING = "reading", _("Reading")
        READY = "ready", _("Ready to apply")
        APPLYING = "applying", _("Applying")
        APPLIED = "applied", _("Applied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Could not be read")
        DROPPED = "dropped", _("Dropped")

    code = models.CharField(max_length=32, unique=True, default=new_code)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.PLACES)
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADED)
    file_name = models.CharField(max_length=200)
    file_path = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undo = models.JSONField(default=dict)  # why it was undone, and what became of how many places

    Sensitive: ClassVar = frozenset({"file_path"})
    Plain: ClassVar = frozenset(
        {
            "id", "code", "subdistrict", "entity", "state", "file_name", "file_sha256", "mapping", "counts", "problem",
            "progress_done", "progress_total", "by", "created_at", "applied_at", "kind", "undone_at", "undo",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="roster", entity__isnull=False)
                | (~Q(kind="roster") & Q(entity__isnull=True)),
                name="import_roster_of_a_place",
            )
        ]
        indexes = [models.Index(fields=["subdistrict", "-id"], name="import_by_subdistrict")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"


class Revision(Dimensions):
    """A place as we believed it during [known_at, superseded_at), and where that belief came from."""

    entity = models.ForeignKey(
        Entity, models.CASCADE, related_name="revisions", db_index=False
    )  # see Meta.indexes
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=Source.choices)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="revisions")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    changes = models.JSONField(default=dict)
    # The names and phones of people that this version replaced, as JSON: only so can a change be taken back. Empty when
    # none changed, or once they have been erased.
    former = EncryptedTextField(blank=True, default="")

    Sensitive: ClassVar = frozenset({"former"})
    Plain: ClassVar = Dimensions.PLAIN | {
        "id", "entity", "known_at", "superseded_at", "source", "batch", "by", "changes",
    }  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity"], condition=Q(superseded_at__isnull=True), name="revision_one_current"
            ),
        ]
        indexes = [models.Index(fields=["entity", "-id"], name="revision_by_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} @ {self.known_at}"


class Exclusion(models.Model):
    """Days on which a place is not counted among those that should resume, and why (domain 2a)."""

    class Kind(models.TextChoices):
        CLOSED_BY_ORDER = "closed_by_order", _("Ordered closed")
        DEREGISTERED = "deregistered", _("Deregistered")
        SEASONAL = "seasonal", _("Seasonally closed")
        MOVED_AWAY = "moved_away", _("Moved away")

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="exclusions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reason = models.CharField(max_length=200)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "entity", "kind", "reason", "from_on", "until_on", "known_at", "superseded_at", "by"}
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="exclusion_period_forward",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="exclusion_has_reason"),
        ]
        indexes = [models.Index(fields=["entity", "from_on"], name="exclusion_by_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.kind} [{self.from_on}, {self.until_on})"


class PlaceDuty(DatedBelief):
    """An officer answers for one place by name: whoever serves it (S30), or keeps contact with it (S48).

    It comes before what the place's grid would give, for as long as the officer holds a post in the sub-district.
    """

    class Role(models.TextChoices):
        SERVED_BY = "served_by", _("Served by")
        CONTACT = "contact", _("Contact of the key enterprise")

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="duties", db_index=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="place_duties")
    role = models.CharField(max_length=16, choices=Role.choices)
    source = models.CharField(max_length=80, blank=True, default="")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {"entity", "officer", "role", "source"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=("served_by", "contact")), name="duty_role_known"),
            period_forward("duty_period_forward"),
        ]
        indexes = [models.Index(fields=["entity", "role", "from_on"], name="duty_by_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.role} {self.officer_id} [{self.from_on}, {self.until_on})"


class CoverageDay(models.Model):
    """The proof of coverage for a day as it was found, kept so that its course can be shown."""

    subdistrict = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    known_at = models.DateTimeField()
    places = models.PositiveIntegerField()
    covered = models.PositiveIntegerField()
    gaps = models.JSONField(default=list)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "subdistrict", "on", "known_at", "places", "covered", "gaps"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subdistrict", "on", "known_at"], name="coverage_found_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subdistrict_id} {self.on}: {self.covered} of {self.places}"


class NameGram(models.Model):
    """Two neighbouring characters of a place's name: names are searched by two Chinese characters.

    A place has about thirteen, so this is the table an import writes most to. It has no index by place: the pairs of a
    place follow from its name, so a renamed one's are found by pair and place.
    """

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="grams", db_index=False)
    gram = models.CharField(max_length=2)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "entity", "gram"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gram", "entity"], name="gram_once")]

    def __str__(self) -> str:
        return self.gram


class NameKey(models.Model):
    """Initials of the pinyin of a place's name, from its beginning or a little behind it (`kit.pinyin`).

    Searched by how they begin. Like the pairs of characters, those of a place follow from its name. They are few, so
    they have an index by place too: what begins nearly every name (qd) is asked of a place after the other.
    """

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="keys", db_index=False)
    key = models.CharField(max_length=12)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "entity", "key"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "entity"], name="key_once")]
        indexes = [models.Index(fields=["entity", "key"], name="key_by_entity")]

    def __str__(self) -> str:
        return self.key
