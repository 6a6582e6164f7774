import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import dongche.web.fields
from dongche.org.audit.chain import seal_of_head
from dongche.web.periods import forbid_overlap


def begin_log(apps, schema_editor):
    """The audit log begins with a head that has sealed nothing yet."""
    head = apps.get_model("org", "AuditHead")(id=1, first=1, before="", last=0, hash="")
    head.seal = seal_of_head(head)
    head.save()


class Migration(migrations.Migration):
    initial = True
    # A database made before the first release, brought up to date, is taken for one made by this.
    replaces = [
        ("org", "0001_initial"),
        ("org", "0002_forbid_overlaps"),
        ("org", "0003_duties_as_beliefs"),
        ("org", "0004_first_beliefs"),
        ("org", "0005_forbid_overlapping_beliefs"),
        ("org", "0006_chain_the_audit_log"),
        ("org", "0007_seal_the_audit_log"),
        ("org", "0008_unit_grams"),
        ("org", "0009_fill_unit_grams"),
        ("org", "0010_working_groups"),
        ("org", "0011_units_change_from_a_day"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Officer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("username", models.CharField(max_length=40, unique=True, verbose_name="user name")),
                ("name", models.CharField(max_length=40)),
                ("phone", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AuditBreak",
            fields=[
                ("id", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("broken", models.BigIntegerField()),
                ("what", models.CharField(max_length=10)),
                ("first", models.BigIntegerField()),
                ("start", models.CharField(blank=True, max_length=64)),
                ("before", models.CharField(blank=True, max_length=64)),
                ("last", models.BigIntegerField()),
                ("found", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=400)),
                ("by_label", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("seal", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "last__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("broken"), "-", models.Value(1)
                                ),
                            )
                        ),
                        name="audit_break_forward",
                    )
                ],
            },
        ),
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
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first"), "-", models.Value(1)
                                ),
                            )
                        ),
                        name="audit_head_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("province", "Province"),
                            ("city", "City"),
                            ("district", "District"),
                            ("subdistrict", "Sub-district"),
                            ("headquarters", "Headquarters"),
                            ("department", "Department"),
                            ("community", "Community"),
                            ("grid", "Grid"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("party_organisation", models.CharField(blank=True, default="", max_length=80)),
                (
                    "dedicated_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("building", "Office building"),
                            ("market", "Market"),
                            ("park", "Industrial park"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("polygon", models.JSONField(blank=True, null=True)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                (
                    "city",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="org.unit",
                    ),
                ),
                (
                    "province",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "subdistrict"], name="unit_of_kind"),
                    models.Index(fields=["subdistrict", "kind", "code"], name="unit_by_kind"),
                    models.Index(fields=["district", "kind", "code"], name="unit_by_district"),
                    models.Index(fields=["city", "kind", "code"], name="unit_by_city"),
                    models.Index(fields=["province", "kind", "code"], name="unit_by_province"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "province",
                                    "city",
                                    "district",
                                    "subdistrict",
                                    "headquarters",
                                    "department",
                                    "community",
                                    "grid",
                                ],
                            )
                        ),
                        name="unit_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="unit_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ("province", "city", "district", "subdistrict")),
                                ("subdistrict__isnull", True),
                            ),
                            models.Q(
                                models.Q(
                                    ("kind__in", ("province", "city", "district", "subdistrict")),
                                    _negated=True,
                                ),
                                ("parent__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="unit_has_parent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ("community", "grid")), _negated=True),
                            ("subdistrict__isnull", False),
                            _connector="OR",
                        ),
                        name="ground_has_subdistrict",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "grid"), _negated=True),
                            ("community__isnull", False),
                            _connector="OR",
                        ),
                        name="grid_has_community",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dedicated_to", ""), ("kind", "grid"), _connector="OR"),
                        name="only_grids_are_dedicated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sponsorship",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "leader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sponsorships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sponsorships",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="sponsorship_period_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleChange",
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
                            ("added", "Added"),
                            ("changed", "Changed"),
                            ("ended", "Ended"),
                            ("undone", "Undone"),
                        ],
                        max_length=8,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("effect", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
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
                    "undoes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="org.rulechange",
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subdistrict", "-id"], name="rule_change_by_subdistrict")],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("superior_officer", "Officer of the superior level"),
                            ("headquarters", "Headquarters duty officer"),
                            ("administrator", "Administrator of officers"),
                            ("division_leader", "Division-level leader"),
                            ("department_head", "Department head"),
                            ("department_officer", "Department officer"),
                            ("community_secretary", "Community Party committee secretary"),
                            ("committee_member", "Community Party committee member"),
                            ("community_officer", "Community officer"),
                            ("grid_lead", "Grid lead"),
                            ("grid_worker", "Grid worker"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="org.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["unit", "role", "from_on"], name="post_by_unit")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "superior_officer",
                                    "headquarters",
                                    "administrator",
                                    "division_leader",
                                    "department_head",
                                    "department_officer",
                                    "community_secretary",
                                    "committee_member",
                                    "community_officer",
                                    "grid_lead",
                                    "grid_worker",
                                ],
                            )
                        ),
                        name="post_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="post_period_forward",
                    ),
                ],
            },
        ),
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
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="planned_changes",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=["from_on"],
                        name="planned_change_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=("unit", "kind", "from_on"),
                        name="planned_change_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                        ),
                        name="planned_change_one_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("number", models.PositiveIntegerField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("priority", models.PositiveIntegerField()),
                ("category", models.CharField(blank=True, default="", max_length=32)),
                ("focus", models.CharField(blank=True, default="", max_length=16)),
                ("industry", models.CharField(blank=True, default="", max_length=1)),
                ("size", models.CharField(blank=True, default="", max_length=8)),
                ("source", models.CharField(blank=True, default="", max_length=80)),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made",
                        to="org.rulechange",
                    ),
                ),
                (
                    "superseded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded",
                        to="org.rulechange",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rules", to="org.unit"
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="line_rules", to="org.unit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="line_rule_period_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by_label", models.CharField(max_length=80)),
                ("action", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=60)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("origin", models.CharField(blank=True, default="", max_length=120)),
                ("request_id", models.CharField(blank=True, default="", max_length=64)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "subject_id", "id"], name="audit_by_subject"),
                    models.Index(fields=["by", "id"], name="audit_by_officer"),
                    models.Index(fields=["subdistrict", "id"], name="audit_by_subdistrict"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitGram",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gram", models.CharField(max_length=2)),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grams",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("gram", "unit"), name="unit_gram_once")],
            },
        ),
        migrations.CreateModel(
            name="UnitRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(max_length=80)),
                ("party_organisation", models.CharField(blank=True, default="", max_length=80)),
                (
                    "dedicated_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("building", "Office building"),
                            ("market", "Market"),
                            ("park", "Industrial park"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("polygon", models.JSONField(blank=True, null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="org.unit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="unit_revision_period_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("purpose", models.CharField(max_length=400)),
                ("source", models.CharField(blank=True, default="", max_length=80)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="working_groups",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="working_group_period_forward",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("until_on__isnull", True)),
                        fields=("unit", "name"),
                        name="working_group_named_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(choices=[("duty", "Duty"), ("standard", "Standard")], max_length=8),
                ),
                ("number", models.PositiveIntegerField()),
                ("text", models.CharField(max_length=300)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="org.workinggroup",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="group_text_period_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=80)),
                ("why", models.CharField(blank=True, default="", max_length=300)),
                ("measure", models.CharField(blank=True, default="", max_length=300)),
                ("due_on", models.DateField()),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("returned", "Returned"),
                            ("done", "Reported as done"),
                            ("confirmed", "Confirmed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "helpers",
                    models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="group_tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.grouptext",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="org.workinggroup",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "due_on", "id"], name="group_task_by_due"),
                    models.Index(fields=["owner", "state"], name="group_task_by_owner"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("percent__lte", 100)), name="group_task_percent"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True),
                                ("done_at__isnull", True),
                                ("state__in", ("open", "returned")),
                            ),
                            models.Q(
                                ("closed_at__isnull", True), ("done_at__isnull", False), ("state", "done")
                            ),
                            models.Q(
                                ("closed_at__gte", models.F("done_at")),
                                ("done_at__isnull", False),
                                ("state", "confirmed"),
                            ),
                            models.Q(("closed_at__isnull", False), ("state", "withdrawn")),
                            _connector="OR",
                        ),
                        name="group_task_state_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("leader", "Group leader"),
                            ("deputy", "Deputy leader"),
                            ("office", "Group office"),
                            ("member", "Member"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("superior_officer", "Officer of the superior level"),
                            ("headquarters", "Headquarters duty officer"),
                            ("administrator", "Administrator of officers"),
                            ("division_leader", "Division-level leader"),
                            ("department_head", "Department head"),
                            ("department_officer", "Department officer"),
                            ("community_secretary", "Community Party committee secretary"),
                            ("committee_member", "Community Party committee member"),
                            ("community_officer", "Community officer"),
                            ("grid_lead", "Grid lead"),
                            ("grid_worker", "Grid worker"),
                        ],
                        default="",
                        max_length=24,
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="org.workinggroup",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["group", "from_on"], name="group_member_by_group")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="group_member_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("officer__isnull", False), ("role", ""), ("unit__isnull", True)),
                            models.Q(
                                ("officer__isnull", True),
                                ("unit__isnull", False),
                                models.Q(("role", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="group_member_officer_or_post",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=120)),
                ("data", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("due_on", models.DateField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=400)),
                (
                    "officer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="work",
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
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["officer", "closed_at", "id"], name="work_by_officer"),
                    models.Index(fields=["subdistrict", "closed_at", "id"], name="work_by_subdistrict"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("subdistrict", "kind", "key"),
                        name="work_item_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("annual", "Annual leave"),
                            ("sick", "Sick leave"),
                            ("isolation", "In isolation"),
                            ("seconded", "Seconded elsewhere"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaves",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "substitute",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="substitutions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="leave_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("substitute__isnull", True),
                            models.Q(("substitute", models.F("officer")), _negated=True),
                            _connector="OR",
                        ),
                        name="leave_to_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskEntry",
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
                            ("given", "Given"),
                            ("changed", "Changed"),
                            ("progress", "Progress"),
                            ("done", "Reported as done"),
                            ("confirmed", "Confirmed"),
                            ("returned", "Returned"),
                            ("withdrawn", "Withdrawn"),
                            ("moved", "Handed over"),
                        ],
                        max_length=10,
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField()),
                ("note", models.CharField(blank=True, default="", max_length=400)),
                ("at", models.DateTimeField()),
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
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="org.grouptask",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["task", "id"], name="task_entry_by_task")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("percent__lte", 100)), name="task_entry_percent"
                    )
                ],
            },
        ),
        migrations.RunPython(begin_log, migrations.RunPython.noop),
        *(
            forbid_overlap(table, columns, name=name, current="superseded_at")
            for table, columns, name in (
                ("org_post", ["officer_id", "unit_id", "role"], "post_overlaps"),
                ("org_sponsorship", ["community_id"], "sponsorship_overlaps"),
                ("org_linerule", ["subdistrict_id", "number"], "line_rule_overlaps"),
                ("org_leave", ["officer_id"], "leave_overlaps"),
                ("org_groupmember", ["group_id", "officer_id", "unit_id", "role"], "group_member_overlaps"),
                ("org_grouptext", ["group_id", "kind", "number"], "group_text_overlaps"),
                ("org_unitrevision", ["unit_id"], "unit_revision_overlaps"),
            )
        ),
    ]
