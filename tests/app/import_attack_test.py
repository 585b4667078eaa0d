#!/usr/bin/env python3
"""Files and circumstances that an import meets and should not have to (docs/import.md).

Usage: import_attack_test.py REGDATA
"""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from driven_program import PATIENCE, REGDATA, DrivenProgram, ask, wait_for
from run_test import CHOSEN_EMAIL, REGISTRAR, WITHHELD, registration

MAPPING = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples" / "panel-mapping.toml"
SECRET = "AUTH-9Q7-GEHEIM"
PANEL = {"sld": "panel-hen", "tld": ".example", "registry_domain_id": "D1-EXAMPLE", "registered_at": "2021-05-04 09:12:33",
         "updated_at": "", "expires_at": "2027-05-04", "status": "Active,clientHold", "ns1": "ns1.dns-house.example", "ns2": "",
         "ns3": "", "ns4": "", "ns5": "", "ds": "", "reseller": "", "reseller_url": "", "client_id": "17", "type": "personal",
         "contact_first_name": "Zwiebelturm", "contact_last_name": "Quastenflosser", "contact_company": "",
         "contact_address1": WITHHELD["street"], "contact_address2": "", "contact_city": "Berlin", "contact_state": "",
         "contact_postcode": WITHHELD["postal_code"], "contact_country": "DE", "contact_phone_cc": "49",
         "contact_phone": "9988776655", "contact_email": CHOSEN_EMAIL, "tech_handle": "", "auth_code": SECRET, "id_protection": "1"}
SECRETS = [*WITHHELD.values(), *WITHHELD["name"].split(), "9988776655", CHOSEN_EMAIL, SECRET]


def csv_row(**changes):
    return ",".join('"' + value.replace('"', '""') + '"' for value in {**PANEL, **changes}.values())


def csv_file(*rows):
    return "\n".join([",".join(PANEL), *rows]) + "\n"


