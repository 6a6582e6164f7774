"""Addresses of the org room."""

from django.urls import path

from dongche.org.views import log

app_name = "org"
urlpatterns = [
    path("log/", log.log, name="log"),
    path("log/export/", log.export, name="log-export"),
    path("log/own/", log.own, name="log-own"),
    path("log/own/export/", log.own_export, name="log-own-export"),
]
