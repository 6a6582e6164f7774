"""The one shape of every error a person may see.

A problem has a code that never changes, an HTTP status, and a sentence with named placeholders that says what is
wrong, where, what was given, what is expected and what to do. Subclasses sit beside the function that raises them.
The sentence is an English message id; it is translated where it is shown (`dongche.web.problems`).
"""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """An expected refusal: shown to the person, never logged with a traceback.

    >>> class NoSuchGrid(Problem):
    ...     code = "org.no_such_grid"
    ...     status = 404
    ...     message = "There is no grid %(code)s. Check the number on the door plate."
    >>> str(NoSuchGrid(code="0301"))
    'There is no grid 0301. Check the number on the door plate.'
    """

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This could not be done."

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.message % details if details else self.message)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": str(self),
            "details": {k: str(v) for k, v in self.details.items()},
        }
