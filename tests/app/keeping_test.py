#!/usr/bin/env python3
"""What an operator does to the store itself: back up, restore, adopt, erase, rotate keys (docs/backup.md; promises P9, P10, P12).

Usage: keeping_test.py REGDATA
"""
import datetime
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from driven_program import PATIENCE, REGDATA, DrivenProgram, ask, wait_for
from run_test import CHOSEN_EMAIL, REGISTRAR, WITHHELD, registration

# One transaction of `db rotate-keys` (app/commands/db.cpp).
ROTATION_PIECE = 10000


def time_ago(**time):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


class KeptPlace(DrivenProgram):
    """A store with two names, made anew for each test."""

    def setUp(self):
        super().setUpClass()
        subprocess.run([REGDATA, "init", "--directory", str(self.directory)], capture_output=True, env=self.environment, check=True)
        (self.directory / "conf.d" / "registrar.toml").write_text(REGISTRAR)
        self.database = self.directory / "store" / "registrations.db"
        self.keys = self.directory / "keys" / "keys.db"
        self.take(registration("planted-hen.example", "C-PLANTED"), registration("other-hen.example", "C-OTHER"))
        self.command("publish")

    def tearDown(self):
        super().tearDownClass()

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    # --- hands ---

    def command(self, *arguments, code=0):
        """As an operator gives it; and whatever it says, no value is in it."""
        done = super().command(*arguments, code=code)
        for value in [*WITHHELD.values(), *([] if arguments[0] == "lookup" else [CHOSEN_EMAIL])]:
            self.assertNotIn(value, done.stdout + done.stderr, arguments)
        return done

    def told(self, *arguments, code=0):
        return json.loads(self.command("--json", *arguments, code=code).stdout)

    def take(self, *lines, code=0):
        source = self.directory / "in.jsonl"
        source.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.command("import", str(source), code=code)

    def run_worker(self):
        with open(self.log_path, "wb") as log:
            type(self).worker = subprocess.Popen([REGDATA, "--config", str(self.config), "run"], stdout=log, stderr=log,
                                                 env=self.environment)
        wait_for("the server", lambda: self.events("serve", "serving"))
        return self.port_of()

    def stop_worker(self):
        self.worker.send_signal(signal.SIGTERM)
        self.assertEqual(self.worker.wait(PATIENCE), 0)

    def answers(self):
        return {name: self.command("lookup", name).stdout for name in ("planted-hen.example", "other-hen.example")}

    @staticmethod
    def remove_store(*files):
        for file in files:
            for rest in ("", "-wal", "-shm"):
                pathlib.Path(str(file) + rest).unlink(missing_ok=True)

    def restore(self, copy, place):
        self.remove_store(place)
        shutil.copy(copy, place)

    def backup(self, name):
        data = self.told("db", "backup", str(self.directory / name))["data"]
        copies = {kind: pathlib.Path(data[kind]) for kind in ("database", "keys")}
        for copy in copies.values():
            self.assertEqual(copy.stat().st_mode & 0o777, 0o600, copy)
        return copies

    @staticmethod
    def ask_file(file, question):
        with sqlite3.connect(file) as connection:
            return connection.execute(question).fetchall()


