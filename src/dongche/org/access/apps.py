from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "dongche.org.access"
    label = "access"
