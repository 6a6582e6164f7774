from django.db import migrations

from dongche.web.periods import forbid_overlap


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [
        forbid_overlap(
            "registry_exclusion", ["entity_id"], name="exclusion_overlaps", current="superseded_at"
        ),
    ]
