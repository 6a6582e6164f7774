"""Static files under hashed names, compressed, with the imports between our own modules rewritten."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from whitenoise.storage import CompressedManifestStaticFilesStorage

VENDOR = "vendor/"


class HashedStaticStorage(CompressedManifestStaticFilesStorage):
    """Everything is served for ever under a name made of its content.

    Django rewrites `import … from "./other.js"` inside our modules to the hashed names. What others wrote is served as
    it is: the libraries import nothing, and their source maps, which they name in their last line, are not served.
    """

    support_js_module_import_aggregation = True
    patterns = (("*.css", CompressedManifestStaticFilesStorage.patterns[0][1][:2]),)

    def url_converter(self, name: str, hashed_files: dict[str, str], template: str | None = None) -> Any:
        if name.startswith(VENDOR) or (name.endswith(".js") and not is_ours(name)):
            return lambda match: match["matched"]
        return super().url_converter(name, hashed_files, template)


def is_ours(name: str) -> bool:
    """Whether a static file lies in the folder of one of our rooms."""
    room = name.split("/", 1)[0]
    return any(app.label == room and app.name.startswith("dongche.") for app in apps.get_app_configs())
