from django.db import migrations

from dongche.kit import pinyin


def fill(apps, editor):
    place, key = apps.get_model("registry", "Entity"), apps.get_model("registry", "NameKey")
    names = place.objects.order_by("pk").values_list("pk", "name").iterator(chunk_size=2000)
    key.objects.bulk_create(
        (key(entity_id=pk, key=text) for pk, name in names for text in sorted(pinyin.keys(name))),
        batch_size=2000,
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_name_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
