"""Read settings from the environment, loudly: nonsense stops the start with a sentence, never with a guess."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from dongche.analytics import target
from dongche.kit.errors import Problem

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def env_text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    text = os.environ.get(name)
    if text is None:
        return default
    if text.lower() in TRUE | FALSE:
        return text.lower() in TRUE
    raise ImproperlyConfigured(f"{name}={text!r}: expected one of 1, 0, true, false, yes, no, on, off.")


def env_int(name: str, default: int, at_least: int | None = None) -> int:
    text = os.environ.get(name)
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: expected a whole number.") from None
    if at_least is not None and number < at_least:
        raise ImproperlyConfigured(f"{name}={text!r}: expected {at_least} or more.")
    return number


def env_choice(name: str, choices: tuple[str, ...]) -> str:
    """One of some words, the first when nothing is given."""
    text = os.environ.get(name) or choices[0]
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text!r}: expected one of {', '.join(choices)}.")
    return text


def env_secret(name: str) -> str | None:
    """A secret from NAME, or from the file that NAME_FILE points to."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE={path!r}: the file cannot be read ({error.strerror})."
            ) from None
    return os.environ.get(name)


def proxies(name: str) -> int | tuple[str, ...]:
    """How many proxies of ours stand in front (0 without any), or the addresses and networks they speak from."""
    text = os.environ.get(name, "").strip()
    if not text or text.isdecimal():
        return int(text or 0)
    found = tuple(entry.strip() for entry in text.split(","))
    for entry in found:
        try:
            ip_network(entry)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}={text!r}: expected a number of proxies, or addresses and networks with commas ({error})."
            ) from None
    return found


def engine(folder: Path) -> target.Target:
    """Where figures are computed; `folder` is where a cluster finds its facts when nothing else is said."""
    try:
        return target.parse(
            env_text("DONGCHE_ENGINE") or target.DUCKDB,
            memory=env_text("DONGCHE_ENGINE_MEMORY") or "2GB",
            cores=env_int("DONGCHE_SPARK_CORES", 2, at_least=1),
            folder=Path(env_text("DONGCHE_SPARK_FOLDER") or folder).resolve(),
        )
    except Problem as problem:
        raise ImproperlyConfigured(str(problem)) from None


def database(url: str, sqlite_file: Path) -> dict[str, object]:
    """Django's description of the database that `url` names, or of the embedded SQLite file when it is empty."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sqlite_file,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-65536;",
            },
        }
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(
            f"DATABASE_URL cannot be read ({error}): expected postgresql://user:password@host:port/name."
        ) from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {parts.scheme!r}: expected postgresql://user:password@host:port/name."
        )
    # A server that is gone without a word is given up after seconds, not after minutes as the kernel would.
    options: dict[str, object] = {
        "connect_timeout": "10",
        "tcp_user_timeout": "30000",
        **dict(parse_qsl(parts.query)),
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
