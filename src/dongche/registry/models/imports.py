"""What imports remember and bring besides places: which column is which, and how much electricity was used."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dongche.org.models import Officer, Unit
from dongche.registry.models.places import Entity, ImportBatch


class ColumnMap(models.Model):
    """Which columns of files with a certain header hold what, as an officer said: used when the header comes again."""

    subdistrict = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=ImportBatch.Kind.choices)
    name = models.CharField(max_length=60)
    header_key = models.CharField(max_length=64)
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "subdistrict", "kind", "name", "header_key", "headers", "mapping", "by", "saved_at"}
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subdistrict", "kind", "header_key"], name="columnmap_one_per_header"
            ),
            models.UniqueConstraint(fields=["subdistrict", "kind", "name"], name="columnmap_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Meter(models.Model):
    """The number under which the power company knows a place (户号)."""

    subdistrict = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    number = models.CharField(max_length=24)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="meters")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset({"id", "subdistrict", "number", "entity", "batch", "known_at"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subdistrict", "number"], name="meter_once")]

    def __str__(self) -> str:
        return self.number


class ElectricityReading(models.Model):
    """What a place used on the day `on`, as believed during [known_at, superseded_at)."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="electricity", db_index=False)
    meter = models.CharField(max_length=24, blank=True, default="")
    on = models.DateField()
    kwh = models.DecimalField(max_digits=12, decimal_places=2)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="electricity")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    Sensitive: ClassVar = frozenset[str]()
    Plain: ClassVar = frozenset(
        {"id", "entity", "meter", "on", "kwh", "known_at", "superseded_at", "batch", "by"}
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "meter", "on"],
                condition=Q(superseded_at__isnull=True),
                name="electricity_one_a_day",
            ),
            models.CheckConstraint(condition=Q(kwh__gte=0), name="electricity_not_negative"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("known_at")),
                name="electricity_superseded_later",
            ),
        ]
        indexes = [models.Index(fields=["on"], name="electricity_by_day")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.on}: {self.kwh} kWh"
