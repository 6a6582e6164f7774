"""The ASGI application of the intake, which `dongche intake` serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dongche.config.settings")
django.setup()

from dongche.reporting.intake.app import Intake  # noqa: E402 – its models need the settings

application = Intake()
