from django.db import migrations


class Migration(migrations.Migration):
    """On PostgreSQL a database made before the first release lost it when another index on the column was dropped."""

    dependencies = [("registry", "0001_first_release")]
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX IF NOT EXISTS revision_one_current ON registry_revision (entity_id)"
            " WHERE superseded_at IS NULL",
            migrations.RunSQL.noop,
        )
    ]
