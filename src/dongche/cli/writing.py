"""Files that commands write, and the sentence when they cannot."""

from __future__ import annotations

import errno
from pathlib import Path

from dongche.cli.language import gettext
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

REASONS = {
    errno.ENOENT: N_("the folder does not exist"),
    errno.ENOTDIR: N_("a part of its path is a file"),
    errno.EISDIR: N_("it is a folder"),
    errno.EACCES: N_("you may not write there"),
    errno.EPERM: N_("you may not write there"),
    errno.EROFS: N_("you may not write there"),
    errno.ENOSPC: N_("the disk is full"),
}


class OutputUnwritable(Problem):
    code = "cli.output_unwritable"
    message = "%(file)s cannot be written: %(given)s. Choose another place."


def write(file: Path, content: bytes) -> None:
    """Raises: OutputUnwritable"""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise OutputUnwritable(file=file, given=reason(error)) from None


def reason(error: OSError) -> str:
    """Why the system refused, in the language of the terminal where we have words for it."""
    said = REASONS.get(error.errno or 0)
    return gettext(said) if said else str(error.strerror or error)
