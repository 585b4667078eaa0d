#!/usr/bin/env python3
"""The password of an account at a registry is changed; whatever breaks in between, one of the two is in force and known.

Usage: epp_password_test.py REGDATA
"""
import json
import os
import re
import shutil
import signal
import subprocess
import unittest

import epp_test
from epp_test import REGDATA

# a leak cannot be looked for in what is traced
UNDER_PTRACE = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class Passwords(epp_test.Sandbox):
    def setUp(self):
        super().setUp()
        # the sandbox's own file stays what it began with
        self.own = self.place / "rd/secret/registry.password"
        registry = self.place / "rd/conf.d/registry.toml"
        text = registry.read_text()
        former = re.search(r'password = "(.*)"', text).group(1)
        shutil.copy(former, self.own)
        self.own.chmod(0o600)
        registry.write_text(text.replace(former, str(self.own)))
        self.next = self.own.with_name(self.own.name + ".next")

    def regdata(self, *words, code=0):
        return epp_test.run(REGDATA, "--config", self.place / "rd/regdata.toml", *words, code=code)

    def logs_in(self, code=0):
        return self.epp("check", "example-registry", "free.example", code=code)

    def test_it_is_changed_there_and_here(self):
        before = self.own.read_text()
        said = self.epp("password", "example-registry")
        after = self.own.read_text()
        self.assertNotEqual(before, after)
        self.assertEqual(len(after.strip()), 16)
        self.assertNotIn(after.strip(), said.stdout + said.stderr)
        self.assertEqual(self.own.stat().st_mode & 0o777, 0o600)
        self.assertFalse(self.next.exists())
        self.logs_in()
        self.own.write_text(before)
        self.logs_in(code=7)

    def test_one_that_is_longer_than_the_protocol_had_it(self):
        new = self.place / "new"
        new.write_text("a-much-longer-password-than-sixteen\n")
        new.chmod(0o600)
        self.epp("password", "example-registry", "--new", new)
        self.assertEqual(self.own.read_text(), new.read_text())
        self.logs_in()

    def test_one_that_the_registry_does_not_take_changes_nothing(self):
        before = self.own.read_text()
        new = self.place / "new"
        new.write_text("short\n")
        new.chmod(0o600)
        self.epp("password", "example-registry", "--new", new, code=None)
        self.assertEqual(self.own.read_text(), before)
        self.assertFalse(self.next.exists())
        self.logs_in()

    def test_killed_at_any_time_one_of_the_two_is_in_force(self):
        kills = 0
        for call in ("openat", "write", "fsync", "rename", "connect", "close"):
            for count in range(1, 200 if os.environ.get("REGDATA_LONG") else 40, 1 if os.environ.get("REGDATA_LONG") else 3):
                done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}", REGDATA,
                                       "--config", self.place / "rd/regdata.toml", "epp", "password", "example-registry"],
                                      capture_output=True, timeout=60, check=False, env=UNDER_PTRACE)
                if done.returncode == 0:
                    break
                kills += done.returncode in (-signal.SIGKILL, 137)
                self.logs_in()
                if self.next.exists():  # it was not said; nobody waits an hour for it here
                    os.utime(self.next, (1, 1))
                    self.logs_in()
                self.assertFalse(self.next.exists())
        self.assertGreater(kills, 10)

    def test_an_answer_that_never_comes_is_found_out(self):
        unknown = 0
        for attempt in range(90):  # how many pieces an answer comes in is not the same each time
            count = attempt % 18 + 1
            before = self.own.read_text()
            done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=recvfrom,recvmsg", "-e", f"inject=recvfrom,recvmsg:error=ECONNRESET:when={count}", REGDATA,
                                   "--config", self.place / "rd/regdata.toml", "epp", "password", "example-registry"],
                                  capture_output=True, text=True, timeout=60, check=False, env=UNDER_PTRACE)
            if done.returncode == 0:
                if unknown:
                    break
                continue
            self.assertEqual(done.returncode, 4, done.stderr)
            if "not known" in done.stderr:
                unknown += 1
                self.assertTrue(self.next.exists())
            self.logs_in()
            if self.next.exists():
                os.utime(self.next, (1, 1))
                self.logs_in()
            self.assertFalse(self.next.exists())
        self.assertGreater(unknown, 0)
        self.assertNotEqual(self.own.read_text(), before)
        # neither is in force
        self.own.write_text("wrong-password\n")
        self.next.write_text("wrong-as-well\n")
        self.next.chmod(0o600)
        self.assertIn("neither", self.logs_in(code=7).stderr)

    def test_its_end_is_told(self):
        self.epp("password", "example-registry")
        self.epp("sandbox", "--directory", self.place / "sb", "--advance", "70d")
        said = self.regdata("doctor", code=None)
        self.assertIn("password", said.stdout + said.stderr)
        told = json.loads(self.regdata("--json", "doctor", code=None).stdout)["data"]["findings"]
        found = {one["what"]: one for one in told}
        for what in ("certificate of the registry", "authority of the registry"):
            self.assertRegex(found["example-registry: " + what]["text"], "^ends at 20")


if __name__ == "__main__":
    unittest.main(verbosity=2)
