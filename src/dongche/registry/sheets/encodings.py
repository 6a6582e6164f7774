"""Which encoding a text file is written in; one that is written in two is refused, and the line named."""

from __future__ import annotations

from dongche.kit.errors import Problem
from dongche.registry.sheets.container import FileNotExcel


class MixedEncodings(Problem):
    code = "registry.mixed_encodings"
    message = (
        "Line %(line)s of “%(file)s” is written in another encoding than the lines above it (%(encoding)s), so its "
        "characters cannot be known. Open the file where it came from and save all of it as CSV UTF-8, or as .xlsx."
    )


def decoded(data: bytes, file: str) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 with one, else GB18030.

    Raises: FileNotExcel, MixedEncodings
    """
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
    known = next((encoding for mark, encoding in marks.items() if data.startswith(mark)), None)
    for encoding in [known] if known else ["utf-8", "gb18030"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030":
            _refuse_mixed(data, file)
        if "\0" not in text:
            return text
    if b"\0" not in data and known != "utf-16":
        _refuse_mixed(data, file)
    raise FileNotExcel(file=file, found="?")


def _refuse_mixed(data: bytes, file: str) -> None:
    """Refuse a file whose lines are written in different encodings: as GB18030 almost any bytes can be read, as
    nonsense. Raises: MixedEncodings"""
    above = ""
    for number, line in enumerate(data.splitlines(), 1):
        if line.isascii():
            continue
        encoding = _encoding_of(line)
        if above and encoding != above:
            raise MixedEncodings(file=file, line=f"{number:,}", encoding=above)
        above = encoding


def _encoding_of(line: bytes) -> str:
    """UTF-8 when the line makes Chinese of it: three characters are too many for chance."""
    for encoding in ("UTF-8", "GB18030"):
        try:
            text = line.removeprefix(b"\xef\xbb\xbf").decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "GB18030" or sum("一" <= character <= "鿿" for character in text) >= 3:
            return encoding
    return "?"
