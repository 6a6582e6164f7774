"""Serve the gallery: `python -m tests.web.gallery [PORT]`. Says its address, serves until it is ended."""

import os
import shutil
import signal
import sys

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.web.gallery.settings"


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def main(port: int) -> None:
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    django.setup()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        server = ThreadedWSGIServer(("127.0.0.1", port), Quiet)
        server.set_app(get_wsgi_application())
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
    finally:
        shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