class BackupTest(KeptPlace):
    def test_a_lost_store_comes_back(self):
        port = self.run_worker()
        copies = self.backup("backups")  # of a store in use
        self.assertNotEqual(copies["database"].parent, copies["keys"].parent)
        before = self.answers()
        self.assertIn(CHOSEN_EMAIL, before["planted-hen.example"])
        self.assertEqual(ask(port, "planted-hen.example").replace("\r\n", "\n"), before["planted-hen.example"])
        self.stop_worker()

        self.remove_store(self.database, self.keys)
        shutil.rmtree(self.directory / "views")
        (self.directory / "views").mkdir(mode=0o750)
        lost = {finding["what"]: finding for finding in self.told("doctor", code=1)["data"]["findings"]}
        self.assertEqual(lost["store"]["state"], "bad")

        self.restore(copies["database"], self.database)
        self.told("doctor", code=1)  # one file of the two is not enough
        self.restore(copies["keys"], self.keys)
        found = {finding["what"]: finding for finding in self.told("doctor")["data"]["findings"]}
        self.assertEqual((found["store"]["state"], found["ledger of choices"]["state"]), ("good", "good"))
        self.assertEqual(self.told("publish", "--rebuild")["data"]["published"], 2)
        self.assertEqual(stamped(self.answers()), stamped(before))
        # It is a store like any other: it takes changes, and hides.
        self.command("choice", "withdraw", "planted-hen.example", "--all")
        self.assertNotIn(CHOSEN_EMAIL, self.answers()["planted-hen.example"])
        self.take(registration("third-hen.example", "C-THIRD"))

    def test_files_that_do_not_belong_together_are_refused(self):
        other = self.directory / "other"
        subprocess.run([REGDATA, "init", "--directory", str(other)], capture_output=True, env=self.environment, check=True)
        self.restore(other / "keys" / "keys.db", self.keys)
        refused = self.told("doctor", code=3)
        self.assertTrue(refused["error"]["message"].startswith("store: "), refused)

    def test_an_older_database_beside_newer_keys_is_adopted(self):
        copies = self.backup("old")
        before = self.answers()
        moved = registration("planted-hen.example", "C-PLANTED")
        moved["contacts"]["registrant"]["city"] = "Potsdam"
        moved["contacts"]["registrant"].pop("choices")
        self.take(moved)
        self.command("choice", "withdraw", "other-hen.example", "--all", "--evidence", "EV-9")
        self.command("publish")
        self.assertNotIn(CHOSEN_EMAIL, self.answers()["other-hen.example"])

        self.restore(copies["database"], self.database)
        # Whoever publishes without looking is refused, and the public sees what it saw before.
        self.assertIn("adopt", self.told("publish", code=1)["error"]["hint"])
        self.assertNotIn(CHOSEN_EMAIL, self.answers()["other-hen.example"])

        asked = self.told("db", "adopt", code=7)
        self.assertTrue(any("latest choices" in warning for warning in asked["warnings"]), asked)
        adopted = self.told("db", "adopt", "--yes")["data"]
        self.assertEqual((adopted["adopted"], adopted["rebuilt"], adopted["published"], adopted["unreadable"]), (1, True, 2, 0))
        self.assertEqual(stamped(self.answers())["planted-hen.example"], stamped(before)["planted-hen.example"])
        # The withdrawal went with the database, the keys know that there was one: nothing is shown by choice.
        self.assertEqual(adopted["choicesEnded"], 1)
        self.assertNotIn(CHOSEN_EMAIL, self.answers()["other-hen.example"])
        self.assertEqual(self.told("db", "adopt", "--yes")["data"]["adopted"], 0)
        self.assertNotIn(CHOSEN_EMAIL, self.answers()["other-hen.example"])

    def test_older_keys_beside_a_newer_database_lose_new_contacts_only(self):
        copies = self.backup("old")
        self.take(registration("third-hen.example", "C-THIRD"))
        self.command("db", "erase", "C-OTHER", "--yes", "C-OTHER", "--reason", "court", "--order", "O-1")
        self.restore(copies["keys"], self.keys)
        rebuilt = self.told("db", "adopt", "--yes", code=6)
        self.assertEqual((rebuilt["data"]["rebuilt"], rebuilt["data"]["unreadable"], rebuilt["data"]["erasedAgain"]), (True, 1, 1))
        self.assertEqual(self.ask_file(self.keys, "SELECT handle FROM data_key WHERE destroyed_at IS NOT NULL"), [("C-OTHER",)])
        self.assertTrue(any("C-THIRD" in warning for warning in rebuilt["warnings"]), rebuilt)
        self.assertNotIn(CHOSEN_EMAIL, self.command("lookup", "third-hen.example").stdout)
        self.take(registration("third-hen.example", "C-THIRD"))
        self.assertEqual(self.told("publish", "--rebuild")["data"]["unreadable"], 0)
        # Nobody can tell whether it is the same holder: the choice that was given ended.
        self.assertNotIn(CHOSEN_EMAIL, self.command("lookup", "third-hen.example").stdout)
        self.assertIn("Registrant Country: DE", self.command("lookup", "third-hen.example").stdout)
        self.assertNotIn(CHOSEN_EMAIL, self.command("lookup", "other-hen.example").stdout)
        self.assertTrue(self.told("db", "erase", "C-OTHER", "--yes", "C-OTHER", "--reason", "court")["data"]["before"])

    def test_nothing_is_adopted_under_a_running_worker(self):
        self.run_worker()
        refused = self.told("db", "adopt", "--yes", code=1)
        self.assertEqual((refused["error"]["code"], refused["error"]["hint"]), ("conflict", "stop `regdata run` first"))


