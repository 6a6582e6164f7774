"""What may be kept as a document of a place: which kinds of files, how large."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.registry.sheets.container import MIB

# What a file may be: how its name ends, how its content begins, as what it is given out.
TYPES: Final[tuple[tuple[tuple[str, ...], tuple[bytes, ...], str], ...]] = (
    ((".pdf",), (b"%PDF-",), "application/pdf"),
    ((".jpg", ".jpeg"), (b"\xff\xd8\xff",), "image/jpeg"),
    ((".png",), (b"\x89PNG\r\n\x1a\n",), "image/png"),
    (
        (".docx",),
        (b"PK\x03\x04",),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ((".xlsx",), (b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)
ENDINGS: Final = tuple(ending for endings, *_rest in TYPES for ending in endings)


class DocumentKind(Problem):
    code = "registry.document_kind"
    status = 415
    message = N_(
        "“%(file)s” cannot be kept: it is none of %(expected)s, or it is something else than its name says. Scan or "
        "save it as a PDF."
    )


class DocumentSize(Problem):
    code = "registry.document_size"
    status = 413
    message = N_(
        "“%(file)s” has %(given)s MB; a document may have up to %(most)s MB. Scan it with fewer dots per inch, or "
        "split it."
    )


def refuse_large(name: str, size: int) -> None:
    """Raises: DocumentSize"""
    if size > settings.DOCUMENT_MAX_BYTES:
        raise DocumentSize(file=name, given=-(-size // MIB), most=settings.DOCUMENT_MAX_BYTES // MIB)


def type_of(name: str, content: bytes) -> str:
    """Raises: DocumentKind"""
    for endings, beginnings, media_type in TYPES:
        if name.lower().endswith(endings) and content.startswith(beginnings):
            return media_type
    raise DocumentKind(file=name, expected=", ".join(ENDINGS))
