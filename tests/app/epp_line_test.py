#!/usr/bin/env python3
"""The worker's line to a registry: a session that is kept, one account's sessions, and a registry that cuts it.

Usage: epp_line_test.py REGDATA
"""
import socket
import subprocess
import threading
import time
import unittest

import epp_test
from epp_test import REGDATA


class Between:
    """Passes octets on, counts who connects, and cuts all when it is told to."""

    def __init__(self, port):
        self.to = int(port)
        self.count = 0
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            other = socket.create_connection(("127.0.0.1", self.to))
            self.open += [one, other]
            for a, b in ((one, other), (other, one)):
                threading.Thread(target=self.copy, args=(a, b), daemon=True).start()

    @staticmethod
    def copy(a, b):
        try:
            while octets := a.recv(65536):
                b.sendall(octets)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        for one in self.open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open.clear()

    def close(self):
        self.listener.close()
        self.cut()


class Line(epp_test.Sandbox):
    def setUp(self):
        super().setUp()
        self.between = Between(self.port)
        self.addCleanup(self.between.close)
        self.registry = self.place / "rd/conf.d/registry.toml"
        self.registry.write_text(self.registry.read_text().replace(f":{self.port}\"", f":{self.between.port}\"") + 'poll = "1s"\n')

    def worker(self, more=""):
        self.registry.write_text(self.registry.read_text() + more)
        (self.place / "rd/conf.d/run.toml").write_text('[whois]\nlisten = ["127.0.0.1:0"]\n[worker]\nadmin = "127.0.0.1:0"\n[serve]\nadmin = ""\n')
        log = open(self.place / "log", "w", encoding="utf-8")
        self.addCleanup(log.close)
        process = subprocess.Popen([REGDATA, "--config", self.place / "rd/regdata.toml", "run"], stderr=log, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)

    def wait_for(self, is_so):
        for _ in range(100):
            if is_so():
                return
            time.sleep(0.2)
        self.fail("it did not come: " + (self.place / "log").read_text()[-1500:])

    def test_a_session_is_kept_from_one_sync_to_the_next(self):
        self.worker()
        self.wait_for(lambda: self.between.count > 0)
        time.sleep(5)
        self.assertEqual(self.between.count, 1)

    def test_none_is_kept_where_the_registry_would_close_it(self):
        self.worker('idle_limit = "1500ms"\n')
        self.wait_for(lambda: self.between.count > 6)

    def test_one_that_was_cut_is_begun_anew(self):
        self.worker()
        self.wait_for(lambda: self.between.count > 0)
        for _ in range(3):
            time.sleep(1.5)
            before = self.between.count
            self.between.cut()
            self.wait_for(lambda: self.between.count > before)
        self.assertEqual(self.epp("check", "example-registry", "free.example").returncode, 0)

    def test_an_account_has_no_more_sessions_than_it_may(self):
        self.worker("sessions = 1\n")
        self.wait_for(lambda: self.between.count > 0)
        time.sleep(2)
        self.assertIn("all 1 sessions", self.epp("check", "example-registry", "free.example", code=4).stderr)
        self.registry.write_text(self.registry.read_text().replace("sessions = 1", "sessions = 2"))
        self.epp("check", "example-registry", "free.example")


class Limited(epp_test.Sandbox):
    more = ("--sessions", "3", "--idle", "3s")

    def test_a_probe_finds_out_what_may_be_done(self):
        found = self.json("probe", "example-registry", "--sessions", "6", "--idle", "20s")
        self.assertEqual(found["sessions"], 3)
        self.assertTrue(2500 < found["idleMilliseconds"] < 6000, found)
        self.assertIn("sessions = 3", found["proposal"])


class Quota(epp_test.Sandbox):
    more = ("--commands", "12")

    def test_too_much_is_told_and_a_pace_of_ours_keeps_below_it(self):
        codes = {self.epp("check", "example-registry", "free.example", code=None).returncode for _ in range(4)}
        self.assertEqual(codes, {0, 4})
        time.sleep(11)
        registry = self.place / "rd/conf.d/registry.toml"
        registry.write_text(registry.read_text() + "queries_per_minute = 12\n")
        begun = time.monotonic()
        self.epp("check", "example-registry", *[f"n{number}.example" for number in range(5)])
        self.assertLess(time.monotonic() - begun, 20)


class Examples(epp_test.Sandbox):
    def test_those_that_are_shipped_are_read(self):
        files = sorted((epp_test.HERE.parent.parent / "docs/examples/registries").glob("*.toml"))
        self.assertGreaterEqual(len(files), 4)
        for file in files:
            (self.place / "rd/conf.d" / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        shown = epp_test.run(REGDATA, "--config", self.place / "rd/regdata.toml", "config", "check", code=None)
        self.assertNotIn("not known", shown.stderr)
        self.assertNotIn("unknown", shown.stderr.replace("registry-unknown", ""))
        self.assertEqual(shown.returncode, 0, shown.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
