"""Addresses of the org room."""

from django.urls import path

from dongche.org.views import log, units

app_name = "org"
urlpatterns = [
    path("units/", units.units, name="units"),
    path("units/<str:code>/", units.unit, name="unit"),
    path("units/<str:code>/new/", units.new, name="unit-new"),
    path("units/<str:code>/planned/<int:pk>/withdraw/", units.withdraw, name="unit-withdraw"),
    path("units/<str:code>/<str:verb>/", units.change, name="unit-change"),
    path("log/", log.log, name="log"),
    path("log/export/", log.export, name="log-export"),
    path("log/own/", log.own, name="log-own"),
    path("log/own/export/", log.own_export, name="log-own-export"),
]
