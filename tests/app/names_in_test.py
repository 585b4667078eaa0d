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
        self.assertEqual(fates["egg.example"], "not-there")
        self.assertEqual([one["fate"] for one in told["names"] if one["name"] == "hen.example"], ["taken", "held", "held"])
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

    def held(self, line, *more):
        (self.place / "own.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (line, *more)), encoding="utf-8")
        self.new("import", self.place / "own.jsonl")

    def holder(self, name):
        return self.rows(f"SELECT c.handle FROM registration r JOIN contact c ON c.id = r.registrant WHERE r.name = '{name}'")[0][0]

    def at_registry(self, statement, *values):
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            return objects.execute(statement, values).fetchall()

    def somebody_else(self, name, handle):
        line = line_of(name, handle)
        line["contacts"]["registrant"].update(name="Somebody Else", email="else@planted.example")
        return line

    def test_nobody_gets_a_name_by_an_id_alone(self):
        """The contact is not told, so that nobody knows who it is; least of all the one with that id here."""
        self.held(self.somebody_else("own.example", "C-1"))
        self.at_registry("UPDATE object SET sponsor = 'REG-RIVAL' WHERE kind = 'C'")
        self.assertEqual(self.take("hen.example", code=6)["withoutHolder"], 1)

    def test_another_person_at_the_registry_is_not_written_over(self):
        self.held(self.somebody_else("own.example", "C-1"))
        before = self.at_registry("SELECT * FROM part WHERE kind = 'C' ORDER BY number")
        self.take("hen.example C-1")
        with sqlite3.connect(self.place / "new/store/registrations.db", timeout=20) as store:
            store.execute("DELETE FROM epp_look")
        for _ in range(3):
            self.new("sync", code=None)
        told = self.at_registry("SELECT * FROM part WHERE kind = 'C' ORDER BY number")
        self.assertEqual([row for row in told if "person" in row[3]], [row for row in before if "person" in row[3]])

    def test_a_name_that_is_ours_again_has_nothing_of_who_had_it(self):
        old = line_of("hen.example", "OLD-1")
        old["contacts"]["registrant"].update(name="Old Holder", email="old@planted.example")
        self.held(old, {"op": "end", "name": "hen.example", "reason": "transferred", "at": "2020-11-03T00:00:00Z"})
        self.new("choice", "add", "OLD-1", "--element", "name", "--method", "portal", "--evidence", "e-1", "--act", "given", "--notice", "1")
        self.take("hen.example")
        self.assertEqual(self.holder("hen.example"), "C-1")
        self.assertEqual(self.rows("SELECT registrar_expires FROM registration"), [(None,)])
        self.new("publish")
        self.assertNotIn("Old Holder", self.new("lookup", "hen.example").stdout)

    def test_what_is_shown_of_them_is_hidden_by_the_next_sync(self):
        for element in range(9):
            self.at_registry("INSERT INTO part VALUES ('C', 'RD-C-1', ?, 'shown', ?, '')", 100 + element, str(element))
        self.take("hen.example")

        def hidden():
            return json.loads(self.new("--json", "epp", "info", REGISTRY, "RD-C-1", "--contact").stdout)["data"].get("mustHide")

        self.assertIsNone(hidden())
        self.new("sync", code=None)
        self.assertEqual(len(hidden()), 9)

    def test_an_erased_person_does_not_come_back(self):
        self.take("hen.example")
        end = {"op": "end", "name": "hen.example", "reason": "deleted", "at": "2020-11-03T00:00:00Z"}
        (self.place / "end.jsonl").write_text(json.dumps(end) + "\n", encoding="utf-8")
        self.new("import", self.place / "end.jsonl")
        self.new("db", "erase", "C-1", "--yes", "C-1", "--reason", "request", code=None)
        self.assertEqual(self.take("cock.example", code=6)["withoutHolder"], 1)
        self.assertEqual(self.rows("SELECT count(*) FROM contact"), [(1,)])

    def test_a_street_has_three_lines(self):
        self.at_registry("UPDATE part SET value = replace(value, '<contact:street>', '<contact:street>a</contact:street><contact:street>b"
                         "</contact:street><contact:street>c</contact:street><contact:street>') WHERE kind = 'C'")
        self.assertIn("further lines of the street", self.take("hen.example", code=6)["names"][0]["note"])
        self.new("publish")

    def test_words_of_a_list_are_not_repeated(self):
        (self.place / "list").write_text(f"{PLANTED[0]},{PLANTED[3]}@planted.example\n{PLANTED[3]}@planted.example,hen.example\nhen.example, {PLANTED[0]}\n")
        done = self.new("sync", "import", REGISTRY, self.place / "list", code=6)  # new() looks for persons
        self.assertIn("line 2: its first word is no domain name", done.stderr)

    def test_the_list_may_say_who_holds_a_name(self):
        (self.place / "own.jsonl").write_text(json.dumps(line_of("own.example", "OWN-7")) + "\n", encoding="utf-8")
        self.new("import", self.place / "own.jsonl")
        told = self.take("hen.example, OWN-7, OWN-7", "cock.example OWN-8", code=6)
        self.assertEqual([one["fate"] for one in told["names"]], ["taken", "without-holder"])
        self.assertIn("is not held", told["names"][1]["note"])
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

    def test_a_registry_that_is_not_well_is_asked_again(self):
        for every in range(2, 8):
            self.new_store()
            with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
                objects.execute("DELETE FROM message")
            self.message("cock.example")
            self.stop()
            self.more = ("--misbehave", f"fail-before:{every}")
            self.start()
            registry = self.place / "rd/conf.d/registry.toml"
            registry.write_text(registry.read_text() + "\n".join(self.settings) + "\n")
            shutil.copy(registry, self.place / "new/conf.d/registry.toml")
            for _ in range(20):
                self.new("sync", REGISTRY, code=None)
            states = [one["state"] for one in json.loads(self.new("--json", "sync", "messages").stdout)["data"]["messages"]]
            self.assertNotIn("for-a-person", states, every)
            if self.rows("SELECT count(*) FROM registration") == [(0,)]:  # one of its questions is always the one that fails
                self.assertEqual(states, ["kept"], every)

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
