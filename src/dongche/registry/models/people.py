"""People on the rosters of places (花名册), what was noted of their health, and proofs of what was deleted.

Names, numbers, phones, addresses, ways and health are encrypted; a keyed hash beside some finds an exact value. What
people are counted by (where from, when, which code) is kept readable for the database, and is Sensitive all the same.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dongche.kit.identifiers import new_code
from dongche.org.models import Officer, Unit
from dongche.registry.models.places import Entity, ImportBatch, Source
from dongche.web.fields import EncryptedTextField


class DocumentType(models.TextChoices):
    RESIDENT_ID = "resident_id", _("Resident identity card")
    HK_MACAO_PERMIT = "hk_macao_permit", _("Mainland travel permit for Hong Kong and Macao residents")
    TAIWAN_PERMIT = "taiwan_permit", _("Mainland travel permit for Taiwan residents")
    RESIDENCE_PERMIT = "residence_permit", _("Residence permit for Hong Kong, Macao and Taiwan residents")
    PASSPORT = "passport", _("Passport")
    FOREIGN_PERMANENT = "foreign_permanent", _("Permanent residence card of foreigners")
    OTHER = "other", _("Another document")


class Origin(models.TextChoices):
    """Where somebody came from, as far as a rule asks."""

    LOCAL = "local", _("Did not leave Qingdao")
    PROVINCE = "province", _("Elsewhere in Shandong")
    OTHER_PROVINCE = "other_province", _("Another province")
    HUBEI = "hubei", _("Hubei")
    ABROAD = "abroad", _("Abroad")


class Risk(models.TextChoices):
    LOW = "low", _("Low-risk area")
    MEDIUM = "medium", _("Medium-risk area")
    HIGH = "high", _("High-risk area")


class HealthCode(models.TextChoices):
    GREEN = "green", _("Green code")
    YELLOW = "yellow", _("Yellow code")
    RED = "red", _("Red code")


class Transport(models.TextChoices):
    PLANE = "plane", _("Aeroplane")
    TRAIN = "train", _("Train")
    COACH = "coach", _("Coach")
    CAR = "car", _("Car")
    SHIP = "ship", _("Ship")
    OTHER = "other", _("Otherwise")


class ObservedAt(models.TextChoices):
    HOME = "home", _("At home")
    SITE = "site", _("At a centralised site")


class PersonFacts(models.Model):
    """What people are counted by. Shared by the present values and every earlier version."""

    origin = models.CharField(max_length=16, choices=Origin.choices, blank=True, default="")
    risk = models.CharField(max_length=8, choices=Risk.choices, blank=True, default="")
    arrived_on = models.DateField(null=True, blank=True)
    health_code = models.CharField(max_length=8, choices=HealthCode.choices, blank=True, default="")
    had_contact = models.BooleanField(null=True, blank=True)
    observed_at = models.CharField(max_length=8, choices=ObservedAt.choices, blank=True, default="")
    observed_from = models.DateField(null=True, blank=True)
    observed_until = models.DateField(null=True, blank=True)
    at_post_on = models.DateField(null=True, blank=True)
    travel_erased = models.BooleanField(default=False)  # deleted in time: nothing is unknown any more
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    SENSITIVE: ClassVar = frozenset(
        {
            "origin", "risk", "arrived_on", "health_code", "had_contact", "observed_at", "observed_from",
            "observed_until", "at_post_on",
        }
    )  # fmt: skip


class Person(PersonFacts):
    """Somebody on the roster of one place: once there, and known again at another by `document_hash`."""

    code = models.CharField(max_length=32, unique=True, default=new_code)
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="people", db_index=False)
    name = EncryptedTextField(blank=True, default="")
    name_hash = models.CharField(max_length=32, blank=True, default="")
    sex = models.CharField(max_length=1, blank=True, default="")
    document_type = models.CharField(max_length=20, choices=DocumentType.choices)
    document_number = EncryptedTextField(blank=True, default="")
    document_hash = models.CharField(max_length=32, blank=True, default="")
    document_end_hash = models.CharField(max_length=32, blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    phone_hash = models.CharField(max_length=32, blank=True, default="")
    phone_end_hash = models.CharField(max_length=32, blank=True, default="")
    household = EncryptedTextField(blank=True, default="")
    address = EncryptedTextField(blank=True, default="")
    job = models.CharField(max_length=60, blank=True, default="")
    origin_place = EncryptedTextField(blank=True, default="")
    transport = models.CharField(max_length=8, choices=Transport.choices, blank=True, default="")
    vehicle = EncryptedTextField(blank=True, default="")
    stays = EncryptedTextField(blank=True, default="")
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    Sensitive: ClassVar = PersonFacts.SENSITIVE | {
        "code", "name", "name_hash", "sex", "document_type", "document_number", "document_hash", "document_end_hash",
        "phone", "phone_hash", "phone_end_hash", "household", "address", "job", "origin_place", "transport", "vehicle",
        "stays",
    }  # fmt: skip
    Plain: ClassVar = frozenset(
        {"id", "entity", "travel_erased", "from_on", "until_on", "erased_at", "created_at", "updated_at"}
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "document_hash"],
                condition=~Q(document_hash=""),
                name="person_once_at_a_place",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="person_period_forward",
            ),
            models.CheckConstraint(
                condition=Q(document_type__in=DocumentType.values), name="person_document_known"
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], name="person_by_entity"),
            models.Index(fields=["document_hash"], name="person_by_document"),
            models.Index(fields=["entity", "name_hash"], name="person_by_name"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class PersonRevision(PersonFacts):
    """Somebody as we believed it during [known_at, superseded_at). Of what is not counted only the names of the fields
    that changed."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="revisions", db_index=False)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=Source.choices)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    changes = models.JSONField(default=list)
    # What an import replaced, as JSON: only so can it be taken back. Empty where nothing was, or once it is erased.
    former = EncryptedTextField(blank=True, default="")

    Sensitive: ClassVar = PersonFacts.SENSITIVE | {"former"}
    Plain: ClassVar = frozenset(
        {
            "id",
            "person",
            "travel_erased",
            "from_on",
            "until_on",
            "known_at",
            "superseded_at",
            "source",
            "batch",
            "by",
            "changes",
        }
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(superseded_at__isnull=True), name="person_revision_one_current"
            ),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="person_revision_by_person")]

    def __str__(self) -> str:
        return f"person {self.person_id} @ {self.known_at}"


