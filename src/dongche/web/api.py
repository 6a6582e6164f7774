"""What every operation of the API has in common: its duty, its refusals, how it is described, and how strict it is.

    router = Router("places")

    @router.get("/{number}", response=Place)
    @refuses(NotFound)
    @duty("registry.read")
    def place(request, number: str): ...

The duty is enforced where those of pages are (`web.access`), before the operation runs. A parameter that an operation
does not know, or a value it cannot read, is refused: a filter with a typing error must not answer with everything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import wraps
from inspect import cleandoc
from typing import Annotated, Any, Final, TypeVar

import ninja
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation, PathView
from ninja.renderers import JSONRenderer
from pydantic import AfterValidator, AwareDatetime, ConfigDict, StringConstraints

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.web.access import NoToken, NotYourDuty, public
from dongche.web.problems import NotFound, respond

View = TypeVar("View", bound=Callable[..., Any])
Moment = TypeVar("Moment", bound=date)
FIRST_YEAR, LAST_YEAR = 1949, 2199
SCHEME: Final = "token"
_BODY: Final = {"$ref": "#/components/schemas/Problem"}


class BadValue(Problem):
    code = "web.bad_value"
    message = N_("%(count)s of the values that were sent cannot be used: %(first)s Nothing was changed.")

    def __init__(self, errors: list[dict[str, str]]) -> None:
        self.errors = errors
        first = (
            f"{errors[0]['field']}: {errors[0]['message']}" if errors[0]["field"] else errors[0]["message"]
        )
        super().__init__(count=len(errors), first=first)

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"errors": self.errors}


class Overtaken(Problem):
    code = "web.overtaken"
    status = 412
    message = N_(
        "This was changed by somebody else since you read it, so nothing was saved. Read it again, and send your "
        "change with the ETag of what you read."
    )

    def __init__(self, etag: str) -> None:
        self.etag = etag
        super().__init__()


class VersionMissing(Problem):
    code = "web.version_missing"
    status = 428
    message = N_(
        "Say which version you change, so that nobody's change is lost: send its ETag in the header If-Match."
    )


def readable(text: str) -> str:
    """The text, if a database can keep it: no NUL, and nothing that is half a character."""
    if "\x00" in text:
        raise ValueError
    text.encode()
    return text


Text = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True), AfterValidator(readable)]


def reasonable(day: Moment) -> Moment:
    """A day or instant that no zone carries out of the calendar."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError
    return day


Day = Annotated[date, AfterValidator(reasonable)]
Instant = Annotated[AwareDatetime, AfterValidator(reasonable)]


class Given(ninja.Schema):
    """What a program sends: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def refuses(*problems: type[Problem]) -> Callable[[View], View]:
    """Say which problems an operation may answer with, beside those of all operations."""

    def mark(view: View) -> View:
        view.problems = problems  # type: ignore[attr-defined]
        return view

    return mark


class Router(ninja.Router):
    """The operations of a room. Each is described by its docstring, its duty and what it refuses."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag])

    def add_api_operation(self, path: str, methods: list[str], view_func: Any, **more: Any) -> None:
        permission = getattr(view_func, "permission", None)
        summary, _line, rest = (view_func.__doc__ or "").strip().partition("\n")
        described = f"Duty: `{permission}`.\n\n{cleandoc(rest)}".strip()
        name = f"{view_func.__module__.split('.')[1]}_{view_func.__name__}"
        more |= {
            "operation_id": name,
            "url_name": name,
            "summary": summary.rstrip("."),
            "description": described,
        }
        super().add_api_operation(path, methods, decorate_view(_strict)(view_func), **more)


def _responses(refused: Iterable[type[Problem]]) -> dict[int, Any]:
    """The answers of refusal by status, each naming the codes it may carry."""
    codes: dict[int, list[str]] = {}
    for problem in refused:
        codes.setdefault(problem.status, []).append(problem.code)
    return {
        status: {
            "description": ", ".join(sorted(found)),
            "content": {"application/json": {"schema": _BODY}},
        }
        for status, found in sorted(codes.items())
    }


def _strict(run: Callable[..., Any]) -> Callable[..., Any]:
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in getattr(model, "__ninja_flatten_map__", model.model_fields)
    }

    @wraps(run)
    def checked(request: HttpRequest, **given: Any) -> Any:
        unknown = sorted(set(request.GET) - known)
        if unknown:
            said = gettext("There is no such parameter. Known are: %(known)s.")
            words = said % {"known": ", ".join(sorted(known)) or "—"}
            raise BadValue([{"field": name, "message": words} for name in unknown])
        return run(request, **given)

    return checked


class _Renderer(JSONRenderer):
    json_dumps_params = {"ensure_ascii": False}


class _Api(ninja.NinjaAPI):
    def get_openapi_schema(self, **how: Any) -> Any:
        """The description with what all operations have in common."""
        schema = super().get_openapi_schema(**how)
        schema["components"]["schemas"]["Problem"] = _PROBLEM
        schema["components"]["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer"}}
        return schema


