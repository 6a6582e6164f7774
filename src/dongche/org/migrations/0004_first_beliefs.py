"""Number the line rules of each sub-district, and keep what is known of each unit as its first version."""

from datetime import UTC, datetime
from itertools import groupby

from django.db import migrations

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def fill(apps, editor):
    LineRule = apps.get_model("org", "LineRule")
    rules = LineRule.objects.order_by("subdistrict_id", "id")
    for _subdistrict, found in groupby(rules, key=lambda rule: rule.subdistrict_id):
        for number, rule in enumerate(found, 1):
            LineRule.objects.filter(pk=rule.pk).update(number=number)
    Unit, UnitRevision = apps.get_model("org", "Unit"), apps.get_model("org", "UnitRevision")
    UnitRevision.objects.bulk_create(
        (
            UnitRevision(
                unit_id=unit.pk,
                name=unit.name,
                parent_id=unit.parent_id,
                polygon=unit.polygon,
                from_on=unit.from_on,
                until_on=unit.until_on,
                known_at=BEGINNING,
            )
            for unit in Unit.objects.iterator()
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("org", "0003_duties_as_beliefs")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
