"""The tree of units: province, city, district, sub-district, and within it headquarters, departments and ground."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dongche.web.periods import DatedBelief, period_forward


class UnitKind(models.TextChoices):
    PROVINCE = "province", _("Province")
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    SUBDISTRICT = "subdistrict", _("Sub-district")
    HEADQUARTERS = "headquarters", _("Headquarters")
    DEPARTMENT = "department", _("Department")
    COMMUNITY = "community", _("Community")
    GRID = "grid", _("Grid")


# From the top down: each level may stand under any above it, for a list of divisions need not have all of them.
LEVELS = (UnitKind.PROVINCE, UnitKind.CITY, UnitKind.DISTRICT, UnitKind.SUBDISTRICT)
ANCESTORS = ("province", "city", "district", "subdistrict", "community")


class Dedication(models.TextChoices):
    """What a dedicated grid (专属网格) is for. It takes its places out of the grid around it."""

    BUILDING = "building", _("Office building")
    MARKET = "market", _("Market")
    PARK = "park", _("Industrial park")


class Unit(models.Model):
    """A part of the organisation. Its ancestors are stored, so that scope is one equality.

    The values are the present ones; `UnitRevision` holds each version with the time we believed it.
    """

    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=16, choices=UnitKind.choices)
    name = models.CharField(max_length=80)
    party_organisation = models.CharField(max_length=80, blank=True, default="")
    dedicated_to = models.CharField(max_length=16, choices=Dedication.choices, blank=True, default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # The composite indexes below begin with these, so they need none of their own.
    province = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    city = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    district = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    subdistrict = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    community = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    polygon = models.JSONField(null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id", "code", "kind", "name", "party_organisation", "dedicated_to", "parent", *ANCESTORS, "polygon",
            "from_on", "until_on",
        }
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            period_forward("unit_period_forward"),
            models.CheckConstraint(
                condition=Q(kind__in=LEVELS, subdistrict__isnull=True)
                | (~Q(kind__in=LEVELS) & Q(parent__isnull=False)),
                name="unit_has_parent",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("community", "grid")) | Q(subdistrict__isnull=False),
                name="ground_has_subdistrict",
            ),
            models.CheckConstraint(
                condition=~Q(kind="grid") | Q(community__isnull=False), name="grid_has_community"
            ),
            models.CheckConstraint(
                condition=Q(dedicated_to="") | Q(kind="grid"), name="only_grids_are_dedicated"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subdistrict"], name="unit_of_kind"),
            models.Index(fields=["subdistrict", "kind", "code"], name="unit_by_kind"),
            models.Index(fields=["district", "kind", "code"], name="unit_by_district"),
            models.Index(fields=["city", "kind", "code"], name="unit_by_city"),
            models.Index(fields=["province", "kind", "code"], name="unit_by_province"),
        ]

    def __str__(self) -> str:
        return self.name


class UnitRevision(DatedBelief):
    """What a unit was, or will be, on the days [from_on, until_on), as we believed it during [known_at, superseded_at).

    Those held now follow each other without a gap from the first day of the unit to its last.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="revisions")
    name = models.CharField(max_length=80)
    party_organisation = models.CharField(max_length=80, blank=True, default="")
    dedicated_to = models.CharField(max_length=16, choices=Dedication.choices, blank=True, default="")
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    polygon = models.JSONField(null=True, blank=True)

    VALUES: ClassVar = ("name", "party_organisation", "dedicated_to", "parent_id", "polygon")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = DatedBelief.BELIEF | {
        "unit", "name", "party_organisation", "dedicated_to", "parent", "polygon",
    }  # fmt: skip

    class Meta:
        constraints = [period_forward("unit_revision_period_forward")]

    def __str__(self) -> str:
        return f"{self.unit_id} @ {self.known_at}"


class PlannedChange(models.Model):
    """A change to a unit that was decided for a day to come; what the unit will be then stands in its revisions.

    `with_places`: places that a new outline covers, or that a grid which ends gives up, change their grid that day.
    """

    class Kind(models.TextChoices):
        RENAME = "rename", _("Rename")
        MOVE = "move", _("Move")
        DRAW = "draw", _("Draw the ground")
        END = "end", _("End the unit")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="planned_changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    from_on = models.DateField()
    with_places = models.BooleanField(default=False)
    reason = models.CharField(max_length=400, blank=True, default="")
    by = models.ForeignKey("org.Officer", models.PROTECT, null=True, related_name="+", db_index=False)
    planned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {
            "id",
            "unit",
            "kind",
            "from_on",
            "with_places",
            "reason",
            "by",
            "planned_at",
            "done_at",
            "withdrawn_at",
        }
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "from_on"],
                condition=Q(done_at__isnull=True, withdrawn_at__isnull=True),
                name="planned_change_once",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="planned_change_one_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["from_on"],
                condition=Q(done_at__isnull=True, withdrawn_at__isnull=True),
                name="planned_change_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.unit_id} from {self.from_on}"


class UnitGram(models.Model):
    """Two neighbouring characters of a unit's name: units are searched by two Chinese characters (`org.names`).

    It has no index by unit: the pairs follow from the name, so those of a renamed unit are found by pair and unit.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="grams", db_index=False)
    gram = models.CharField(max_length=2)

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "unit", "gram"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gram", "unit"], name="unit_gram_once")]

    def __str__(self) -> str:
        return self.gram
