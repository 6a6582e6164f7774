from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "dongche.desk"
    label = "desk"
