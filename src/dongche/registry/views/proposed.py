"""The proposal that a page is about."""

from __future__ import annotations

from django.http import Http404

from dongche.org.request import OfficerRequest
from dongche.registry.models import AssignmentProposal
from dongche.registry.queries import AssignmentProposals


def proposal_called(request: OfficerRequest, code: str, kind: str = "") -> AssignmentProposal:
    """The proposal with this code, of this kind if one is given, as far as the officer may see it.

    Raises: Http404
    """
    found = AssignmentProposals.visible_to(request.user).select_related("subdistrict", "by").filter(code=code)
    if kind:
        found = found.filter(kind=kind)
    proposal = found.first()
    if proposal is None:
        raise Http404
    return proposal
