"""Files with personal data at rest: each encrypted whole under a name that says nothing.

For files that fit in memory; who may read one is decided by whoever keeps its row.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from dongche.kit.errors import Problem
from dongche.kit.identifiers import new_code
from dongche.kit.messages import N_
from dongche.web.fields import derived_key

_FORMAT: Final = b"dongche.file.1"
_NONCE: Final = 12


class FileLost(Problem):
    code = "web.file_lost"
    status = 410
    message = N_(
        "The file is not on the disk of this server any more, or was written with another DONGCHE_FIELD_KEY. Have "
        "whoever looks after the server restore it from the backup."
    )


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESGCM:
    return AESGCM(derived_key(key, b"file"))


def keep(content: bytes, folder: str) -> str:
    """This function will write a file, readable by us only, and give its path below MEDIA_ROOT.

    It is on the disk for good when this returns.
    """
    name = new_code().lower()
    path = f"{folder}/{name[:2]}/{name}"
    target = Path(settings.MEDIA_ROOT) / path
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    nonce = os.urandom(_NONCE)
    sealed = _cipher(settings.FIELD_KEY).encrypt(nonce, content, _FORMAT)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(nonce + sealed)
        file.flush()
        os.fsync(file.fileno())
    return path


def read(path: str) -> bytes:
    """The content of a file that was kept.

    Raises: FileLost
    """
    try:
        sealed = (Path(settings.MEDIA_ROOT) / path).read_bytes()
        return _cipher(settings.FIELD_KEY).decrypt(sealed[:_NONCE], sealed[_NONCE:], _FORMAT)
    except (OSError, InvalidTag, ValueError):
        raise FileLost from None


def remove(path: str) -> None:
    """Take a file away; one that is gone already is no error."""
    (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
