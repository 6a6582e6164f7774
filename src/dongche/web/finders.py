"""Browser libraries straight out of node_modules: an allow-list of files, nothing bundled and nothing kept in git."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

# URL below STATIC_URL → file below node_modules. Whole dist folders would be 60 MB for a page that needs 2.
FILES: Mapping[str, str] = {
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    "vendor/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "vendor/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "vendor/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "vendor/terra-draw.mjs": "terra-draw/dist/terra-draw.modern.js",
    "vendor/terra-draw-maplibre.mjs": "terra-draw-maplibre-gl-adapter/dist/terra-draw-maplibre-gl-adapter.modern.js",
}


class MappedStorage(FileSystemStorage):
    """Files under names of our own choosing."""

    prefix = None

    def __init__(self, root: Path, names: Mapping[str, str]) -> None:
        super().__init__(location=str(root))
        self.names = names

    def path(self, name: str) -> str:
        return super().path(self.names.get(name, name))


class NodeModulesFinder(BaseFinder):
    """Finds the allow-listed files for `collectstatic`, for runserver and for WhiteNoise with finders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.NODE_MODULES)
        self.storage = MappedStorage(self.root, FILES)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        missing = sorted(source for source in FILES.values() if not (self.root / source).is_file())
        if not missing:
            return []
        return [
            Error(
                f"{len(missing)} browser libraries are missing in {self.root}, the first is {missing[0]}.",
                hint="Run `npm ci`, or point DONGCHE_NODE_MODULES at the folder that holds them.",
                id="web.E001",
            )
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        source = FILES.get(path)
        found = str(self.root / source) if source and (self.root / source).is_file() else None
        if find_all:
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, MappedStorage]]:
        for path in FILES:
            if not matches_patterns(path, ignore_patterns or ()):
                yield path, self.storage
