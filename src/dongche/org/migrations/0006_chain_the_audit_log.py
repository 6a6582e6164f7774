import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns only: constant defaults, so that a large table is not written anew. The entries are sealed in the next."""

    dependencies = [("org", "0005_forbid_overlapping_beliefs")]
    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("first", models.BigIntegerField()),
                ("before", models.CharField(blank=True, max_length=64)),
                ("last", models.BigIntegerField()),
                ("hash", models.CharField(blank=True, max_length=64)),
                ("seal", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="audit_head_only_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "last__gte",
                                models.expressions.CombinedExpression(
                                    models.F("first"), "-", models.Value(1)
                                ),
                            )
                        ),
                        name="audit_head_forward",
                    ),
                ],
            },
        ),
        migrations.AlterField("auditentry", "id", models.BigIntegerField(primary_key=True, serialize=False)),
        migrations.AlterField(
            "auditentry",
            "by",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("auditentry", "origin", models.CharField(blank=True, default="", max_length=120)),
        migrations.AddField(
            "auditentry", "request_id", models.CharField(blank=True, default="", max_length=64)
        ),
        migrations.AddField(
            "auditentry",
            "subdistrict",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="org.unit",
            ),
        ),
        migrations.AddField(
            "auditentry",
            "previous",
            models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditentry", "hash", models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.AddIndex(
            "auditentry", models.Index(fields=["subdistrict", "id"], name="audit_by_subdistrict")
        ),
    ]
