#!/usr/bin/env python3
"""Escrow deposits with the whole program: opened by gpg and read by Python's csv, sent to OpenSSH, killed at every step.

Usage: deposit_test.py REGDATA
"""
import csv
import datetime
import email
import email.policy
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
import xml.etree.ElementTree
import zlib

import mail_server

REGDATA = sys.argv.pop(1)
LONG = bool(os.environ.get("REGDATA_LONG"))
REFERENCE = pathlib.Path(os.environ["REGDATA_REFERENCE"]) if os.environ.get("REGDATA_REFERENCE") else None
RDE = "{urn:ietf:params:xml:ns:rde%s-1.0}"
SANITIZED = bool(os.environ.get("REGDATA_TEST_SANITIZED"))
os.environ["PATH"] += ":/usr/sbin"

CONFIG = """
[[tld]]
name = "de"
registry = "example-registry"
policy = "icann-gtld"
[[recipient]]
id = "agent"
kind = "escrow-agent"
name = "Agent"
region = "EU"
agreement = "DPA-1"
[[escrow_agent]]
id = "agent"
recipient = "agent"
registrar = "example"
certificate = "%(certificate)s"
fingerprint = "%(fingerprint)s"
%(more)s
"""

# What people are called and where they live, and what breaks writers and readers of CSV.
PEOPLE = [
    ("O'Brien & Söhne, \"Inc.\"", ["Henway 1", "2nd floor, rear"], "Berlin", "hen+_%@bluehen.example"),
    ("陈伟 👩‍👩‍👧 𠮷野家", ["北京市朝阳区建国路1号"], "北京", "chen@xn--hxt.example"),
    ("שלום כהן", ["شارع الملك فهد 1"], "חיפה", "cohen@rtl.example"),
    ("=1+1;\\\"\"", ["''"], "Zürich", "formula@signs.example"),
    ("Zwiebelturm Quastenflosser", ["Kupferkesselgasse 7"], "Großdorf", "quastenflosser@planted.example"),
]
PLANTED = ["Zwiebelturm", "Quastenflosser", "Kupferkesselgasse", "quastenflosser"]


def registration(number):
    name, street, city, email = PEOPLE[number % len(PEOPLE)]
    return {"name": f"name-{number:05}.example", "registrar": "example", "created": "2020-01-31T12:00:00Z",
            "registrar_expires": "2027-01-31T12:00:00Z", "hosts": ["ns1.other.example"], "as_of": "2026-11-01T00:00:00Z",
            "contacts": {"registrant": {"handle": f"C-{number}", "kind": "natural", "name": name, "street": street, "city": city,
                                        "postal_code": "10115", "state": "Land", "country": "DE", "phone": "+49.301234567",
                                        "email": email}}}


def row_of(line):
    person = line["contacts"]["registrant"]
    return [line["name"], line["registrar_expires"], "9999", person["name"], ", ".join(person["street"]), person["city"],
            person["state"], person["postal_code"], person["country"], person["phone"], person["email"], person["name"]]


def run(*command, code=0, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **more)
    if code is not None and done.returncode != code:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout[-800:]}\n{done.stderr[-2000:]}")
    return done


NOTIFICATION = """<n:notification xmlns:n="urn:ietf:params:xml:ns:rdeNotification-1.0"><n:status>DVFN</n:status>
<n:report><n:watermark>%sT00:00:00Z</n:watermark><n:header><n:registrar>9999</n:registrar></n:header></n:report></n:notification>"""


