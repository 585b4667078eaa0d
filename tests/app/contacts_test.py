#!/usr/bin/env python3
"""Contacts at a registry: brought there with what the person chose to show, and taken away again; against the sandbox.

Usage: contacts_test.py REGDATA
"""
import json
import re
import subprocess
import time
import unittest

import epp_test
from epp_test import REGDATA, run

PLANTED = ("Zwiebelturm", "Kupferkessel", "Großdorf", "quastenflosser", "301234567", "4711")


def line_of(name, handle):
    person = {"handle": handle, "kind": "natural", "name": "Zwiebelturm", "street": ["Kupferkesselgasse 7"], "city": "Großdorf",
              "postal_code": "10115", "country": "DE", "phone": "+49.301234567", "phone_ext": "4711", "email": "quastenflosser@planted.example"}
    return {"name": name, "registrar": "example", "created": "2020-01-31T12:00:00Z", "registrar_expires": "2027-01-31T12:00:00Z",
            "hosts": ["ns1.other.example"], "as_of": "2026-11-01T00:00:00Z", "contacts": {"registrant": person}}


class Contacts(epp_test.Sandbox):
    recipient = 'region = "EU"\nagreement = "DPA-7"\n'
    settings = ('data_model = "thick"', 'contact_prefix = "RD-"')

    def setUp(self):
        super().setUp()
        registry = self.place / "rd/conf.d/registry.toml"
        registry.write_text(registry.read_text() + "\n".join(self.settings) + "\n")
        file = self.place / "rd/conf.d/registrar.toml"
        text, count = re.subn('region = "EU"\nagreement = "".*\ntransfer_basis = "EEA"\n', self.recipient, file.read_text(encoding="utf-8"))
        self.assertEqual(count, 1)
        file.write_text(text, encoding="utf-8")
        self.regdata("config", "check")
        self.hold("hen.example", "C-1")
        self.regdata("publish")

    def regdata(self, *words, code=0):
        return run(REGDATA, "--config", self.place / "rd/regdata.toml", *words, code=code)

    def hold(self, name, handle):
        file = self.place / "names.jsonl"
        file.write_text(json.dumps(line_of(name, handle)) + "\n", encoding="utf-8")
        self.regdata("import", file)

    def choose(self, act, *elements):
        for element in elements:
            more = ["--act", "given", "--notice", "1"] if act == "add" else []
            self.regdata("choice", act, "C-1", "--element", element, "--method", "portal", "--evidence", "e-1", *more)

    def says(self, *words, code=0):
        """Nobody's data is on the screen, whatever is said."""
        done = self.epp(*words, code=code)
        for planted in PLANTED:
            self.assertNotIn(planted, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def shown(self):
        told = self.json("info", "example-registry", "RD-C-1", "--contact")
        return told.get("mustHide"), told.get("mayShow")


class Thick(Contacts):
    settings = (*Contacts.settings, 'disclose_update = "merge"')

    def test_hidden_first_and_shown_when_chosen(self):
        dry = self.says("push", "example-registry", "C-1", "--dry-run")
        self.assertIn("<contact:id>RD-C-1</contact:id>", dry)
        self.assertIn('flag="0"', dry)
        self.epp("info", "example-registry", "RD-C-1", "--contact", code=1)
        self.assertIn("create", self.says("push", "example-registry", "C-1"))
        hidden, may_show = self.shown()
        self.assertEqual((len(hidden), may_show), (9, None))
        self.assertIn("nothing", self.says("push", "example-registry", "C-1"))
        self.choose("add", "email", "name")
        self.assertIn("email", self.says("push", "example-registry", "C-1"))
        hidden, may_show = self.shown()
        self.assertEqual(len(hidden), 6)
        self.assertFalse([one for one in hidden if "mail" in one or "name" in one])
        self.choose("withdraw", "email")
        self.assertIn("shown against the choice: email", self.says("push", "example-registry", "C-1"))
        self.assertEqual(len(self.shown()[0]), 7)
        journal = self.regdata("epp", "journal", "list", "--all").stdout
        self.assertIn("contact:create", journal)
        for number in range(1, 5):
            self.says("journal", "show", str(number), code=None)

    def test_what_is_in_it_arrives_and_goes(self):
        self.says("push", "example-registry", "C-1")
        self.net_epp_sees("Zwiebelturm")
        for words in (["create", "example-registry", "ns1.other.example", "--host"],
                      ["create", "example-registry", "hen.example", "--registrant", "RD-C-1", "--contact", "tech=RD-C-1"]):
            self.epp(*words)
        dry = self.says("withdraw", "example-registry", "C-1", "--dry-run")
        self.assertEqual(dry.count("<domain:name>hen.example</domain:name>"), 1)
        # this registry wants a registrant: the name keeps it, and that is said
        said = self.says("withdraw", "example-registry", "C-1", code=6)
        self.assertIn("hen.example: the registry answered 2003", said)
        self.assertIn("still at the registry", said)
        self.epp("delete", "example-registry", "hen.example")
        self.assertIn("is no longer there", self.says("withdraw", "example-registry", "C-1"))
        self.assertIn("was not there", self.says("withdraw", "example-registry", "C-1"))

    def test_an_erased_contact_can_be_taken_away(self):
        self.says("push", "example-registry", "C-1")
        end = {"op": "end", "name": "hen.example", "reason": "deleted", "at": "2020-11-03T00:00:00Z"}
        (self.place / "names.jsonl").write_text(json.dumps(end) + "\n", encoding="utf-8")
        self.regdata("import", self.place / "names.jsonl")
        self.regdata("db", "erase", "C-1", "--yes", "C-1", "--reason", "request", code=None)
        self.assertIn("was erased", self.says("push", "example-registry", "C-1", code=1))
        self.assertIn("is no longer there", self.says("withdraw", "example-registry", "C-1"))

    def net_epp_sees(self, text):
        objects = (self.place / "sb").rglob("*.db*")
        self.assertTrue(any(text.encode() in file.read_bytes() for file in objects))

    def test_a_contact_that_is_not_held_is_told(self):
        self.says("push", "example-registry", "C-2", code=1)


class Followed(Contacts):
    settings = (*Contacts.settings, 'disclose_update = "merge"', 'second_look_time = "0s"')

    def contacts_of(self, verb, code=0):
        return json.loads(self.regdata("--json", "sync", verb, code=code).stdout)["data"]

    def test_sync_brings_what_was_chosen_and_what_was_taken_back(self):
        self.says("push", "example-registry", "C-1")
        self.regdata("sync", code=None)
        self.choose("add", "email")
        dry = self.regdata("sync", "--dry-run", code=None).stdout
        self.assertIn("contact C-1 (RD-C-1): would be updated, because: chosen and not shown: email", dry)
        self.assertIn("<contact:update", dry)
        self.assertEqual(len(self.shown()[0]), 9)
        told = self.regdata("sync", code=None)
        self.assertIn("contact C-1 (RD-C-1): updated", told.stdout)
        self.assertEqual(len(self.shown()[0]), 8)
        self.choose("withdraw", "email")
        told = self.regdata("sync", code=None)
        self.assertEqual(len(self.shown()[0]), 9)
        self.assertEqual(self.contacts_of("drift", code=None)["contacts"], [])
        for text in (dry, told.stdout, told.stderr):
            for planted in PLANTED:
                self.assertNotIn(planted, text)

    def test_what_is_said_about_many_is_journaled_whatever_sessions_there_are(self):
        """Sessions that only ask have no journal: nothing may be changed over them."""
        handles = [f"M-{number}" for number in range(30)]
        file = self.place / "many.jsonl"
        people = [line_of(f"many{number}.example", handle) for number, handle in enumerate(handles)]
        file.write_text("".join(json.dumps(one) + "\n" for one in people), encoding="utf-8")
        self.regdata("import", file)
        for handle in handles:
            self.says("push", "example-registry", handle)
        self.regdata("sync", code=None)
        registry = self.place / "rd/conf.d/registry.toml"
        registry.write_text(registry.read_text() + "sync_sessions = 4\n")
        for one in people:
            one["contacts"]["registrant"]["city"] = "Anderstadt"
        file.write_text("".join(json.dumps(one) + "\n" for one in people), encoding="utf-8")
        self.regdata("import", file)
        told = self.regdata("sync", code=None)
        self.assertEqual(told.stdout.count(": updated, because: name, organization, address"), len(handles), told.stdout)
        self.assertEqual(self.contacts_of("drift", code=None)["contacts"], [])
        changes = [one for one in json.loads(self.regdata("--json", "epp", "journal", "list", "--all").stdout)["data"]["entries"]
                   if one["command"] == "contact:update"]
        self.assertGreaterEqual(len(changes), len(handles))

    def test_the_worker_does_it_by_itself(self):
        self.says("push", "example-registry", "C-1")
        registry = self.place / "rd/conf.d/registry.toml"
        registry.write_text(registry.read_text() + 'poll = "1s"\n')
        worker = subprocess.Popen([REGDATA, "--config", self.place / "rd/regdata.toml", "run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(worker.wait, 30)
        self.addCleanup(worker.terminate)
        self.choose("add", "email")
        self.wait_for(lambda: len(self.shown()[0]) == 8)
        self.choose("withdraw", "email")
        self.wait_for(lambda: len(self.shown()[0]) == 9)

    def test_another_holder_there_is_told_until_both_agree(self):
        for handle in ("C-1", "C-2"):
            self.hold("hen.example" if handle == "C-1" else "cock.example", handle)
            self.says("push", "example-registry", handle)
        self.epp("create", "example-registry", "hen.example", "--registrant", "RD-C-1")
        self.epp("create", "example-registry", "cock.example", "--registrant", "RD-C-2")
        self.regdata("sync")
        self.assertEqual(self.contacts_of("drift", code=None)["names"], [])
        self.hold("hen.example", "C-2")  # sold here, and nobody said so to the registry
        self.assertIn("the registrant there is RD-C-1, C-1 here, and not C-2", self.regdata("sync", code=6).stdout)
        found = self.contacts_of("drift", code=6)["names"]
        self.assertEqual([(one["name"], one["seen"]) for one in found], [("hen.example", "another holder")])
        self.assertEqual(self.contacts_of("status", code=6)["registries"][0]["namesOfAnotherHolder"], 1)
        self.regdata("sync")  # told; not asked for again before a day is over
        self.epp("update", "example-registry", "hen.example", "--registrant", "RD-C-2")
        self.regdata("sync")
        self.assertEqual(self.contacts_of("drift", code=None)["names"], [])

    def wait_for(self, is_so):
        for _ in range(60):
            if is_so():
                return
            time.sleep(0.5)
        self.fail("it did not come")

    def test_one_that_must_not_be_there_is_told_until_it_is_taken_away(self):
        self.says("push", "example-registry", "C-1")
        registry = self.place / "rd/conf.d/registry.toml"
        registry.write_text(registry.read_text().replace('data_model = "thick"', 'data_model = "minimum"'))
        self.choose("add", "email")
        self.regdata("sync", code=6)
        found = self.contacts_of("drift", code=6)["contacts"]
        self.assertEqual([(one["contact"], one["seen"]) for one in found], [("C-1", "must-go")])
        self.assertEqual(self.contacts_of("status", code=6)["registries"][0]["doubtfulContacts"], 1)
        self.says("withdraw", "example-registry", "C-1")
        self.assertEqual(self.contacts_of("drift", code=None)["contacts"], [])


class Abroad(Contacts):
    recipient = 'region = "US"\nagreement = "DPA-7"\n'

    def test_nothing_goes_there(self):
        said = self.says("push", "example-registry", "C-1", code=7)
        self.assertIn('must stay in EU, and registry example-registry keeps data in "US"', said)


class Bound(Contacts):
    recipient = 'region = "US"\nagreement = "DPA-7"\ntransfer_basis = "SCC"\n'

    def test_a_contact_that_has_to_stay_stays(self):
        self.says("push", "example-registry", "C-1")
        bound = line_of("bound.example", "C-9")
        bound["contacts"]["registrant"]["region"] = "EU"
        (self.place / "names.jsonl").write_text(json.dumps(bound) + "\n", encoding="utf-8")
        self.regdata("import", self.place / "names.jsonl")
        self.assertIn("contact C-9 must stay in EU", self.says("push", "example-registry", "C-9", code=7))


class Emptied(Contacts):
    """A registry that holds no contacts at all any more."""

    more = ("--minimum-data",)
    settings = ()

    def test_withdrawal_tells_that_it_cannot_tell(self):
        self.assertIn("does not tell whether it has contact C-1", self.says("withdraw", "example-registry", "C-1", code=6))


class Minimum(Contacts):
    settings = ()

    def test_nothing_goes_there(self):
        said = self.says("push", "example-registry", "C-1", code=7)
        self.assertIn("minimum data set", said)
        self.says("push", "example-registry", "C-1", "--dry-run", code=7)
        self.epp("info", "example-registry", "C-1", "--contact", code=1)


class WithoutAgreement(Contacts):
    recipient = 'region = "EU"\nagreement = ""\n'

    def test_nothing_goes_there(self):
        self.assertIn("no agreement is recorded", self.says("push", "example-registry", "C-1", code=7))


class PublishesAgain(Contacts):
    """A registry that shows everything that an update does not list."""

    more = ("--disclose", "replaces", "--disclose", "silence-resets", "--disclose", "tells-all-shown")
    settings = ('data_model = "thick"', 'contact_prefix = "RD-"', 'disclose_update = "replace"', 'disclose_info = "complete"')

    def test_a_change_of_the_address_publishes_nothing(self):
        self.says("push", "example-registry", "C-1")
        self.assertEqual(self.shown(), (None, None))
        changed = line_of("hen.example", "C-1")
        changed["contacts"]["registrant"]["city"] = "Großdorf am See"
        changed["as_of"] = "2026-11-02T00:00:00Z"
        (self.place / "names.jsonl").write_text(json.dumps(changed) + "\n", encoding="utf-8")
        self.regdata("import", self.place / "names.jsonl")
        self.assertIn("because: address", self.says("push", "example-registry", "C-1"))
        self.assertEqual(self.shown(), (None, None))


class LiesAboutItself(Contacts):
    more = ("--disclose", "silence-resets")
    settings = ('data_model = "thick"', 'contact_prefix = "RD-"', 'disclose_update = "merge"')

    def test_it_is_found_out(self):
        self.says("push", "example-registry", "C-1")
        changed = line_of("hen.example", "C-1")
        changed["contacts"]["registrant"]["phone"] = "+49.301234568"
        changed["as_of"] = "2026-11-02T00:00:00Z"
        (self.place / "names.jsonl").write_text(json.dumps(changed) + "\n", encoding="utf-8")
        self.regdata("import", self.place / "names.jsonl")
        said = self.says("push", "example-registry", "C-1", code=7)
        self.assertIn("shows what the person did not choose", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
