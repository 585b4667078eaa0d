#!/usr/bin/env python3
"""The lookup page of the whole program, with the cast of fixtures/: what it says of every element agrees with WHOIS and RDAP, a
withdrawn choice is hidden at once, an operator's own files are used, and headers and languages are right.

Usage: page_test.py REGDATA
"""
import html.parser
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

REGDATA = sys.argv.pop(1)
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60.0
SANITIZED = bool(os.environ.get("REGDATA_TEST_SANITIZED"))

SERVERS = """
[http]
listen_plain = ["127.0.0.1:0"]
@LIMITS@[worker]
admin = "127.0.0.1:0"
[serve]
admin = "127.0.0.1:0"
[log]
format = "json"
"""

# element of the page: label behind "Registrant " or "Tech " on port 43
LABELS = {"name": "Name", "organization": "Organization", "street": "Street", "city": "City", "state": "State/Province",
          "postal-code": "Postal Code", "country": "Country", "phone": "Phone", "phone-ext": "Phone Ext", "fax": "Fax",
          "fax-ext": "Fax Ext", "email": "Email"}
IDS = {"registrant": "Registry Registrant ID", "technical": "Registry Tech ID"}
# always printed on port 43, empty where nothing is held
REQUIRED = {"registrant": {"name", "street", "city", "country", "phone", "email"}, "technical": {"name", "phone", "email"}}
REDACTED_NAMES = {"Registry Registrant ID": "contact-id", "Registry Tech ID": "contact-id"}


