"""What can be wrong with a backup, in sentences."""

from __future__ import annotations

from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class BackupExists(Problem):
    code = "operations.backup_exists"
    status = 409
    message = N_(
        "There is a file %(file)s already, and it was left as it is. Give another name, or a folder."
    )


class BackupUnwritable(Problem):
    code = "operations.backup_unwritable"
    status = 507
    message = N_(
        "%(file)s could not be written: %(given)s. Nothing was left behind. Give a folder that may be written to "
        "and has room; about %(megabytes)s MB are needed."
    )


class NotABackup(Problem):
    code = "operations.not_a_backup"
    message = N_(
        "%(file)s is not a whole backup of Dongche: it was cut off, changed, or is another kind of file. Take the copy "
        "again, or use an older backup."
    )


class BackupDamaged(Problem):
    code = "operations.backup_damaged"
    message = N_(
        "The part %(part)s of %(file)s is damaged: it is not what was written when the backup was taken. Nothing "
        "was restored. Use another copy of this backup, or an older one."
    )


class BackupTooNew(Problem):
    code = "operations.backup_too_new"
    message = N_(
        "The backup was taken by version %(theirs)s of the program and cannot be read by version %(ours)s: it does "
        "not know %(given)s. Install that version or a newer one, then restore."
    )


class OtherDatabase(Problem):
    code = "operations.other_database"
    message = N_(
        "The backup was taken from PostgreSQL and cannot be restored into SQLite. Name an empty PostgreSQL "
        "database in DATABASE_URL."
    )


class NotEmpty(Problem):
    code = "operations.not_empty"
    status = 409
    message = N_(
        "Backups are restored into an empty instance only, and here is something already: %(given)s. Nothing was "
        "changed. Set DONGCHE_DATA to a new folder and DATABASE_URL, if you use it, to an empty database."
    )


class FieldKeyMissing(Problem):
    code = "operations.field_key_missing"
    message = N_(
        "The backup does not hold the key of its personal data, and it is not here either. Put your copy of "
        "field.key into %(folder)s or its text into DONGCHE_FIELD_KEY, then restore again. Without it names and "
        "phones cannot be read."
    )


class FieldKeyWrong(Problem):
    code = "operations.field_key_wrong"
    message = N_(
        "The field key in %(where)s is not the one that the personal data of this backup was encrypted with. Put "
        "the right one there, then restore again."
    )


class RestoredWrong(Problem):
    code = "operations.restored_wrong"
    status = 500
    message = N_(
        "The restored database is not what the backup says: %(given)s. It was taken away again. Use an older "
        "backup, and keep this one to find out why."
    )
