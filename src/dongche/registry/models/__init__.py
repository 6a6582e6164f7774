"""Rows of the registry: places with their versions, standings and imports, and proposals about them."""

from dongche.registry.models.places import (
    Category,
    CoverageDay,
    Dimensions,
    Entity,
    Exclusion,
    Focus,
    ImportBatch,
    NameGram,
    NameKey,
    PlaceDuty,
    Revision,
    Size,
    Source,
    WithdrawnCode,
)
from dongche.registry.models.proposals import (
    AssignmentProposal,
    ProposedBlock,
    ProposedDuty,
    ProposedGrid,
    ProposedPlace,
)
from dongche.registry.models.standing import Standing, Step

__all__ = [
    "AssignmentProposal",
    "Category",
    "CoverageDay",
    "Dimensions",
    "Entity",
    "Exclusion",
    "Focus",
    "ImportBatch",
    "NameGram",
    "NameKey",
    "PlaceDuty",
    "ProposedBlock",
    "ProposedDuty",
    "ProposedGrid",
    "ProposedPlace",
    "Revision",
    "Size",
    "Source",
    "Standing",
    "Step",
    "WithdrawnCode",
]
