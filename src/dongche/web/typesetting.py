"""Documents set by typst and kept as PDF/A-2b, which stays readable for ever.

Fonts come with `npm ci` (Noto Serif SC and Noto Sans SC); FangSong is used where the system has it. Noto Serif SC
stands last in every list of a sheet, because FangSong lacks characters that names have.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import get_language

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

FOLDERS = (
    "noto-serif-sc/400Regular",
    "noto-serif-sc/700Bold",
    "noto-serif-sc/900Black",
    "noto-sans-sc/400Regular",
    "noto-sans-sc/700Bold",
)
_setting = threading.Lock()


class FontsMissing(Problem):
    code = "web.fonts_missing"
    status = 503
    message = N_(
        "The PDF cannot be set: its fonts are not installed (%(folder)s is missing). Run “npm ci” in the folder of the "
        "software, or name the folder that has them in DONGCHE_NODE_MODULES."
    )


def to_pdf(sheet: Path, content: Mapping[str, Any], *, at: datetime) -> bytes:
    """This function will set a sheet with its texts, which it finds as JSON in `sys.inputs.content`.

    `language` (zh or en) and `region` (cn, tw, gb) of the active language are added for it.

    Raises: FontsMissing
    """
    language = (get_language() or "zh-hans").lower()
    told = {
        "language": "en" if language.startswith("en") else "zh",
        "region": {"zh-hant": "tw", "en": "gb"}.get(language, "cn"),
        **content,
    }
    folders = _font_folders(settings.NODE_MODULES)
    with _setting:  # the compiler keeps its fonts and is not made for two threads at once
        return bytes(
            _compiler(sheet, folders).compile(
                format="pdf",
                sys_inputs={"content": json.dumps(told, ensure_ascii=False)},
                pdf_standards=["a-2b"],
                timestamp=int(at.timestamp()),
            )
        )


def _font_folders(node_modules: Path) -> tuple[str, ...]:
    folders = [node_modules / "@expo-google-fonts" / name for name in FOLDERS]
    for folder in folders:
        if not any(folder.glob("*.ttf")):
            raise FontsMissing(folder=folder)
    return tuple(str(folder) for folder in folders)


@lru_cache(maxsize=8)
def _compiler(sheet: Path, folders: tuple[str, ...]) -> Any:
    """Kept, because reading the fonts takes most of a second and setting a sheet a few hundredths."""
    return typst.Compiler(str(sheet), root=str(sheet.parent), font_paths=list(folders))