class OwnerTest(KeptPlace):
    """Under systemd the worker has a user of its own, and an operator is root (docs/install.md)."""

    def test_what_root_makes_in_a_users_directory_is_that_users_and_stays_so(self):
        place = pathlib.Path(self.place.name) / "other"
        user = 65534 if os.geteuid() == 0 else os.geteuid()
        for name in ("secret", "store", "keys"):
            (place / name).mkdir(parents=True, mode=0o700)
            os.chown(place / name, user, -1)
        subprocess.run([REGDATA, "init", "--directory", str(place)], capture_output=True, env=self.environment, check=True)
        for name in ("secret/master.key", "secret/relay.key", "store/registrations.db", "keys/keys.db"):
            self.assertEqual((place / name).stat().st_uid, user, name)
            self.assertEqual((place / name).stat().st_mode & 0o777, 0o600, name)
        config = ["--config", str(place / "regdata.toml")]
        for command in (["import", str(self.directory / "none.jsonl")], ["db", "migrate"], ["db", "backup", str(place / "b")], ["publish"]):
            done = subprocess.run([REGDATA, *config, *command], capture_output=True, text=True, env=self.environment, check=False)
            if os.geteuid() == 0:
                self.assertEqual(done.returncode, 3, command)
                self.assertIn("runuser -u", done.stderr)
        strangers = {path for path in place.rglob("*") if path.parent.name in ("store", "keys") and path.stat().st_uid != user}
        self.assertEqual(strangers, set())


