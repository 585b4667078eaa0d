#!/usr/bin/env python3
"""Names of ours that a registry has and the store has not: a list of them is taken in, and what is transferred to us.

Usage: names_in_test.py REGDATA
"""
import json
import shutil
import sqlite3
import subprocess
import unittest

import contacts_test
from contacts_test import PLANTED, line_of
from epp_test import REGDATA, run

REGISTRY = "example-registry"
NAMES = ["hen.example", "cock.example", "egg.example"]


class Place(contacts_test.Contacts):
    """A registry that holds three names of one person for us, and a store beside the first one that knows nothing."""

    def setUp(self):
        super().setUp()
        self.regdata("epp", "push", REGISTRY, "C-1")
        for name in NAMES:
            self.regdata("epp", "create", REGISTRY, name, "--registrant", "RD-C-1", "--contact", "tech=RD-C-1", "--contact", "admin=RD-C-1")
        self.regdata("epp", "create", REGISTRY, "ns1.hen.example", "--host", "--address", "192.0.2.7")
        self.regdata("epp", "update", REGISTRY, "hen.example", "--add-ns", "ns1.hen.example")
        self.new_store()

    def new_store(self):
        place = self.place / "new"
        shutil.rmtree(place, ignore_errors=True)
        run(REGDATA, "init", "--directory", place)
        for file in (self.place / "rd/conf.d").glob("*.toml"):
            shutil.copy(file, place / "conf.d")

    def new(self, *words, code=0):
        done = run(REGDATA, "--config", self.place / "new/regdata.toml", *words, code=code)
        for planted in PLANTED:
            self.assertNotIn(planted, done.stdout + done.stderr)
        return done

    def take(self, *lines, code=0, more=()):
        file = self.place / "list"
        file.write_text("\n".join(lines) + "\n")
        return json.loads(self.new("--json", "sync", "import", REGISTRY, file, *more, code=code).stdout)["data"]

    def rows(self, query):
        with sqlite3.connect(self.place / "new/store/registrations.db") as store:
            return store.execute(query).fetchall()

    def differences(self, *names):
        """What the source that the first store was made from would change of the person in the new one."""
        file = self.place / "source.jsonl"
        file.write_text("".join(json.dumps(line_of(name, "C-1")) + "\n" for name in names), encoding="utf-8")
        told = json.loads(self.new("--json", "import", file, "--dry-run").stdout)["data"]["differences"]
        return {(one["object"], one["element"]) for line in told for one in line["differences"] if one["object"] != "domain"}


