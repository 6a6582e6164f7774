from django.db import migrations

from dongche.kit import chinese

# As org.names.COMMON was when this was written.
COMMON = {"委会", "村委", "委员", "员会", "民委", "村民", "社区", "区居", "居委", "居民"}


def fill(apps, editor):
    unit, gram = apps.get_model("org", "Unit"), apps.get_model("org", "UnitGram")
    names = unit.objects.order_by("pk").values_list("pk", "name").iterator(chunk_size=2000)
    gram.objects.bulk_create(
        (gram(unit_id=pk, gram=pair) for pk, name in names for pair in sorted(chinese.grams(name) - COMMON)),
        batch_size=2000,
    )


class Migration(migrations.Migration):
    dependencies = [("org", "0008_unit_grams")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
