from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE, NAME = "reporting_publication", "publication_is_final"


def forbid_change(apps: Any, editor: Any) -> None:
    """What was published is never changed. PostgreSQL keeps rows from being deleted too; on SQLite, where emptying a
    table is deleting its rows, a missing one is found by the numbers and the hash of the one before."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{NAME}'; END $$"
        )
        editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {NAME}()"
        )
    else:
        editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        )


def allow_change(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP TRIGGER {NAME} ON {TABLE}")
        editor.execute(f"DROP FUNCTION {NAME}()")
    else:
        editor.execute(f"DROP TRIGGER {NAME}")


class Migration(migrations.Migration):
    initial = True
    # A database made before the first release, brought up to date, is taken for one made by this.
    replaces = [
        ("reporting", "0001_initial"),
        ("reporting", "0002_count_changes"),
        ("reporting", "0003_same_as_yesterday"),
        ("reporting", "0004_publications"),
        ("reporting", "0005_keep_evidence"),
        ("reporting", "0006_checks"),
    ]

    dependencies = [
        ("org", "0001_first_release"),
        ("org", "__first__"),
        ("registry", "0001_first_release"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("shard", models.PositiveSmallIntegerField()),
                ("stamp", models.BigIntegerField()),
                ("changes", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("on", "shard"), name="day_change_once")],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("received_at", models.DateTimeField()),
                ("key", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("part", "Partly open"), ("closed", "Not open")],
                        max_length=6,
                    ),
                ),
                ("staff_due", models.PositiveIntegerField(blank=True, null=True)),
                ("staff_at_post", models.PositiveIntegerField(blank=True, null=True)),
                ("output_fen", models.BigIntegerField(blank=True, null=True)),
                ("output_normal_fen", models.BigIntegerField(blank=True, null=True)),
                ("abnormal_temperature", models.PositiveIntegerField(blank=True, null=True)),
                ("mask_days", models.PositiveIntegerField(blank=True, null=True)),
                ("difficulties", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                (
                    "channel",
                    models.CharField(
                        choices=[("qr", "QR page"), ("officer", "Officer on behalf"), ("import", "Imported")],
                        max_length=8,
                    ),
                ),
                ("same_as_yesterday", models.BooleanField(default=False)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="registry.importbatch",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "on", "-id"], name="report_by_entity"),
                    models.Index(fields=["on", "id"], name="report_by_day"),
                    models.Index(
                        condition=models.Q(("batch__isnull", False)), fields=["batch"], name="report_by_batch"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "key"), name="report_key_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("on", "entity"),
                        name="report_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "part", "closed"])),
                        name="report_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("superseded_at__isnull", True),
                            ("superseded_at__gt", models.F("known_at")),
                            _connector="OR",
                        ),
                        name="report_superseded_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("output_fen__isnull", True), ("output_fen__gte", 0), _connector="OR"
                        ),
                        name="report_output_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("output_normal_fen__isnull", True),
                            ("output_normal_fen__gte", 0),
                            _connector="OR",
                        ),
                        name="report_normal_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("size", models.PositiveIntegerField()),
                ("seed", models.BigIntegerField()),
                ("strata", models.CharField(blank=True, default="", max_length=16)),
                ("sizes", models.JSONField(default=dict)),
                ("expected", models.PositiveIntegerField()),
                ("drawn_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subdistrict", "-on", "id"], name="sample_by_subdistrict")],
            },
        ),
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("strength", models.CharField(blank=True, default="", max_length=12)),
                ("codes", models.JSONField(default=list)),
                ("stratum", models.CharField(blank=True, default="", max_length=40)),
                ("turn", models.PositiveIntegerField(default=0)),
                ("proposed_at", models.DateTimeField()),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "finding",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("operating", "Operating"),
                            ("not_operating", "Not operating"),
                            ("not_reached", "Not reached"),
                            ("wrong_number", "Wrong number"),
                            ("unclear", "No clear answer"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("found_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answered", "Answered"),
                            ("dismissed", "Dismissed"),
                            ("settled", "No longer doubtful"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="registry.entity",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="reporting.sample",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "-id"], name="check_by_entity"),
                    models.Index(fields=["sample", "turn"], name="check_by_sample"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True), ("sample__isnull", True)),
                        fields=("entity",),
                        name="check_open_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sample__isnull", False)),
                        fields=("sample", "entity"),
                        name="check_drawn_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed", "dismissed"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="check_dismissed_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WeighedDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("stamps", models.JSONField(default=dict)),
                ("left", models.PositiveIntegerField(default=0)),
                ("known_at", models.DateTimeField()),
                (
                    "subdistrict",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subdistrict", "on"), name="weighed_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Weighing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("strength", models.CharField(max_length=12)),
                ("is_at_work", models.BooleanField()),
                ("used_wh", models.BigIntegerField(null=True)),
                ("usual_wh", models.BigIntegerField(null=True)),
                ("earlier", models.BigIntegerField()),
                ("seen", models.BigIntegerField(default=0)),
                ("rules", models.CharField(max_length=16)),
                ("known_at", models.DateTimeField()),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weighings",
                        to="registry.entity",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="reporting.report",
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["on", "strength", "entity"], name="weighing_by_strength"),
                    models.Index(fields=["subdistrict", "on"], name="weighing_by_subdistrict"),
                ],
                "constraints": [models.UniqueConstraint(fields=("entity", "on"), name="weighing_once")],
            },
        ),
        migrations.CreateModel(
            name="WeighedRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("code", models.CharField(max_length=40)),
                ("data", models.JSONField(default=dict)),
                (
                    "weighing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules_met",
                        to="reporting.weighing",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["on", "code", "weighing"], name="weighed_rule_by_code")],
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("first", "First publication"),
                            ("correction", "Correction"),
                            ("withdrawal", "Withdrawal"),
                        ],
                        max_length=12,
                    ),
                ),
                ("speaker", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("published_at", models.DateTimeField()),
                ("as_known", models.DateTimeField()),
                ("content", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("previous", models.CharField(blank=True, default="", max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publications",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["on", "id"], name="publication_by_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "on", "number"), name="publication_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "first"), ("number", 1)),
                            models.Q(
                                models.Q(("kind", "first"), _negated=True),
                                ("number__gt", 1),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="publication_reason_given",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("speaker", ""), _negated=True), name="publication_has_speaker"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("as_known__lte", models.F("published_at"))),
                        name="publication_of_the_past",
                    ),
                ],
            },
        ),
        migrations.RunPython(forbid_change, allow_change),
    ]
