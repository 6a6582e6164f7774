from django.db import migrations

from dongche.web.periods import forbid_overlap


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]
    operations = [
        forbid_overlap("org_post", ["officer_id", "unit_id", "role"], name="post_overlaps"),
        forbid_overlap("org_sponsorship", ["community_id"], name="sponsorship_overlaps"),
        forbid_overlap(
            "org_linerule", ["subdistrict_id", "priority"], name="line_rule_overlaps", current="superseded_at"
        ),
    ]
