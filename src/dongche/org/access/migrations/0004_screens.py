"""Screens on walls, paired by a typed code."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_api_tokens"),
        ("org", "0011_units_change_from_a_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "Screen",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("pairing_hash", models.CharField(max_length=40, unique=True)),
                ("pairing_until", models.DateTimeField()),
                ("secret_hash", models.CharField(blank=True, max_length=40, null=True, unique=True)),
                ("opened_at", models.DateTimeField()),
                ("paired_at", models.DateTimeField(blank=True, null=True)),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(paired_at__isnull=True, secret_hash__isnull=True)
                        | Q(paired_at__isnull=False, secret_hash__isnull=False),
                        name="screen_paired_with_a_secret",
                    )
                ]
            },
        ),
    ]
