"""Files that a command is given: whether they can be read and written, said before anything is done."""

from __future__ import annotations

from pathlib import Path

from dongche.cli.language import gettext
from dongche.kit.errors import Problem


class MapUnusable(Problem):
    code = "cli.map_unreadable"
    message = "The map %(file)s cannot be read: %(given)s. It must be a text file in UTF-8."


class NoSuchFile(Problem):
    code = "cli.no_such_file"
    status = 404
    message = (
        "There is no file %(file)s. Check the path; one with spaces in it stands between quotation marks."
    )


class FileUnreadable(Problem):
    code = "cli.file_unreadable"
    message = "%(file)s cannot be read: %(given)s. Give a spreadsheet that you may read on this machine."


class ErrorsUnwritable(Problem):
    code = "cli.errors_unwritable"
    message = (
        "The refused rows cannot be written to %(file)s: %(given)s. Give --errors another .xlsx file; nothing has been "
        "imported yet."
    )


def check_readable(file: Path) -> None:
    """Raises: NoSuchFile, FileUnreadable"""
    try:
        if not file.exists():
            raise NoSuchFile(file=file)
        if file.is_dir():
            raise FileUnreadable(file=file, given=gettext("it is a folder"))
        if not file.is_file():  # a pipe or a device might never end
            raise FileUnreadable(file=file, given=gettext("it is no ordinary file"))
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        raise FileUnreadable(file=file, given=error.strerror) from None


def check_writable(errors: Path, file: Path) -> None:
    """Before anything is imported, for afterwards it would be too late. Raises: ErrorsUnwritable"""
    try:
        if errors.is_dir():
            raise ErrorsUnwritable(file=errors, given=gettext("it is a folder"))
        if errors.exists() and errors.samefile(file):
            raise ErrorsUnwritable(file=errors, given=gettext("it is the file to be imported"))
        if not errors.resolve().parent.is_dir():
            raise ErrorsUnwritable(file=errors, given=gettext("the folder does not exist"))
        is_new = not errors.exists()
        errors.open("ab").close()
        if is_new:
            errors.unlink()
    except OSError as error:
        raise ErrorsUnwritable(file=errors, given=error.strerror) from None


def text_of(file: Path) -> str:
    """Raises: MapUnusable"""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MapUnusable(file=file.name, given=error) from None
