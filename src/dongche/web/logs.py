"""Lines of the log: an event `room.noun.verb` with ids and counts, the request it belongs to, and nothing about people.

    log.info("registry.import.applied batch=%s rows=%s", batch.pk, count)

A traceback is for what needs a change of the code. It shows where, and the kinds of the errors, but not their messages:
a database repeats in them the values that it refused. For the same reason addresses are given by the name of their
route: a path holds the codes of places, a query string the words that were searched for.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from django.db.utils import InterfaceError, OperationalError

from dongche.kit import origin

EVENT = re.compile(r"(?P<event>[a-z_]+(?:\.[a-z_]+)+)(?P<fields>(?: \w+=\S*)*)\Z")
AWAY = (OperationalError, InterfaceError)


class Discreet(logging.Filter):
    """Rewrites what the framework says about a request, so that no address is in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        error = record.exc_info[1] if record.exc_info else None
        if request is not None:
            # The framework speaks after the request has left the house.
            record.request_id = getattr(request, "request_id", "")
            status = getattr(record, "status_code", "-")
            record.msg, record.args = "web.request.refused status=%s route=%s", (status, route_of(request))
            if error is not None:
                record.msg = "web.request.broke status=%s route=%s"
        if isinstance(error, AWAY):
            # Nothing in the code is wrong.
            record.msg, record.args = "web.database.away kind=%s", (type(error).__name__,)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


def route_of(request: Any) -> str:
    """The name of the address that was asked for: "desk:place"; "-" when there is none."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name if match is not None else "") or "-"


def where(error: BaseException | None) -> list[str]:
    """A traceback without what the errors say, the first cause first."""
    if error is None:
        return []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return [*where(earlier), *frames, f"{type(error).__module__}.{type(error).__qualname__}"]


def came_from(record: logging.LogRecord) -> tuple[str, str]:
    """The id of the request that a line belongs to, and the way it came in; both empty outside of any."""
    came = origin.current()
    request_id = came.request_id or getattr(record, "request_id", "")
    return request_id, came.way or ("web" if request_id else "")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        text = record.getMessage()
        match = EVENT.match(text)
        if match:
            fields = (pair.partition("=") for pair in match["fields"].split())
            line |= {
                "event": match["event"],
                **{name: value for name, _, value in fields if name not in line},
            }
        else:
            line["message"] = text
        request_id, way = came_from(record)
        if request_id:
            line |= {"request": request_id, "way": way}
        if record.exc_info:
            line["traceback"] = where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same for people at a terminal."""

    default_time_format, default_msec_format = "%Y-%m-%d %H:%M:%S", ""

    def format(self, record: logging.LogRecord) -> str:
        came = origin.current().request_id[:8]
        text = (
            f"{self.formatTime(record)} {record.levelname} {came + ' ' if came else ''}{record.getMessage()}"
        )
        trail = where(record.exc_info[1]) if record.exc_info else []
        return "\n    ".join([text, *trail])


def configuration(level: str, form: str) -> dict[str, Any]:
    """What `logging` is told: everything to stderr, in one form."""
    formatter = "JsonLines" if form == "json" else "TextLines"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"discreet": {"()": f"{__name__}.Discreet"}},
        "formatters": {"line": {"()": f"{__name__}.{formatter}"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["discreet"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would say the same a second time; below INFO it tells queries with their values.
            "django": {"handlers": [], "propagate": True, "level": "INFO" if level == "DEBUG" else level},
            "django.server": {"handlers": [], "propagate": True},
            "django_tasks": {"level": level},
        },
    }