class Lists(Place):
    settings = (*contacts_test.Contacts.settings, 'disclose_update = "merge"', 'settle_time = "0s"')

    def test_names_come_with_their_holder_and_hosts(self):
        dry = self.take(*NAMES, more=["--dry-run"])
        self.assertEqual((dry["taken"], self.rows("SELECT count(*) FROM registration")), (3, [(0,)]))
        told = self.take("# ours", "", *NAMES)
        self.assertEqual((told["taken"], told["withoutHolder"]), (3, 0))
        self.assertEqual(self.rows("SELECT handle, choices FROM contact"), [("C-1", 0)])
        self.assertEqual(self.differences(*NAMES), {("contact C-1", "kind"), ("contact C-1", "roid")})  # the kind no registry tells
        self.assertEqual(self.rows("SELECT count(*) FROM registration WHERE registrant = technical AND registrant = administrative"), [(3,)])
        self.assertEqual(self.rows("SELECT count(*) FROM host"), [(1,)])
        again = self.take(*NAMES)
        self.assertEqual((again["taken"], again["held"]), (0, 3))
        synced = json.loads(self.new("--json", "sync", REGISTRY, code=None).stdout)["data"]["registries"][0]
        self.assertEqual((synced["looked"], synced["changed"], synced["ended"]), (0, 0, 0))  # the import has looked

    def test_the_public_sees_nothing_of_them(self):
        self.take(*NAMES)
        self.new("publish")
        self.new("lookup", "hen.example")

    def test_what_is_not_ours_or_not_there(self):
        self.regdata("epp", "delete", REGISTRY, "egg.example")
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            objects.execute("UPDATE object SET sponsor = 'REG-RIVAL' WHERE id = 'cock.example'")
        told = self.take(*NAMES, "hen.example", "hen.example", "none.invalid", "not a name at all", "..", code=6)
        fates = {one["name"]: one["fate"] for one in told["names"]}
        self.assertEqual(fates["cock.example"], "anothers")
        self.assertIn(fates["egg.example"], ("not-there", "taken"))
        self.assertEqual([one["fate"] for one in told["names"] if one["name"] == "hen.example"], ["taken"] * 3)
        self.assertEqual(fates["none.invalid"], "not-told")
        self.assertEqual(told["linesRefused"], 2)

    def test_another_person_with_that_handle_is_not_taken_for_the_holder(self):
        line = line_of("own.example", "C-1")
        line["contacts"]["registrant"].update(name="Somebody Else", email="else@planted.example")
        (self.place / "own.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
        self.new("import", self.place / "own.jsonl")
        self.take("hen.example")
        holders = self.rows("SELECT c.handle FROM registration r JOIN contact c ON c.id = r.registrant WHERE r.name = 'hen.example'")
        self.assertEqual(holders, [(REGISTRY + ".RD-C-1",)])

    def test_the_list_may_say_who_holds_a_name(self):
        (self.place / "own.jsonl").write_text(json.dumps(line_of("own.example", "OWN-7")) + "\n", encoding="utf-8")
        self.new("import", self.place / "own.jsonl")
        told = self.take("hen.example, OWN-7, OWN-7", "cock.example OWN-8", code=6)
        self.assertEqual([one["fate"] for one in told["names"]], ["taken", "without-holder"])
        self.assertIn("OWN-8 is not held", told["names"][1]["note"])
        holders = self.rows("SELECT c.handle FROM registration r JOIN contact c ON c.id = r.registrant WHERE r.name = 'hen.example'")
        self.assertEqual(holders, [("OWN-7",)])

    def test_killed_in_between_it_goes_on(self):
        many = [f"n{number}.example" for number in range(2000)]
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            columns = [row[1] for row in objects.execute("PRAGMA table_info(object)")]
            copied = ", ".join("?" if column == "id" else "?||roid" if column == "roid" else column for column in columns)
            for number, name in enumerate(many):
                objects.execute(f"INSERT INTO object SELECT {copied} FROM object WHERE id = 'egg.example'",
                                [name if column == "id" else f"{number}" for column in columns if column in ("id", "roid")])
                objects.execute("INSERT INTO part SELECT kind, ?, number, what, value, more FROM part WHERE kind = 'D' AND id = 'egg.example'", [name])
        file = self.place / "list"
        file.write_text("\n".join(many) + "\n")
        taken = 0
        for turn in range(100):
            try:
                subprocess.run([REGDATA, "--config", self.place / "new/regdata.toml", "sync", "import", REGISTRY, file],
                               capture_output=True, timeout=0.1 + turn % 9 * 0.1, check=False)  # it is killed when its time is over
            except subprocess.TimeoutExpired:
                pass
            now = self.rows("SELECT count(*) FROM registration")[0][0]
            self.assertGreaterEqual(now, taken)
            taken = now
            if taken == len(many):
                break
        self.assertEqual(taken, len(many))
        self.assertEqual(self.rows("SELECT count(*) FROM contact"), [(1,)])
        self.new("db", "check", code=None)


class Minimum(Place):
    """The registry's contact is not told: it holds none."""

    settings = (*contacts_test.Contacts.settings, 'disclose_update = "merge"', 'settle_time = "0s"')

    def test_a_name_without_a_holder_is_not_taken(self):
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            objects.execute("UPDATE object SET sponsor = 'REG-RIVAL' WHERE kind = 'C'")
        told = self.take("hen.example", code=6)
        self.assertIn(told["names"][0]["fate"], ("without-holder",))
        self.assertEqual(self.rows("SELECT count(*) FROM registration"), [(0,)])


class Transfers(Place):
    settings = (*contacts_test.Contacts.settings, 'disclose_update = "merge"', 'settle_time = "0s"')

    def message(self, name):
        data = (f'<domain:trnData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name>{name}</domain:name>'
                '<domain:trStatus>clientApproved</domain:trStatus><domain:reID>REG-SANDBOX</domain:reID>'
                '<domain:reDate>2026-11-20T00:00:00Z</domain:reDate><domain:acID>REG-RIVAL</domain:acID>'
                '<domain:acDate>2026-11-25T00:00:00Z</domain:acDate></domain:trnData>')
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            objects.execute("INSERT INTO message (account, at, text, payload) VALUES ('REG-SANDBOX', '2026-11-27T00:00:00Z', 'Transfer', ?)", (data,))

    def test_a_name_that_was_transferred_to_us_comes_in(self):
        self.message("cock.example")
        told = json.loads(self.new("--json", "sync", REGISTRY, code=None).stdout)["data"]["registries"][0]
        self.assertEqual(told["taken"], 1)
        self.assertEqual(self.rows("SELECT name FROM registration"), [("cock.example",)])
        self.assertEqual(self.differences("cock.example"), {("contact C-1", "kind"), ("contact C-1", "roid")})
        states = json.loads(self.new("--json", "sync", "messages").stdout)["data"]["messages"]
        self.assertIn("applied", {one["state"] for one in states})
        self.assertNotIn("for-a-person", {one["state"] for one in states})

    def test_one_whose_holder_nobody_tells_waits_for_a_person(self):
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            objects.execute("UPDATE object SET sponsor = 'REG-RIVAL' WHERE kind = 'C'")
        self.message("cock.example")
        self.new("sync", REGISTRY, code=6)
        waiting = [one for one in json.loads(self.new("--json", "sync", "messages").stdout)["data"]["messages"] if one["state"] == "for-a-person"]
        self.assertEqual(len(waiting), 1)
        self.assertIn("cock.example is ours there, and not here", waiting[0]["note"])
        self.assertEqual(self.rows("SELECT count(*) FROM registration"), [(0,)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
