"""Addresses of the registry room."""

from django.urls import path

from dongche.registry import views
from dongche.registry.views import assigning, duplicates, gridding, places, roster, standing, undoing, wizard

app_name = "registry"
urlpatterns = [
    path("import/", views.imports, name="import"),
    path("import/template.xlsx", views.import_template, name="import-template"),
    path("import/columns/", wizard.saved, name="import-maps"),
    path("import/columns/<int:pk>/rename/", wizard.rename, name="import-map-rename"),
    path("import/columns/<int:pk>/forget/", wizard.forget, name="import-map-forget"),
    path("import/<str:code>/", views.import_batch, name="import-batch"),
    path("import/<str:code>/columns/", wizard.columns, name="import-columns"),
    path("import/<str:code>/answers/", wizard.answers, name="import-answers"),
    path("import/<str:code>/apply/", views.import_apply, name="import-apply"),
    path("import/<str:code>/drop/", views.import_drop, name="import-drop"),
    path("import/<str:code>/undo/", undoing.undo, name="import-undo"),
    path("import/<str:code>/refused.xlsx", views.import_refused, name="import-refused"),
    path("places/new/", places.enter, name="place-new"),
    path("places/<str:number>/edit/", places.change, name="place-edit"),
    path("places/<str:number>/exclude/", places.exclude, name="place-exclude"),
    path("places/<str:number>/exclusions/<int:pk>/end/", places.end_exclusion, name="exclusion-end"),
    path("places/<str:number>/standing/", standing.put_down, name="place-standing"),
    path("places/<str:number>/standing/<int:pk>/", standing.take_back, name="standing-end"),
    path("places/<str:number>/roster/", roster.upload, name="roster-import"),
    path("places/<str:number>/roster/template.xlsx", roster.empty, name="roster-template"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/search/", duplicates.search, name="duplicates-search"),
    path("duplicates/compare/", duplicates.compare, name="duplicates-compare"),
    path("duplicates/duplicates.xlsx", duplicates.export, name="duplicates-export"),
    path("duplicates/<str:number>/<str:other>/", duplicates.pair, name="duplicate"),
    path("duplicates/<str:number>/<str:other>/decide/", duplicates.decide, name="duplicate-decide"),
    path("merges/<str:code>/", duplicates.merge, name="merge"),
    path("proposals/", assigning.proposals, name="proposals"),
    path("proposals/grids/", gridding.divisions, name="divisions"),
    path("proposals/<str:code>/", assigning.proposal, name="proposal"),
    path("proposals/<str:code>/lines/<int:pk>/", assigning.line, name="proposal-line"),
    path("proposals/<str:code>/adopt/", assigning.adopt, name="proposal-adopt"),
    path("proposals/<str:code>/take-back/", assigning.take_back, name="proposal-take-back"),
    path("proposals/<str:code>/withdraw/", assigning.withdraw, name="proposal-withdraw"),
    path("proposals/<str:code>/proposal.xlsx", assigning.export, name="proposal-export"),
    path("proposals/<str:code>/places/<int:pk>/", gridding.place, name="proposal-place"),
    path("proposals/<str:code>/grids/<int:number>/", gridding.grid, name="proposal-grid"),
    path("proposals/<str:code>/grids/adopt/", gridding.adopt, name="division-adopt"),
    path("proposals/<str:code>/grids/take-back/", gridding.take_back, name="division-take-back"),
    path("qr/<str:number>/withdraw/", views.withdraw_code, name="withdraw-code"),
    path("qr/<str:number>.svg", views.qr, name="qr"),
]
