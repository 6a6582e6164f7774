"""Figures for programs: as they are known, and as they were published."""

from dongche.reporting.api.metrics import router as metrics
from dongche.reporting.api.publications import router as publications

__all__ = ["metrics", "publications"]
