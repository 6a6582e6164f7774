import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dongche.kit.identifiers
import dongche.web.fields
from dongche.web.periods import forbid_overlap


class Migration(migrations.Migration):
    initial = True
    # A database made before the first release, brought up to date, is taken for one made by this.
    replaces = [
        ("registry", "0001_initial"),
        ("registry", "0002_forbid_overlaps"),
        ("registry", "0003_withdrawn_codes"),
        ("registry", "0004_lighter_indexes"),
        ("registry", "0005_place_duties"),
        ("registry", "0006_coverage_days"),
        ("registry", "0007_assignment_proposals"),
        ("registry", "0008_grid_proposals"),
        ("registry", "0009_former_values"),
        ("registry", "0010_name_keys"),
        ("registry", "0011_fill_name_keys"),
        ("registry", "0012_standing"),
        ("registry", "0013_import_kinds"),
        ("registry", "0014_people"),
        ("registry", "0015_saved_views"),
        ("registry", "0016_undone_imports"),
        ("registry", "0017_place_batches"),
        ("registry", "0018_column_maps_and_electricity"),
        ("registry", "0019_duplicates"),
        ("registry", "0020_documents"),
        ("registry", "0021_kinds_of_imports"),
        ("registry", "0022_travel_erased"),
        ("registry", "0023_backbone"),
        ("registry", "0024_batch_by_address"),
        ("registry", "0025_taken_back_rosters"),
        ("registry", "0026_lighter_lists"),
        ("registry", "0027_import_reports"),
        ("registry", "0028_electricity_by_day"),
        ("registry", "0029_observations"),
    ]

    dependencies = [
        ("org", "0001_first_release"),
        ("org", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssignmentProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("duties", "Assignment of places"), ("grids", "Division into grids")],
                        db_default="duties",
                        default="duties",
                        max_length=8,
                    ),
                ),
                ("units", models.JSONField(default=list)),
                ("on", models.DateField()),
                ("absent", models.JSONField(default=list)),
                ("terms", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("computing", "Being worked out"),
                            ("ready", "To be decided"),
                            ("failed", "Could not be worked out"),
                            ("decided", "Decided for a later day"),
                            ("adopted", "Adopted"),
                            ("withdrawn", "Withdrawn"),
                            ("undone", "Taken back"),
                        ],
                        default="computing",
                        max_length=12,
                    ),
                ),
                ("fingerprint", models.CharField(blank=True, default="", max_length=64)),
                ("summary", models.JSONField(default=dict)),
                ("problem", models.JSONField(null=True)),
                ("progress_done", models.PositiveIntegerField(db_default=0, default=0)),
                ("progress_total", models.PositiveIntegerField(db_default=0, default=0)),
                ("created_at", models.DateTimeField()),
                ("adopted_at", models.DateTimeField(null=True)),
                ("from_on", models.DateField(null=True)),
                ("until_on", models.DateField(null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subdistrict", "-id"], name="assignment_by_subdistrict")],
            },
        ),
        migrations.CreateModel(
            name="BackboneDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                ("document", models.CharField(max_length=80)),
                ("reason", models.CharField(max_length=400)),
                ("from_on", models.DateField()),
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
                    models.Index(fields=["subdistrict", "-from_on", "-id"], name="backbone_decision_latest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("document", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="backbone_decision_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ColumnMap",
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
                            ("places", "Places"),
                            ("tenants", "Firms in buildings"),
                            ("electricity", "Electricity readings"),
                            ("roster", "Roster of a place"),
                            ("reports", "Daily reports"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("header_key", models.CharField(max_length=64)),
                ("headers", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                ("saved_at", models.DateTimeField()),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subdistrict", "kind", "header_key"), name="columnmap_one_per_header"
                    ),
                    models.UniqueConstraint(
                        fields=("subdistrict", "kind", "name"), name="columnmap_name_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoverageDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("known_at", models.DateTimeField()),
                ("places", models.PositiveIntegerField()),
                ("covered", models.PositiveIntegerField()),
                ("gaps", models.JSONField(default=list)),
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
                    models.UniqueConstraint(
                        fields=("subdistrict", "on", "known_at"), name="coverage_found_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicateSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Being searched"),
                            ("done", "Searched"),
                            ("failed", "Could not be searched"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("places", models.PositiveIntegerField(default=0)),
                ("found", models.PositiveIntegerField(default=0)),
                ("new", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subdistrict", "-id"], name="duplicate_search_latest")],
            },
        ),
        migrations.CreateModel(
            name="Entity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("enterprise", "Enterprise"),
                            ("construction_site", "Construction site"),
                            ("farm_produce_market", "Farm-produce market"),
                            ("supermarket", "Supermarket"),
                            ("electromechanical_market", "Electromechanical market"),
                            ("office_building", "Office building"),
                            ("nine_small_venue", "Nine-small venue"),
                            ("street_shop", "Street shop"),
                        ],
                        max_length=32,
                    ),
                ),
                ("industry", models.CharField(blank=True, default="", max_length=5)),
                ("section", models.CharField(blank=True, default="", max_length=1)),
                ("division", models.CharField(blank=True, default="", max_length=2)),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("large", "Large"),
                            ("medium", "Medium"),
                            ("small", "Small"),
                            ("micro", "Micro"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("above_scale", models.BooleanField(default=False)),
                (
                    "focus",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("key_enterprise", "Key enterprise"),
                            ("key_field", "Key field"),
                            ("key_project", "Key project"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("staff_count", models.PositiveIntegerField(blank=True, null=True)),
                ("revenue_fen", models.BigIntegerField(blank=True, null=True)),
                ("assets_fen", models.BigIntegerField(blank=True, null=True)),
                ("construction_qualified", models.BooleanField(blank=True, null=True)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                ("number", models.CharField(max_length=16, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("credit_code", models.CharField(blank=True, default="", max_length=18)),
                ("address", models.CharField(blank=True, default="", max_length=200)),
                ("contact_name", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("contact_phone", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("contact_phone_hash", models.CharField(blank=True, default="", max_length=32)),
                ("nine_small_class", models.CharField(blank=True, default="", max_length=24)),
                ("area_m2", models.PositiveIntegerField(blank=True, null=True)),
                ("output_normal_fen", models.BigIntegerField(blank=True, null=True)),
                ("lon", models.FloatField(blank=True, null=True)),
                ("lat", models.FloatField(blank=True, null=True)),
                ("opened_on", models.DateField(blank=True, null=True)),
                ("fingerprint", models.CharField(max_length=40)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                ("merged_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "building",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenants",
                        to="registry.entity",
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
                    "grid",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_here",
                        to="registry.entity",
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
                    models.Index(fields=["subdistrict", "number"], name="entity_by_subdistrict"),
                    models.Index(fields=["community", "id"], name="entity_by_community"),
                    models.Index(fields=["grid", "id"], name="entity_by_grid"),
                    models.Index(fields=["subdistrict", "category", "id"], name="entity_by_category"),
                    models.Index(fields=["name", "subdistrict", "id"], name="entity_by_name"),
                    models.Index(fields=["contact_phone_hash"], name="entity_by_phone"),
                    models.Index(fields=["credit_code"], name="entity_by_credit_code"),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="entity_merged",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("credit_code", ""), _negated=True),
                            ("taken_back_at__isnull", True),
                            ("merged_into__isnull", True),
                        ),
                        fields=("subdistrict", "credit_code"),
                        name="entity_credit_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "enterprise",
                                    "construction_site",
                                    "farm_produce_market",
                                    "supermarket",
                                    "electromechanical_market",
                                    "office_building",
                                    "nine_small_venue",
                                    "street_shop",
                                ],
                            )
                        ),
                        name="entity_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="entity_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("output_normal_fen__isnull", True),
                            ("output_normal_fen__gte", 0),
                            _connector="OR",
                        ),
                        name="entity_output_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                ("score", models.PositiveSmallIntegerField()),
                ("evidence", models.JSONField(default=dict)),
                ("said", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be decided"),
                            ("postponed", "Put off"),
                            ("apart", "Two places"),
                            ("merged", "Merged"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
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
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entity"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entity"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["subdistrict", "state", "-score", "-id"], name="duplicate_pair_by_score"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="duplicate_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="duplicate_pair_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("licence", "Business licence"),
                            ("filing", "Filing for resumption"),
                            ("plan", "Prevention plan"),
                            ("undertaking", "Letter of undertaking"),
                            ("order", "Official order or notice"),
                            ("photo", "Photo of the spot"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("file_name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=80)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("path", models.CharField(max_length=120)),
                ("on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
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
                    "withdrawn_by",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "-id"], name="document_by_entity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at__isnull", True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="document_withdrawn_for_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BackboneFirm",
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
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entered",
                        to="registry.backbonedecision",
                    ),
                ),
                (
                    "left_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="left",
                        to="registry.backbonedecision",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="backbone",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "from_on"], name="backbone_by_entity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="backbone_period_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                ("data_class", models.CharField(max_length=12)),
                ("kept_days", models.PositiveIntegerField()),
                ("basis", models.CharField(max_length=300)),
                ("before_on", models.DateField()),
                ("row_count", models.PositiveIntegerField()),
                ("counts", models.JSONField(default=dict)),
                ("list_sha256", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
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
                    "subdistrict",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subdistrict", "-id"], name="erasure_by_subdistrict")],
            },
        ),
        migrations.CreateModel(
            name="Exclusion",
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
                            ("closed_by_order", "Ordered closed"),
                            ("deregistered", "Deregistered"),
                            ("seasonal", "Seasonally closed"),
                            ("moved_away", "Moved away"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exclusions",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "from_on"], name="exclusion_by_entity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="exclusion_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="exclusion_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("places", "Places"),
                            ("tenants", "Firms in buildings"),
                            ("electricity", "Electricity readings"),
                            ("roster", "Roster of a place"),
                            ("reports", "Daily reports"),
                        ],
                        default="places",
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("reading", "Reading"),
                            ("ready", "Ready to apply"),
                            ("applying", "Applying"),
                            ("applied", "Applied"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("failed", "Could not be read"),
                            ("dropped", "Dropped"),
                        ],
                        default="uploaded",
                        max_length=12,
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("file_path", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(max_length=64)),
                ("mapping", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("problem", models.JSONField(null=True)),
                ("progress_done", models.PositiveIntegerField(default=0)),
                ("progress_total", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undo", models.JSONField(default=dict)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.entity",
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
                "indexes": [models.Index(fields=["subdistrict", "-id"], name="import_by_subdistrict")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entity__isnull", False), ("kind", "roster")),
                            models.Q(models.Q(("kind", "roster"), _negated=True), ("entity__isnull", True)),
                            _connector="OR",
                        ),
                        name="import_roster_of_a_place",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ElectricityReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("meter", models.CharField(blank=True, default="", max_length=24)),
                ("on", models.DateField()),
                ("kwh", models.DecimalField(decimal_places=2, max_digits=12)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="electricity",
                        to="registry.entity",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="electricity",
                        to="registry.importbatch",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["on"], name="electricity_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("entity", "meter", "on"),
                        name="electricity_one_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kwh__gte", 0)), name="electricity_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("superseded_at__isnull", True),
                            ("superseded_at__gte", models.F("known_at")),
                            _connector="OR",
                        ),
                        name="electricity_superseded_later",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Meter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24)),
                ("known_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.importbatch",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="meters",
                        to="registry.entity",
                    ),
                ),
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
                "constraints": [models.UniqueConstraint(fields=("subdistrict", "number"), name="meter_once")],
            },
        ),
        migrations.CreateModel(
            name="NameGram",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gram", models.CharField(max_length=2)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grams",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("gram", "entity"), name="gram_once")],
            },
        ),
        migrations.CreateModel(
            name="NameKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=12)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "key"], name="key_by_entity")],
                "constraints": [models.UniqueConstraint(fields=("key", "entity"), name="key_once")],
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("operating", "Operating"),
                            ("not_operating", "Not operating"),
                            ("not_reached", "Not reached"),
                            ("wrong_number", "Wrong number"),
                            ("unclear", "No clear answer"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("call", "Phone call"), ("visit", "Visit"), ("patrol", "Patrol")],
                        max_length=8,
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=64)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="observations",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "-on"], name="observation_by_entity"),
                    models.Index(fields=["on", "entity"], name="observation_by_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("source", "key"),
                        name="observation_one_each",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("superseded_at__isnull", True),
                            ("superseded_at__gte", models.F("known_at")),
                            _connector="OR",
                        ),
                        name="observation_superseded_later",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("local", "Did not leave Qingdao"),
                            ("province", "Elsewhere in Shandong"),
                            ("other_province", "Another province"),
                            ("hubei", "Hubei"),
                            ("abroad", "Abroad"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("low", "Low-risk area"),
                            ("medium", "Medium-risk area"),
                            ("high", "High-risk area"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("arrived_on", models.DateField(blank=True, null=True)),
                (
                    "health_code",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green code"), ("yellow", "Yellow code"), ("red", "Red code")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("had_contact", models.BooleanField(blank=True, null=True)),
                (
                    "observed_at",
                    models.CharField(
                        blank=True,
                        choices=[("home", "At home"), ("site", "At a centralised site")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("observed_from", models.DateField(blank=True, null=True)),
                ("observed_until", models.DateField(blank=True, null=True)),
                ("at_post_on", models.DateField(blank=True, null=True)),
                ("travel_erased", models.BooleanField(default=False)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                ("name", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("name_hash", models.CharField(blank=True, default="", max_length=32)),
                ("sex", models.CharField(blank=True, default="", max_length=1)),
                (
                    "document_type",
                    models.CharField(
                        choices=[
                            ("resident_id", "Resident identity card"),
                            ("hk_macao_permit", "Mainland travel permit for Hong Kong and Macao residents"),
                            ("taiwan_permit", "Mainland travel permit for Taiwan residents"),
                            (
                                "residence_permit",
                                "Residence permit for Hong Kong, Macao and Taiwan residents",
                            ),
                            ("passport", "Passport"),
                            ("foreign_permanent", "Permanent residence card of foreigners"),
                            ("other", "Another document"),
                        ],
                        max_length=20,
                    ),
                ),
                ("document_number", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("document_hash", models.CharField(blank=True, default="", max_length=32)),
                ("document_end_hash", models.CharField(blank=True, default="", max_length=32)),
                ("phone", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("phone_hash", models.CharField(blank=True, default="", max_length=32)),
                ("phone_end_hash", models.CharField(blank=True, default="", max_length=32)),
                ("household", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("address", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("job", models.CharField(blank=True, default="", max_length=60)),
                ("origin_place", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                (
                    "transport",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("plane", "Aeroplane"),
                            ("train", "Train"),
                            ("coach", "Coach"),
                            ("car", "Car"),
                            ("ship", "Ship"),
                            ("other", "Otherwise"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("vehicle", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("stays", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "id"], name="person_by_entity"),
                    models.Index(fields=["document_hash"], name="person_by_document"),
                    models.Index(fields=["entity", "name_hash"], name="person_by_name"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("document_hash", ""), _negated=True),
                        fields=("entity", "document_hash"),
                        name="person_once_at_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True),
                            ("until_on__gte", models.F("from_on")),
                            _connector="OR",
                        ),
                        name="person_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "document_type__in",
                                [
                                    "resident_id",
                                    "hk_macao_permit",
                                    "taiwan_permit",
                                    "residence_permit",
                                    "passport",
                                    "foreign_permanent",
                                    "other",
                                ],
                            )
                        ),
                        name="person_document_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HealthNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("half", models.CharField(choices=[("am", "Morning"), ("pm", "Afternoon")], max_length=2)),
                ("temperature", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("symptoms", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("imported", "Imported"),
                            ("self_reported", "Self-reported"),
                            ("visited", "Visited"),
                            ("entered", "Entered"),
                            ("restored", "Restored"),
                        ],
                        max_length=16,
                    ),
                ),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
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
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.importbatch",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health",
                        to="registry.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-on"], name="health_note_by_person")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("person", "on", "half"),
                        name="health_note_one_current",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("local", "Did not leave Qingdao"),
                            ("province", "Elsewhere in Shandong"),
                            ("other_province", "Another province"),
                            ("hubei", "Hubei"),
                            ("abroad", "Abroad"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("low", "Low-risk area"),
                            ("medium", "Medium-risk area"),
                            ("high", "High-risk area"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("arrived_on", models.DateField(blank=True, null=True)),
                (
                    "health_code",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green code"), ("yellow", "Yellow code"), ("red", "Red code")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("had_contact", models.BooleanField(blank=True, null=True)),
                (
                    "observed_at",
                    models.CharField(
                        blank=True,
                        choices=[("home", "At home"), ("site", "At a centralised site")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("observed_from", models.DateField(blank=True, null=True)),
                ("observed_until", models.DateField(blank=True, null=True)),
                ("at_post_on", models.DateField(blank=True, null=True)),
                ("travel_erased", models.BooleanField(default=False)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("imported", "Imported"),
                            ("self_reported", "Self-reported"),
                            ("visited", "Visited"),
                            ("entered", "Entered"),
                            ("restored", "Restored"),
                        ],
                        max_length=16,
                    ),
                ),
                ("changes", models.JSONField(default=list)),
                ("former", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="registry.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-id"], name="person_revision_by_person")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("person",),
                        name="person_revision_one_current",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlaceBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("exclude", "Leave out of the figures"),
                            ("include", "Count again"),
                            ("focus", "Change the focus"),
                            ("category", "Change the category"),
                            ("grid", "Put into a grid"),
                            ("address", "Find the community by the address"),
                            ("name", "Name an officer"),
                            ("export", "Excel"),
                            ("cards", "QR cards"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Being carried out"),
                            ("done", "Done"),
                            ("failed", "Stopped"),
                            ("undoing", "Being taken back"),
                            ("undone", "Taken back"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("filters", models.CharField(blank=True, default="", max_length=1000)),
                ("given", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("progress_total", models.PositiveIntegerField(default=0)),
                ("progress_done", models.PositiveIntegerField(default=0)),
                ("file_path", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["officer", "-id"], name="batch_by_officer")],
            },
        ),
        migrations.CreateModel(
            name="PlaceBatchRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("changed", "Changed"),
                            ("refused", "Refused"),
                            ("undone", "Taken back"),
                        ],
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(blank=True, default="", max_length=24)),
                ("kept", models.JSONField(default=dict)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="registry.placebatch",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entity"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["batch", "state", "id"], name="batch_row_by_state")],
                "constraints": [models.UniqueConstraint(fields=("batch", "entity"), name="batch_place_once")],
            },
        ),
        migrations.CreateModel(
            name="PlaceDuty",
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
                        choices=[("served_by", "Served by"), ("contact", "Contact of the key enterprise")],
                        max_length=16,
                    ),
                ),
                ("source", models.CharField(blank=True, default="", max_length=80)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to="registry.entity",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="place_duties",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "role", "from_on"], name="duty_by_entity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ("served_by", "contact"))), name="duty_role_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gt", models.F("from_on")), _connector="OR"
                        ),
                        name="duty_period_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposedDuty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_move", models.BooleanField()),
                ("reason", models.CharField(max_length=16)),
                ("is_nearest", models.BooleanField(default=False)),
                ("metres", models.PositiveIntegerField(null=True)),
                ("before_metres", models.PositiveIntegerField(null=True)),
                ("next_extra", models.PositiveIntegerField(null=True)),
                (
                    "before",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "best",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entity"
                    ),
                ),
                (
                    "next_worker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="registry.assignmentproposal",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["proposal", "is_move", "id"], name="proposed_by_move")],
                "constraints": [models.UniqueConstraint(fields=("proposal", "entity"), name="proposed_once")],
            },
        ),
        migrations.CreateModel(
            name="ProposedGrid",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=80)),
                ("polygon", models.JSONField()),
                ("load", models.PositiveIntegerField()),
                ("load_before", models.PositiveIntegerField(default=0)),
                ("in_common", models.PositiveIntegerField(default=0)),
                ("compactness", models.FloatField()),
                ("pieces", models.PositiveIntegerField(default=1)),
                ("was", models.JSONField(null=True)),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "made",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grids",
                        to="registry.assignmentproposal",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("proposal", "number"), name="proposed_grid_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposedBlock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("polygon", models.JSONField()),
                ("borders", models.JSONField(default=dict)),
                (
                    "proposal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="registry.assignmentproposal",
                    ),
                ),
                (
                    "best",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.proposedgrid",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="registry.proposedgrid",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("proposal", "number"), name="proposed_block_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposedPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_move", models.BooleanField()),
                ("counts", models.BooleanField()),
                ("reason", models.CharField(max_length=16)),
                (
                    "before",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "block",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="registry.proposedblock",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entity"
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="registry.proposedgrid",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="registry.assignmentproposal",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["proposal", "is_move", "id"], name="proposed_place_by_move")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("proposal", "entity"), name="proposed_place_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("enterprise", "Enterprise"),
                            ("construction_site", "Construction site"),
                            ("farm_produce_market", "Farm-produce market"),
                            ("supermarket", "Supermarket"),
                            ("electromechanical_market", "Electromechanical market"),
                            ("office_building", "Office building"),
                            ("nine_small_venue", "Nine-small venue"),
                            ("street_shop", "Street shop"),
                        ],
                        max_length=32,
                    ),
                ),
                ("industry", models.CharField(blank=True, default="", max_length=5)),
                ("section", models.CharField(blank=True, default="", max_length=1)),
                ("division", models.CharField(blank=True, default="", max_length=2)),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("large", "Large"),
                            ("medium", "Medium"),
                            ("small", "Small"),
                            ("micro", "Micro"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("above_scale", models.BooleanField(default=False)),
                (
                    "focus",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("key_enterprise", "Key enterprise"),
                            ("key_field", "Key field"),
                            ("key_project", "Key project"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("staff_count", models.PositiveIntegerField(blank=True, null=True)),
                ("revenue_fen", models.BigIntegerField(blank=True, null=True)),
                ("assets_fen", models.BigIntegerField(blank=True, null=True)),
                ("construction_qualified", models.BooleanField(blank=True, null=True)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("imported", "Imported"),
                            ("self_reported", "Self-reported"),
                            ("visited", "Visited"),
                            ("entered", "Entered"),
                            ("restored", "Restored"),
                        ],
                        max_length=16,
                    ),
                ),
                ("changes", models.JSONField(default=dict)),
                ("former", dongche.web.fields.EncryptedTextField(blank=True, default="")),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
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
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="registry.entity",
                    ),
                ),
                (
                    "grid",
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
                "indexes": [models.Index(fields=["entity", "-id"], name="revision_by_entity")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("entity",),
                        name="revision_one_current",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(default=dongche.kit.identifiers.new_code, max_length=32, unique=True),
                ),
                ("taken", models.JSONField(default=list)),
                ("moved", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_reason", models.CharField(blank=True, default="", max_length=200)),
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
                    "merged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_by",
                        to="registry.entity",
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="registry.entity",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.revision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("merged",),
                        name="merged_into_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("merged")), _negated=True),
                        name="merged_into_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=40)),
                ("filters", models.CharField(blank=True, default="", max_length=1000)),
                ("columns", models.JSONField(default=list)),
                ("sort", models.CharField(blank=True, default="", max_length=20)),
                ("is_default", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField()),
                (
                    "officer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subdistrict",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "name"), name="view_name_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True), ("subdistrict__isnull", True)),
                        fields=("officer",),
                        name="view_one_default_of_officer",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("subdistrict",),
                        name="view_one_default_of_subdistrict",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("not_resumed", "Not resumed"),
                            ("suspended", "Suspended again"),
                            ("resumed", "Resumed"),
                            ("producing", "Producing"),
                            ("at_capacity", "At capacity"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("imported", "Imported"),
                            ("self_reported", "Self-reported"),
                            ("visited", "Visited"),
                            ("entered", "Entered"),
                            ("restored", "Restored"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("known_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="standings",
                        to="registry.entity",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "-on"], name="standing_by_entity")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("entity", "on"),
                        name="standing_one_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("step__in", ["not_resumed", "suspended", "resumed", "producing", "at_capacity"])
                        ),
                        name="standing_step_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source", "self_reported"),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="standing_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("superseded_at__isnull", True),
                            ("superseded_at__gte", models.F("known_at")),
                            _connector="OR",
                        ),
                        name="standing_superseded_later",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WithdrawnCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, unique=True)),
                ("withdrawn_at", models.DateTimeField()),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="withdrawn_codes",
                        to="registry.entity",
                    ),
                ),
            ],
        ),
        *(
            forbid_overlap(table, columns, name=name, current="superseded_at")
            for table, columns, name in (
                ("registry_exclusion", ["entity_id"], "exclusion_overlaps"),
                ("registry_placeduty", ["entity_id", "role"], "duty_overlaps"),
            )
        ),
    ]
