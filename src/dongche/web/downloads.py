"""Files that a view makes and hands out."""

from __future__ import annotations

from collections.abc import Callable
from tempfile import TemporaryFile
from typing import IO, Any

from django.http import FileResponse


def sent(name: str, write: Callable[[IO[bytes]], Any]) -> FileResponse:
    """This function will have a file written and answer with it; it lies on disk, however large it gets.

    Shape: `name` is what the browser saves it as, its ending says what it is
    """
    file = TemporaryFile()  # noqa: SIM115  FileResponse closes it
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)