class Place(unittest.TestCase):
    """A registrar with a few names, and an agent whose key gpg made."""

    names = 12

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="regdata-deposit-")
        cls.place = pathlib.Path(cls.directory.name)
        cls.gpg_home = cls.place / "gpg"
        cls.gpg_home.mkdir(mode=0o700)
        cls.gpg("--batch", "--passphrase", "", "--quick-generate-key", "agent@agent.example", "rsa3072", "sign,encrypt", "1y")
        (cls.place / "agent.asc").write_bytes(cls.gpg("--armor", "--export").stdout)
        listing = cls.gpg("--with-colons", "--fingerprint").stdout.decode()
        cls.fingerprint = re.search(r"^fpr:+([0-9A-F]{40}):", listing, re.M).group(1)
        run(REGDATA, "init", "--directory", cls.place / "rd")
        cls.lines = [registration(number) for number in range(cls.names)]
        (cls.place / "names.jsonl").write_text("".join(json.dumps(line) + "\n" for line in cls.lines), encoding="utf-8")
        (cls.place / "out").mkdir()
        cls.configure(f'folder = "{cls.place}/out"')
        cls.regdata("import", cls.place / "names.jsonl")
        cls.gpg("--import", stdin=cls.regdata("deposit", "keys", "--version", "4").stdout.encode())

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["gpgconf", "--homedir", cls.gpg_home, "--kill", "all"], check=False)
        cls.directory.cleanup()

    @classmethod
    def gpg(cls, *words, stdin=b""):
        done = subprocess.run(["gpg", "--homedir", cls.gpg_home, "--batch", "--trust-model", "always", *map(str, words)],
                              input=stdin, capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"gpg {words}: {done.returncode}\n{done.stderr.decode(errors='replace')}")
        return done

    @classmethod
    def agents_key(cls):
        """The agent's secret key in a file, as an agent would never give it away."""
        file = cls.place / "agent.key"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(cls.gpg("--export-secret-keys", "agent@agent.example").stdout)
        return file

    @classmethod
    def configure(cls, more):
        (cls.place / "rd/conf.d/escrow.toml").write_text(
            CONFIG % {"certificate": cls.place / "agent.asc", "fingerprint": cls.fingerprint, "more": more}, encoding="utf-8")

    @classmethod
    def regdata(cls, *words, code=0):
        return run(REGDATA, "--config", cls.place / "rd/regdata.toml", *words, code=code)

    def deposit(self, *words, code=0):
        return self.regdata("deposit", *words, code=code)

    def rows(self):
        return json.loads(self.regdata("--json", "deposit", "list").stdout)["data"]["deposits"]

    def fresh(self):
        """No deposit was ever made."""
        shutil.rmtree(self.place / "rd/deposits", ignore_errors=True)
        run("sqlite3", self.place / "rd/store/registrations.db", "DELETE FROM deposit_event; DELETE FROM deposit;")
        for file in (self.place / "out").iterdir():
            file.unlink()

    def change(self):
        """One name goes, one gets other dates."""
        changed = dict(self.lines[2], registrar_expires="2028-01-31T12:00:00Z", as_of="2026-11-02T00:00:00Z")
        ended = {"op": "end", "name": self.lines[1]["name"], "reason": "deleted", "at": "2026-11-03T00:00:00Z"}
        (self.place / "change.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (changed, ended)))
        self.regdata("import", self.place / "change.jsonl")

    def opened(self, file):
        """What gpg finds in a file of ours, and whose signature it holds."""
        done = self.gpg("--status-fd", "2", "--decrypt", file)
        status = done.stderr.decode(errors="replace")
        for word in ("GOODSIG", "VALIDSIG", "DECRYPTION_OKAY", "GOODMDC"):
            self.assertIn(f"[GNUPG:] {word}", status)
        return gzip.decompress(done.stdout)

    def directory_of(self, number):
        row = next(one for one in self.rows() if one["number"] == number)
        return self.place / "rd/deposits" / row["agent"] / f"{row['date']}_{row['kind']}_R{row['revision']}"

    def identifier(self, number):
        """Of a document by RFC 9022."""
        return json.loads((self.directory_of(number) / "manifest.json").read_text(encoding="utf-8"))["rdeId"]


class LongStreets(Place):
    """Lines of a street have one column, in which they can be longer than one line may be."""

    def test_they_come_back_whatever_joins_them(self):
        line = registration(12)
        line["contacts"]["registrant"]["street"] = ["Henway " + "a" * 85, "Henrow, " + "b" * 85, "Hencourt " + "c" * 85]
        (self.place / "long.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
        self.regdata("import", self.place / "long.jsonl")
        self.regdata("publish")
        for specification in ("2024", "2007"):
            for between in (", ", " | ", "; "):
                self.fresh()
                self.configure(f'folder = "{self.place}/out"\nspecification = "{specification}"\nstreet_separator = "{between}"')
                self.deposit("make")
                into = self.place / "restored"
                shutil.rmtree(into, ignore_errors=True)
                self.deposit("restore", self.directory_of(self.rows()[0]["number"]), "--key", self.agents_key(), "--into", into)
                self.deposit("restore", self.directory_of(self.rows()[0]["number"]), "--key", self.agents_key(), "--drill")


class Opened(Place):
    def test_every_value_comes_back(self):
        self.fresh()
        self.deposit("make")
        row = self.rows()[0]
        directory = self.directory_of(row["number"])
        content = self.opened(directory / f"9999_RDE_{row['date']}_full_1.csv.gz.gpg")
        (self.place / f"9999_RDE_{row['date']}_full_1.csv").write_bytes(content)
        run("sha256sum", "-c", directory / f"9999_RDE_{row['date']}_hash.txt", cwd=self.place)
        found = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        self.assertEqual(found[0], "domain,expiration-date,iana,rt-name,rt-street,rt-city,rt-state,rt-zip,rt-country,rt-phone,"
                                   "rt-email,bc-name".split(","))
        self.assertEqual(found[1:], [row_of(line) for line in self.lines])

    def test_by_handle_every_value_comes_back(self):
        self.fresh()
        self.configure(f'folder = "{self.place}/out"\nspecification = "2007"')
        self.addCleanup(self.configure, f'folder = "{self.place}/out"')
        self.deposit("make")
        row = self.rows()[0]
        directory = self.directory_of(row["number"])
        found = {}
        for kind in ("full", "hdl"):
            name = f"9999_RDE_{row['date']}_{kind}_1.csv"
            content = self.opened(directory / f"{name}.gz.gpg")
            (self.place / name).write_bytes(content)
            found[kind] = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        run("sha256sum", "-c", directory / f"9999_RDE_{row['date']}_hash.txt", cwd=self.place)
        self.assertEqual(found["full"][0], ["domain"] + [f"ns{number}" for number in range(1, 14)] + [
            "expiration_date", "rt-handle", "tc-handle", "ac-handle", "bc-handle", "prt-handle"])
        self.assertEqual(found["full"][1:], [[line["name"], "ns1.other.example"] + [""] * 12 + [
            line["registrar_expires"], f"C-{number}", "", "", f"C-{number}", ""] for number, line in enumerate(self.lines)])
        self.assertEqual(found["hdl"][0], "handle,name,address,state,zip,city,country,email,phone,fax,organization,phone-ext,"
                                          "fax-ext".split(","))
        people = sorted((line["contacts"]["registrant"] for line in self.lines), key=lambda one: one["handle"].encode())
        self.assertEqual(found["hdl"][1:], [[one["handle"], one["name"], ", ".join(one["street"]), one["state"],
                                             one["postal_code"], one["city"], one["country"], one["email"], one["phone"],
                                             "", "", "", ""] for one in people])

    def test_by_rfc_9022_the_schemas_and_gpg_find_nothing(self):
        self.fresh()
        self.configure(f'folder = "{self.place}/out"\nspecification = "rfc9022"')
        self.addCleanup(self.configure, f'folder = "{self.place}/out"')
        self.deposit("make")
        row = self.rows()[0]
        directory = self.directory_of(row["number"])
        stem = f"9999_{row['date']}_full_S1_R0"
        self.assertEqual(sorted(path.name for path in directory.iterdir()),
                         sorted([f"{stem}.ryde", f"{stem}.sig", "contacts.list", "manifest.json", "manifest.json.sig"]))
        self.gpg("--verify", directory / f"{stem}.sig", directory / f"{stem}.ryde")
        done = self.gpg("--status-fd", "2", "--decrypt", directory / f"{stem}.ryde")
        for word in ("GOODSIG", "DECRYPTION_OKAY", "GOODMDC"):
            self.assertIn(f"[GNUPG:] {word}", done.stderr.decode(errors="replace"))
        self.assertLess((directory / f"{stem}.ryde").stat().st_size, len(done.stdout), "it is compressed")
        (self.place / "rde.tar").write_bytes(done.stdout)
        self.assertEqual(run("tar", "-tf", self.place / "rde.tar").stdout, f"{stem}.xml\n")
        run("tar", "-xf", self.place / "rde.tar", "-C", self.place)
        document = self.place / f"{stem}.xml"
        if REFERENCE:  # schemas that nobody here wrote; elsewhere the summary says that they were not asked
            run("xmllint", "--noout", "--nonet", "--schema", REFERENCE / "schemas/rde/all.xsd", document)
        root = xml.etree.ElementTree.parse(document).getroot()
        self.assertEqual((root.get("type"), root.get("id")), ("FULL", self.identifier(row["number"])))
        self.assertRegex(root.get("id"), f"^{row['date'].replace('-', '')}[0-9A-Z]{{5}}$")
        counts = {(one.get("uri").split(":")[-1], one.get("rcdn")): int(one.text) for one in root.iter(RDE % "Header" + "count")}
        menu = {one.text.split(":")[-1] for one in root.iter("{urn:ietf:params:xml:ns:rde-1.0}objURI")}
        self.assertEqual(menu, {uri for uri, _ in counts})
        found = {kind: list(root.iter(RDE % kind.capitalize() + kind)) for kind in ("registrar", "domain", "host", "contact")}
        for kind, objects in found.items():
            self.assertEqual(counts[(f"rde{kind.capitalize()}-1.0", None)], len(objects))
        self.assertEqual(counts[("rdeDomain-1.0", "example")], len(self.lines))
        delegated = {one.text for one in root.iter("{urn:ietf:params:xml:ns:domain-1.0}hostObj")}
        self.assertLessEqual(delegated, {one.findtext(RDE % "Host" + "name") for one in found["host"]})
        contacts = {one.findtext(RDE % "Contact" + "id"): one for one in found["contact"]}
        text = "{urn:ietf:params:xml:ns:contact-1.0}"
        for number, line in enumerate(self.lines):
            person = line["contacts"]["registrant"]
            object_ = contacts[person["handle"]]
            address = next(object_.iter(text + "addr"))
            self.assertEqual(next(object_.iter(text + "name")).text, person["name"])
            self.assertEqual([one.text for one in address.findall(text + "street")], person["street"])
            self.assertEqual([address.findtext(text + word) for word in ("city", "sp", "pc", "cc")],
                             [person["city"], person["state"], person["postal_code"], person["country"]])
            self.assertEqual(object_.findtext(RDE % "Contact" + "email"), person["email"])
            self.assertEqual(found["domain"][number].findtext(RDE % "Domain" + "registrant"), person["handle"])
            self.assertEqual(found["domain"][number].findtext(RDE % "Domain" + "exDate"), line["registrar_expires"])

    def document_of(self, number):
        """The XML file in a deposit by RFC 9022, unpacked by gpg and tar, that the schemas find nothing in."""
        directory = self.directory_of(number)
        sealed = next(directory.glob("*.ryde"))
        (self.place / "rde.tar").write_bytes(self.gpg("--decrypt", sealed).stdout)
        run("tar", "-xf", self.place / "rde.tar", "-C", self.place)
        document = self.place / f"{sealed.stem}.xml"
        if REFERENCE:
            run("xmllint", "--noout", "--nonet", "--schema", REFERENCE / "schemas/rde/all.xsd", document)
        return xml.etree.ElementTree.parse(document).getroot()

    def tables_of(self, root):
        """Rows of the tables that the document defines, as dictionaries; those of what is gone as "domain-delete"."""
        csv_ = "{urn:ietf:params:xml:ns:rdeCsv-1.0}"
        tables = {}
        gone = {id(table) for part in root.iter("{urn:ietf:params:xml:ns:rde-1.0}deletes") for table in part.iter(csv_ + "csv")}
        for table in root.iter(csv_ + "csv"):
            fields = [one.tag.split(":")[-1].replace("-1.0}", ".") + one.get("index", "") for one in table.find(csv_ + "fields")]
            file = table.find(f"{csv_}files/{csv_}file")
            content = (self.place / file.text).read_bytes()
            self.assertEqual(f"{zlib.crc32(content):08X}", file.get("cksum"))
            rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
            self.assertTrue(all(len(row) == len(fields) for row in rows), table.get("name"))
            name = table.get("name") + ("-delete" if id(table) in gone else "")
            tables[name] = [dict(zip(fields, row)) for row in rows]
        return tables

    def send_and_change(self, specification):
        """A full deposit is sent, and the store changed; it is put back at the end."""
        self.fresh()
        shutil.copytree(self.place / "rd", self.place / "as-it-was")
        self.addCleanup(shutil.move, self.place / "as-it-was", self.place / "rd")
        self.addCleanup(shutil.rmtree, self.place / "rd")
        self.configure(f'folder = "{self.place}/out"\nspecification = "{specification}"\nbetween = "differential"')
        self.deposit("make")
        self.full_one = self.identifier(self.rows()[0]["number"])
        self.deposit("send", str(self.rows()[0]["number"]))
        self.change()

    def test_tables_by_rfc_9022_every_value_comes_back(self):
        self.fresh()
        self.configure(f'folder = "{self.place}/out"\nspecification = "rfc9022-csv"')
        self.addCleanup(self.configure, f'folder = "{self.place}/out"')
        self.deposit("make")
        root = self.document_of(self.rows()[0]["number"])
        tables = self.tables_of(root)
        counts = {one.get("uri").split(":")[-1]: int(one.text) for one in root.iter(RDE % "Header" + "count") if not one.get("rcdn")}
        self.assertEqual(counts, {f"csv{kind.capitalize()}-1.0": len(tables[kind])
                                  for kind in ("domain", "host", "contact", "registrar")})
        postal = {row["csvContact.fId"]: row for row in tables["contactPostal"]}
        contacts = {row["csvContact.fId"]: row for row in tables["contact"]}
        statuses = {row["csvDomain.fName"]: row["csvDomain.fStatus"] for row in tables["domainStatuses"]}
        servers = {row["csvDomain.fName"]: row["csvHost.fName"] for row in tables["domainNameServers"]}
        for row, line in zip(tables["domain"], self.lines, strict=True):
            person = line["contacts"]["registrant"]
            self.assertEqual((row["csvDomain.fName"], row["rdeCsv.fRegistrant"], row["rdeCsv.fExDate"], row["rdeCsv.fCrDate"]),
                             (line["name"], person["handle"], line["registrar_expires"], line["created"]))
            self.assertEqual((statuses[line["name"]], servers[line["name"]]), ("ok", "ns1.other.example"))
            address = postal[person["handle"]]
            self.assertEqual([address[f"csvContact.{field}"] for field in ("fName", "fStreet0", "fStreet1", "fCity", "fSp", "fPc", "fCc")],
                             [person["name"], *(person["street"] + [""])[:2], person["city"], person["state"],
                              person["postal_code"], person["country"]])
            self.assertEqual((contacts[person["handle"]]["csvContact.fEmail"], contacts[person["handle"]]["csvContact.fVoice"]),
                             (person["email"], person["phone"]))

    def test_differences_by_tables_are_valid_too(self):
        self.send_and_change("rfc9022-csv")
        for kind, type_ in (("differential", "DIFF"), ("incremental", "INCR")):
            self.deposit("make", "--kind", kind)
            row = self.rows()[0]
            root = self.document_of(row["number"])
            self.assertEqual((root.get("type"), root.get("prevId")), (type_, self.full_one))
            tables = self.tables_of(root)
            self.assertEqual(tables["domain-delete"], [{"csvDomain.fName": "name-00001.example"}])
            self.assertEqual(tables["contact-delete"], [{"csvContact.fId": "C-1"}])
            self.assertEqual([one["csvDomain.fName"] for one in tables["domain"]], ["name-00002.example"])
            for name in ("domainContacts", "domainStatuses", "domainNameServers"):
                self.assertEqual({one["csvDomain.fName"] for one in tables[name]} - {"name-00002.example"}, set(), name)
            counts = {one.get("uri").split(":")[-1]: int(one.text) for one in root.iter(RDE % "Header" + "count") if not one.get("rcdn")}
            self.assertEqual(counts["csvDomain-1.0"], len(self.lines) - 1)

    def test_differences_by_rfc_9022_are_valid_too(self):
        self.send_and_change("rfc9022")
        for kind, type_ in (("differential", "DIFF"), ("incremental", "INCR")):
            self.deposit("make", "--kind", kind)
            row = self.rows()[0]
            root = self.document_of(row["number"])
            self.assertEqual((root.get("type"), root.get("prevId")), (type_, self.full_one))
            self.assertEqual([one.text for one in root.iter(RDE % "Domain" + "name")], ["name-00001.example", "name-00002.example"])
            self.assertEqual([one.tag.split("}")[1] for one in root], ["watermark", "rdeMenu", "deletes", "contents"])
            gone = [one.findtext(RDE % "Domain" + "name") for one in root.iter(RDE % "Domain" + "delete")]
            self.assertEqual(gone, ["name-00001.example"])
            self.assertEqual([one.findtext(RDE % "Contact" + "id") for one in root.iter(RDE % "Contact" + "delete")], ["C-1"])
            counts = {one.get("uri").split(":")[-1]: int(one.text) for one in root.iter(RDE % "Header" + "count") if not one.get("rcdn")}
            self.assertEqual(counts["rdeDomain-1.0"], len(self.lines) - 1)

    def test_gpg_verifies_the_manifest(self):
        self.fresh()
        self.deposit("make")
        directory = self.directory_of(self.rows()[0]["number"])
        self.gpg("--verify", directory / "manifest.json.sig", directory / "manifest.json")

    def test_no_person_is_in_clear_on_disk_or_said(self):
        self.fresh()
        said = self.deposit("make")
        number = str(self.rows()[0]["number"])
        told = said.stdout + said.stderr
        for words in (["send", number], ["show", number], ["list"], ["verify", number]):
            done = self.deposit(*words)
            told += done.stdout + done.stderr
        for words in (["--into", self.place / "rd/restored"], ["--drill"]):
            if words == ["--drill"]:
                self.regdata("publish")
            done = self.deposit("restore", self.directory_of(int(number)), "--key", self.agents_key(), *words)
            told += done.stdout + done.stderr
        for root, _, files in os.walk(self.place / "rd"):
            for name in files:
                told += name
                data = pathlib.Path(root, name).read_bytes()
                for planted in PLANTED:
                    self.assertNotIn(planted.encode(), data, f"{root}/{name}")
        for planted in PLANTED:
            self.assertNotIn(planted, told)

    def test_two_makers_at_once_make_one(self):
        self.fresh()
        done = []
        threads = [threading.Thread(target=lambda: done.append(self.deposit("make", code=None).returncode)) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual(sorted(done), [0, 1, 1, 1, 1, 1])
        self.assertEqual([row["state"] for row in self.rows()], ["verified"])


class Killed(Place):
    """SIGKILL at system calls of make and send. Afterwards the same command does what it should have done."""

    names = 3
    CALLS = ["openat", "write", "pwrite64", "fsync", "fdatasync", "close", "renameat2", "unlink", "mkdir", "flock", "ftruncate",
             "fadvise64", "read"]

    def kill_at(self, call, count, *words):
        """True: it was killed before it ended."""
        done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                               f"inject={call}:signal=SIGKILL:when={count}", REGDATA, "--config",
                               str(self.place / "rd/regdata.toml"), *words],
                              capture_output=True, timeout=300, check=False)
        return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)

    def check_names(self, directory):
        for file in directory.rglob("*.gpg"):
            if not file.name.startswith("."):
                self.opened(file)
        for file in directory.rglob("*.ryde"):
            if not file.name.startswith("."):
                self.gpg("--decrypt", file)

    def points(self, words):
        """Each call of a kind up to its last; in the short run a sample, another one each day."""
        calls = self.CALLS if LONG or not SANITIZED else self.CALLS[1:4] + self.CALLS[6:8]
        for number, call in enumerate(calls):
            count = 1 if LONG else 1 + (datetime.date.today().toordinal() + number) % 3
            while True:
                self.prepare()
                if not self.kill_at(call, count, *words):
                    break
                yield f"{call} {count}"
                count = count + 1 if LONG else count * 3

    def test_make(self):
        self.prepare = self.fresh
        kills = 0
        for point in self.points(["deposit", "make"]):
            with self.subTest(point):
                kills += 1
                if (self.place / "rd/deposits").exists():
                    self.check_names(self.place / "rd/deposits")
                states = [row["state"] for row in self.rows()]
                self.assertLessEqual(len(states), 1)
                if states == ["verified"]:
                    self.deposit("make", code=1)
                else:
                    self.deposit("make")
                row = self.rows()[0]
                self.assertEqual((len(self.rows()), row["state"], row["revision"]), (1, "verified", 0))
                self.deposit("verify", str(row["number"]))
                names = sorted(os.listdir(self.directory_of(row["number"])))
                self.assertEqual(len(names), 5, names)
        self.assertGreater(kills, 200 if LONG else 8)

    def test_make_difference(self):
        self.fresh()
        self.configure(f'folder = "{self.place}/out"\nspecification = "rfc9022"\nbetween = "differential"')
        self.addCleanup(self.configure, f'folder = "{self.place}/out"')
        self.deposit("make")
        self.deposit("send", str(self.rows()[0]["number"]))
        self.change()
        shutil.copytree(self.place / "rd", self.place / "before")
        self.addCleanup(shutil.rmtree, self.place / "before")

        def prepare():
            shutil.rmtree(self.place / "rd")
            shutil.copytree(self.place / "before", self.place / "rd")

        self.prepare = prepare
        kills = 0
        words = ["deposit", "make", "--kind", "differential"]
        for point in self.points(words):
            with self.subTest(point):
                kills += 1
                self.check_names(self.place / "rd/deposits")
                states = [row["state"] for row in self.rows()]
                self.assertIn(len(states), (1, 2))
                self.deposit("make", "--kind", "differential", code=1 if states == ["verified", "sent"] else 0)
                self.assertEqual([(row["kind"], row["state"], row["revision"]) for row in self.rows()],
                                 [("diff", "verified", 0), ("full", "sent", 0)])
                number = self.rows()[0]["number"]
                self.deposit("verify", str(number))
                names = sorted(os.listdir(self.directory_of(number)))
                self.assertEqual(len(names), 6, names)
        self.assertGreater(kills, 200 if LONG else 8)

    def test_send(self):
        self.fresh()
        self.deposit("make")
        number = str(self.rows()[0]["number"])
        shutil.copytree(self.place / "rd", self.place / "made")

        def prepare():
            shutil.rmtree(self.place / "rd")
            shutil.copytree(self.place / "made", self.place / "rd")
            for file in (self.place / "out").iterdir():
                file.unlink()

        self.prepare = prepare
        kills = 0
        for point in self.points(["deposit", "send", number]):
            with self.subTest(point):
                kills += 1
                there = sorted(file.name for file in (self.place / "out").iterdir() if not file.name.startswith("."))
                if any(name.endswith("hash.txt") for name in there):
                    self.assertEqual(len(there), 2, "the hash file comes last")
                self.check_names(self.place / "out")
                self.assertIn(self.rows()[0]["state"], ("verified", "sending", "sent"))
                self.deposit("send", number)
                self.assertEqual(self.rows()[0]["state"], "sent")
                for file in (self.place / "out").iterdir():
                    self.assertEqual(file.read_bytes(), (self.directory_of(int(number)) / file.name).read_bytes())
                self.assertEqual(len(list((self.place / "out").iterdir())), 2)
        shutil.rmtree(self.place / "made")
        self.assertGreater(kills, 100 if LONG else 5)


    def test_restore(self):
        self.fresh()
        self.deposit("make")
        directory = self.directory_of(self.rows()[0]["number"])
        new = self.place / "restored"
        words = ["deposit", "restore", str(directory), "--key", str(self.agents_key()), "--into", str(new)]

        def prepare():
            shutil.rmtree(new, ignore_errors=True)
            shutil.rmtree(self.place / ".restored.part", ignore_errors=True)

        def names_in(store):  # the tests before this one ended some
            return run("sqlite3", store / "registrations.db", "SELECT name FROM registration WHERE ended_at IS NULL ORDER BY name").stdout

        deposited = names_in(self.place / "rd/store")
        self.prepare = prepare
        kills = 0
        for point in self.points(words):
            with self.subTest(point):
                kills += 1
                if new.exists():
                    self.assertEqual(sorted(os.listdir(new)), ["keys.db", "registrations.db"])
                    self.assertEqual(names_in(new), deposited)
                else:
                    self.regdata(*words)
                self.assertFalse((self.place / ".restored.part").exists(), "what was killed is swept, or was put in place")
                self.assertEqual(sorted(os.listdir(new)), ["keys.db", "registrations.db"])
        self.assertGreater(kills, 100 if LONG else 5)


