"""Lists of places under a name: the row of tabs above the list, and how one is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dongche.desk import columns
from dongche.desk.columns import ListColumn
from dongche.desk.filters import SHOWING, PlaceFilter
from dongche.org.models import Unit
from dongche.registry.models import SavedView
from dongche.registry.queries import SavedViews, columns_of
from dongche.web.components import Tab

EVERYTHING = "all"


@dataclass(frozen=True)
class Showing:
    """How a list is shown: its columns, its order, the saved list it came of, and the tabs."""

    columns: list[ListColumn]
    sort: str
    view: SavedView | None
    tabs: list[Tab]
    choice: list[tuple[ListColumn, bool]]


def address(view: SavedView) -> str:
    """The address of the list that was saved."""
    kept = f"{view.filters}&" if view.filters else ""
    shown = {"columns": ",".join(view.columns), "sort": view.sort, "view": str(view.pk)}
    return (
        f"{reverse('desk:places')}?{kept}{urlencode({name: given for name, given in shown.items() if given})}"
    )


def filters_of(form: PlaceFilter) -> str:
    """What is kept of an address. Of a search only words: a number that was looked for may be somebody's phone."""
    without = {*SHOWING, "pick"}
    if any(character.isdigit() for character in form.data.get("q", "")):
        without.add("q")
    return form.query(without=without)


def showing(form: PlaceFilter, officer: Any) -> Showing:
    """Two queries: the saved lists, and the columns chosen last where the address names none."""
    views = list(SavedViews.visible_to(officer).order_by("pk"))
    asked = form.data.get("view", "")
    view = next((one for one in views if str(one.pk) == asked), None)
    names = columns.names_in(form.data.get("columns", ""))
    shown = columns.chosen(names or columns_of(officer))
    tabs = [Tab(gettext("All places"), f"{reverse('desk:places')}?view={EVERYTHING}", current=view is None)]
    tabs += [Tab(one.name, address(one), current=one is view) for one in views]
    chosen = {column.name for column in shown}
    choice = [(column, column.name in chosen) for column in columns.ALL.values() if column.name != "name"]
    return Showing(shown, form.data.get("sort") or "number", view, tabs, choice)


class ViewForm(forms.Form):
    """The name of a list, who sees it, and whether it opens first."""

    name = forms.CharField(label=_("Name of the list"), max_length=40)
    shared = forms.BooleanField(
        label=_("Show it to everybody in the sub-district"),
        required=False,
        help_text=_("Each sees in it only the places that are theirs to see."),
    )
    is_default = forms.BooleanField(
        label=_("Open it first"),
        required=False,
        help_text=_(
            "It stands there when “Places” is opened. One's own comes before that of the sub-district."
        ),
    )

    def __init__(self, data: Any, *, view: SavedView | None, area: Unit | None) -> None:
        known = (
            {"name": view.name, "shared": view.subdistrict_id is not None, "is_default": view.is_default}
            if view
            else {}
        )
        super().__init__(data, initial=known)
        self.area = area
        if area is None:
            del self.fields["shared"]

    def given(self) -> dict[str, Any]:
        """What the action takes."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "shared_with": self.area if given.get("shared") else None,
            "is_default": given["is_default"],
        }


def in_words(form: PlaceFilter, shown: Showing) -> str:
    """What is being saved: how many filters and columns."""
    count = len(form.chips())
    filters = ngettext("%(count)s filter", "%(count)s filters", count) % {"count": count}
    kept = ngettext("%(count)s column", "%(count)s columns", len(shown.columns)) % {
        "count": len(shown.columns)
    }
    return f"{filters} · {kept}"