class ImportAttack(DrivenProgram):
    def setUp(self):
        self.made = 0
        self.directory.mkdir(exist_ok=True)
        shutil.rmtree(self.directory)
        subprocess.run([REGDATA, "init", "--directory", str(self.directory)], capture_output=True, env=self.environment, check=True)
        (self.directory / "conf.d" / "registrar.toml").write_text(REGISTRAR)

    # --- hands ---

    def file(self, content, name="in.jsonl"):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *arguments):
        return subprocess.Popen([REGDATA, "--config", str(self.config), "--json", "import", *map(str, arguments)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)

    def take(self, *arguments, code=0):
        """(envelope, rejects); and whatever is said or written holds no value of a person."""
        self.made += 1
        rejects = self.directory / f"rejects-{self.made}.jsonl"
        done = self.command("--json", "import", *map(str, arguments), "--rejects", str(rejects), code=code)
        plain = subprocess.run([REGDATA, "--config", str(self.config), "import", *map(str, arguments), "--dry-run"], check=False,
                               capture_output=True, text=True, env=self.environment, timeout=PATIENCE)
        written = rejects.read_text() if rejects.exists() else ""
        for value in SECRETS:
            self.assertNotIn(value, done.stdout + done.stderr + plain.stdout + plain.stderr + written)
        return json.loads(done.stdout), [json.loads(line) for line in written.splitlines()]

    def counts(self, envelope):
        return tuple(envelope["data"][what] for what in ("added", "unchanged", "rejected"))

    def held(self):
        found = {finding["what"]: finding for finding in json.loads(self.run_doctor().stdout)["data"]["findings"]}["store"]
        self.assertEqual(found["state"], "good", found)
        return int(found["text"].split()[0])

    def run_doctor(self):
        return subprocess.run([REGDATA, "--config", str(self.config), "--json", "doctor"], capture_output=True, text=True,
                              env=self.environment, timeout=PATIENCE, check=False)

    @staticmethod
    def lines(*names):
        return "".join(json.dumps(registration(name, f"C-{name.split('.')[0]}")) + "\n" for name in names)

    # --- what a file may be ---

    def test_other_encodings(self):
        umlaut = self.lines("latin-hen.example").replace("Berlin", "K\u00f6ln")
        line = json.dumps(json.loads(umlaut), ensure_ascii=False) + "\n"
        told, rejects = self.take(self.file(line.encode("latin-1") + self.lines("good-hen.example").encode()), code=6)
        self.assertEqual((self.counts(told), rejects[0]["line"]), ((1, 0, 1), 1))
        self.assertIn("is not UTF-8", rejects[0]["reason"])
        for encoding in ("utf-16", "utf-16-be"):
            mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
            for name, more, text in (("a.jsonl", [], line), ("a.csv", ["--mapping", MAPPING], csv_file(csv_row()))):
                told, rejects = self.take(self.file(mark + text.encode(encoding), name), *more, code=5)
                self.assertEqual((told["error"]["message"], rejects), ("the file is UTF-16, not UTF-8", []))
        told, _ = self.take(self.file(b"\xef\xbb\xbf" + line.replace("\n", "\r\n").encode()))
        self.assertEqual(self.counts(told), (1, 0, 0))
        self.command("publish")
        self.assertIn("latin-hen.example", self.command("lookup", "latin-hen.example").stdout)

    def test_lines_that_are_none(self):
        good = self.lines("good-hen.example").encode()
        twice = self.lines("twice-hen.example").replace('"email":', f'"email": "{CHOSEN_EMAIL}", "email":').encode()
        bad = [b"\0\0\0\n", self.lines("nul-hen.example").encode()[:-9] + b"\0" + good[-9:], b'{"name":' + b"[" * 100000 + b"\n",
               b"[" * 250000 + b"\n", twice, b'{"name":"' + b"x" * 300000 + b'"}\n', b'{"name":"surrogate-hen.example\\ud800"}\n']
        half = self.lines("half-hen.example").encode()[:300]
        told, rejects = self.take(self.file(b"".join(bad) + good + half), code=6)
        self.assertEqual(self.counts(told), (1, 0, len(bad) + 1))
        self.assertEqual(sorted({entry["line"] for entry in rejects}), [*range(1, len(bad) + 1), len(bad) + 2])
        reasons = {entry["line"]: entry["reason"] for entry in rejects}
        self.assertIn("nested too deeply", reasons[3])
        self.assertIn("the key is there twice", reasons[5])
        self.assertIn("ends too early", reasons[len(bad) + 2])
        self.assertEqual(self.held(), 1)

    def test_a_panel_export(self):
        mapped = ["--mapping", MAPPING]
        told, rejects = self.take(self.file(csv_file(csv_row()), "a.csv"), *mapped)
        self.assertEqual((self.counts(told), rejects), ((1, 0, 0), []))
        self.assertTrue(any("id_protection" in warning for warning in told["warnings"]))
        self.assertTrue(any("auth_code" in warning for warning in told["warnings"]))
        crooked = [csv_row(sld="date-hen", client_id="18", registered_at="gestern", contact_phone="x" + PANEL["contact_phone"],
                           contact_email="Quastenflosser"), csv_row(sld="slipped-hen") + ",more",
                   csv_row(sld=WITHHELD["name"], tld=""), csv_row(sld="nul-hen", client_id="19", contact_city="Ber\0lin"),
                   csv_row(sld="quote-hen").replace(WITHHELD["street"], 'Kupfer" kessel')]
        told, rejects = self.take(self.file(csv_file(*crooked, csv_row()), "b.csv"), *mapped, code=6)
        self.assertEqual(self.counts(told), (0, 1, len(crooked)))
        self.assertEqual({entry["line"] for entry in rejects}, set(range(2, 2 + len(crooked))))
        told, _ = self.take(self.file(csv_row() + "\n", "c.csv"), *mapped, code=3)  # without its header: a person's row
        self.assertIn("header", told["error"]["hint"])

    def test_dry_run_names_fields_only(self):
        self.take(self.file(self.lines("a-hen.example")))
        moved = self.lines("a-hen.example").replace(WITHHELD["street"], "Anderswo 1").replace(WITHHELD["phone"], "+49.12345")
        told = json.loads(self.command("--json", "import", str(self.file(moved)), "--dry-run").stdout)
        found = {(entry["element"], entry["what"]) for entry in told["data"]["differences"][0]["differences"]}
        self.assertEqual(found, {("street", "changed"), ("phone", "changed")})
        for value in [*SECRETS, "Anderswo", "12345"]:
            self.assertNotIn(value, json.dumps(told))
        self.assertEqual(self.counts(self.take(self.file(self.lines("a-hen.example")))[0]), (0, 1, 0))

    # --- where it reads and writes ---

    def test_a_pipe(self):
        self.take(self.file(self.lines("a-hen.example")))
        pipe = self.directory / "pipe"
        os.mkfifo(pipe)
        reading = self.start(pipe, "--format", "jsonl")
        pipe.write_text(self.lines("a-hen.example", "b-hen.example"))
        told = json.loads(reading.communicate(timeout=PATIENCE)[0])
        self.assertEqual((reading.returncode, self.counts(told)), (0, (1, 1, 0)))
        self.assertIn("a pipe is read once: what it states twice is written each time", told["warnings"])

    def test_rejects_that_cannot_be_written(self):
        source = self.file(self.lines("a-hen.example") + "{}\n")
        before = source.read_bytes()
        link, dangling, folder = (self.directory / name for name in ("link", "dangling", "folder"))
        link.symlink_to(source)
        dangling.symlink_to(self.directory / "nowhere")
        folder.mkdir()
        for place in (source, link, dangling, folder, "/dev/stdout"):
            self.command("import", str(source), "--rejects", str(place), code=1)
        for place in ("/no-such-folder/r.jsonl", source / "r.jsonl"):
            self.command("import", str(source), "--rejects", str(place), code=4)
        self.assertEqual(source.read_bytes(), before)
        self.assertFalse((self.directory / "nowhere").exists())
        self.assertEqual(self.held(), 0, "told before the first line goes in")

    # --- what happens meanwhile ---

    def test_interrupted_and_run_again(self):
        source = self.file(self.lines(*(f"hen-{i}.example" for i in range(30000))))
        importing = self.start(source)
        database = self.directory / "store" / "registrations.db-wal"
        wait_for("the first batch", lambda: (database.exists() and database.stat().st_size > 1 << 20) or importing.poll() is not None)
        importing.send_signal(signal.SIGINT)
        told = json.loads(importing.communicate(timeout=PATIENCE)[0])
        self.assertEqual(importing.returncode, 130, told)
        held = self.held()
        self.assertEqual((told["data"]["interrupted"], told["data"]["added"]), (True, held))
        self.assertLess(held, 30000)
        again, _ = self.take(source)
        self.assertEqual(self.counts(again), (30000 - held, held, 0))

    def test_two_at_once_beside_a_worker(self):
        with open(self.log_path, "wb") as log:
            type(self).worker = subprocess.Popen([REGDATA, "--config", str(self.config), "run"], stdout=log, stderr=log,
                                                 env=self.environment)
        try:
            wait_for("the server", lambda: self.events("serve", "serving"))
            sources = [self.file(self.lines(*(f"{side}-{i}.example" for i in range(3000)), "both-hen.example"), f"{side}.jsonl")
                       for side in ("left", "right")]
            importing = [self.start(source) for source in sources]
            told = [json.loads(one.communicate(timeout=PATIENCE * 4)[0]) for one in importing]
            self.assertEqual([one.returncode for one in importing], [0, 0], told)
            self.assertEqual(sum(one["data"]["added"] for one in told), 6001)
            self.assertEqual(self.held(), 6001)
            port = self.port_of()
            for name in ("left-2999.example", "right-2999.example", "both-hen.example"):
                wait_for(name, lambda n=name: CHOSEN_EMAIL in ask(port, n))
        finally:
            self.worker.send_signal(signal.SIGTERM)
            self.assertEqual(self.worker.wait(PATIENCE), 0)

    def test_a_full_disk(self):
        store = self.directory / "store"
        libc = ctypes.CDLL(None, use_errno=True)
        parked = self.directory / "parked"
        store.rename(parked)
        store.mkdir(mode=0o700)
        if libc.mount(b"tmpfs", bytes(store), b"tmpfs", 0, b"size=4m,mode=0700") != 0:
            self.fail(f"cannot mount a small disk: {os.strerror(ctypes.get_errno())}; run the tests as root in a container")
        try:
            for file in parked.iterdir():
                shutil.copy2(file, store / file.name)
            source = self.file(self.lines(*(f"hen-{i}.example" for i in range(20000))))
            told = json.loads(self.command("--json", "import", str(source), code=4).stdout)
            self.assertEqual(told["error"]["code"], "unavailable")
            self.assertRegex(told["error"]["message"] + told["error"]["hint"], "full|space")
            held = self.held()
            self.assertLess(held, 20000)
            self.assertEqual(libc.mount(None, bytes(store), None, 0x20, b"size=256m"), 0)  # MS_REMOUNT
            again, _ = self.take(source)
            self.assertEqual(self.counts(again), (20000 - held, held, 0))
        finally:
            libc.umount2(bytes(store), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
