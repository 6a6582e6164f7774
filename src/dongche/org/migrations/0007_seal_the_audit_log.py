from itertools import islice

from django.db import migrations

from dongche.org.audit.chain import seal_of, seal_of_head, values_of

BATCH = 2000


def seal(apps, schema_editor):
    """Number the entries without gaps, oldest first, and seal each to the one before it.

    Whose headquarters may read an old entry is known where it speaks of a unit; what else there is stays with
    super-users.
    """
    AuditEntry, AuditHead = apps.get_model("org", "AuditEntry"), apps.get_model("org", "AuditHead")
    Unit = apps.get_model("org", "Unit")
    subdistricts = {
        pk: pk if kind == "subdistrict" else within
        for pk, kind, within in Unit.objects.values_list("pk", "kind", "subdistrict")
    }
    number, previous, known = 0, "", 0
    while batch := list(islice(AuditEntry.objects.filter(pk__gt=known).order_by("pk"), BATCH)):
        known = batch[-1].pk
        moved = [entry.pk for entry in batch]
        for entry in batch:
            number += 1
            entry.id, entry.previous = number, previous
            if entry.subject == "unit":
                entry.subdistrict_id = subdistricts.get(entry.subject_id)
            entry.hash = previous = seal_of(values_of(entry))
        if moved != [entry.pk for entry in batch]:
            AuditEntry.objects.filter(pk__in=moved).delete()
            AuditEntry.objects.bulk_create(batch)
        else:
            AuditEntry.objects.bulk_update(batch, ["previous", "hash", "subdistrict"], batch_size=200)
    head = AuditHead(id=1, first=1, before="", last=number, hash=previous)
    head.seal = seal_of_head(head)
    head.save()


def unseal(apps, schema_editor):
    apps.get_model("org", "AuditHead").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("org", "0006_chain_the_audit_log")]
    operations = [migrations.RunPython(seal, unseal)]
