"""Proposals about places and grids, as far as an actor's posts reach."""

from __future__ import annotations

from typing import Any, Self

from dongche.org.queries import scope_of
from dongche.registry.models import (
    AssignmentProposal,
    ProposedBlock,
    ProposedDuty,
    ProposedGrid,
    ProposedPlace,
)
from dongche.web.scoping import ScopedQuerySet


class AssignmentProposals(ScopedQuerySet[AssignmentProposal]):
    """Proposals of the sub-districts whose headquarters the actor serves in."""

    entry = AssignmentProposal

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)


class ProposedDuties(ScopedQuerySet[ProposedDuty]):
    """The lines of the proposals the actor may see."""

    entry = ProposedDuty

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(proposal__in=AssignmentProposals.visible_to(actor).values("pk"))


class ProposedGrids(ScopedQuerySet[ProposedGrid]):
    """The grids of the proposals the actor may see."""

    entry = ProposedGrid

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(proposal__in=AssignmentProposals.visible_to(actor).values("pk"))


class ProposedBlocks(ScopedQuerySet[ProposedBlock]):
    """The blocks of the proposals the actor may see."""

    entry = ProposedBlock

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(proposal__in=AssignmentProposals.visible_to(actor).values("pk"))


class ProposedPlaces(ScopedQuerySet[ProposedPlace]):
    """The places of the proposals the actor may see."""

    entry = ProposedPlace

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(proposal__in=AssignmentProposals.visible_to(actor).values("pk"))