class HealthNote(models.Model):
    """A temperature or symptoms of somebody on half a day, as believed during [known_at, superseded_at).

    `symptoms` is empty when nobody asked and "none" when there were none.
    """

    class Half(models.TextChoices):
        MORNING = "am", _("Morning")
        AFTERNOON = "pm", _("Afternoon")

    person = models.ForeignKey(Person, models.CASCADE, related_name="health", db_index=False)
    on = models.DateField()
    half = models.CharField(max_length=2, choices=Half.choices)
    temperature = EncryptedTextField(blank=True, default="")
    symptoms = EncryptedTextField(blank=True, default="")
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=Source.choices)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    erased_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset({"temperature", "symptoms"})
    Plain: ClassVar = frozenset(
        {"id", "person", "on", "half", "known_at", "superseded_at", "source", "batch", "by", "erased_at"}
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "on", "half"],
                condition=Q(superseded_at__isnull=True),
                name="health_note_one_current",
            ),
        ]
        indexes = [models.Index(fields=["person", "-on"], name="health_note_by_person")]

    def __str__(self) -> str:
        return f"person {self.person_id} {self.on} {self.half}"


class Erasure(models.Model):
    """A deletion of personal data that was due, with what proves it: how many rows of which class, and a hash of the
    list of them. It holds nothing of the people."""

    number = models.CharField(max_length=20, unique=True)
    subdistrict = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    data_class = models.CharField(max_length=12)
    kept_days = models.PositiveIntegerField()
    basis = models.CharField(max_length=300)
    before_on = models.DateField()
    row_count = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)
    list_sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "number", "subdistrict", "data_class", "kept_days", "basis", "before_on", "row_count", "counts",
            "list_sha256", "reason", "by", "at",
        }
    )  # fmt: skip

    class Meta:
        indexes = [models.Index(fields=["subdistrict", "-id"], name="erasure_by_subdistrict")]

    def __str__(self) -> str:
        return self.number