class Failing(Place):
    """Calls that fail: no space, a failing fsync. The command says so, and leaves nothing that could be taken for a deposit."""

    names = 3

    def test_errors(self):
        calls = [("write", "ENOSPC"), ("fsync", "EIO"), ("renameat2", "EIO"), ("mkdir", "ENOSPC"), ("pwrite64", "ENOSPC")]
        failed = 0
        for call, error in calls[1:] if SANITIZED else calls:  # a sanitizer's own writes would fail, and it with them
            for count in range(1, 200) if LONG else (1, 2, 5, 13) if not SANITIZED else (1, 4):
                self.fresh()
                done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                       f"inject={call}:error={error}:when={count}", REGDATA, "--config",
                                       str(self.place / "rd/regdata.toml"), "deposit", "make"],
                                      capture_output=True, text=True, timeout=300, check=False)
                with self.subTest(f"{call} {error} {count}"):
                    self.assertGreaterEqual(done.returncode, 0, done.stderr)
                    rows = self.rows()
                    if rows and rows[0]["state"] in ("verified",):
                        self.deposit("verify", str(rows[0]["number"]))
                        self.deposit("make", code=1)
                    else:
                        self.assertNotEqual(done.returncode, 0)
                        failed += 1
                        self.assertIn("error", done.stderr)
                        self.assertEqual(list((self.place / "rd").rglob("*.gpg")), [])
                        self.deposit("make")
        self.assertGreater(failed, 4, "the calls came too late to fail")