class EraseTest(KeptPlace):
    def erase(self, handle, *more, code=0):
        return self.told("db", "erase", handle, "--reason", "request", *more, code=code)

    def end(self, name, at):
        self.take({"op": "end", "name": name, "reason": "deleted", "at": at})

    def test_what_a_registration_needs_stays(self):
        self.assertEqual(self.erase("C-NOBODY", "--yes", "C-NOBODY", code=1)["error"]["code"], "not-found")
        refused = self.erase("C-PLANTED", "--yes", "C-PLANTED", code=7)
        self.assertEqual(refused["data"]["holds"], ["planted-hen.example (live)"])
        self.end("planted-hen.example", time_ago(days=450))
        refused = self.erase("C-PLANTED", "--yes", "C-PLANTED", code=7)
        self.assertIn("planted-hen.example (ended, kept until 20", refused["error"]["message"])
        self.assertEqual(self.ask_file(self.keys, "SELECT count(*) FROM data_key WHERE destroyed_at IS NOT NULL"), [(0,)])

    def test_after_fifteen_months_it_goes_for_good(self):
        self.end("planted-hen.example", time_ago(days=460))
        copies = self.backup("old")
        asked = self.erase("C-PLANTED", code=7)
        self.assertEqual(len(asked["warnings"]), 4)
        self.assertEqual(self.erase("C-PLANTED", "--yes", "C-planted", code=2)["error"]["code"], "usage")
        self.assertEqual(self.ask_file(self.database, "SELECT count(*) FROM contact WHERE erased_at IS NOT NULL"), [(0,)])
        done = self.erase("C-PLANTED", "--yes", "C-PLANTED")["data"]
        self.assertEqual(done, {"handle": "C-PLANTED", "erased": True, "before": False, "logWiped": True, "published": True})
        self.assertEqual(self.ask_file(self.database, "SELECT handle FROM contact WHERE sealed IS NULL AND email_index IS NULL"),
                         [("C-PLANTED",)])
        self.assertTrue(self.erase("C-PLANTED", "--yes", "C-PLANTED")["data"]["before"])
        # A database from before knows nothing of it, and cannot open the person either.
        self.restore(copies["database"], self.database)
        self.command("db", "adopt", "--yes")
        self.assertTrue(self.erase("C-PLANTED", "--yes", "C-PLANTED")["data"]["before"])

    def test_an_order_overrides_and_the_public_sees_it_at_once(self):
        port = self.run_worker()
        self.assertIn(CHOSEN_EMAIL, ask(port, "planted-hen.example"))
        self.command("db", "erase", "C-PLANTED", "--yes", "C-PLANTED", "--reason", "court", "--order", "12-C-345/26")
        answer = ask(port, "planted-hen.example")  # the promise: when the command has returned, it is hidden
        self.assertNotIn(CHOSEN_EMAIL, answer)
        self.assertIn("Domain Name: planted-hen.example\r\n", answer)
        self.assertIn(CHOSEN_EMAIL, ask(port, "other-hen.example"))
        self.assertEqual(self.ask_file(self.keys, "SELECT destroyed_why FROM data_key WHERE destroyed_at IS NOT NULL"),
                         [("erase:court:12-C-345/26",)])
        self.stop_worker()

    def test_a_worker_that_hangs_is_told(self):
        self.run_worker()
        self.worker.send_signal(signal.SIGSTOP)
        try:
            late = self.erase("C-PLANTED", "--yes", "C-PLANTED", "--order", "O-1", code=6)
        finally:
            self.worker.send_signal(signal.SIGCONT)
        self.assertEqual((late["data"]["erased"], late["data"]["published"]), (True, False))
        self.assertIn("erased for C-PLANTED, but not yet in the public view", late["error"]["message"])
        self.stop_worker()

    def test_a_key_that_stays_in_the_log_is_told(self):
        reader = sqlite3.connect(self.keys, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM data_key").fetchall()
        late = self.erase("C-PLANTED", "--yes", "C-PLANTED", "--order", "O-1", code=6)
        self.assertEqual((late["data"]["erased"], late["data"]["published"], late["data"]["logWiped"]), (True, True, False))
        reader.close()
        self.assertTrue(self.erase("C-PLANTED", "--yes", "C-PLANTED")["data"]["logWiped"])
        wal = pathlib.Path(str(self.keys) + "-wal")
        self.assertEqual(wal.stat().st_size if wal.exists() else 0, 0)


class RotateTest(KeptPlace):
    def versions(self):
        return self.ask_file(self.keys, "SELECT wrapping_version, count(*) FROM data_key GROUP BY 1")

    def test_keys_are_rotated_under_a_running_worker(self):
        port = self.run_worker()
        rotated = self.told("db", "rotate-keys")["data"]
        self.assertEqual(rotated, {"version": 2, "rewrapped": 2, "left": 0})
        self.assertEqual(self.versions(), [(2, 2)])
        self.command("choice", "withdraw", "planted-hen.example", "--all")
        self.assertNotIn(CHOSEN_EMAIL, ask(port, "planted-hen.example"))
        self.assertIn(CHOSEN_EMAIL, ask(port, "other-hen.example"))
        self.stop_worker()
        self.assertEqual(self.told("publish", "--rebuild")["data"]["unreadable"], 0)
        self.assertEqual(self.told("db", "rotate-keys")["data"]["version"], 3)

    def test_an_interrupted_rotation_goes_on(self):
        self.take(*(registration(f"hen-{i}.example", f"C-{i}") for i in range(ROTATION_PIECE)))
        # Whoever reads the key file keeps the command at the end of its first piece for some seconds.
        reader = sqlite3.connect(self.keys, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM data_key").fetchall()
        rotating = subprocess.Popen([REGDATA, "--config", str(self.config), "--json", "db", "rotate-keys"], stdout=subprocess.PIPE,
                                    env=self.environment)
        wait_for("the first piece", lambda: (2, ROTATION_PIECE) in self.versions())
        rotating.send_signal(signal.SIGINT)
        told = json.loads(rotating.communicate(timeout=PATIENCE)[0])
        reader.close()
        self.assertEqual((rotating.returncode, told["data"]), (130, {"version": 2, "rewrapped": ROTATION_PIECE, "left": 2}))
        self.assertIn("goes on where it stopped", told["error"]["hint"])
        self.assertEqual(self.told("db", "rotate-keys")["data"], {"version": 2, "rewrapped": 2, "left": 0})
        self.assertEqual(self.versions(), [(2, ROTATION_PIECE + 2)])


def stamped(answers):
    """Answers without the minute that they were made in."""
    return {name: [line for line in text.splitlines() if "Last update of" not in line] for name, text in answers.items()}


class Damage(KeptPlace):
    """What a disk does to a store is found before somebody asks, and is no backup."""

    def test_a_contact_that_cannot_be_opened_is_named(self):
        self.assertIn("2, each can be opened", self.command("doctor").stdout)
        with sqlite3.connect(self.database) as file:
            file.execute("UPDATE contact SET sealed = zeroblob(length(sealed)) WHERE handle = 'C-PLANTED'")
        told = self.command("doctor", code=1).stdout
        self.assertIn("1 of 2 cannot be opened, and are withheld whole: C-PLANTED", told)
        explained = self.told("explain", "planted-hen.example")
        self.assertIn("contact C-PLANTED (registrant) cannot be opened", " ".join(explained["warnings"]))

    def test_a_missing_key_is_named(self):
        with sqlite3.connect(self.keys) as file:
            file.execute("DELETE FROM data_key WHERE handle = 'C-OTHER'")
        self.assertIn("withheld whole: C-OTHER", self.command("doctor", code=1).stdout)

    def test_damaged_pages_are_found_and_are_no_backup(self):
        with sqlite3.connect(self.database) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            file.execute("PRAGMA journal_mode=DELETE")
        data = bytearray(self.database.read_bytes())
        for page in range(6, min(12, len(data) // 4096)):
            data[page * 4096:(page + 1) * 4096] = bytes(byte ^ 0x5a for byte in data[page * 4096:(page + 1) * 4096])
        self.database.write_bytes(data)
        self.assertIn("damaged", self.command("doctor", code=1).stderr)
        done = self.command("db", "backup", str(self.directory / "copy"), code=1)
        self.assertIn("damaged", done.stderr)
        self.assertFalse((self.directory / "copy" / "registrations.db").exists())

    def test_a_store_of_a_newer_program_is_not_copied(self):
        with sqlite3.connect(self.database) as file:
            file.execute("PRAGMA user_version = 99")
        self.assertIn("schema 99", self.command("db", "backup", str(self.directory / "copy"), code=1).stderr)


class PoliciesInForce(KeptPlace):
    """`explain` tells what views follow, and what they followed then."""

    def policy_of(self, name, *arguments):
        return self.told("explain", name, *arguments)["data"]["policy"]["version"]

    def test_versions_are_remembered(self):
        shipped = self.policy_of("planted-hen.example")
        time.sleep(1.1)  # the time is told in whole seconds
        before = time_ago(seconds=0)
        time.sleep(1.1)
        text = (pathlib.Path(__file__).parents[2] / "redaction/policies/icann-gtld.toml").read_text(encoding="utf-8")
        own = self.directory / "own.toml"
        own.write_text(text.replace(f'version = "{shipped}"', 'version = "2099-01"'), encoding="utf-8")
        registrar = self.directory / "conf.d" / "registrar.toml"
        registrar.write_text(registrar.read_text().replace('[[policy]]\nname = "icann-gtld"',
                                                           f'[[policy]]\nname = "icann-gtld"\nfile = "{own}"'))
        told = self.told("explain", "planted-hen.example")
        self.assertEqual(told["data"]["policy"]["version"], shipped, "not published yet")
        self.assertIn("is not what is in force", " ".join(told["warnings"]))
        self.command("publish")
        self.assertEqual(self.policy_of("planted-hen.example"), "2099-01")
        self.assertEqual(self.policy_of("planted-hen.example", "--as-of", before), shipped)
        early = self.told("explain", "planted-hen.example", "--as-of", "2020-01-01T00:00:00Z")
        self.assertIn("is not recorded", " ".join(early["warnings"]))

    def test_the_ledger_as_it_stood_then(self):
        now = time_ago(seconds=0)
        self.assertEqual(self.told("choice", "history", "C-PLANTED", "--as-of", "2020-01-01T00:00:00Z")["data"]["choices"], [])
        self.assertGreater(len(self.told("choice", "history", "C-PLANTED")["data"]["choices"]), 0)
        self.command("choice", "history", "C-PLANTED", "--as-of", now)


if __name__ == "__main__":
    unittest.main(verbosity=2)
