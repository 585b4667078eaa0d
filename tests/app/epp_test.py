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
LONG = bool(os.environ.get("REGDATA_LONG"))


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
        words = [str(word) for word in words]
        return run(REGDATA, "--config", self.place / "rd/regdata.toml", "epp", *words, code=code)

    def json(self, *words):
        return json.loads(run(REGDATA, "--config", self.place / "rd/regdata.toml", "--json", "epp", *words).stdout)["data"]

    def net_epp(self):
        return run("perl", HERE / "net_epp.pl", self.port, self.place / "sb/password", self.place / "sb/authority.pem").stdout


class Extensions(Sandbox):
    more = ("--minimum-data",)

    def test_fees_claims_and_tokens(self):
        told = self.json("check", "example-registry", "premium-hen.example", "bluehen.example", "--fee", "create=2y", "--fee", "restore")
        self.assertEqual(told["currency"], "EUR")
        self.assertEqual([(one["name"], one["command"], one["fee"]) for one in told["fees"]],
                         [("premium-hen.example", "create", "200.00"), ("premium-hen.example", "restore", "40.00"),
                          ("bluehen.example", "create", "20.00"), ("bluehen.example", "restore", "40.00")])
        self.assertIn("2004", self.epp("create", "example-registry", "premium-hen.example", "--period", "2y", "--fee", "100", code=7).stderr)
        self.assertIn("200.00", self.epp("create", "example-registry", "premium-hen.example", "--period", "2y", "--fee", "200").stdout)
        self.assertEqual(self.json("check", "example-registry", "claimed-hen.example", "--claims")["claims"][0]["claimed"], True)
        self.epp("create", "example-registry", "claimed-hen.example", code=7)
        self.epp("create", "example-registry", "claimed-hen.example", "--phase", "claims", "--notice", "4711", "--notice-ends",
                 "2030-01-01T00:00:00Z", "--notice-accepted", "2026-11-28T00:00:00Z")
        token = self.place / "token"
        token.write_text("sandbox-token\n")
        token.chmod(0o600)
        self.epp("create", "example-registry", "reserved-hen.example", code=7)
        self.assertNotIn("sandbox-token", self.epp("create", "example-registry", "reserved-hen.example", "--token", token, "--dry-run").stdout)
        self.epp("create", "example-registry", "reserved-hen.example", "--token", token)
        self.epp("create", "example-registry", "bücher.example", "--idn-table", "de", "--organization", "reseller=RES-7")
        self.epp("update", "example-registry", "bücher.example", "--set-organization", "reseller=RES-8")
        told = self.json("info", "example-registry", "bücher.example")
        self.assertEqual((told["organization"], told["idnTable"]), (["reseller RES-8"], "de"))
        self.assertIn("sync-1.0", self.epp("update", "example-registry", "bücher.example", "--expiry-day", "12-31", code=7).stderr)
        for wrong in (["--fee", "12,50"], ["--currency", "EUR"], ["--phase", "claims", "--notice", "1"], ["--organization", "x"]):
            self.epp("create", "example-registry", "hen.example", *wrong, code=2)

    def test_what_somebody_has_written(self):
        frame = self.place / "frame.xml"
        frame.write_text('<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><create><domain:create '
                         'xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name>hen.example</domain:name><domain:authInfo>'
                         '<domain:pw>s3cr3t-word</domain:pw></domain:authInfo></domain:create></create></command></epp>')
        rehearsed = self.epp("raw", "example-registry", frame, "--dry-run").stdout
        self.assertNotIn("s3cr3t", rehearsed)
        self.assertIn("creData", self.epp("raw", "example-registry", frame).stdout)
        self.assertEqual(self.json("journal", "list", "--all")["entries"][0]["command"], "domain:create")
        done = self.epp("raw", "example-registry", frame, code=7)
        self.assertIn("2302", done.stdout + done.stderr)
        frame.write_text('<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><info><domain:info '
                         'xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name>hen.example</domain:name></domain:info></info></command></epp>')
        answer = self.epp("raw", "example-registry", frame).stdout
        self.assertIn("REG-SANDBOX", answer)
        self.assertNotIn("s3cr3t", answer)
        frame.write_text(frame.read_text().replace("info", "create").replace("domain", "contact")
                         .replace("</contact:name>", "</contact:name><contact:email>hen@bluehen.example</contact:email>"))
        self.epp("raw", "example-registry", frame, code=7)
        self.epp("raw", "example-registry", self.place / "nothing", code=2)
        frame.write_text("<epp>")
        self.epp("raw", "example-registry", frame, code=2)
        self.assertIn("no message", self.epp("poll", "example-registry").stdout)
        self.epp("maintenance", "example-registry", code=7)


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

    def journal(self, *words):
        return self.json("journal", "list", *words)["entries"]

    def quick(self):
        """Outcomes are looked for at once."""
        file = self.place / "rd/conf.d/registry.toml"
        file.write_text(file.read_text() + 'settle_time = "0s"\nsecond_look_time = "0s"\ntransform_time = "1s"\n')

    def misbehaving(self, *how):
        self.stop()
        self.more = ("--minimum-data", *(word for one in how for word in ("--misbehave", one)))
        self.start()
        self.quick()

    def test_an_operators_day(self):
        registry = "example-registry"
        secret = self.place / "auth"
        secret.write_text("s3cr3t-auth-word\n")
        secret.chmod(0o600)
        dry = self.epp("create", registry, "Blue.example", "--period", "2y", "--auth-info", secret, "--dry-run").stdout
        self.assertIn("<domain:name>blue.example</domain:name>", dry)
        self.assertNotIn("s3cr3t", dry)
        self.assertEqual(self.journal("--all"), [])
        told = self.json("create", registry, "Blue.example", "--period", "2y", "--auth-info", secret)
        self.assertEqual((told["state"], told["code"]), ("done", "1000"))
        expires = told["expires"][:10]
        self.json("create", registry, "ns1.blue.example", "--host", "--address", "192.0.2.1", "--address", "2001:DB8::1")
        digest = "ab" * 32
        self.json("update", registry, "blue.example", "--add-ns", "ns1.blue.example", "--add-status", "clientTransferProhibited",
                  "--add-ds", f"12345 13 2 {digest}")
        held = self.json("info", registry, "blue.example")
        self.assertEqual((held["nameServer"], held["status"], held["ds"]),
                         (["ns1.blue.example"], ["clientTransferProhibited"], [f"12345 13 2 {digest.upper()}"]))
        self.json("update", registry, "blue.example", "--remove-status", "clientTransferProhibited", "--remove-all-ds")
        self.assertNotIn("ds", self.json("info", registry, "blue.example"))
        renewed = self.json("renew", registry, "blue.example", "--expires", expires, "--period", "1y")["expires"]
        self.assertEqual(int(renewed[:4]), int(expires[:4]) + 1)
        self.epp("renew", registry, "blue.example", "--expires", expires, code=7)
        self.epp("renew", registry, "blue.example", "--expires", "tomorrow", code=2)
        self.epp("update", registry, "blue.example", code=2)
        self.epp("update", registry, "blue.example", "--add-address", "192.0.2.1", code=2)
        self.epp("delete", registry, "blue.example", code=7)
        self.json("update", registry, "blue.example", "--remove-ns", "ns1.blue.example")
        self.json("update", registry, "ns1.blue.example", "--host", "--rename", "ns1.red.example", "--remove-address", "192.0.2.1")
        self.assertEqual(self.json("info", registry, "ns1.red.example", "--host")["address"], ["2001:db8::1"])
        self.json("delete", registry, "ns1.red.example", "--host")
        self.epp("sandbox", "--directory", self.place / "sb", "--advance", "10d")
        self.json("delete", registry, "blue.example")
        self.assertEqual(self.json("info", registry, "blue.example")["grace"], ["redemptionPeriod"])
        self.json("restore", registry, "blue.example")
        self.assertNotIn("grace", self.json("info", registry, "blue.example"))
        states = [one["state"] for one in self.journal("--all")]
        self.assertEqual((len(states), states.count("refused")), (12, 2))
        for one in self.journal("--all"):
            self.assertNotIn("s3cr3t", self.epp("journal", "show", one["number"]).stdout)
        self.assertEqual(self.journal(), [])

    def test_a_transfer_with_another_registrar(self):
        registry = "example-registry"
        secret = self.place / "auth"
        secret.write_text("s3cr3t-auth-word\n")
        secret.chmod(0o600)
        self.json("create", registry, "blue.example", "--auth-info", secret)
        file = self.place / "rd/conf.d/registry.toml"
        ours = file.read_text()
        theirs = ours.replace("REG-SANDBOX", "REG-RIVAL")
        file.write_text(theirs)
        told = self.json("transfer", registry, "blue.example", "--operation", "request", "--auth-info", secret)
        self.assertEqual((told["state"], told["transfer"]), ("pending", "pending"))
        file.write_text(ours)
        self.assertEqual(self.json("transfer", registry, "blue.example")["requestedBy"], "REG-RIVAL")
        self.json("transfer", registry, "blue.example", "--operation", "approve")
        file.write_text(theirs)
        self.assertEqual(self.json("info", registry, "blue.example")["sponsor"], "REG-RIVAL")

    def test_answers_that_never_came(self):
        registry = "example-registry"
        self.json("create", registry, "blue.example")
        for how, found in (("close-after", "applied"), ("close-before", "not-applied"), ("cut", "applied"), ("fail-before", "not-applied"),
                           ("fail-after", "applied"), ("close-2500", "applied"), ("no-result", "applied"), ("wrong-id", "applied"),
                           ("not-well-formed", "applied"), ("doctype", "applied"), ("length", "applied")):
            with self.subTest(how):
                expires = self.json("info", registry, "blue.example")["expires"][:10]
                self.misbehaving(how)
                said = self.epp("renew", registry, "blue.example", "--expires", expires, code=4)
                self.assertIn("not known", said.stderr)
                number = self.journal()[0]["number"]
                self.epp("renew", registry, "blue.example", "--expires", expires, code=1)
                self.misbehaving()
                self.epp("journal", "resolve", code=0 if found == "applied" else 6)
                if found == "not-applied":
                    self.epp("journal", "resolve")
                entry = self.json("journal", "show", str(number))
                self.assertEqual(entry["state"], found)
                later = self.json("info", registry, "blue.example")["expires"][:10]
                self.assertEqual(int(later[:4]), int(expires[:4]) + (found == "applied"))
                if later[:4] >= str(int(expires[:4]) + 1) and int(later[:4]) > 2032:
                    self.json("delete", registry, "blue.example")
                    self.json("create", registry, "blue.example")
        self.assertEqual(self.journal(), [])

    def test_organizations(self):
        registry = "example-registry"
        organization = ("organization",)
        self.assertEqual(self.json(*organization, "check", registry, "shop-1", "x")["checked"],
                         [{"id": "shop-1", "available": True, "reason": ""}, {"id": "x", "available": False, "reason": ""}])
        make = (*organization, "create", registry, "shop-1", "--role", "reseller", "--role", "registrar=9999", "--name", "Händler & Söhne",
                "--street", "Gasse 1", "--city", "Köln", "--country", "de", "--email", "shop@shop.example", "--url", "https://shop.example/?a=1&b=2")
        printed = self.epp(*make, "--dry-run").stdout
        self.assertIn('<org:postalInfo type="loc">', printed)
        self.assertIn("<org:cc>DE</org:cc>", printed)
        self.epp(*organization, "create", registry, "shop-1", "--role", "reseller", "--city", "Köln", code=2)
        self.epp(*organization, "create", registry, "shop-1", "--role", "reseller", "--email", "none", code=2)
        self.json(*make)
        self.epp(*make, code=7)
        told = self.json(*organization, "info", registry, "shop-1")
        self.assertEqual((told["role"], told["name"], told["url"], told["holds"]),
                         (["reseller", "registrar 9999"], ["Händler & Söhne"], "https://shop.example/?a=1&b=2", ["address", "email"]))
        self.assertNotIn("Gasse", json.dumps(told))
        self.json(*organization, "create", registry, "shop-2", "--role", "reseller", "--parent", "shop-1")
        self.epp(*organization, "update", registry, "shop-2", code=2)
        self.json(*organization, "update", registry, "shop-2", "--name", "Other", "--add-status", "clientLinkProhibited")
        self.assertEqual(self.json(*organization, "info", registry, "shop-2")["status"], ["clientLinkProhibited"])
        self.epp(*organization, "delete", registry, "shop-1", code=7)  # it has one below it
        for how, verb, found in (("close-after", "update", "applied"), ("fail-before", "update", "not-applied"), ("cut", "delete", "applied")):
            with self.subTest(how=how, verb=verb):
                words = ("--add-role", "proxy" if found == "applied" else "registrar", "--url", f"https://{how}.example/") if verb == "update" else ()
                self.misbehaving(how)
                self.epp(*organization, verb, registry, "shop-2", *words, code=4)
                number = self.journal()[0]["number"]
                self.misbehaving()
                self.epp("journal", "resolve", code=None)
                self.epp("journal", "resolve", code=None)
                self.assertEqual(self.json("journal", "show", str(number))["state"], found)
        self.epp(*organization, "info", registry, "shop-2", code=1)
        self.assertEqual(self.journal(), [])

    def test_odd_answers_are_understood(self):
        for how in ("dribble", "large", "undeclared", "order", "mark", "utf16"):
            with self.subTest(how):
                self.misbehaving(how)
                self.assertEqual(self.json("create", "example-registry", f"{how}.example")["state"], "done")
        for how, words in (("plain-text", "unknown ip"), ("close-at-once", "before a greeting"), ("limit", "2502")):
            with self.subTest(how):
                self.misbehaving(how)
                self.assertIn(words, self.epp("check", "example-registry", "a.example", code=None).stderr)
        self.epp("sandbox", "--directory", self.place / "sb", "--misbehave", "laziness", code=2)

    def test_killed_at_every_step(self):
        """SIGKILL of the program at system calls of a renewal: what the journal finds is what happened."""
        registry = "example-registry"
        self.quick()
        self.json("create", registry, "blue.example")
        kills = 0
        for call in ("write", "sendto", "sendmsg", "writev", "read", "recvmsg", "fdatasync", "pwrite64", "connect", "openat"):
            count = 1 if LONG else 1 + kills % 3
            while True:
                expires = self.json("info", registry, "blue.example")["expires"][:10]
                if int(expires[:4]) > 2033:
                    self.json("delete", registry, "blue.example")
                    self.json("create", registry, "blue.example")
                    continue
                done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                       f"inject={call}:signal=SIGKILL:when={count}", REGDATA, "--config",
                                       str(self.place / "rd/regdata.toml"), "epp", "renew", registry, "blue.example", "--expires",
                                       expires], capture_output=True, timeout=120, check=False)
                if done.returncode not in (-signal.SIGKILL, 128 + signal.SIGKILL):
                    break
                with self.subTest(f"{call} {count}"):
                    kills += 1
                    for _ in range(100):  # until its time is over, and twice looked at
                        self.epp("journal", "resolve", code=None)
                        if not self.journal():
                            break
                        time.sleep(0.1)
                    self.assertEqual(self.journal(), [])
                    later = self.json("info", registry, "blue.example")["expires"][:10]
                    last = self.journal("--all")[0]
                    was_done = last["state"] in ("done", "applied") and last["command"] == "domain:renew"
                    if later != expires:
                        self.assertTrue(was_done, last)
                        self.assertEqual(int(later[:4]), int(expires[:4]) + 1)
                    elif last["state"] == "applied":
                        self.fail(f"told as applied, and was not: {last}")
                count = count + 1 if LONG else count * 4
        self.assertGreater(kills, 100 if LONG else 10)

    def test_it_has_no_contacts(self):
        self.assertNotIn("urn:ietf:params:xml:ns:contact-1.0", self.json("hello")["object"])
        self.epp("info", "example-registry", "C-17", "--contact", code=7)


if __name__ == "__main__":
    unittest.main()
