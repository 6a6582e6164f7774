"""Addresses of the desk."""

from django.urls import path

from dongche.desk.views import brief, coverage, handover, leaves, naming, overview, people, places, rules

app_name = "desk"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("places/", places.places, name="places"),
    path("places.xlsx", places.export, name="places-export"),
    path("places/cards/", places.cards, name="places-cards"),
    path("places/<str:number>/", places.place, name="place"),
    path("my-day/", people.day, name="my-day"),
    path("organisation/", people.structure, name="organisation"),
    path("coverage/", coverage.coverage, name="coverage"),
    path("coverage/check/", coverage.check, name="coverage-check"),
    path("coverage.xlsx", coverage.export, name="coverage-export"),
    path("name/<str:role>/", naming.name, name="name"),
    path("name/<int:pk>/end/", naming.end, name="name-end"),
    path("hand-over/", handover.hand_over, name="hand-over"),
    path("leaves/", leaves.listed, name="leaves"),
    path("leaves/new/", leaves.take, name="leave-new"),
    path("leaves/<int:number>/end/", leaves.end, name="leave-end"),
    path("rules/", rules.listed, name="rules"),
    path("rules/new/", rules.decide, {"verb": "new"}, name="rule-new"),
    path("rules/changes/", rules.changes, name="rule-changes"),
    path("rules/changes/<int:number>/undo/", rules.undo, name="rule-undo"),
    path("rules/moves/", rules.moves, name="rule-moves"),
    path("rules/moves.xlsx", rules.moves_export, name="rule-moves-export"),
    path("rules/<int:number>/places/", rules.taken, name="rule-places"),
    path("rules/<int:number>/<str:verb>/", rules.decide, name="rule"),
    path("brief/", brief.brief, name="brief"),
    path("brief.pdf", brief.pdf, name="brief-pdf"),
    path("brief.md", brief.markdown, name="brief-markdown"),
]
