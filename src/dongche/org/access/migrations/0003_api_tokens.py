"""Tokens with which programs speak for an officer, and the count of wrong ones by address."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_count_guesses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "ApiToken",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("token_hash", models.CharField(max_length=40, unique=True)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("is_strong", models.BooleanField(default=False)),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(expires_at__gt=F("issued_at")), name="token_period_forward"
                    )
                ]
            },
        ),
        migrations.AlterField(
            "attempts",
            "kind",
            models.CharField(
                choices=[
                    ("account", "Account"),
                    ("address", "Address"),
                    ("guess", "Address that tries codes"),
                    ("token", "Address that tries tokens"),
                ],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint("attempts", "attempts_kind_known"),
        migrations.AddConstraint(
            "attempts",
            models.CheckConstraint(
                condition=Q(kind__in=["account", "address", "guess", "token"]), name="attempts_kind_known"
            ),
        ),
    ]
