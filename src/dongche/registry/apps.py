from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "dongche.registry"
    label = "registry"
