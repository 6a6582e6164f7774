"""Addresses of the reporting room, below /r/ to keep the QR codes small."""

from django.urls import path

from dongche.reporting import outbox, views

app_name = "reporting"
urlpatterns = [
    path("on-behalf/<str:number>/", views.on_behalf, name="on-behalf"),
    path("worker.js", outbox.worker, name="worker"),
    path("<str:code>/", views.report, name="report"),
    path("<str:code>/copy/", outbox.copy, name="copy"),
    path("<str:code>/outbox/", outbox.take, name="outbox"),
    path("<str:code>/<int:number>/", views.receipt, name="receipt"),
]
