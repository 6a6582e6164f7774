"""What the rail on the left offers: data, so that a room is added to it in one line.

Each item: (message id, URL name, permission without which it is not shown, icon).
"""

from __future__ import annotations

from typing import NamedTuple

from dongche.kit.messages import N_


class Item(NamedTuple):
    label: str
    url_name: str
    permission: str
    icon: str


ITEMS = (
    Item(N_("Overview"), "desk:overview", "desk.overview", "gauge"),
    Item(N_("My day"), "desk:my-day", "desk.overview", "clock"),
    Item(N_("Places"), "desk:places", "registry.read", "building"),
    Item(N_("Standing"), "desk:standing", "desk.overview", "chart"),
    Item(N_("Chase list"), "desk:chasing", "desk.overview", "phone"),
    Item(N_("Enter reports"), "desk:reports", "reporting.record", "check"),
    Item(N_("Evidence"), "desk:evidence", "desk.overview", "shield"),
    Item(N_("Backbone firms"), "registry:backbone", "registry.read", "flag"),
    Item(N_("Duplicates"), "registry:duplicates", "registry.write", "copy"),
    Item(N_("Import"), "registry:import", "registry.import", "upload"),
    Item(N_("Organisation"), "desk:organisation", "org.read", "users"),
    Item(N_("Working groups"), "desk:groups", "org.read", "flag"),
    Item(N_("Assignment"), "registry:proposals", "registry.write", "map-pin"),
    Item(N_("Coverage"), "desk:coverage", "org.coverage", "shield"),
    Item(N_("Duties"), "desk:rules", "org.read", "list"),
    Item(N_("Officers"), "desk:officers", "org.people", "users"),
    Item(N_("Definitions"), "desk:definitions", "desk.overview", "info"),
    Item(N_("Published"), "desk:published", "desk.overview", "check"),
    Item(N_("Brief"), "desk:brief", "reporting.brief", "file-text"),
    Item(N_("Wall screens"), "access:screens", "org.screens", "gauge"),
    Item(N_("Retention"), "registry:retention", "registry.erase", "calendar"),
    Item(N_("Audit log"), "org:log", "org.audit", "list"),
)
