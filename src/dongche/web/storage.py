"""Static files under hashed names, compressed, with the imports between our own modules rewritten."""

from __future__ import annotations

import re
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

VENDOR = "vendor/"
# Debugging aids that the libraries name in their last line; the files themselves are not served.
SOURCE_MAP = re.compile(rb"(?m)^(?://[#@] sourceMappingURL=.*|/\*# sourceMappingURL=.*?\*/)\s*$")


class HashedStaticStorage(CompressedManifestStaticFilesStorage):
    """Everything is served for ever under a name made of its content.

    Django rewrites `import … from "./other.js"` inside our modules to the hashed names. The libraries are left as they
    are except for their source map line: their files are minified into single lines of a megabyte, which the import
    patterns would search for nothing, and which import nothing.
    """

    support_js_module_import_aggregation = True
    patterns = (("*.css", CompressedManifestStaticFilesStorage.patterns[0][1][:2]),)

    def url_converter(self, name: str, hashed_files: dict[str, str], template: str | None = None) -> Any:
        if name.startswith(VENDOR):
            return lambda match: match["matched"]
        return super().url_converter(name, hashed_files, template)
