#!/usr/bin/env python3
"""Deposits that lie here or are with the agent, and a database that is older than they are: nothing that may have left is removed.

Usage: deposit_put_back_test.py REGDATA
"""
import json
import os
import shutil
import subprocess
import unittest

import deposit_test

# a leak cannot be looked for in what is traced
UNDER_PTRACE = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class PutBack(deposit_test.Place):
    """The database is older than what lies here."""

    def older(self, statement):
        deposit_test.run("sqlite3", self.place / "rd/store/registrations.db", statement)

    def accepted(self):
        self.fresh()
        self.deposit("make")
        row = self.rows()[0]
        self.deposit("send", row["number"])
        self.deposit("verdict", row["number"], "accepted")
        directory = self.directory_of(row["number"])
        return row, directory, {file.name: file.read_bytes() for file in directory.iterdir()}

    def test_a_deposit_of_before_is_put_aside_and_found(self):
        row, directory, files = self.accepted()
        # as it was while its files were compared, a moment before it was verified
        self.older(f"UPDATE deposit SET state = 1, manifest = '' WHERE id = {row['number']};"
                   f"DELETE FROM deposit_event WHERE deposit = {row['number']} AND state > 1;")
        self.deposit("make")
        aside = directory.with_name(directory.name + ".before-1")
        self.assertEqual({file.name: file.read_bytes() for file in aside.iterdir()}, files)
        self.assertIn("forgotten", self.deposit("where", "C-3").stdout)

    def put_back(self):
        shutil.copy(self.place / "older.db", self.place / "rd/store/registrations.db")

    def backup(self):
        self.assertFalse(list((self.place / "rd/store").glob("*-wal")))
        shutil.copy(self.place / "rd/store/registrations.db", self.place / "older.db")

    def held_by(self, directory):
        return {file.name: file.read_bytes() for file in directory.iterdir()}

    def send_and_accept(self):
        number = self.rows()[0]["number"]
        self.deposit("send", number)
        self.deposit("verdict", number, "accepted")
        directory = self.directory_of(number)
        return directory, self.held_by(directory)

    def test_one_that_left_after_the_backup_stays(self):
        for again_before_sending in (True, False):
            self.fresh()
            self.deposit("make")
            self.backup()
            if again_before_sending:
                self.deposit("make", "--again")
            directory, files = self.send_and_accept()
            self.put_back()
            self.deposit("make", "--again")
            # the agent may have it: the next one is another revision, and takes no name of its
            self.assertEqual(self.held_by(directory), files)
            self.assertEqual(self.rows()[0]["revision"], 1)
            told = json.loads(self.regdata("--json", "deposit", "where", "C-3").stdout)["data"]["deposits"]
            # by its mark, or, where the database has another one of that name, nobody knows; the next one took its place
            self.assertIn(("forgotten", None) if again_before_sending else ("failed", True),
                          [(one["state"], one["left"]) for one in told])
            self.assertEqual(len(told), 2)

    def test_what_was_said_of_a_forgotten_one_makes_no_other_green(self):
        for specification, knows_it in (("2024", False), ("2024", True), ("rfc9022", False), ("rfc9022", True)):
            box = self.place / "verdicts"
            shutil.rmtree(box, ignore_errors=True)
            box.mkdir()
            self.fresh()
            self.configure(f'folder = "{self.place}/out"\nspecification = "{specification}"\nverdicts = "{box}"\n'
                           'mail_server = "mx.registrar.example"\nmail_domain = "agent.example"\nmail_accepted = "{deposit} passed"')
            for file in (self.place / "out").iterdir():
                file.unlink()
            if not knows_it:
                self.backup()
            self.deposit("make")
            if knows_it:
                self.backup()
            first = self.rows()[0]
            self.deposit("send", first["number"])
            names = [file.name for file in (self.place / "out").iterdir()]
            self.put_back()
            self.deposit("make", *(["--again"] if knows_it else []))
            second = self.rows()[0]
            self.assertEqual(second["revision"], 1)
            self.deposit("send", second["number"])
            (box / "mail").write_text("Authentication-Results: mx.registrar.example; dkim=pass header.d=agent.example\n"
                                      f"From: desk@agent.example\nSubject: deposit\n\n{', '.join(names)} passed\n")
            self.deposit("collect", code=6)
            self.assertEqual(self.rows()[0]["state"], "sent", (specification, knows_it))
            if specification == "2024":  # its names are those of the first one
                continue
            for name in names:
                self.assertTrue((self.place / "out" / name).exists(), name)

    def with_box(self, more=""):
        box = self.place / "verdicts"
        shutil.rmtree(box, ignore_errors=True)
        box.mkdir()
        self.fresh()
        self.configure(f'folder = "{self.place}/out"\nverdicts = "{box}"\nmail_server = "mx.registrar.example"\n'
                       'mail_domain = "agent.example"\nmail_accepted = "{deposit} passed"\n' + more)
        self.empty_agent()
        return box

    def empty_agent(self):
        for file in (self.place / "out").iterdir():
            file.unlink()

    def says(self, box, words, code=6):
        (box / "mail").write_text("Authentication-Results: mx.registrar.example; dkim=pass header.d=agent.example\n"
                                  f"From: desk@agent.example\nSubject: deposit\n\n{words} passed\n")
        self.deposit("collect", code=code)

    def make_and_send(self, *how, verdict=None):
        self.deposit("make", *how)
        row = self.rows()[0]
        self.deposit("send", row["number"])
        self.empty_agent()  # which has taken it
        if verdict:
            self.deposit("verdict", row["number"], verdict)
        return row

    def put_into_january(self, row):
        """As if it had been made then; its directory."""
        own = self.directory_of(row["number"])
        self.older(f"UPDATE deposit SET date = (SELECT unixepoch('2026-01-01') / 86400) WHERE id = {row['number']}")
        return own.rename(own.with_name("2026-01-01_full_R0"))

    def test_a_word_about_the_deposit_is_taken(self):
        """As all the tests below say it, where nothing is wrong."""
        box = self.with_box()
        row = self.make_and_send()
        self.says(box, f"9999_RDE_{row['date']}", code=0)
        self.assertEqual(self.rows()[0]["state"], "accepted")

    def test_what_left_without_a_manifest_in_the_ledger_is_not_forgotten(self):
        for state in (0, 1):  # planned, written
            box = self.with_box()
            self.deposit("make")
            row = self.rows()[0]
            self.older(f"UPDATE deposit SET state = {state}, manifest = '' WHERE id = {row['number']};"
                       f"DELETE FROM deposit_event WHERE deposit = {row['number']} AND state > {state};")
            self.backup()
            self.older(f"UPDATE deposit SET state = 2, manifest = cast(readfile('{self.directory_of(row['number'])}/manifest.json') AS TEXT) WHERE id = {row['number']}")
            self.deposit("send", row["number"])
            self.empty_agent()
            self.put_back()
            second = self.make_and_send()
            self.assertEqual(second["revision"], 1)
            self.says(box, f"9999_RDE_{row['date']}")
            self.assertEqual(self.rows()[0]["state"], "sent", state)

    def test_a_later_one_that_was_forgotten_makes_no_earlier_one_green(self):
        box = self.with_box()
        first = self.make_and_send()
        self.backup()
        self.deposit("verdict", first["number"], "rejected")
        self.make_and_send("--again")
        self.put_back()
        self.says(box, f"9999_RDE_{first['date']}")
        self.assertEqual([row["state"] for row in self.rows()], ["sent"])
        self.assertIn("has left, or began to, and the ledger does not know so", self.deposit("doctor", code=None).stdout)

    def test_a_superseded_one_is_not_sent_over_its_follower(self):
        for specification in ("2024", "rfc9022"):
            self.with_box(f'specification = "{specification}"\n')
            self.deposit("make")
            first = self.rows()[0]
            self.backup()
            self.deposit("send", first["number"])
            self.deposit("verdict", first["number"], "rejected")
            self.make_and_send("--again", verdict="accepted")
            self.put_back()
            self.assertIn("does not know so", self.deposit("send", first["number"], code=1).stderr)
            self.assertEqual(list((self.place / "out").iterdir()), [])

    def test_no_difference_is_made_to_what_is_no_longer_the_last(self):
        for specification in ("2024", "rfc9022"):
            with self.subTest(specification):
                self.with_box(f'specification = "{specification}"\nbetween = "incremental"\n')
                first = self.make_and_send(verdict="accepted")
                later = self.put_into_january(first).with_name("2026-03-01_full_R0")  # left since, and the database that was put back does not know it
                later.mkdir()
                (later / "left").touch()
                self.assertIn("unknown to the ledger", self.deposit("make", "--kind", "incremental", code=1).stderr)
                shutil.rmtree(later)
                self.deposit("make", "--kind", "incremental")

    def test_a_disk_that_is_not_there_is_no_silence(self):
        box = self.with_box()
        first = self.make_and_send()
        self.backup()
        self.deposit("verdict", first["number"], "rejected")
        self.make_and_send("--again")
        self.put_back()
        place = self.place / "rd/deposits"
        place.rename(self.place / "elsewhere")
        for is_mount_point in (False, True):
            if is_mount_point:
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
            self.assertIn("is its disk mounted?", self.deposit("make", "--again", code=4).stderr)
            self.says(box, f"9999_RDE_{first['date']}", code=4)
            self.assertEqual([row["state"] for row in self.rows()], ["sent"])
        shutil.rmtree(place)
        (self.place / "elsewhere").rename(place)

    def test_a_mark_that_was_taken_away_gives_no_name_free(self):
        self.with_box('specification = "rfc9022"\n')
        first = self.make_and_send()
        self.backup()
        self.deposit("verdict", first["number"], "rejected")
        second = self.make_and_send("--again", verdict="accepted")
        (self.directory_of(second["number"]) / "left").unlink()
        self.put_back()
        self.deposit("verdict", first["number"], "rejected")
        self.deposit("make")
        self.assertEqual(self.rows()[0]["revision"], 2)

    def test_one_of_another_kind_that_was_forgotten_is_in_the_way(self):
        box = self.with_box('between = "incremental"\n')
        first = self.make_and_send(verdict="accepted")
        own = self.directory_of(first["number"])
        self.put_into_january(first)
        marked = own.with_name(own.name.replace("full", "inc"))
        marked.mkdir()
        (marked / "left").touch()
        self.assertIn("another kind", self.deposit("make", code=1).stderr)
        self.says(box, f"9999_RDE_{first['date']}")
        self.assertEqual([row["state"] for row in self.rows()], ["accepted"])

    def test_no_error_of_the_disk_takes_one_that_the_ledger_has_forgotten(self):
        _, directory, files = self.accepted()
        self.older("DELETE FROM deposit_event; DELETE FROM deposit;")
        self.backup()
        pristine = self.place / "pristine"
        shutil.copytree(directory.parent, pristine)
        failed = 0
        for call in ("rename", "newfstatat"):
            for count in range(1, 60):
                done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-P", str(directory), "-P",
                                       str(directory / "manifest.json.sig"), "-P", str(directory / "manifest.json"), "-P", str(directory / "left"),
                                       "-e", f"inject={call}:error=EIO:when={count}", deposit_test.REGDATA, "--config",
                                       str(self.place / "rd/regdata.toml"), "deposit", "make"],
                                      capture_output=True, text=True, timeout=300, check=False, env=UNDER_PTRACE)
                found = [self.held_by(one) for one in directory.parent.iterdir() if one.is_dir()]
                self.assertIn(files, found, f"{call} {count}: {done.stderr}")
                shutil.rmtree(directory.parent)
                shutil.copytree(pristine, directory.parent)
                self.put_back()
                if done.returncode == 0:
                    break  # there was no such call any more
                failed += 1
        self.assertGreater(failed, 1, "the calls came too late to fail")

    def test_a_good_one_survives_a_database_that_cannot_be_written(self):
        self.fresh()
        self.deposit("make")
        directory = self.directory_of(self.rows()[0]["number"])
        files = self.held_by(directory)
        shutil.copytree(self.place / "rd", self.place / "good")
        failed = 0
        for count in range(1, 40):
            done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(self.place / "rd/store/registrations.db-wal"), "-e", "trace=pwrite64",
                                   "-e", f"inject=pwrite64:error=ENOSPC:when={count}+", deposit_test.REGDATA, "--config",
                                   str(self.place / "rd/regdata.toml"), "deposit", "make", "--again"],
                                  capture_output=True, text=True, timeout=300, check=False, env=UNDER_PTRACE)
            if done.returncode == 0:
                break
            failed += 1
            self.deposit("list")
            found = [self.held_by(one) for one in directory.parent.iterdir() if one.is_dir()]
            self.assertIn(files, found, f"{count}: {done.stderr}")
            shutil.rmtree(self.place / "rd")
            shutil.copytree(self.place / "good", self.place / "rd")
        self.assertGreater(failed, 4)

    def test_where_knows_by_the_mark_that_one_has_left(self):
        self.fresh()
        self.deposit("make")
        self.backup()
        directory, _ = self.send_and_accept()
        self.put_back()

        def told():
            return [(one["state"], one["left"], one["here"]) for one in
                    json.loads(self.regdata("--json", "deposit", "where", "C-3").stdout)["data"]["deposits"]]
        self.assertEqual(told(), [("verified", True, True)])
        for file in directory.iterdir():
            if file.name not in ("manifest.json", "manifest.json.sig", "contacts.list", "left"):
                file.unlink()
        self.assertEqual(told(), [("verified", True, False)])
        # a disk that is not mounted: an empty directory in its place
        shutil.rmtree(directory.parent.parent)
        directory.parent.parent.mkdir()
        self.assertEqual(told(), [("verified", None, False)])
        self.assertIn("is its disk mounted?", self.deposit("doctor", code=None).stderr)

    def test_where_finds_those_behind_a_gap_and_those_whose_files_went(self):
        _, directory, _ = self.accepted()
        self.older("DELETE FROM deposit_event; DELETE FROM deposit;")
        directory.rename(directory.with_name(directory.name + ".before-2"))
        self.assertIn("forgotten", self.deposit("where", "C-3").stdout)
        directory.with_name(directory.name + ".before-1").write_text("somebody's file")
        self.assertIn("forgotten", self.deposit("where", "C-3").stdout)
        for file in directory.with_name(directory.name + ".before-2").iterdir():
            if file.name not in ("manifest.json", "manifest.json.sig", "contacts.list", "left"):
                file.unlink()
        self.assertIn("forgotten", self.deposit("where", "C-3").stdout)
        directory.parent.parent.rename(self.place / "elsewhere")
        self.deposit("where", "C-3")  # nobody knows of any
        (self.place / "elsewhere").rename(directory.parent.parent)
        self.deposit("make")
        directory.parent.parent.rename(self.place / "elsewhere")
        self.assertIn("is its disk mounted?", self.deposit("where", "C-3", code=4).stderr)

    def test_where_tells_what_the_ledger_has_not(self):
        _, directory, files = self.accepted()
        self.older("DELETE FROM deposit_event; DELETE FROM deposit;")
        told = json.loads(self.regdata("--json", "deposit", "where", "C-3").stdout)["data"]["deposits"]
        self.assertEqual([(one["number"], one["state"], one["holds"], one["here"], one["left"]) for one in told],
                         [(None, "forgotten", "yes", True, None)])
        (directory.parent / "2026-11-01_full_R0.before-1").write_text("somebody's file")  # not a deposit, and in nobody's way
        self.assertIn("forgotten", self.deposit("where", "C-3").stdout)
        self.assertEqual(self.deposit("where", "C-999").stdout, "")
        (directory.parent / "2026-11-01_full_R0.before-1").unlink()
        self.assertEqual({file.name for file in directory.iterdir()}, set(files))


if __name__ == "__main__":
    unittest.main(verbosity=2)
