"""The settings of the house on a throw-away data folder, so that no test sees what a demonstration left in var/."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data = Path(tempfile.mkdtemp(prefix="dongche-tests-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["DONGCHE_DATA"] = str(_data)
os.environ["DONGCHE_TASKS_IMMEDIATE"] = "1"  # no worker runs beside the tests
for _name in ("DONGCHE_DEBUG", "DONGCHE_HTTPS", "DONGCHE_HOSTS", "DONGCHE_PACK", "DONGCHE_PUBLIC_URL"):
    os.environ.pop(_name, None)

from dongche.config.settings import *  # noqa: E402, F403
from dongche.config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because the browser journeys need the separate connections that a database in memory does not have.
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