def build(
    routers: dict[str, Router], *, version: str, everywhere: Sequence[type[Problem]] = ()
) -> list[URLPattern]:
    """This function will give the addresses of the API below their prefix, and `openapi.json` that describes them.

    `everywhere`: what any operation may be refused with before it runs
    """
    api = _Api(
        title="Dongche",
        version=version,
        description=(
            "Every answer of refusal is a problem with a stable code. Values of people are masked as on the pages. "
            "Send Accept-Language (zh-Hans, zh-Hant, en) for the language of sentences."
        ),
        docs_url=None,
        renderer=_Renderer(),
        urls_namespace="api",
    )
    for prefix, router in routers.items():
        api.add_router(prefix, router)
    for operation in _operations(api):
        refused = [BadValue, NoToken, NotYourDuty, *everywhere, *getattr(operation.view_func, "problems", ())]
        operation.openapi_extra = {"responses": _responses(refused), "security": [{SCHEME: []}]}
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(ValidationError, _bad_values)
    api.add_exception_handler(Http404, lambda request, error: respond(request, NotFound()))
    api.add_exception_handler(HttpError, _unreadable)
    api.add_exception_handler(Exception, _raise)
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        cells = getattr(pattern.callback, "__closure__", None) or ()
        views = [cell.cell_contents for cell in cells if isinstance(cell.cell_contents, PathView)]
        if views:
            pattern.callback.permissions = _duties(views[0])  # type: ignore[attr-defined]
        else:
            public(pattern.callback)  # what describes the API
    return patterns


def _operations(api: ninja.NinjaAPI) -> Iterator[Operation]:
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            yield from view.operations


def _duties(view: PathView) -> dict[str, str | None]:
    """The duty of each method of an address."""
    return {
        method: getattr(operation.view_func, "permission", None)
        for operation in view.operations
        for method in operation.methods
    }


_PROBLEM: Final = {
    "type": "object",
    "required": ["code", "message", "details"],
    "properties": {
        "code": {"type": "string", "description": "Stable; docs/problems.md lists all of them."},
        "message": {
            "type": "string",
            "description": "What is wrong and what to do, in the language asked for.",
        },
        "details": {"type": "object", "additionalProperties": {"type": "string"}},
        "errors": {
            "type": "array",
            "description": "Each value that cannot be used.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def _problem(request: HttpRequest, problem: Any) -> HttpResponse:
    response = respond(request, problem)
    if isinstance(problem, Overtaken):
        response["ETag"] = problem.etag
    return response


def _bad_values(request: HttpRequest, error: Any) -> HttpResponse:
    return respond(request, BadValue([_fault(one) for one in error.errors]))


def _unreadable(request: HttpRequest, _error: Any) -> HttpResponse:
    """The body is no JSON at all."""
    return respond(request, BadValue([{"field": "", "message": _expected("json")}]))


def _raise(_request: HttpRequest, error: Any) -> HttpResponse:
    """Django's own last resort answers, and the log hears of it."""
    raise error


def _fault(error: dict[str, Any]) -> dict[str, str]:
    """What pydantic says of a value, in words that are translated; it never repeats the value itself."""
    # Where the value is: ("query", "filters", "limit") or ("body", "given", "name").
    field = str(error["loc"][-1]) if error["loc"][1:] else ""
    kind, limits = error["type"], error.get("ctx") or {}
    if kind in {"missing", "string_too_short"}:
        words = gettext("This is needed and was not sent.")
    elif kind == "extra_forbidden":
        words = gettext("There is no such field.")
    elif kind in {"literal_error", "enum"}:
        choices = ", ".join(re.findall(r"'([^']*)'", str(limits.get("expected", ""))))
        words = gettext("Expected is one of: %(expected)s.") % {"expected": choices}
    elif kind.startswith(("greater_than", "less_than")):
        least, most = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
        words = (
            gettext("Expected is at least %(least)s.") % {"least": least}
            if least is not None
            else gettext("Expected is at most %(most)s.") % {"most": most}
        )
    elif kind == "string_too_long":
        words = gettext("At most %(most)s characters fit.") % {"most": limits.get("max_length", 0)}
    else:
        words = _expected(kind)
    return {"field": field, "message": words}


def _expected(kind: str) -> str:
    if kind.startswith("date_") or kind == "date_type":
        return gettext("Expected is a day such as 2020-03-20.")
    if kind.startswith(("datetime", "timezone")):
        return gettext("Expected is an instant with its zone, such as 2020-03-20T18:00:00+08:00.")
    if kind.startswith(("int", "float", "finite", "decimal")):
        return gettext("Expected is a number.")
    if kind.startswith("bool"):
        return gettext("Expected is true or false.")
    if kind.startswith(("json", "model", "dict")):
        return gettext("Expected is a JSON object.")
    return gettext("This cannot be read. Look at /api/v1/openapi.json for what is expected.")


def etag_of(version: int, content: bytes) -> str:
    """The ETag of an answer: the version that a change is made from, and what is shown beside it.

    >>> etag_of(17, b"{}")
    '"17.99914b932b"'
    """
    return f'"{version}.{hashlib.md5(content, usedforsecurity=False).hexdigest()[:10]}"'


def version_in(request: HttpRequest) -> set[int]:
    """The versions that `If-Match` names; one that a proxy has marked as weak is taken all the same.

    Raises: VersionMissing
    """
    header = request.headers.get("If-Match", "")
    found = re.findall(r'"(\d{1,18})(?:\.\w+)?"', header)
    if not header.strip() or header.strip() == "*":
        raise VersionMissing
    return {int(version) for version in found}


def is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the program has this very answer already."""
    header = request.headers.get("If-None-Match", "")
    return header.strip() == "*" or etag in re.findall(r'"[^"]*"', header)
