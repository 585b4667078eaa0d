#!/usr/bin/env python3
"""Sync with the sandbox registry: messages, looks, what follows here, and what the public sees of it.

Usage: sync_test.py REGDATA
"""
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

REGDATA = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LONG = bool(os.environ.get("REGDATA_LONG"))
REGISTRY = "example-registry"
NAMES = ["bluehen.example", "first-shop.example", "quotes.example"]


def run(*command, code=0):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False)
    if code is not None and done.returncode != code:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-2000:]}")
    return done


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Place(unittest.TestCase):
    """A registrar with three names, and a registry that has them too."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="regdata-sync-")
        self.addCleanup(directory.cleanup)
        self.place = pathlib.Path(directory.name)
        run(REGDATA, "init", "--directory", self.place / "rd")
        self.whois = free_port()
        text = (ROOT / "fixtures/registrar.toml").read_text().replace("@PORT@", str(self.whois))
        (self.place / "rd/conf.d/registrar.toml").write_text(text)
        lines = (ROOT / "fixtures/cast.jsonl").read_text(encoding="utf-8").splitlines()
        chosen = [line for line in lines if json.loads(line).get("name") in NAMES]
        self.assertEqual(len(chosen), 3)
        (self.place / "names.jsonl").write_text("\n".join(chosen) + "\n", encoding="utf-8")
        self.start()
        self.regdata("import", self.place / "names.jsonl")
        for name in NAMES:
            self.regdata("epp", "create", REGISTRY, name, "--period", "2y")
        self.sync(code=None)

    def start(self, *how):
        told = self.place / "told"
        with open(told, "w", encoding="utf-8") as out:
            self.sandbox = subprocess.Popen([REGDATA, "epp", "sandbox", "--directory", self.place / "sb", "--minimum-data", *how], stdout=out)
        self.addCleanup(self.stop)
        for _ in range(300):
            if "password" in told.read_text():
                break
            time.sleep(0.05)
        self.settings = told.read_text() + 'settle_time = "0s"\nsecond_look_time = "0s"\ntransform_time = "1s"\npoll = "1s"\n'
        self.act_as("REG-SANDBOX")

    def act_as(self, account):
        (self.place / "rd/conf.d/registry.toml").write_text(self.settings.replace("REG-SANDBOX", account))

    def stop(self):
        if self.sandbox.poll() is None:
            self.sandbox.send_signal(signal.SIGTERM)
        self.sandbox.wait(20)

    def regdata(self, *words, code=0):
        return run(REGDATA, "--config", self.place / "rd/regdata.toml", *words, code=code)

    def json(self, *words, code=0):
        return json.loads(run(REGDATA, "--config", self.place / "rd/regdata.toml", "--json", *words, code=code).stdout)["data"]

    def sync(self, *words, code=0):
        return self.json("sync", REGISTRY, *words, code=code)["registries"][0]

    def advance(self, time_):
        self.regdata("epp", "sandbox", "--directory", self.place / "sb", "--advance", time_)

    def stored(self, column, name):
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            return store.execute(f"SELECT {column} FROM registration WHERE name = ?", (name,)).fetchone()[0]

    def holder(self, name):
        """Who has it, what is sealed of them, and what they chose."""
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            found = store.execute("SELECT r.registrant, r.technical, r.holder_class, c.handle, c.sealed, c.choices FROM registration r "
                                  "JOIN contact c ON c.id = r.registrant WHERE r.name = ?", (name,)).fetchone()
            choices = store.execute("SELECT count(*) FROM choice WHERE handle = ?", (found[3],)).fetchone()
            return found + choices

    def at_registry(self, statement, *values):
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            objects.execute(statement, values)

    def secret(self):
        file = self.place / "auth"
        file.write_text("s3cr3t-auth-word\n")
        file.chmod(0o600)
        return file


class Pull(Place):
    def test_the_registrys_facts_come_here_and_holders_stay(self):
        self.regdata("epp", "create", REGISTRY, "ns1.bluehen.example", "--host", "--address", "192.0.2.77", "--address", "2001:db8::77")
        self.regdata("epp", "update", REGISTRY, "bluehen.example", "--add-ns", "ns1.bluehen.example", "--add-status", "clientHold",
                     "--add-ds", "4711 13 2 " + "cd" * 32)
        (self.place / "rd/conf.d/registry.toml").write_text(self.settings + 'look_again = "1m"\n')
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            store.execute("UPDATE epp_look SET at = at - 120000")
        holder = self.holder("bluehen.example")
        said = self.sync("--dry-run")
        self.assertEqual(said["changed"], 1, said)
        self.assertIn("bluehen.example: domain: hosts added", said["differences"])
        self.assertEqual(self.stored("hosts", "bluehen.example"), "", "a dry run writes nothing")
        self.assertEqual(self.sync()["changed"], 1)
        self.assertEqual(self.stored("hosts", "bluehen.example"), "ns1.bluehen.example")
        self.assertIn("4711 13 2", self.stored("ds", "bluehen.example"))
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            self.assertEqual(store.execute("SELECT addresses FROM host WHERE reversed = 'example.bluehen.ns1'").fetchone()[0],
                             "192.0.2.77 2001:db8::77")
        self.assertEqual(self.sync()["looked"], 0, "not looked at again")
        self.assertEqual(self.holder("bluehen.example"), holder)

    def test_what_we_changed_there_is_asked_for_again(self):
        self.assertEqual(self.sync()["looked"], 0)
        day = self.json("epp", "info", REGISTRY, "quotes.example")["expires"][:10]
        expires = self.stored("registry_expires", "quotes.example")
        self.regdata("epp", "renew", REGISTRY, "quotes.example", "--expires", "2020-01-31", code=7)
        self.assertEqual(self.sync()["looked"], 0, "nothing was changed there")
        self.regdata("epp", "renew", REGISTRY, "quotes.example", "--expires", day)
        done = self.sync()
        self.assertEqual((done["looked"], done["changed"]), (1, 1))
        self.assertGreater(self.stored("registry_expires", "quotes.example"), expires)
        self.regdata("epp", "create", REGISTRY, "ns1.quotes.example", "--host", "--address", "192.0.2.78")
        self.assertEqual(self.sync()["looked"], 1, "the host lies in it")
        self.assertEqual(self.sync()["looked"], 0)

    def test_a_name_is_gone_only_when_two_looks_agree(self):
        self.regdata("epp", "delete", REGISTRY, "quotes.example")
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            store.execute("UPDATE epp_look SET at = at - 4000000000")
        said = self.sync(code=6)
        self.assertEqual((said["ended"], said["doubtful"]), (0, 1))
        self.assertEqual([one["name"] for one in self.json("sync", "drift", code=6)["names"]], ["quotes.example"])
        self.assertEqual(self.sync()["ended"], 1)
        self.assertEqual(self.stored("end_reason IS NOT NULL", "quotes.example"), 1)
        self.assertEqual(self.json("sync", "drift")["names"], [])

    def test_what_cannot_be_is_not_believed(self):
        before = self.stored("created", "quotes.example")
        self.at_registry("UPDATE object SET created = '1969-12-31T23:59:59Z' WHERE id = 'quotes.example'")
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            store.execute("UPDATE epp_look SET at = at - 4000000000")
        self.sync(code=6)
        self.assertEqual(self.stored("created", "quotes.example"), before)
        self.assertIn("1969", self.json("sync", "drift", code=6)["names"][0]["why"])

    def test_many_names_do_not_end_at_once(self):
        lines = []
        for number in range(12):
            line = json.loads((self.place / "names.jsonl").read_text(encoding="utf-8").splitlines()[0])
            lines.append(json.dumps(dict(line, name=f"gone{number}.example", hosts=[], ds=[], roid=f"G{number}-TEST")))
        (self.place / "more.jsonl").write_text("\n".join(lines) + "\n")
        self.regdata("import", self.place / "more.jsonl")
        self.sync(code=6)
        said = self.sync(code=6)
        self.assertEqual((said["ended"], said["held"]), (5, 7), said)
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            store.execute("UPDATE epp_look SET at = at - 4000000")
        self.assertEqual(self.sync("--most-ends", "100")["ended"], 7)


    def test_a_greeting_that_changed_is_told_once(self):
        self.stop()
        with open(self.place / "told", "w", encoding="utf-8") as out:  # the same registry, now with contacts
            self.sandbox = subprocess.Popen([REGDATA, "epp", "sandbox", "--directory", self.place / "sb"], stdout=out)
        self.addCleanup(self.stop)
        for _ in range(300):
            if "password" in (self.place / "told").read_text():
                break
            time.sleep(0.05)
        (self.place / "rd/conf.d/registry.toml").write_text((self.place / "told").read_text())
        self.assertIn("object urn:ietf:params:xml:ns:contact-1.0: new", self.regdata("sync", REGISTRY).stderr)
        self.assertNotIn("greeting", self.regdata("sync", REGISTRY).stderr)


class Messages(Place):
    def test_a_transfer_away(self):
        self.regdata("epp", "update", REGISTRY, "quotes.example", "--auth-info", self.secret())
        self.act_as("REG-RIVAL")
        self.regdata("epp", "transfer", REGISTRY, "quotes.example", "--operation", "request", "--auth-info", self.secret())
        self.act_as("REG-SANDBOX")
        said = self.sync()
        self.assertEqual((said["messages"], said["changed"]), (1, 1))
        self.advance("6d")
        said = self.sync()
        self.assertEqual((said["messages"], said["ended"]), (1, 1))
        self.assertEqual(self.stored("end_reason", "quotes.example"), 0)
        notes = [one["note"] for one in self.json("sync", "messages")["messages"]]
        self.assertEqual(notes, ["trnData", "trnData"])

    def test_what_nobody_understands_blocks_nothing(self):
        self.at_registry("INSERT INTO message (account, at, text, payload) VALUES ('REG-SANDBOX', '2026-11-27T00:00:00Z', 'odd', "
                         "'<odd:thing xmlns:odd=\"urn:odd\">x</odd:thing>')")
        self.at_registry("UPDATE object SET expires = '2026-01-01T00:00:00Z' WHERE id = 'quotes.example'")
        said = self.sync(code=None)
        self.assertEqual(said["messages"], 2)
        states = [one["state"] for one in self.json("sync", "messages")["messages"]]
        self.assertEqual(states, ["applied", "for-a-person"])
        self.assertEqual(self.json("sync", "status", code=6)["registries"][0]["messagesForAPerson"], 1)
        number = str(next(one["number"] for one in self.json("sync", "messages")["messages"] if one["state"] == "for-a-person"))
        shown = self.json("sync", "message", number)
        self.assertEqual(shown["holds"], ["thing (urn:odd)"])
        self.regdata("sync", "message", number, "--dealt", "asked the registry")
        self.regdata("sync", "message", number, "--dealt", "once more", code=1)
        self.json("sync", "status")

    def test_a_message_about_a_contact_goes_with_the_contact(self):
        """What is about a contact of ours is sealed under its key; of others only what is no person's is kept."""
        payload = ("<c:infData xmlns:c=\"urn:ietf:params:xml:ns:contact-1.0\"><c:id>{}</c:id><c:postalInfo type=\"loc\"><c:name>Planted "
                   "Person</c:name></c:postalInfo><c:email>planted@post.example</c:email></c:infData>")
        for contact in ("C-BLUEHEN", "C-STRANGER"):
            self.at_registry("INSERT INTO message (account, at, text, payload) VALUES ('REG-SANDBOX', '2026-11-27T00:00:00Z', ?, ?)",
                             "of " + contact, payload.format(contact))
        self.sync(code=None)
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            self.assertEqual([row[0] for row in store.execute("SELECT handle FROM epp_message ORDER BY number")], ["C-BLUEHEN", ""])
        for number in ("1", "2"):
            shown = self.regdata("sync", "message", number).stdout
            self.assertIn("email", shown)
            self.assertNotIn("lanted", shown)
        self.regdata("db", "erase", "C-BLUEHEN", "--yes", "C-BLUEHEN", "--reason", "court", "--order", "ORDER-17")
        self.assertEqual(self.json("sync", "message", "1")["holds"], [])
        self.assertIn("email", " ".join(self.json("sync", "message", "2")["holds"]))

    def test_killed_while_it_takes_messages(self):
        """Nothing is lost, nothing is kept twice, the order stays."""
        many = 100_000 if LONG else 600
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            objects.executemany("INSERT INTO message (account, at, text, payload) VALUES ('REG-SANDBOX', ?, ?, '')",
                                [("2026-11-27T00:00:00Z", f"message {number}") for number in range(many)])
        kills = 0
        for attempt in range(100_000):
            process = subprocess.Popen([REGDATA, "--config", self.place / "rd/regdata.toml", "sync", REGISTRY],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(0.1 + (attempt % 10) * (0.1 if LONG else 0.02))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                continue
            if process.returncode == 0:
                break
        self.sync()
        with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
            ids = [int(row[0].removeprefix("S-")) for row in store.execute("SELECT id FROM epp_message ORDER BY number")]
            waiting = store.execute("SELECT count(*) FROM epp_message WHERE state = 0").fetchone()[0]
        self.assertEqual(ids, sorted(ids))
        self.assertEqual((len(ids), len(set(ids)), waiting), (many, many, 0))
        self.assertGreater(kills, 2)

    def test_a_registry_that_breaks_off(self):
        """Whatever is not answered is asked again; no message is taken for applied before its name was seen."""
        for how in ("close-after:7", "cut:8", "no-result:9", "wrong-id:7", "not-well-formed:8", "fail-before:9"):
            with self.subTest(how):
                self.at_registry("UPDATE object SET expires = '2026-01-01T00:00:00Z' WHERE kind = 'D'")
                with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
                    store.execute("UPDATE registration SET registry_expires = 0")
                    store.execute("UPDATE epp_look SET at = at - 4000000 WHERE sight = 3")
                self.stop()
                self.start("--misbehave", how)
                for _ in range(40):
                    self.regdata("sync", REGISTRY, code=None)
                    with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
                        store.execute("UPDATE epp_look SET at = at - 4000000 WHERE sight = 3")
                        waiting = store.execute("SELECT count(*) FROM epp_message WHERE state = 0").fetchone()[0]
                        fresh = store.execute("SELECT count(*) FROM registration WHERE registry_expires > 0").fetchone()[0]
                    if (waiting, fresh) == (0, 3):
                        break
                self.assertEqual((waiting, fresh), (0, 3))
                with sqlite3.connect(self.place / "rd/store/registrations.db") as store:
                    self.assertEqual(store.execute("SELECT count(*) FROM registration WHERE ended_at IS NOT NULL").fetchone()[0], 0)

    def test_questions_are_shared_among_sessions(self):
        """Also where the registry lets in fewer than are wanted, or ends them in between."""
        many = [f"n{number}.example" for number in range(300)]
        source = json.loads((self.place / "names.jsonl").read_text(encoding="utf-8").splitlines()[0])
        with open(self.place / "many.jsonl", "w", encoding="utf-8") as out:
            for name in many:
                out.write(json.dumps({**source, "name": name}) + "\n")
        self.regdata("import", self.place / "many.jsonl")
        with sqlite3.connect(self.place / "sb/objects.db", timeout=20) as objects:
            for number, name in enumerate(many):
                objects.execute("INSERT INTO object SELECT kind, ?, ?||roid, sponsor, creator, created, updater, updated, expires, transferred, "
                                "auth_info FROM object WHERE id = 'quotes.example'", (name, str(number)))
        for how, sessions in (([], 4), (["--sessions", "2"], 4), (["--misbehave", "close-before:97"], 3)):
            self.stop()
            self.start(*how)
            self.settings += f'sync_sessions = {sessions}\nlook_again = "1m"\n'
            self.act_as("REG-SANDBOX")
            with sqlite3.connect(self.place / "rd/store/registrations.db", timeout=20) as store:
                store.execute("DELETE FROM epp_look")
            looked = 0
            for _ in range(60):
                said = self.sync(code=None)
                self.assertEqual((said["ended"], said["doubtful"]), (0, 0))
                with sqlite3.connect(self.place / "rd/store/registrations.db", timeout=20) as store:
                    looked = store.execute("SELECT count(*) FROM epp_look WHERE sight = 0").fetchone()[0]
                if looked == len(many) + len(NAMES):
                    break
            self.assertEqual(looked, len(many) + len(NAMES), how)
            with sqlite3.connect(self.place / "rd/store/registrations.db", timeout=20) as store:
                roids = dict(store.execute("SELECT name, roid FROM registration WHERE name LIKE 'n%.example'"))
            for number, name in enumerate(many):  # each answer went to its question
                self.assertTrue(roids[name].startswith(str(number)) and roids[name][len(str(number))] == "D", (name, roids[name]))

    def test_two_do_not_read_the_queue_at_once(self):
        import fcntl
        with open(self.place / f"rd/store/registrations.db.poll-{REGISTRY}", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another process", self.regdata("sync", REGISTRY, code=1).stderr)

    def test_whois_follows(self):
        """A change that the registry announces shows within its poll interval and five seconds (issue: 30 s + 5 s)."""
        self.regdata("epp", "update", REGISTRY, "quotes.example", "--auth-info", self.secret())
        worker = subprocess.Popen([REGDATA, "--config", self.place / "rd/regdata.toml", "run"], stderr=open(self.place / "log", "w"))
        self.addCleanup(worker.wait, 30)
        self.addCleanup(worker.terminate)

        def answer():
            try:
                with socket.create_connection(("127.0.0.1", self.whois), 5) as peer:
                    peer.sendall(b"quotes.example\r\n")
                    return b"".join(iter(lambda: peer.recv(65536), b"")).decode()
            except OSError:
                return ""

        def until(pattern, seconds):
            for _ in range(int(seconds * 10)):
                found = re.search(pattern, answer())
                if found:
                    return found
                time.sleep(0.1)
            raise AssertionError(f"{pattern} did not show:\n{answer()[:1500]}\n{(self.place / 'log').read_text()[-2000:]}")

        until(r"Domain Status: inactive ", 30)
        self.act_as("REG-RIVAL")  # of the commands that follow; the worker has read its configuration
        self.regdata("epp", "transfer", REGISTRY, "quotes.example", "--operation", "request", "--auth-info", self.secret())
        until(r"Domain Status: pendingTransfer ", 6)


if __name__ == "__main__":
    unittest.main()
