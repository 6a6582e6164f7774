from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "dongche.web"
    label = "web"
