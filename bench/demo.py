"""How long `dongche demo` takes: the first time, when it loads everything, and the second, when it finds it loaded.

    python bench/demo.py [--entities 2400]

Each run is a process of its own, so starting Python and Django is counted; serving is left out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time


def run(folder: str, entities: int) -> tuple[float, float]:
    """This function will run the command once. Units: seconds of the clock, seconds of CPU"""
    command = [sys.executable, "-m", "dongche.cli.main", "demo", "--no-serve", "--entities", str(entities)]
    before, began = os.times(), time.monotonic()
    done = subprocess.run(
        command, env=os.environ | {"DONGCHE_DATA": folder}, capture_output=True, text=True, check=False
    )
    after, ended = os.times(), time.monotonic()
    if done.returncode or "78.19" not in done.stdout:
        sys.exit(f"the demonstration failed: {done.stderr[-500:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return ended - began, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=2400)
    entities = parser.parse_args().entities
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first run, loads", "second run, finds it"):
            seconds, cpu = run(f"{folder}/data", entities)
            print(f"{entities:>7} places  {name:<22} {seconds:6.1f} s  {cpu:6.1f} s CPU")


if __name__ == "__main__":
    main()
