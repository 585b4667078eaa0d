#!/usr/bin/env python3
"""The sandbox registry with a client that nobody here wrote, and our commands with the sandbox.

Usage: epp_test.py REGDATA
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

REGDATA = sys.argv.pop(1)
HERE = pathlib.Path(__file__).resolve().parent


def run(*command, code=0):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False)
    if code is not None and done.returncode != code:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout[-800:]}\n{done.stderr[-2000:]}")
    return done


class Sandbox(unittest.TestCase):
    more = ()

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="regdata-epp-")
        self.addCleanup(directory.cleanup)
        self.place = pathlib.Path(directory.name)
        run(REGDATA, "init", "--directory", self.place / "rd")
        self.start()

    def start(self):
        self.told = self.place / "told"
        with open(self.told, "w", encoding="utf-8") as out, open(self.place / "errors", "w", encoding="utf-8") as errors:
            self.sandbox = subprocess.Popen([REGDATA, "epp", "sandbox", "--directory", self.place / "sb", *self.more],
                                            stdout=out, stderr=errors)
        self.addCleanup(self.stop)
        for _ in range(300):
            if "password" in self.told.read_text():
                break
            time.sleep(0.05)
        text = self.told.read_text()
        self.port = re.search(r":(\d+)\"", text).group(1)
        (self.place / "rd/conf.d/registry.toml").write_text(text)

    def stop(self):
        if self.sandbox.poll() is None:
            self.sandbox.send_signal(signal.SIGTERM)
        self.sandbox.wait(20)

    def epp(self, *words, code=0):
        return run(REGDATA, "--config", self.place / "rd/regdata.toml", "epp", *words, code=code)

    def json(self, *words):
        return json.loads(run(REGDATA, "--config", self.place / "rd/regdata.toml", "--json", "epp", *words).stdout)["data"]

    def net_epp(self):
        return run("perl", HERE / "net_epp.pl", self.port, self.place / "sb/password", self.place / "sb/authority.pem").stdout


class ThickRegistry(Sandbox):
    def test_net_epp_finds_a_registry(self):
        self.assertTrue(self.net_epp().endswith("all ok\n"))

    def test_commands_ask_it(self):
        run(REGDATA, "--config", self.place / "rd/regdata.toml", "config", "check")
        self.net_epp()
        hello = self.json("hello")
        self.assertEqual(hello["server"], "regdata sandbox")
        self.assertIn("urn:ietf:params:xml:ns:domain-1.0", hello["object"])
        checked = self.json("check", "example-registry", "BlueHen.example", "free.example")["checked"]
        self.assertEqual([(one["name"], one["available"]) for one in checked], [("bluehen.example", False), ("free.example", True)])
        domain = self.json("info", "example-registry", "bluehen.example")
        self.assertEqual((domain["registrant"], domain["nameServer"], domain["status"]), ("C-17", ["ns1.other.example"], ["clientHold"]))
        host = self.json("info", "example-registry", "ns1.other.example", "--host")
        self.assertEqual(host["address"], ["192.0.2.1"])
        self.assertEqual(self.epp("info", "example-registry", "free.example", code=1).stdout, "")
        self.assertEqual(self.epp("check", "other", "a.example", code=2).stdout, "")
        self.assertEqual(self.epp("check", "example-registry", "no name", code=2).stdout, "")

    def test_a_screen_is_no_door_for_a_persons_data(self):
        self.net_epp()
        for words in (["info", "example-registry", "C-17", "--contact"], ["check", "example-registry", "C-17", "--contact"]):
            said = self.epp(*words)
            for planted in ("Brien", "Henway", "hen@bluehen", "301234567", "s3cr3t", (self.place / "sb/password").read_text().strip()):
                self.assertNotIn(planted, said.stdout + said.stderr)
        self.assertIn("email", self.epp("info", "example-registry", "C-17", "--contact").stdout)

    def test_what_was_answered_is_there_after_a_kill(self):
        self.net_epp()
        self.sandbox.kill()
        self.sandbox.wait()
        self.epp("hello", code=4)
        self.start()
        self.assertEqual(self.json("info", "example-registry", "bluehen.example")["registrant"], "C-17")

    def test_a_wrong_password_is_refused_and_not_told(self):
        (self.place / "sb/password").write_text("not-the-word\n")
        said = self.epp("check", "example-registry", "a.example", code=7)
        self.assertIn("2200", said.stderr)
        self.assertNotIn("not-the-word", said.stdout + said.stderr)
        os.chmod(self.place / "sb/password", 0o644)
        self.epp("check", "example-registry", "a.example", code=3)


class MinimumData(Sandbox):
    more = ("--minimum-data",)

    def test_it_has_no_contacts(self):
        self.assertNotIn("urn:ietf:params:xml:ns:contact-1.0", self.json("hello")["object"])
        self.epp("info", "example-registry", "C-17", "--contact", code=7)


if __name__ == "__main__":
    unittest.main()
