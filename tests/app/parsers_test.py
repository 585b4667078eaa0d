#!/usr/bin/env python3
"""Parsers that nobody here wrote read our port 43 answers for the whole cast of fixtures/, and agree with RDAP: Debian's whois
fetches them, Debian's Net::Whois::Parser and npm's whoiser take them apart.

Usage: parsers_test.py REGDATA
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from page_test import PATIENCE, Program, SOURCE

PERL = r"""
use strict; use warnings; use utf8;
use JSON::PP; use Net::Whois::Parser;
$Net::Whois::Parser::GET_ALL_VALUES = 1;
my %read;
for my $file (@ARGV) {
  open my $handle, '<:encoding(UTF-8)', $file or die "$file: $!";
  my $text = do { local $/; <$handle> };
  my ($name) = $file =~ m{([^/]+)$};
  $read{$name} = parse_whois(raw => $text, domain => $name);
}
print JSON::PP->new->utf8->allow_blessed->encode(\%read);
"""

NODE = r"""
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
const { parseDomainWhois } = createRequire(process.argv[2])('whoiser/src/parsers.js');
const read = {};
for (const file of process.argv.slice(3)) read[path.basename(file)] = parseDomainWhois(path.basename(file), fs.readFileSync(file, 'utf8'), true);
console.log(JSON.stringify(read));
"""


def status_of(words):
    first, *rest = words.split()
    return "ok" if words == "active" else first + "".join(word.capitalize() for word in rest)


def number_of(prop):
    return re.sub("[^0-9]", "", prop[3].removeprefix("tel:").split(";")[0]) if prop else ""


def plain(text):
    return " ".join(text.split())


def card_of(rdap, role):
    """What the public is shown of a contact: label of port 43 → value; a value that is not shown is missing."""
    entity = next(entity for entity in rdap["entities"] if role in entity["roles"])
    card = {}
    for prop in entity["vcardArray"][1]:
        kind = prop[1].get("type") if prop[0] == "tel" else None
        card.setdefault(kind or prop[0], prop)
    address = card.get("adr", [None, {}, None, [""] * 7])
    shown = {"Name": card["fn"][3], "Organization": card.get("org", [""] * 4)[3], "City": address[3][3], "State/Province": address[3][4],
             "Postal Code": address[3][5], "Country": address[1].get("cc", "")}
    shown["Email"] = card["email"][3] if "email" in card else card.get("contact-uri", [""] * 4)[3]
    return {label: plain(value) for label, value in shown.items()}, {"Phone": number_of(card.get("voice")), "Fax": number_of(card.get("fax"))}


class ParsersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = Program()
        cls.place = tempfile.TemporaryDirectory(prefix="regdata-parsers-test-")
        lines = (SOURCE / "fixtures/cast.jsonl").read_text(encoding="utf-8").splitlines()
        cls.rdap, cls.files = {}, []
        for data in map(json.loads, lines):
            if "registrar" not in data or "name" not in data:
                continue
            response, body = cls.program.get("/domain/" + urllib.parse.quote(data["name"]))
            rdap = json.loads(body)
            assert response.status == 200, data["name"]
            name = rdap["ldhName"]
            done = subprocess.run(["whois", "-h", "127.0.0.1", "-p", str(cls.program.whois_port), name], capture_output=True, timeout=PATIENCE,
                                  check=True)
            if not done.stdout.startswith(b"Domain Name:"):
                assert b"RDAP" in done.stdout, done.stdout  # port 43 is switched off there
                continue
            file = pathlib.Path(cls.place.name) / name
            file.write_bytes(done.stdout)
            cls.rdap[name] = rdap
            cls.files.append(str(file))

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()
        cls.program.stop()

    def read_with(self, *command):
        done = subprocess.run([*command, *self.files], capture_output=True, timeout=PATIENCE * 2, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        read = json.loads(done.stdout)
        self.assertEqual(read.keys(), self.rdap.keys())
        self.assertGreater(len(read), 50)
        return read

    def events(self, rdap):
        return {event["eventAction"]: event["eventDate"] for event in rdap["events"]}

    def test_whoiser(self):
        script = pathlib.Path(self.place.name) / "read.mjs"
        script.write_text(NODE, encoding="utf-8")
        read = self.read_with("node", script, str(SOURCE / "tests/browser/package.json"))
        shown = 0
        for name, rdap in self.rdap.items():
            got, dates = read[name], self.events(rdap)
            self.assertEqual(got["Domain Name"], name)
            self.assertEqual(got.get("IDN", name), rdap.get("unicodeName", name))
            for label, action in (("Created Date", "registration"), ("Updated Date", "last changed"), ("Expiry Date", "registrar expiration")):
                self.assertEqual(got.get(label), dates.get(action), (name, label))
            statuses = sorted(status.split()[0] for status in got["Domain Status"])
            # RDAP must state one where the registry has none (docs/rdap.md)
            self.assertIn(sorted(map(status_of, rdap["status"])), [statuses] if statuses else [["ok"], ["inactive"]], name)
            self.assertEqual(got["Name Server"], [host["ldhName"] for host in rdap.get("nameservers", [])], name)
            word = "signedDelegation" if rdap["secureDNS"]["delegationSigned"] else "unsigned"
            self.assertIn(got.get("DNSSEC"), (word, None if word == "unsigned" else word), name)  # port 43 leaves out what nobody stated
            for role, prefix in (("registrant", "Registrant"), ("technical", "Tech")):
                if not any(role in entity["roles"] for entity in rdap["entities"]):
                    continue
                texts, numbers = card_of(rdap, role)
                if prefix == "Tech":  # port 43 prints three elements of it
                    texts = {label: texts[label] for label in ("Name", "Email")}
                    numbers.pop("Fax")
                for label, value in texts.items():
                    self.assertEqual(plain(got.get(f"{prefix} {label}", "")), value, (name, prefix, label))
                    shown += bool(value)
                for label, value in numbers.items():
                    self.assertEqual(re.sub("[^0-9]", "", got.get(f"{prefix} {label}", "")), value, (name, prefix, label))
        self.assertGreater(shown, 150)

    def test_net_whois_parser(self):
        read = self.read_with("perl", "-e", PERL)
        one = lambda value: value[0] if isinstance(value, list) else value  # noqa: E731
        held_back = 0
        for name, rdap in self.rdap.items():
            got, dates = read[name], self.events(rdap)
            self.assertEqual(one(got["domain"]), name)
            self.assertEqual(one(got["creation_date"]), dates["registration"], name)
            self.assertEqual(one(got.get("registrar_registration_expiration_date")), dates.get("registrar expiration"), name)
            self.assertEqual([host["domain"] for host in got.get("nameservers", [])], [host["ldhName"] for host in rdap.get("nameservers", [])], name)
            texts, _ = card_of(rdap, "registrant")
            # State/Province: it takes no label with a slash
            for label, key in (("Name", "registrant_name"), ("Organization", "registrant_organization"), ("City", "registrant_city"),
                               ("Postal Code", "registrant_postal_code"), ("Country", "registrant_country"), ("Email", "registrant_email")):
                value = plain(one(got.get(key)) or "")
                held_back += value == "REDACTED"
                self.assertEqual("" if value == "REDACTED" else value, texts[label], (name, label))
        self.assertGreater(held_back, 50)


if __name__ == "__main__":
    unittest.main(verbosity=2)
