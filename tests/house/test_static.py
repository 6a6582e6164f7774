"""What `collectstatic` makes of our files and the libraries: complete, hashed, and free of foreign addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable

from django.core.management import call_command

from dongche.config.settings import STORAGES
from tests.house.source import Template, templates

USED = re.compile(r"""\{%\s*static\s+["']([^"']+)["']""")


def missing(pages: Iterable[Template], files: Collection[str]) -> list[str]:
    """Static files that a template names and nobody has."""
    return [
        f"{page.name} needs {name}" for page in pages for name in USED.findall(page.text) if name not in files
    ]


def test_every_static_file_is_there_under_its_hashed_name(tmp_path, settings):
    assert missing(
        [Template("a.html", "{% static 'web/a.css' %}{% static \"web/b.css\" %}")], ["web/a.css"]
    ) == ["a.html needs web/b.css"]
    settings.STORAGES = STORAGES
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    files = json.loads((tmp_path / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    assert missing(templates(), files) == []
    assert sorted(name for name, hashed in files.items() if not (tmp_path / hashed).is_file()) == []
