from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "dongche.reporting"
    label = "reporting"
