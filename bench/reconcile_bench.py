#!/usr/bin/env python3
"""Names held in a store, reconciled with a registry that answers at once: parsed answers a second, and memory.

Usage: reconcile_bench.py BUILD [--names N] [--window N] [--sessions N] [--delay MILLISECONDS]

BUILD is the build directory (build/release). The first pass puts what the registry has of each name, the second one finds that nothing
is different, which is what a registrar's program does for ever; both are whole runs of `regdata sync`. Exit 1 when a figure of
docs/benchmarks.md is missed.
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import deposit_bench

CONFIG = """
[[registry]]
id = "example-registry"
address = "127.0.0.1:%s"
authorities = "%s"
account = "REG-BENCH"
password = "%s"
query_window = %d
sync_sessions = %d
look_again = "1m"
"""


def sync(regdata, config):
    """Seconds, names that were looked at, peak of memory in MiB."""
    begin = time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-v", regdata, "--config", config, "--json", "sync"], capture_output=True, text=True, check=False)
    taken = time.monotonic() - begin
    if done.returncode != 0:
        sys.exit(f"sync: exit {done.returncode}\n{done.stdout[-500:]}{done.stderr[-1500:]}")
    memory = int(re.search(r"Maximum resident set size \(kbytes\): (\d+)", done.stderr).group(1)) / 1024
    return taken, json.loads(done.stdout)["data"]["registries"][0]["looked"], memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--delay", type=int, default=0, help="of each answer; there is no bar then")
    arguments = parser.parse_args()
    regdata = arguments.build / "app/regdata"
    with tempfile.TemporaryDirectory(prefix="regdata-reconcile-") as directory:
        place = pathlib.Path(directory)
        subprocess.run([regdata, "init", "--directory", place / "rd"], check=True, capture_output=True)
        chance = random.Random(7)
        with open(place / "names.jsonl", "w", encoding="utf-8") as lines:
            for number in range(arguments.names):
                lines.write(deposit_bench.registration(number, chance) + "\n")
        config = place / "rd/regdata.toml"
        subprocess.run([regdata, "--config", config, "import", place / "names.jsonl"], check=True, capture_output=True)
        (place / "names.jsonl").unlink()
        registry = place / "registry"
        registry.mkdir()
        with subprocess.Popen([arguments.build / "bench/canned_server", registry, str(arguments.delay)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as server:
            port = server.stdout.readline().strip()
            (place / "rd/conf.d/registry.toml").write_text(
                CONFIG % (port, registry / "authority.pem", registry / "password", arguments.window, arguments.sessions))
            good = True
            for what in ("first pass, everything is put", "second pass, nothing is different"):
                taken, looked, memory = sync(regdata, config)
                rate = looked / taken
                is_bar = what.startswith("second") and arguments.delay == 0
                met = looked == arguments.names and memory <= 256 and (rate >= 10_000 or not is_bar)
                good = good and met
                print(f"{what}: {looked} names in {taken:.1f} s, {rate:.0f} a second"
                      f"{' (bar 10000)' if is_bar else ''}, {memory:.0f} MiB (bar 256)  {'ok' if met else 'MISSED'}", flush=True)
                if not is_bar:
                    time.sleep(61)  # until all are due again
            server.stdin.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
