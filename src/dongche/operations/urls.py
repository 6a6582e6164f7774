"""Addresses for machines that watch."""

from django.urls import path

from dongche.operations import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("too-large", views.too_large, name="too-large"),
    path("metrics", views.metrics, name="metrics"),
]
