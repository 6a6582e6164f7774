"""Count the codes of places that an address tries in vain, beside failed attempts to sign in."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [
        migrations.AlterField(
            "attempts",
            "kind",
            models.CharField(
                choices=[
                    ("account", "Account"),
                    ("address", "Address"),
                    ("guess", "Address that tries codes"),
                ],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint("attempts", "attempts_kind_known"),
        migrations.AddConstraint(
            "attempts",
            models.CheckConstraint(
                condition=Q(kind__in=["account", "address", "guess"]), name="attempts_kind_known"
            ),
        ),
    ]
