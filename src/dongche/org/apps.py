from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "dongche.org"
    label = "org"