class Scheduled(Place):
    """`regdata run` makes and sends what is due, once, whatever kills it."""

    def worker(self, more=""):
        (self.place / "rd/conf.d/run.toml").write_text(
            '[whois]\nlisten = ["127.0.0.1:0"]\n[worker]\nadmin = "127.0.0.1:0"\n[serve]\nadmin = ""\n[log]\nformat = "json"\n'
            '[escrow]\npoll = "100ms"\nretry = "200ms"\n' + more, encoding="utf-8")
        log = open(self.place / "log", "a", encoding="utf-8")
        self.addCleanup(log.close)
        process = subprocess.Popen([REGDATA, "--config", str(self.place / "rd/regdata.toml"), "run"], stderr=log,
                                   start_new_session=True)

        def end():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()

        self.addCleanup(end)
        process.end = end
        return process

    def wait_for(self, what, patience=60):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        self.fail("not in time\n" + (self.place / "log").read_text(encoding="utf-8")[-3000:])

    def daily(self):
        now = time.gmtime()
        return f'folder = "{self.place}/out"\nevery = "day"\nat = "{now.tm_hour:02}:{now.tm_min:02}"'

    def page(self):
        log = (self.place / "log").read_text(encoding="utf-8")
        address = re.findall(r'"admin": ?"(127[^"]*)"', log)[-1]
        with urllib.request.urlopen(f"http://{address}/metrics") as answer:
            return answer.read().decode()

    def setUp(self):
        self.fresh()
        (self.place / "log").write_text("", encoding="utf-8")

    def test_what_is_due_is_made_and_sent_once(self):
        self.configure(self.daily())
        first = self.worker()
        self.wait_for(lambda: [row for row in self.rows() if row["state"] == "sent"])
        self.assertEqual(len(list((self.place / "out").iterdir())), 2)
        page = self.wait_for(lambda: "regdata_escrow_sent_age_seconds" in self.page() and self.page())
        self.assertIn('regdata_escrow_verified_age_seconds{agent="agent"} +Inf', page)
        self.assertIn('regdata_escrow_overdue{agent="agent"} 0', page)
        self.deposit("verdict", str(self.rows()[0]["number"]), "accepted")
        self.wait_for(lambda: re.search(r'regdata_escrow_verified_age_seconds\{agent="agent"\} \d', self.page()))
        first.end()
        self.worker()
        time.sleep(1.5)
        self.assertEqual([row["state"] for row in self.rows()], ["accepted"])

    def test_a_deposit_of_the_future_stops_nothing_and_is_told(self):
        self.deposit("make")
        number = str(self.rows()[0]["number"])
        self.deposit("send", number)
        # as a clock that was 400 days ahead would have left it
        run("sqlite3", self.place / "rd/store/registrations.db",
            "UPDATE deposit SET watermark = watermark + 400 * 86400000, date = date + 400")
        self.deposit("verdict", number, "accepted")
        for file in (self.place / "out").iterdir():
            file.unlink()
        self.configure(self.daily())
        self.worker()
        self.wait_for(lambda: [row["state"] for row in self.rows()] == ["sent", "accepted"])
        page = self.wait_for(lambda: re.search(r"regdata_escrow_sent_age_seconds.* \d", self.page()) and self.page())
        self.assertIn('regdata_escrow_from_future{agent="agent"} 1', page)
        self.assertIn('regdata_escrow_verified_age_seconds{agent="agent"} +Inf', page)
        self.assertNotRegex(page, r"age_seconds\{[^}]*\} -")
        self.assertEqual((self.place / "log").read_text(encoding="utf-8").count("is from the future"), 1)
        self.deposit("verdict", number, "rejected")
        self.wait_for(lambda: 'regdata_escrow_from_future{agent="agent"} 0' in self.page())

    def test_a_long_silence_is_told_and_ended(self):
        self.deposit("make")
        number = str(self.rows()[0]["number"])
        self.deposit("send", number)
        run("sqlite3", self.place / "rd/store/registrations.db",
            "UPDATE deposit SET watermark = watermark - 90 * 86400000, date = date - 90")
        for file in (self.place / "out").iterdir():
            file.unlink()
        self.configure(self.daily())
        self.worker()
        self.wait_for(lambda: [row["state"] for row in self.rows()] == ["sent", "sent"])
        self.assertIn("by the clock the last deposit was made 2160 hours ago", (self.place / "log").read_text(encoding="utf-8"))

    def test_killed_at_any_time_each_is_sent_once(self):
        self.configure(self.daily())
        for turn in range(40 if LONG else 6):
            worker = self.worker()
            time.sleep(0.15 + 0.05 * (turn % 12))
            worker.end()
        self.worker()
        self.wait_for(lambda: [row for row in self.rows() if row["state"] == "sent"])
        time.sleep(0.5)
        self.assertEqual(len(self.rows()), 1)
        number = self.rows()[0]["number"]
        for file in (self.place / "out").iterdir():
            self.assertEqual(file.read_bytes(), (self.directory_of(number) / file.name).read_bytes())
        self.assertEqual(len(list((self.place / "out").iterdir())), 2)

    def test_the_operator_is_told_by_mail_and_once(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        verdicts = self.place / "verdicts"
        verdicts.mkdir()
        self.configure(self.daily() + f'\nverdicts = "{verdicts}"')
        worker = self.worker(f'answer_within = "1s"\nalert_to = ["operator@in.test"]\n[relay]\nserver = "127.0.0.1:{port}"\n'
                             'tls = "none"\nfrom = "regdata@registrar.example"\n')
        self.wait_for(lambda: "alerts wait" in (self.place / "log").read_text(encoding="utf-8"), 90)
        home = tempfile.TemporaryDirectory(prefix="regdata-mail-")
        self.addCleanup(home.cleanup)
        os.chmod(home.name, 0o755)  # the mail server is another user
        server = mail_server.MailServer(home.name, port, tls=False)
        self.addCleanup(server.stop)
        server.start()

        def told(words):
            mails = [email.message_from_bytes(mail, policy=email.policy.default) for mail in server.mails("operator")]
            return [mail for mail in mails if words in mail["Subject"] and words in mail.get_content()]

        self.wait_for(lambda: told("nothing was heard of deposit"))
        for name, words in (("nonsense", "x"), ("verdict", NOTIFICATION % time.strftime("%Y-%m-%d", time.gmtime()))):
            (verdicts / f".{name}").write_text(words, encoding="ascii")
            (verdicts / f".{name}").rename(verdicts / name)
        self.wait_for(lambda: told("a verdict could not be taken") and told("is rejected and waits for a person"))
        time.sleep(1)
        self.assertEqual(len(server.mails("operator")), 3)
        worker.end()

    def test_an_agent_that_cannot_be_reached_is_tried_again(self):
        self.configure(self.daily())
        away = self.place / "away"
        (self.place / "out").rename(away)
        self.worker()
        self.wait_for(lambda: "is not a directory" in (self.place / "log").read_text(encoding="utf-8"))
        self.assertEqual([row["state"] for row in self.rows()], ["verified"])
        away.rename(self.place / "out")
        self.wait_for(lambda: [row for row in self.rows() if row["state"] == "sent"])
        self.assertEqual(len(self.rows()), 1)


class Server:
    """OpenSSH on loopback, as this user."""

    def __init__(self, place, prefix=(), host_key="ed25519"):
        self.place = place
        self.home = place / "server"
        self.folder = self.home / "in box"
        if not self.home.exists():
            self.folder.mkdir(parents=True)
            for kind in ("ed25519", "rsa", "ecdsa"):
                run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", self.home / f"host_{kind}")
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place / "user_key")
            shutil.copy(place / "user_key.pub", self.home / "authorized_keys")
            os.symlink("/usr/lib/openssh/sftp-server", self.home / "sftp-server")  # a name that nobody else's has
        os.makedirs("/run/sshd", exist_ok=True) if os.geteuid() == 0 else None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (self.home / "sshd_config").write_text(f"""
ListenAddress 127.0.0.1:{self.port}
HostKey {self.home}/host_{host_key}
AuthorizedKeysFile {self.home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
Subsystem sftp {self.home}/sftp-server
""", encoding="ascii")
        self.process = subprocess.Popen([*prefix, shutil.which("sshd"), "-D", "-e", "-f", str(self.home / "sshd_config")],
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)

    def fingerprint(self, kind="ed25519"):
        return run("ssh-keygen", "-lf", self.home / f"host_{kind}.pub").stdout.split()[1].removeprefix("SHA256:")

    def stop(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        subprocess.run(["pkill", "-KILL", "-f", f"sshd.*{self.home}"], check=False)

    def freeze(self, how):
        subprocess.run(["pkill", f"-{how}", "-f", f"^{self.home}/sftp-server"], check=False)


class Sent(Place):
    names = 400

    def setUp(self):
        self.fresh()
        self.server = Server(self.place)
        self.addCleanup(self.server.stop)
        for file in self.server.folder.iterdir():
            file.unlink()
        self.door(self.server)
        self.deposit("make")
        self.number = str(self.rows()[0]["number"])
        self.made = self.directory_of(int(self.number))

    def door(self, server, host_key=None):
        user = run("id", "-un").stdout.strip()
        self.configure(f'sftp = "sftp://{user}@127.0.0.1:{server.port}{str(server.folder).replace(" ", "%20")}"\n'
                       f'ssh_key = "{self.place}/user_key"\nhost_key = "{host_key or server.fingerprint()}"')

    def arrived(self):
        return sorted(file.name for file in self.server.folder.iterdir())

    def assert_all_there(self):
        self.assertEqual(self.arrived(), sorted(file.name for file in self.made.iterdir() if file.name.startswith("9999_")))
        for name in self.arrived():
            self.assertEqual((self.server.folder / name).read_bytes(), (self.made / name).read_bytes())

    def test_arrives_whole(self):
        self.deposit("send", self.number)
        self.assert_all_there()
        self.assertEqual(self.rows()[0]["state"], "sent")
        before = {file.name: file.stat().st_mtime_ns for file in self.server.folder.iterdir()}
        self.deposit("send", self.number)
        self.assertEqual({file.name: file.stat().st_mtime_ns for file in self.server.folder.iterdir()}, before, "sent once")

    def test_another_host_key_gets_nothing(self):
        self.door(self.server, host_key="A" * 43)
        done = self.deposit("send", self.number, code=7)
        self.assertIn("host key is not the one", done.stderr)
        self.assertEqual(self.arrived(), [])
        self.door(self.server)
        self.deposit("send", self.number)
        self.assert_all_there()

    def test_the_doctor_goes_up_to_the_door(self):
        done = self.deposit("doctor")
        self.assertIn("door: sftp://", done.stdout)
        self.assertIn("the host key is the right one", done.stdout)
        self.assertEqual(self.arrived(), [], "and brings nothing")
        self.door(self.server, host_key="A" * 43)
        self.assertIn("host key is not the one", self.deposit("doctor", code=7).stderr)
        self.server.stop()
        self.assertIn("door", self.deposit("doctor", code=4).stderr)
        rsa = Server(self.place, host_key="rsa")
        self.addCleanup(rsa.stop)
        self.door(rsa, host_key=rsa.fingerprint("rsa"))
        self.assertIn("a server with an RSA host key alone is out of reach", self.deposit("doctor", code=4).stdout)

    def test_a_part_that_is_not_ours_is_begun_anew(self):
        name = sorted(file.name for file in self.made.iterdir() if file.name.endswith(".gpg"))[0]
        ours = (self.made / name).read_bytes()
        part = f".{name}.{hashlib.sha256(ours).hexdigest()[:16]}.part"
        for wrong in (bytes(len(ours) // 2), bytes(len(ours)), ours[:40] + bytes(10), ours[:40]):
            (self.server.folder / part).write_bytes(wrong)
            self.deposit("send", self.number)
            self.assert_all_there()
            self.deposit("verdict", self.number, "missing")
            for file in self.server.folder.iterdir():
                file.unlink()

    def test_the_doctor_looks_for_the_folder(self):
        self.server.folder.rename(self.server.folder.with_name("elsewhere"))
        self.assertIn("no such folder", self.deposit("doctor", code=4).stderr)
        self.server.folder.with_name("elsewhere").rename(self.server.folder)

    def test_a_taken_name_is_left(self):
        name = sorted(file.name for file in self.made.iterdir() if file.name.endswith(".gpg"))[0]
        (self.server.folder / name).write_bytes(b"somebody else's")
        done = self.deposit("send", self.number, code=1)
        self.assertIn("is there already", done.stderr)
        self.assertEqual((self.server.folder / name).read_bytes(), b"somebody else's")

    def test_a_taken_name_of_the_same_size_is_left(self):
        for name in sorted(file.name for file in self.made.iterdir() if file.name.startswith("9999_")):
            ours = (self.made / name).read_bytes()
            theirs = ours[:-1] + bytes([ours[-1] ^ 1])
            (self.server.folder / name).write_bytes(theirs)
            done = self.deposit("send", self.number, code=1)
            self.assertIn("is there already", done.stderr)
            self.assertEqual((self.server.folder / name).read_bytes(), theirs)
            self.assertEqual(self.rows()[0]["state"], "sending")
            (self.server.folder / name).unlink()
        self.deposit("send", self.number)
        self.assert_all_there()

    def test_the_next_revision_leaves_what_is_another_s(self):
        name = sorted(file.name for file in self.made.iterdir() if file.name.endswith(".gpg"))[0]
        (self.server.folder / name).write_bytes(b"somebody else's")
        self.deposit("send", self.number, code=1)
        former = self.made / name
        digest = run("sha256sum", former).stdout[:16]
        (self.server.folder / f".{name}.{digest}.part").write_bytes(former.read_bytes()[:100])
        self.deposit("make", "--again")
        following = self.rows()[0]
        self.assertEqual(following["revision"], 1, "the first one is not unsent any more")
        self.deposit("send", following["number"], code=1)
        self.assertEqual((self.server.folder / name).read_bytes(), b"somebody else's")
        (self.server.folder / name).unlink()
        shutil.copy(former, self.server.folder / name)  # ours, as if the first attempt had come so far
        self.deposit("send", following["number"])
        self.made = self.directory_of(following["number"])
        self.assert_all_there()

    def test_what_arrived_unheard_is_not_sent_again(self):
        name = sorted(file.name for file in self.made.iterdir() if file.name.endswith(".gpg"))[0]
        shutil.copy(self.made / name, self.server.folder / name)
        inode = (self.server.folder / name).stat().st_ino
        self.deposit("send", self.number)
        self.assert_all_there()
        self.assertEqual((self.server.folder / name).stat().st_ino, inode)

    def test_goes_on_where_it_was_broken_off(self):
        part = [file for file in self.made.iterdir() if file.name.endswith(".gpg")][0]
        digest = run("sha256sum", part).stdout[:16]
        begun = self.server.folder / f".{part.name}.{digest}.part"
        half = part.stat().st_size // 2
        begun.write_bytes(part.read_bytes()[:half])
        inode = begun.stat().st_ino
        self.deposit("send", self.number)
        self.assert_all_there()
        self.assertEqual((self.server.folder / part.name).stat().st_ino, inode, "gone on with, not begun anew")

    def test_a_part_that_is_too_long_is_begun_anew(self):
        part = [file for file in self.made.iterdir() if file.name.endswith(".gpg")][0]
        digest = run("sha256sum", part).stdout[:16]
        (self.server.folder / f".{part.name}.{digest}.part").write_bytes(part.read_bytes() + b"more")
        self.deposit("send", self.number)
        self.assert_all_there()

    def test_a_server_that_is_not_there_is_told(self):
        self.server.stop()
        done = self.deposit("send", self.number, code=4)
        self.assertEqual(self.rows()[0]["state"], "sending")
        self.assertNotIn("user_key", done.stdout)
        self.server = Server(self.place)
        self.addCleanup(self.server.stop)
        self.door(self.server)
        self.deposit("send", self.number)
        self.assert_all_there()

    def test_a_full_server_is_told(self):
        self.server.stop()
        full = Server(self.place, prefix=["bash", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sshd"])
        self.addCleanup(full.stop)
        self.door(full)
        self.deposit("send", self.number, code=4)
        self.assertFalse([name for name in self.arrived() if not name.startswith(".")])
        full.stop()
        self.server = Server(self.place)
        self.addCleanup(self.server.stop)
        self.door(self.server)
        self.deposit("send", self.number)
        self.assert_all_there()

    def test_a_key_that_the_server_does_not_know_is_told(self):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.place / "other_key")
        config = self.place / "rd/conf.d/escrow.toml"
        config.write_text(config.read_text(encoding="utf-8").replace("user_key", "other_key"), encoding="utf-8")
        done = self.deposit("send", self.number, code=4)
        self.assertIn("does not take our key", done.stderr)
        os.chmod(self.place / "other_key", 0o644)
        self.assertIn("can be read by others", self.deposit("send", self.number, code=3).stderr)
        for file in self.place.glob("other_key*"):
            file.unlink()

    def test_many_breaks_each_deposit_once(self):
        for turn in range(100 if LONG else 10):
            for file in self.server.folder.iterdir():
                file.unlink()
            self.deposit("verdict", self.number, "missing", code=None)
            sending = subprocess.Popen([REGDATA, "--config", str(self.place / "rd/regdata.toml"), "deposit", "send", self.number],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.01 * (turn % 40))
            self.server.freeze("KILL")
            sending.wait(timeout=120)
            self.deposit("send", self.number)
            self.assert_all_there()


if __name__ == "__main__":
    unittest.main(verbosity=2)
