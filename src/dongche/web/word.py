"""Text documents for WPS and Word: packed so that the same document is the same file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from html import escape

from docx.document import Document


def packed(document: Document, instead: Mapping[str, str]) -> bytes:
    """This function will give the file of a document, its parts dated alike, whenever it is written.

    Shape: `instead` names for a face the one that stands in for it where a machine does not have it
    """
    told = "".join(
        f'<w:font w:name="{escape(face)}"><w:altName w:val="{escape(other)}"/></w:font>'
        for face, other in instead.items()
    )
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = part.blob.replace(b"</w:fonts>", told.encode() + b"</w:fonts>")
    written, again = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(again, "w") as file:
        for name in parts.namelist():
            file.writestr(zipfile.ZipInfo(name), parts.read(name), zipfile.ZIP_DEFLATED)
    return again.getvalue()
