"""The registry for programs: places, people, exclusions, imports, the proof of coverage."""

from dongche.registry.api.coverage import router as coverage
from dongche.registry.api.imports import router as imports
from dongche.registry.api.people import router as people
from dongche.registry.api.places import router as places

__all__ = ["coverage", "imports", "people", "places"]
