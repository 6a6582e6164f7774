"""Copies of everything an instance is: one zip file with the database, the files, and a manifest to check both by.

take.take(FILE)          consistent while people go on writing, on both databases
restore.restore(FILE)    into an empty instance; every byte, row count and constraint is checked

Inside: `manifest.json` (versions, counts, a checksum of every member), the database as `database.sqlite3` or as one
`tables/NAME.copy` per table, `files/…`, `instance.json`, and with `--with-keys` the two keys. Sessions are left out, so
that a copy signs nobody in; so is what can be built again (static files, prepared facts).
"""
