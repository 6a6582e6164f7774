"""Reports on the maintenance site: to be looked at, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from dongche.reporting.models import DayChange, Report


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Report)
class ReportAdmin(ReadOnly):
    list_display = ("on", "entity_id", "state", "known_at", "superseded_at", "channel")
    list_filter = ("on", "state", "channel")
    exclude = ("abnormal_temperature", "note")
    list_select_related = False
    show_full_result_count = False


@admin.register(DayChange)
class DayChangeAdmin(ReadOnly):
    list_display = ("on", "shard", "changes")
