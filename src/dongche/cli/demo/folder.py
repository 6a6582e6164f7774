"""The data folder of the demonstration: what may be loaded into, what may be begun again, and what is left alone."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from dongche.cli import instance
from dongche.cli.demo.scene import PACK, SHOWN_AT, SUBDISTRICT
from dongche.kit import clock
from dongche.kit.errors import Problem

READY, LOADING, NOTHING = instance.READY, instance.LOADING, "nothing"
OURS = (f"{instance.DATABASE}*", "demo", "files", "facts")
"""What a demonstration makes and may therefore remove when it begins again."""
HARMLESS = ("secret.key", "field.key", "static", "coverage*", ".demo.lock", f"{instance.NOTE}*", "facts")
"""What may lie in a folder that holds no data: keys, caches, the tests' coverage."""


class OtherData(Problem):
    code = "cli.other_data"
    status = 409
    message = (
        "The folder %(folder)s holds data that is not the demonstration's (%(given)s); nothing was touched. Set "
        "DONGCHE_DATA to an empty or a new folder, such as DONGCHE_DATA=/tmp/demo."
    )


class OtherDemonstration(Problem):
    code = "cli.other_demonstration"
    status = 409
    message = (
        "The demonstration in %(folder)s has %(option)s %(given)s, not %(wanted)s. Leave the option out, or set "
        "DONGCHE_DATA to another folder."
    )


class LoadingElsewhere(Problem):
    code = "cli.loading_elsewhere"
    status = 409
    message = "Another command is loading the demonstration into %(folder)s just now. Wait for it to finish."


def state(entities: int | None, seed: int | None) -> str:
    """Whether a demonstration is READY to be used, was left LOADING, or there is NOTHING yet.

    Raises: OtherData, OtherDemonstration
    """
    note = instance.note()
    if not note:
        for found in sorted(instance.folder().glob("*")) if instance.folder().exists() else ():
            if not any(fnmatch(found.name, pattern) for pattern in HARMLESS):
                raise OtherData(folder=instance.folder(), given=found.name)
        return NOTHING
    if not note.get("demonstration"):
        raise OtherData(folder=instance.folder(), given=f"{instance.NOTE}: {note.get('subdistrict', '?')}")
    if note.get("state") != READY or not instance.has_database():
        return LOADING
    for option, wanted in (("entities", entities), ("seed", seed)):
        if wanted is not None and note.get(option) != wanted:
            raise OtherDemonstration(
                folder=instance.folder(), option=f"--{option}", given=note.get(option), wanted=wanted
            )
    return READY


@contextmanager
def loading(entities: int, seed: int) -> Iterator[tuple[int, int]]:
    """Clear away a demonstration that was left half-loaded, start Django, and note the end when all has gone well.

    Raises: LoadingElsewhere, OtherData, cli.database_in_use
    """
    home = instance.make_folder()
    with (home / ".demo.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LoadingElsewhere(folder=home) from None
        again = bool(instance.note())
        note = _note(entities, seed)
        if again:
            _clear(home)
            instance.write_note(note)
            instance.start(PACK)
            _empty_tables()
        else:
            # Whether a database named by DATABASE_URL is empty can only be asked once Django has started; the note,
            # which says that all of this is a demonstration's, is therefore taken back when it is not.
            instance.write_note(note)
            try:
                instance.start(PACK)
                from dongche.cli.founding import refuse_database_in_use

                refuse_database_in_use()
            except Problem:
                (home / instance.NOTE).unlink()
                raise
        instance.migrate()
        yield entities, seed
        instance.write_note(note | {"state": READY})
    (home / ".demo.lock").unlink(missing_ok=True)


def _note(entities: int, seed: int) -> dict[str, Any]:
    return {
        "demonstration": True,
        "state": LOADING,
        "subdistrict": SUBDISTRICT,
        "pack": PACK,
        "clock_shown": SHOWN_AT.isoformat(),
        "clock_started": clock.now().astimezone(UTC).isoformat(),
        "entities": entities,
        "seed": seed,
    }


def _clear(home: Path) -> None:
    for pattern in OURS:
        for found in home.glob(pattern):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()


def _empty_tables() -> None:
    """Empty a PostgreSQL database in which a demonstration was left half-loaded; never one with another sub-district.

    Raises: OtherData
    """
    from django.core.management import call_command
    from django.db import connection

    if "org_unit" not in connection.introspection.table_names():
        return
    from dongche.cli.reading import REASON
    from dongche.org.audit import chain
    from dongche.org.queries import Units

    others = Units.unscoped(reason=REASON).filter(kind="subdistrict").exclude(code=SUBDISTRICT)
    if others.exists():
        raise OtherData(
            folder=connection.settings_dict["NAME"], given=", ".join(str(unit) for unit in others[:2])
        )
    instance.migrate()
    call_command("flush", verbosity=0, interactive=False)
    chain.begin()
