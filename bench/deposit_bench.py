#!/usr/bin/env python3
"""A whole deposit from the store against the sum of gzip -6 and gpg --sign --encrypt alone on the same CSV, in the same run.

Usage: deposit_bench.py BUILD [--names N] [--rounds N] [--small N]

BUILD is the build directory (build/release). Needs gpg. Ours: read from SQLite, opened, CSV, hashes, gzip, OpenPGP version 6, read
back and verified, manifest. Prints the ratio of the medians of some rounds, the memory of a large and of a small deposit, and how
long a writer to the store was kept waiting by one more deposit. Exit 1 when a figure of docs/benchmarks.md is missed.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

CONFIG = """
[[recipient]]
id = "agent"
kind = "escrow-agent"
name = "Agent"
region = "EU"
agreement = "DPA-1"
"""
AGENT = """
[[escrow_agent]]
id = "%s"
recipient = "agent"
registrar = "example"
certificate = "%s"
fingerprint = "%s"
folder = "%s"
"""
SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vor", "bel", "qui", "xan", "dro", "pel", "sun", "eit", "ogg"]


def word(chance, count):
    return "".join(chance.choice(SYLLABLES) for _ in range(count))


def registration(number, chance):
    name, city = f"{word(chance, 3).title()} {word(chance, 3).title()}", word(chance, 3).title()
    return json.dumps({
        "name": f"{word(chance, 3)}-{number:07}.example", "registrar": "example", "created": "2020-01-31T12:00:00Z",
        "registrar_expires": f"2027-{1 + number % 12:02}-{1 + number % 28:02}T12:00:00Z", "hosts": ["ns1.other.example"],
        "as_of": "2026-11-01T00:00:00Z",
        "contacts": {"registrant": {"handle": f"C-{number}", "kind": "natural", "name": name,
                                    "street": [f"{word(chance, 4).title()} {number % 300}"], "city": city, "state": city[:4],
                                    "postal_code": f"{number * 7919 % 100000:05}", "country": "DE",
                                    "phone": f"+49.30{number * 104729 % 10000000:07}",
                                    "email": f"{word(chance, 3)}{number}@{word(chance, 3)}.example"}}})


def run(*command, **more):
    return subprocess.run([str(one) for one in command], check=True, capture_output=True, **more)


def timed(*command, **more):
    """Seconds by the clock, seconds of CPU, peak of resident memory in MiB."""
    begin = time.monotonic()
    process = subprocess.Popen([str(one) for one in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command}: {process.returncode}\n{error.decode()}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Registrar:
    def __init__(self, regdata, place, names):
        self.regdata, self.place = regdata, place
        run(regdata, "init", "--directory", place)
        chance = random.Random(1)
        with open(place / "names.jsonl", "w", encoding="utf-8") as out:
            for number in range(names):
                out.write(registration(number, chance) + "\n")
        self.give("import", place / "names.jsonl")
        (place / "names.jsonl").unlink()
        self.agents = CONFIG
        for version in (6, 4):
            certificate = self.give("deposit", "keys", "--version", version).stdout
            (place / f"agent-v{version}.asc").write_bytes(certificate)
            fingerprint = json.loads(self.give("--json", "deposit", "keys", "--version", version).stdout)["data"]["fingerprint"]
            self.agents += AGENT % (f"v{version}", place / f"agent-v{version}.asc", fingerprint, self.folder(f"v{version}"))
        (place / "conf.d/escrow.toml").write_text(self.agents, encoding="utf-8")

    def folder(self, agent):
        """Each agent has its own: deposits of one registrar have the same names."""
        folder = self.place / f"out-{agent}"
        folder.mkdir()
        return folder

    def give(self, *words):
        return run(self.regdata, "--config", self.place / "regdata.toml", *words)

    def make(self, agent):
        return timed(self.regdata, "--config", self.place / "regdata.toml", "deposit", "make", agent, "--again")


class Writer(threading.Thread):
    """Takes and gives back the write lock of the store, again and again; remembers the longest wait."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self.database, self.longest, self.turns, self.ended = database, 0.0, 0, False

    def run(self):
        connection = sqlite3.connect(self.database, isolation_level=None, timeout=60)
        connection.execute("CREATE TABLE bench_scratch (n INTEGER)")
        while not self.ended:
            begin = time.monotonic()
            connection.execute("INSERT INTO bench_scratch VALUES (1)")
            self.longest = max(self.longest, time.monotonic() - begin)
            self.turns += 1
            time.sleep(0.005)
        connection.execute("DROP TABLE bench_scratch")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", type=int, default=10_000)
    options = parser.parse_args()
    regdata = (options.build / "app/regdata").resolve()
    good = True
    with tempfile.TemporaryDirectory(prefix="regdata-deposit-bench-") as name:
        place = pathlib.Path(name)
        registrar = Registrar(regdata, place / "large", options.names)
        home = place / "gpg"
        home.mkdir(mode=0o700)
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--trust-model", "always", "--passphrase", ""]
        run(*gpg, "--quick-generate-key", "agent@agent.example", "rsa3072", "sign,encrypt", "1y")
        (place / "agent.asc").write_bytes(run(*gpg, "--armor", "--export").stdout)
        listing = run(*gpg, "--with-colons", "--fingerprint").stdout.decode()
        fingerprint = re.search(r"^fpr:+([0-9A-F]{40}):", listing, re.M).group(1)
        (place / "large/conf.d/gpg.toml").write_text(
            AGENT % ("gpg", place / "agent.asc", fingerprint, registrar.folder("gpg")), encoding="utf-8")

        registrar.make("gpg")  # for its CSV
        content = place / "content.csv"
        with open(content, "wb") as out:
            for file in sorted((place / "large/deposits/gpg").rglob("*.gpg")):
                plain = subprocess.Popen([str(one) for one in [*gpg, "--decrypt", file]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                subprocess.run(["gzip", "-d"], stdin=plain.stdout, stdout=out, check=True)
        size = content.stat().st_size
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(registrar.make("v6"))
            zipped = timed("gzip", "-6", "-k", "-f", content)
            sealed = timed(*gpg, "--yes", "--sign", "--encrypt", "-r", "agent@agent.example", "-z", "0", "-o",
                           place / "sealed.gpg", f"{content}.gz")
            theirs.append([one + other for one, other in zip(zipped[:2], sealed[:2])])
        writer = Writer(place / "large/store/registrations.db")
        writer.start()
        beside = registrar.make("v6")
        writer.ended = True
        writer.join()
        peak = max(beside[2], *(one[2] for one in ours))
        ours, theirs = statistics.median_low(ours), statistics.median_low(theirs)
        ratio = ours[0] / theirs[0]
        good &= ratio <= 1.5
        print(f"{options.names} names, {size / 1e6:.0f} MB of CSV\n  deposit     {ours[0]:7.2f} s  CPU {ours[1]:7.2f} s\n"
              f"  gzip + gpg  {theirs[0]:7.2f} s  CPU {theirs[1]:7.2f} s\n"
              f"  ratio       {ratio:7.2f}  (bar 1.5)  {'ok' if ratio <= 1.5 else 'MISSED'}")
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
        shutil.rmtree(place / "large")
        small = Registrar(regdata, place / "small", options.small).make("v6")
        flat = peak <= 128
        good &= flat
        print(f"memory: {small[2]:.0f} MiB with {options.small} names, {peak:.0f} MiB with {options.names}  (bar 128)  "
              f"{'ok' if flat else 'MISSED'}")
        waited = writer.longest * 1000
        good &= waited <= 100
        print(f"a writer meanwhile: {writer.turns} writes, the longest took {waited:.0f} ms  (bar 100)  "
              f"{'ok' if waited <= 100 else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
