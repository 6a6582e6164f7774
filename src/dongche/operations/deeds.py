"""What the deeds of this room are called in the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dongche.org.telling import Field, Subject, Words

WORDS = Words(
    deeds={
        "operations.back_up": _("Backup taken"),
        "operations.restore": _("Restored from a backup"),
    },
    subjects={"backup": Subject(_("Backup"))},
    fields={
        "rows": Field(_("Rows")),
        "files": Field(_("Files")),
        "bytes": Field(_("Bytes")),
        "with_keys": Field(_("With keys")),
        "taken_at": Field(_("Taken")),
    },
)
