#!/usr/bin/env python3
"""Deposits by RFC 9022 that are larger than the agent takes in one file: cut, each file signed, read back as one.

Usage: deposit_series_test.py REGDATA
"""
import json
import os
import random
import re
import shutil
import subprocess
import unittest

import deposit_test

PEOPLE = 5200
LIMIT = 1_000_000  # as configured, octets


def text_that_does_not_shrink(chance):
    return "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(80))


class Cut(deposit_test.Place):
    names = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(9022)
        cls.lines = []
        for number in range(PEOPLE):
            line = deposit_test.registration(number)
            line["contacts"]["registrant"]["street"] = [text_that_does_not_shrink(chance) for _ in range(3)]
            cls.lines.append(line)
        (cls.place / "names.jsonl").write_text("".join(json.dumps(line) + "\n" for line in cls.lines), encoding="utf-8")
        cls.regdata("import", cls.place / "names.jsonl")
        cls.regdata("publish")

    def made(self, specification, more=""):
        self.fresh()
        self.configure(f'folder = "{self.place}/out"\nspecification = "{specification}"\nmegabytes_per_file = 1\n{more}')
        self.deposit("make")
        self.row = self.rows()[0]
        self.directory = self.directory_of(self.row["number"])
        self.files = sorted(self.directory.glob("*.ryde"))
        self.names_of_files = [f"9999_{self.row['date']}_full_S{number}_R0.ryde" for number in range(1, len(self.files) + 1)]
        self.assertEqual([file.name for file in self.files], self.names_of_files)
        self.assertGreater(len(self.files), 2)

    def restore(self, *files, code=0):
        into = self.place / "restored"
        shutil.rmtree(into, ignore_errors=True)
        return self.deposit("restore", *files, "--into", into, "--key", self.agents_key(), code=code)

    def test_both_models(self):
        for specification in ("rfc9022", "rfc9022-csv"):
            with self.subTest(specification):
                self.made(specification)
                self.check_files()
                self.check_sending()
                self.check_reading()

    def test_what_is_wrong_with_a_series_is_told(self):
        self.made("rfc9022")
        away = self.place / "told"
        shutil.copytree(self.directory, away)
        self.addCleanup(shutil.rmtree, away)
        changed = bytearray((away / self.files[1].name).read_bytes())
        changed[5000] ^= 1
        (away / self.files[1].name).write_bytes(changed)
        self.assertIn(f"{self.files[1].name} is not what was signed", self.restore(away, code=None).stderr)
        shutil.copy(self.files[1], away)
        (away / self.files[-1].name).unlink()
        self.assertIn("is one behind the last of them missing?", self.restore(away, code=None).stderr)

    def test_two_who_restore_into_one_place_do_not_mix(self):
        self.made("rfc9022")
        into = self.place / "restored"
        shutil.rmtree(into, ignore_errors=True)
        command = [str(word) for word in (deposit_test.REGDATA, "--config", self.place / "rd/regdata.toml", "deposit", "restore", self.directory,
                                          "--into", into, "--key", self.agents_key())]
        all_of_them = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) for _ in range(3)]
        said = [one.communicate()[1] for one in all_of_them]
        codes = [one.returncode for one in all_of_them]
        self.assertEqual(sorted(codes), [0, 1, 1], said)
        for code, words in zip(codes, said):
            if code:
                self.assertRegex(words, "another process is filling it|is there already")
        self.assertTrue((into / "registrations.db").exists(), list(into.iterdir()))

    def test_one_file_accepted_is_no_deposit_accepted(self):
        box = self.place / "verdicts"
        box.mkdir(exist_ok=True)
        self.made("rfc9022", f'verdicts = "{box}"\nmail_server = "mx.registrar.example"\nmail_domain = "agent.example"\n'
                             'mail_accepted = "{deposit} passed"\nmail_rejected = "{deposit} failed"')
        self.deposit("send", self.row["number"])

        def mail(words):
            (box / "mail").write_text("Authentication-Results: mx.registrar.example; dkim=pass header.d=agent.example\n"
                                      f"From: desk@agent.example\nSubject: deposit\n\n{words}\n")
            self.deposit("collect", code=None)
            return self.rows()[0]["state"]

        self.assertEqual(mail(f"{self.names_of_files[1]} passed"), "sent")
        self.assertEqual(mail(", ".join(self.names_of_files) + " passed"), "accepted")

    def test_the_end_of_a_shorter_series_goes_before_the_files_of_a_longer_one(self):
        """Names of files of ICANN's specifications are the same in all revisions."""
        self.fresh()
        settings = f'folder = "{self.place}/out"\nspecification = "2024"\n'
        self.configure(settings + "rows_per_file = 3000")
        self.deposit("make")
        first = self.rows()[0]["number"]
        self.deposit("send", first)
        self.deposit("verdict", first, "rejected")
        self.configure(settings + "rows_per_file = 1500")
        self.deposit("make")
        number = self.rows()[0]["number"]
        log = self.place / "trace"
        deposit_test.run("strace", "-f", "-o", log, "-e", "trace=unlink,unlinkat,rename,renameat,renameat2", deposit_test.REGDATA, "--config",
                         self.place / "rd/regdata.toml", "deposit", "send", number,
                         env={**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"})  # under ptrace
        steps = re.findall(r'(?:unlink|rename)\w*\(.*"([^"]*/out/9999_RDE_[^"]*)"', log.read_text())
        self.assertTrue(steps[0].endswith("_hash.txt"), steps)
        expected = {file.name: file.read_bytes() for file in self.directory_of(number).glob("9999_RDE_*")}
        self.assertEqual(len(expected), 5)
        self.assertEqual({file.name: file.read_bytes() for file in (self.place / "out").iterdir()}, expected)

    def check_files(self):
        """gpg holds each signature, and opens what all of them are together."""
        sizes = [file.stat().st_size for file in self.files]
        self.assertEqual(sizes[:-1], [LIMIT] * (len(sizes) - 1))
        self.assertTrue(0 < sizes[-1] <= LIMIT)
        for file in self.files:
            self.gpg("--verify", file.with_suffix(".sig"), file)
        whole = self.gpg("--status-fd", "2", "--decrypt", stdin=b"".join(file.read_bytes() for file in self.files))
        for word in ("GOODSIG", "DECRYPTION_OKAY", "GOODMDC"):
            self.assertIn(f"[GNUPG:] {word}", whole.stderr.decode(errors="replace"))
        archive = self.place / "rde.tar"
        archive.write_bytes(whole.stdout)
        listed = deposit_test.run("tar", "-tf", archive).stdout.split()
        self.assertIn(f"9999_{self.row['date']}_full_S1_R0.xml", listed)
        for file in (self.files[0], self.files[1]):
            self.deposit("check", file, "--key", self.agents_key())
        manifest = json.loads((self.directory / "manifest.json").read_text(encoding="utf-8"))
        self.assertEqual([part["file"] for part in manifest["parts"]], self.names_of_files)
        self.assertEqual(sum(part["rows"] for part in manifest["parts"]), manifest["parts"][0]["rows"])

    def check_sending(self):
        self.deposit("verify", self.row["number"])
        self.deposit("send", self.row["number"])
        expected = {name: (self.directory / name).read_bytes() for file in self.files
                    for name in (file.name, file.with_suffix(".sig").name)}
        self.assertEqual({file.name: file.read_bytes() for file in (self.place / "out").iterdir()}, expected)
        changed = self.files[1].with_suffix(".sig")
        good = changed.read_bytes()
        changed.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        self.assertIn(changed.name, self.deposit("verify", self.row["number"], code=None).stderr)
        changed.write_bytes(good)

    def check_reading(self):
        self.restore(self.place / "out")
        self.restore(self.files[2], *self.files[:2], *self.files[3:])
        drill = self.deposit("restore", "--drill", self.directory, "--key", self.agents_key(), "--agent", "agent")
        self.assertNotIn("does not know this deposit", drill.stderr)
        away = self.place / "away"
        shutil.rmtree(away, ignore_errors=True)
        away.mkdir()
        for number in (len(self.files) - 1, 1):  # the end, one between others
            kept = [file for file in self.files if file != self.files[number]]
            shutil.rmtree(away)
            away.mkdir()
            for file in kept:
                shutil.copy(file, away)
            self.assertNotEqual(self.restore(away, code=None).returncode, 0)
            self.assertFalse((self.place / "restored").exists())
        (away / self.files[0].name).unlink()
        self.assertIn(self.files[0].name, self.restore(away, code=2).stderr)
        # what lies behind the last one is not taken for a part of it
        shutil.copytree(self.directory, away, dirs_exist_ok=True)
        shutil.copy(self.files[0], away / f"9999_{self.row['date']}_full_S{len(self.files) + 1}_R0.ryde")
        self.assertNotEqual(self.restore(away, code=None).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
