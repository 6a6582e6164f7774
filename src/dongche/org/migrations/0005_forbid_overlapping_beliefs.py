from django.db import migrations

from dongche.web.periods import forbid_overlap


class Migration(migrations.Migration):
    dependencies = [("org", "0004_first_beliefs")]
    operations = [
        forbid_overlap(table, columns, name=name, current="superseded_at")
        for table, columns, name in (
            ("org_post", ["officer_id", "unit_id", "role"], "post_overlaps"),
            ("org_sponsorship", ["community_id"], "sponsorship_overlaps"),
            ("org_linerule", ["subdistrict_id", "number"], "line_rule_overlaps"),
            ("org_leave", ["officer_id"], "leave_overlaps"),
        )
    ]