class Page(html.parser.HTMLParser):
    """Reads what a browser would show: contacts by element, statuses, dates, hosts, ways to the holder."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.contacts, self.dates, self.statuses, self.hosts, self.ways, self.raw = {}, {}, [], [], [], {}
        self.domain_id, self.dnssec, self.title, self.h1 = None, None, "", ""
        self.role = self.row = self.into = None
        self.stack = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, pairs):
        a = dict(pairs)
        classes = (a.get("class") or "").split()
        if tag not in ("meta", "link", "input", "br"):
            self.stack.append(tag)
        if tag == "section":
            self.role = a["id"]
            self.contacts[self.role] = {}
        elif tag == "tr" and "data-element" in a:
            self.row = {"state": a["data-state"], "values": [], "form": None}
            self.contacts[self.role][a["data-element"]] = self.row
        elif tag == "dd" and a.get("id") == "domain-id":
            self.row = self.domain_id = {"state": a["data-state"], "values": [], "form": None}
        elif tag == "bdi" and "value" in classes:
            self.row["values"].append("")
            self.into = lambda text: self.row["values"].__setitem__(-1, self.row["values"][-1] + text)
        elif tag == "a" and self.row is not None and a["href"].startswith("https://registrar.example/contact"):
            self.row["form"] = a["href"]
        elif tag == "a" and "action" in classes:
            self.ways.append(a["href"])
        elif tag == "a" and "code" in classes:
            self.statuses.append(a["href"].removeprefix("https://icann.org/epp#"))
        elif tag == "tr" and a.get("id", "").startswith("date-"):
            self.date = a["id"].removeprefix("date-")
        elif tag == "time" and self.date:
            self.dates[self.date], self.date = a["datetime"], None
        elif tag == "p" and "data-dnssec" in a:
            self.dnssec = a["data-dnssec"]
        elif tag == "ul" and "hosts" in classes:
            self.into = lambda text: text.strip() and self.hosts.append(text.strip())
        elif tag == "pre":
            self.raw[a["id"]] = ""
            self.into = lambda text, key=a["id"]: self.raw.__setitem__(key, self.raw[key] + text)
        elif tag == "title":
            self.into = lambda text: setattr(self, "title", self.title + text)
        elif tag == "h1":
            self.into = lambda text: setattr(self, "h1", self.h1 + text)

    date = None

    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, f"</{tag}> closes nothing"
        if tag in ("bdi", "pre", "title", "h1", "ul"):
            self.into = None
        if tag in ("tr", "dd"):
            self.row = None
        if tag == "section":
            self.role = None

    def handle_data(self, data):
        if self.into:
            self.into(data)

    def close(self):
        super().close()
        assert not self.stack, f"not closed: {self.stack}"


def wait_for(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.02)
    return value


class Program:
    """The program with the cast. `page`: lines of the section [page]; `limits`: of [http], which otherwise has none for us."""

    def __init__(self, page="", files=None, limits='allow = ["127.0.0.0/8"]\n'):
        self.place = tempfile.TemporaryDirectory(prefix="regdata-page-test-")
        self.directory = pathlib.Path(self.place.name) / "rd"
        self.config = self.directory / "regdata.toml"
        self.command("init", "--directory", str(self.directory), with_config=False)
        own = self.directory / "page"
        own.mkdir()
        for name, text in (files or {}).items():
            (own / name).write_text(text, encoding="utf-8")
        conf = self.directory / "conf.d"
        conf.mkdir(exist_ok=True)
        registrar = (SOURCE / "fixtures/registrar.toml").read_text(encoding="utf-8").replace("@PORT@", "0")
        (conf / "registrar.toml").write_text(registrar + SERVERS.replace("@LIMITS@", limits) + page.replace("@OWN@", str(own)), encoding="utf-8")
        self.command("import", str(SOURCE / "fixtures/cast.jsonl"), "--label", "test")
        self.log = self.directory / "run.log"
        with self.log.open("wb") as log:
            self.worker = subprocess.Popen([REGDATA, "--config", str(self.config), "run"], stderr=log)
        try:
            wait_for("a server that is ready",
                     lambda: self.worker.poll() is not None or self.events("ready") or self.events("cannot serve"))
            assert self.worker.poll() is None and self.events("ready")
        except AssertionError as failed:
            self.worker.terminate()
            self.worker.wait(PATIENCE)
            text = self.log.read_text(encoding="utf-8")
            self.place.cleanup()
            raise AssertionError(text) from failed
        ports = {e["for"]: int(e["address"].rpartition(":")[2]) for e in self.events("listening")
                 if e["process"] == "serve" and e["address"].startswith("127.")}
        self.http, self.whois_port = ports["http"], ports["whois"]

    def command(self, *words, with_config=True):
        config = ["--config", str(self.config)] if with_config else []
        done = subprocess.run([REGDATA, *config, *words], capture_output=True, text=True, timeout=PATIENCE * 2, check=False)
        assert done.returncode == 0, f"regdata {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *words):
        return subprocess.Popen([REGDATA, "--config", str(self.config), *words], stdout=subprocess.DEVNULL)

    def events(self, event):
        lines = (line for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith("{"))
        return [e for e in map(json.loads, lines) if e["event"] == event]

    def get(self, path, headers=None, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response, response.read().decode("utf-8")
        finally:
            connection.close()

    def whois(self, name):
        with socket.create_connection(("127.0.0.1", self.whois_port), timeout=PATIENCE) as connection:
            connection.sendall(name.encode() + b"\r\n")
            data = b""
            while chunk := connection.recv(65536):
                data += chunk
        return data.decode("utf-8")

    def stop(self):
        self.worker.send_signal(signal.SIGTERM)
        try:
            code = self.worker.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            raise
        self.place.cleanup()
        assert code == 0, code


def fields_of(text):
    fields = {}
    for line in text.split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip(), []).append(value.strip())
    return fields


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = Program()
        lines = (SOURCE / "fixtures/cast.jsonl").read_text(encoding="utf-8").splitlines()
        cls.names = [data["name"] for data in map(json.loads, lines) if "registrar" in data and "name" in data]

    @classmethod
    def tearDownClass(cls):
        cls.program.stop()

    def page(self, name, headers=None):
        response, body = self.program.get("/lookup?name=" + urllib.parse.quote(name), headers)
        self.assertEqual(response.status, 200, name)
        return Page(body)

    # --- the three doors ---

    def check_element(self, name, role, element, row, fields, entity):
        label = IDS[role] if element == "contact-id" else ("Registrant " if role == "registrant" else "Tech ") + LABELS[element]
        printed = fields.get(label)
        if role == "technical" and element not in ("contact-id", "name", "phone", "email"):
            self.assertIsNone(printed)
            return
        where = f"{name}: {label}"
        if row["state"] == "shown":
            self.assertEqual([" ".join(v.split()) for v in row["values"]], printed, where)
        elif row["state"] == "absent":
            self.assertEqual(printed, [""] if element in REQUIRED[role] else None, where)
        elif element == "email":
            self.assertEqual([row["form"] or row["values"][0]], printed, where)
        else:
            self.assertEqual(printed, ["REDACTED"], where)
        self.check_card(where, element, row, entity)

    def check_card(self, where, element, row, entity):
        """The same in RDAP: what is shown is there, what is not is nowhere in the entity."""
        card = {}
        for prop in entity["vcardArray"][1]:
            kind = prop[1].get("type") if prop[0] == "tel" else None
            card.setdefault(kind or prop[0], prop)
        address = card.get("adr", [None, {}, None, [""] * 7])
        street = address[3][2]
        number = lambda prop: prop[3].removeprefix("tel:").split(";")[0] if prop else ""
        extension = lambda prop: prop[3].partition(";ext=")[2] if prop else ""
        got = {"contact-id": [entity.get("handle", "")], "name": [card["fn"][3]], "organization": [card.get("org", [""] * 4)[3]],
               "street": street if isinstance(street, list) else [street], "city": [address[3][3]], "state": [address[3][4]],
               "postal-code": [address[3][5]], "country": [address[1].get("cc", "")], "email": [card.get("email", [""] * 4)[3]],
               "phone": [number(card.get("voice"))], "phone-ext": [extension(card.get("voice"))], "fax": [number(card.get("fax"))],
               "fax-ext": [extension(card.get("fax"))]}[element]
        got = [" ".join(text.split()) for text in got if text.strip()]
        if element in ("phone", "fax"):
            got = [text.replace("-", "").replace(".", "") for text in got]
            row = {**row, "values": [text.replace(".", "") for text in row["values"]]}
        if element == "email" and row["state"] == "withheld":
            expected = [row["form"]] if row["form"] else row["values"]
            uri = card.get("contact-uri")
            self.assertEqual([uri[3]] if uri else got, expected, where)
            return
        expected = [" ".join(text.split()) for text in row["values"]] if row["state"] == "shown" else []
        self.assertEqual(got, expected, where)

    def test_page_whois_and_rdap_agree(self):
        self.assertGreaterEqual(len(self.names), 60)
        seen = {"shown": 0, "withheld": 0, "absent": 0}
        for name in self.names:
            page = self.page(name)
            fields = fields_of(self.program.whois(name))
            response, body = self.program.get("/domain/" + urllib.parse.quote(name))
            self.assertEqual(response.status, 200, name)
            rdap = json.loads(body)
            self.assertEqual(fields["Domain Name"], [rdap["ldhName"]])
            self.assertEqual(page.h1, rdap.get("unicodeName", rdap["ldhName"]))
            self.assertEqual(sorted(page.statuses), sorted(s.split()[0] for s in fields.get("Domain Status", [])), name)
            self.assertEqual(page.hosts, fields.get("Name Server", []), name)
            self.assertEqual(page.hosts, [host["ldhName"] for host in rdap.get("nameservers", [])])
            self.assertEqual(page.dates.get("created"), fields["Creation Date"][0])
            self.assertEqual(page.dates.get("updated"), fields.get("Updated Date", [None])[0])
            self.assertEqual(page.dates.get("registrar_expires"), fields.get("Registrar Registration Expiration Date", [None])[0])
            word = {"signed": "signedDelegation", "unsigned": "unsigned", "unknown": None}[page.dnssec]
            self.assertEqual(word, fields.get("DNSSEC", [None])[0], name)
            self.assertEqual(page.domain_id["values"], [rdap["handle"]] if "handle" in rdap else [], name)
            entities = {entity["roles"][0]: entity for entity in rdap["entities"]}
            self.assertEqual("technical" in page.contacts, "technical" in entities, name)
            for role, elements in page.contacts.items():
                self.assertGreaterEqual(len(elements), 13 if role == "registrant" else 4)
                for element, row in elements.items():
                    self.check_element(name, role, element, row, fields, entities[role])
                    seen[row["state"]] += 1
            # what is copied is what programs get
            self.assertEqual(page.raw["raw-whois"].split("\n"), self.program.whois(name).split("\r\n"), name)
            copied = json.loads(page.raw["raw-rdap"])
            self.assertEqual(json.dumps(copied["entities"]), json.dumps(rdap["entities"]).replace(urllib.parse.quote(name), rdap["ldhName"]), name)
            self.assertEqual(copied.get("redacted"), rdap.get("redacted"))
        for state, count in seen.items():
            self.assertGreater(count, 50, state)

    def test_a_withdrawn_choice_is_hidden_within_a_second(self):
        name = "allpublic.example"
        before = self.page(name).contacts["registrant"]["name"]
        self.assertEqual(before["state"], "shown")
        value = before["values"][0]
        doors = {"page": lambda: self.program.get("/lookup?name=" + name)[1],
                 "rdap": lambda: self.program.get("/domain/" + name)[1], "whois": lambda: self.program.whois(name)}
        for door, ask in doors.items():
            self.assertIn(value, ask(), door)
        began = time.monotonic()
        withdrawing = self.program.start("choice", "withdraw", name, "--element", "name")
        hidden = {}
        while len(hidden) < len(doors) and time.monotonic() - began < PATIENCE:
            for door, ask in doors.items():
                if door not in hidden and value not in ask():
                    hidden[door] = time.monotonic() - began
        self.assertEqual(withdrawing.wait(PATIENCE), 0)
        print("hidden, from the start of the command:", ", ".join(f"{door} {1000 * after:.0f} ms" for door, after in hidden.items()))
        self.assertEqual(hidden.keys(), doors.keys())
        if not SANITIZED:
            self.assertLess(max(hidden.values()), 1.0)
        for door, ask in doors.items():
            self.assertNotIn(value, ask(), door)

    # --- how it is sent ---

    def test_headers(self):
        for path in ("/", "/lookup?name=bluehen.example", "/lookup?name=nosuch.example", "/terms", "/limits", "/lookup/x"):
            response, body = self.program.get(path)
            self.assertEqual(response.getheader("Content-Security-Policy"),
                             "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
            self.assertEqual(response.getheader("Referrer-Policy"), "no-referrer")
            self.assertEqual(response.getheader("Cache-Control"), "no-cache")
            self.assertIsNone(response.getheader("Set-Cookie"))
            self.assertIsNone(response.getheader("ETag"))
            self.assertNotIn("<script", body)
            self.assertNotIn("bluehen", Page(body).title)
            head, empty = self.program.get(path, method="HEAD")
            self.assertEqual((head.status, empty), (response.status, ""))
        posted, _ = self.program.get("/lookup", method="POST")
        self.assertEqual((posted.status, posted.getheader("Allow")), (405, "GET, HEAD"))

    def test_what_is_too_long_is_a_page(self):
        for target, status in (("/lookup?name=" + "a" * 5000, 414), ("/lookup?name=" + "a" * 9000, 431)):
            response, body = self.program.get(target)
            self.assertEqual((response.status, response.getheader("Content-Type")), (status, "text/html; charset=utf-8"))
            self.assertIn("too long", Page(body).h1)
            self.assertNotIn("aaaa", body)
        response, body = self.program.get("/domain/" + "a" * 9000)
        self.assertEqual((response.status, response.getheader("Content-Type")), (431, "application/rdap+json"))

    def test_limits_are_told_as_a_page_and_hold_for_style_too(self):
        program = Program(limits="queries_per_minute = 1\nqueries_burst = 5\n")
        try:
            answers = [program.get("/assets/page.css")[0].status for _ in range(8)]
            self.assertEqual(sorted(set(answers)), [200, 429])
            response, body = program.get("/lookup?name=bluehen.example")
            self.assertEqual((response.status, response.getheader("Content-Type")), (429, "text/html; charset=utf-8"))
            self.assertTrue(int(response.getheader("Retry-After")) > 0)
            Page(body).close()
        finally:
            program.stop()

    def test_rdap_keeps_its_paths(self):
        for target in ("/domain/bluehen.example", "http://rdap.registrar.example/domain/bluehen.example"):
            response, body = self.program.get(target)
            self.assertEqual((response.status, response.getheader("Content-Type")), (200, "application/rdap+json"), target)
        response, body = self.program.get("/nothing")
        self.assertEqual(response.getheader("Content-Type"), "application/rdap+json")

    def test_languages(self):
        for headers, query, language in (({}, "", "en"), ({"Accept-Language": "de-AT, en;q=0.5"}, "", "de"),
                                         ({"Accept-Language": "fr"}, "", "en"), ({"Accept-Language": "en"}, "&lang=de", "de")):
            response, body = self.program.get("/lookup?name=bluehen.example" + query, headers)
            self.assertEqual(response.getheader("Content-Language"), language)
            self.assertIn(f'<html lang="{language}"', body)
            self.assertIn("Accept-Language", response.getheader("Vary"))


class OwnFilesTest(unittest.TestCase):
    def test_an_operator_replaces_texts_templates_and_colours(self):
        french = {}
        for line in (SOURCE / "whois/pages/en.toml").read_text(encoding="utf-8").splitlines():
            french.setdefault("lines", []).append(line)
        program = Program('[page]\ntemplates = "@OWN@"\nlanguage = "fr"\n', {
            "en.toml": '[site]\nname = "Example & Co"\n', "fr.toml": "\n".join(french["lines"]).replace('"English"', '"français"'),
            "colors.css": ":root { --text: #123456; }\n", "start.html": "<h1>{{t.start.title}} <em>{{t.site.name}}</em></h1>\n",
            "README": "not a page file"})
        try:
            response, body = program.get("/?lang=en")
            self.assertIn("<em>Example &amp; Co</em>", body)
            self.assertEqual(program.get("/")[0].getheader("Content-Language"), "fr")
            self.assertEqual(program.get("/assets/colors.css")[1], ":root { --text: #123456; }\n")
            # read once: behind the doors that are closed, the files are out of reach and stay as they were
            (program.directory / "page/start.html").write_text("changed", encoding="utf-8")
            self.assertIn("<em>Example &amp; Co</em>", program.get("/?lang=en")[1])
            program.worker.send_signal(signal.SIGHUP)  # a new server reads them again; nobody is turned away meanwhile
            wait_for("the new page", lambda: "changed" in program.get("/?lang=en")[1])
        finally:
            program.stop()

    def test_a_mistake_stops_the_server_and_says_why(self):
        with self.assertRaises(AssertionError) as caught:
            Program('[page]\ntemplates = "@OWN@"\n', {"start.html": "{{t.start.titel}}"})
        self.assertIn("page file start.html: there is no message start.titel", str(caught.exception))

    def test_the_page_can_be_switched_off(self):
        program = Program("[page]\noffered = false\n")
        try:
            for path in ("/", "/lookup?name=bluehen.example"):
                response, body = program.get(path)
                self.assertEqual((response.status, response.getheader("Content-Type")), (404, "application/rdap+json"))
        finally:
            program.stop()


if __name__ == "__main__":
    unittest.main(verbosity=1)
