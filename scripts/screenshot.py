#!/usr/bin/env python
"""Take docs/screenshots/overview-1440.png again: the overview of a new demonstration, as a Chinese browser shows it.

.venv/bin/python scripts/screenshot.py
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 1440, 900
DONGCHE = (sys.executable, "-m", "dongche.cli.main")
PICTURE = ROOT / "docs" / "screenshots" / f"overview-{WIDTH}.png"
OFFICER, PASSWORD = "duty", "fuxin-lu-2020"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DONGCHE_DATA": f"{folder}/data"}
        subprocess.run(
            [*DONGCHE, "demo", "--no-serve"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen([*DONGCHE, "serve", "--port", str(port)], env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            photograph(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait()
    print(PICTURE.relative_to(ROOT))


def wait_for(url: str, seconds: int = 60) -> None:
    for _ in range(seconds * 2):
        try:
            urlopen(url)
            return
        except URLError:
            time.sleep(0.5)
    sys.exit(f"{url} did not answer within {seconds} seconds.")


def photograph(address: str) -> None:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        sys.exit(
            "No Chromium found. Install it (Debian: apt-get install chromium) or set CHROMIUM to its path."
        )
    flags = ["--disable-gpu", "--enable-unsafe-swiftshader", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        page.goto(f"{address}/sign-in/")
        page.fill("[name=username]", OFFICER)
        page.fill("[name=password]", PASSWORD)
        page.click("form button[type=submit].btn-primary")
        page.wait_for_url("**/desk/")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
