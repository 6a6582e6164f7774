import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dongche.web.periods import forbid_overlap


class Migration(migrations.Migration):
    dependencies = [
        ("org", "0010_working_groups"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlannedChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rename", "Rename"),
                            ("move", "Move"),
                            ("draw", "Draw the ground"),
                            ("end", "End the unit"),
                        ],
                        max_length=8,
                    ),
                ),
                ("from_on", models.DateField()),
                ("with_places", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("planned_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="unitrevision",
            name="unit_revision_one_current",
        ),
        migrations.AddField(
            model_name="plannedchange",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="plannedchange",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="planned_changes", to="org.unit"
            ),
        ),
        migrations.AddIndex(
            model_name="plannedchange",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=["from_on"],
                name="planned_change_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=("unit", "kind", "from_on"),
                name="planned_change_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                ),
                name="planned_change_one_end",
            ),
        ),
        forbid_overlap(
            "org_unitrevision", ["unit_id"], name="unit_revision_overlaps", current="superseded_at"
        ),
    ]
