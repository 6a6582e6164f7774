"""Addresses of the reporting room, below /r/ to keep the QR codes small."""

from django.urls import path

from dongche.reporting import views

app_name = "reporting"
urlpatterns = [
    path("on-behalf/<str:number>/", views.on_behalf, name="on-behalf"),
    path("<str:code>/", views.report, name="report"),
    path("<str:code>/<int:number>/", views.receipt, name="receipt"),
]
