#!/usr/bin/env python3
"""The way to a holder who is not named, from the form to a Maildir: the whole program and a mail server that nobody here wrote.

Usage: relay_test.py REGDATA
"""
import email
import email.policy
import hashlib
import html
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import mail_server

REGDATA = sys.argv.pop(1)
PATIENCE = 120.0
BITS = 8

CONFIG = """
[publication]
contact_form = "https://registrar.example/contact?d={name}&r={role}"
relay_domain = "relay.test"
rdap_base = "https://rdap.registrar.example/"
[whois]
listen = ["127.0.0.1:0"]
[http]
listen_plain = ["127.0.0.1:0"]
forwarders = ["127.0.0.0/8"]
queries_per_minute = 0
[contact]
form = true
proof_bits = %(bits)d
letters_per_hour = 600
letters_burst = 100
spool_files = %(files)d
[relay]
server = "localhost:%(port)d"
ca_file = "%(mail)s/chain.pem"
user_file = "secret/user"
password_file = "secret/password"
from = "relay@registrar.example"
bounce_domain = "relay.test"
poll = "50ms"
retry = "200ms"
timeout = "5s"
[worker]
admin = "127.0.0.1:0"
[serve]
admin = "127.0.0.1:0"
[log]
format = "json"
[[registrar]]
id = "main"
iana_id = 9999
name = "Test Registrar"
url = "https://registrar.example"
abuse_email = "abuse@registrar.example"
abuse_phone = "+49.30555010"
[[recipient]]
id = "reg"
kind = "registry"
name = "Test Registry"
[[policy]]
name = "icann-gtld"
[[tld]]
name = "example"
registry = "reg"
policy = "icann-gtld"
"""

HOLDER = "quastenflosser"
PLANTED = ["quastenflosser", "Zwiebelturm", "Kupferkesselgasse", "9988776655"]
SENDER = "asking.person@sender.example"


def registration(name, handle, address):
    return {"name": name, "created": "2021-05-04T09:12:33Z", "registrar_expires": "2027-05-04T09:12:33Z",
            "statuses": ["clientTransferProhibited"], "hosts": ["ns1.dns-house.example"],
            "contacts": {"registrant": {
                "handle": handle, "kind": "natural", "name": "Zwiebelturm Halmstrand", "street": ["Kupferkesselgasse 4711"],
                "city": "Berlin", "postal_code": "12345", "country": "DE", "phone": "+49.9988776655", "email": address}},
            "as_of": "2026-11-01T00:00:00Z"}


def free_port():
    for port in range(27100, 27900):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def wait_for(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.05)


def solve(challenge, bits):
    number = 0
    while True:
        digest = hashlib.sha256(f"{challenge}.{number}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - bits) == 0:
            return str(number)
        number += 1


class RelayTest(unittest.TestCase):
    FILES = 1000
    RUN = ["run"]

    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="regdata-relay-")
        self.addCleanup(self.place.cleanup)
        self.root = pathlib.Path(self.place.name)
        self.root.chmod(0o711)
        self.mail = mail_server.MailServer(self.root / "mail", free_port(), authenticate=True)
        self.addCleanup(self.mail.stop)
        self.home = self.root / "regdata"
        self.regdata("init", "--directory", self.home, config=False)
        (self.home / "conf.d/registrar.toml").unlink()
        text = (self.home / "regdata.toml").read_text()
        settings = CONFIG % {"bits": BITS, "files": self.FILES, "port": self.mail.port, "mail": self.mail.root}
        for section in re.findall(r"^\[(\w+)\]$", settings, re.M):
            kept = re.search(r"^\[%s\]\n(.*?)(?=\n# [^\n]*\n\[|\Z)" % section, text, re.M | re.S)
            given = [line for line in kept.group(1).splitlines() if line and not line.startswith("#")]
            fresh = re.search(r"^\[%s\]\n(.*?)(?=^\[|\Z)" % section, settings, re.M | re.S).group(1)
            names = set(re.findall(r"^(\w+) =", fresh, re.M))
            more = "".join(line + "\n" for line in given if line.split(" =")[0] not in names)
            settings = settings.replace(f"[{section}]\n", f"[{section}]\n{more}", 1)
        for section in ("store", "keys", "views"):
            settings += text[text.index(f"[{section}]"):].split("\n\n")[0] + "\n"
        (self.home / "regdata.toml").write_text(settings)
        for name, secret in (("user", "relay-user"), ("password", "relay-password")):
            (self.home / "secret" / name).write_text(secret + "\n")
            (self.home / "secret" / name).chmod(0o600)
        lines = [registration("blue-hen.example", "C-1", f"{HOLDER}@in.test"),
                 registration("moved.example", "C-2", "unknown@in.test")]
        (self.root / "import.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.regdata("import", self.root / "import.jsonl")
        self.output = open(self.root / "log", "ab")
        self.addCleanup(self.output.close)
        self.worker = None
        self.addCleanup(self.stop)

    def regdata(self, *arguments, config=True, code=0, stdin=b""):
        command = [REGDATA] + (["--config", self.home / "regdata.toml"] if config else []) + list(arguments)
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stdout.decode() + done.stderr.decode())
        return done

    def start(self, *verb):
        begin = self.log_size()
        self.worker = subprocess.Popen([REGDATA, "--config", self.home / "regdata.toml", *(verb or self.RUN)], stderr=self.output,
                                       stdout=self.output)
        def web():
            """The worker says what each address is for; `serve` alone binds port 43 first and the web server second."""
            heard = [e for e in self.events(begin) if e.get("event") == "listening"]
            named = [int(e["address"].rsplit(":", 1)[1]) for e in heard if e.get("for") == "http" and e.get("process") != "worker"]
            alone = [e["port"] for e in heard if "for" not in e]
            return named[:1] or alone[1:2]
        self.web_port = wait_for("the web server", web)[0]

    def log_size(self):
        self.output.flush()
        return os.path.getsize(self.root / "log")

    def log_text(self, begin=0):
        return (self.root / "log").read_bytes()[begin:].decode()

    def events(self, begin=0):
        found = []
        for line in self.log_text(begin).splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
        return found

    def stop(self, how=signal.SIGTERM):
        if self.worker is None:
            return
        self.worker.send_signal(how)
        self.worker.wait(60)
        self.worker = None

    def ask(self, method, target, body=None, client="198.51.100.7"):
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=60)
        headers = {"X-Forwarded-For": client}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        data = answer.read().decode()
        connection.close()
        for planted in PLANTED:
            self.assertNotIn(planted, data)
        return answer, data

    def form(self, name, **fields):
        answer, page = self.ask("GET", f"/contact?d={name}&r=registrant")
        self.assertEqual(answer.status, 200, page)
        challenge = re.search(r'name="challenge" value="([0-9a-f]{64})"', page).group(1)
        values = {"d": name, "r": "registrant", "sender": SENDER, "subject": "About your site", "text": "Guten Tag,\r\nwas kostet die Welt?",
                  "challenge": challenge, "solution": solve(challenge, BITS)}
        values.update(fields)
        return values

    def write(self, name, **fields):
        return self.ask("POST", "/contact", urllib.parse.urlencode(self.form(name, **fields)))

    def received(self, count, who=HOLDER):
        mails = wait_for(f"{count} mails for {who}", lambda: len(self.mail.mails(who)) >= count and self.mail.mails(who))
        return [email.message_from_bytes(mail, policy=email.policy.default) for mail in mails]

    def rows(self, sql):
        with sqlite3.connect(f"file:{self.home}/store/registrations.db?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def spooled(self):
        return sorted((self.home / "spool").iterdir())


class FormTest(RelayTest):
    def test_a_letter_reaches_the_holder_and_a_name_that_is_not_held_looks_the_same(self):
        self.mail.start()
        self.start()
        answer, known = self.write("blue-hen.example")
        self.assertEqual(answer.status, 200, known)
        other, unknown = self.write("white-hen.example")
        self.assertEqual((other.status, unknown), (200, known))
        differ = {"date", "connection"}
        self.assertEqual([(k, v) for k, v in answer.getheaders() if k.lower() not in differ],
                         [(k, v) for k, v in other.getheaders() if k.lower() not in differ])
        forms = [re.sub(r'value="[0-9a-f]{64}"', "", self.ask("GET", f"/contact?d={name}")[1]).replace(name, "NAME")
                 for name in ("blue-hen.example", "white-hen.example")]
        self.assertEqual(*forms)
        mail = self.received(1)[0]
        self.assertEqual(mail["Reply-To"], SENDER)
        self.assertEqual(mail["From"], "relay@registrar.example")
        self.assertEqual(mail["Subject"], "[blue-hen.example] About your site")
        self.assertRegex(mail["Return-path"], r"^<bounces-[a-z2-7]{16}@relay\.test>$")
        self.assertIn("was kostet die Welt?", mail.get_content())
        wait_for("both letters to be dealt with", lambda: not self.spooled())
        wait_for("the letter to be booked", lambda: self.rows("SELECT state, sealed, handle FROM letter") == [(2, None, "C-1")])
        for planted in PLANTED + [SENDER, "kostet"]:
            self.assertNotIn(planted, self.log_text())

    def test_headers_are_those_of_the_template(self):
        self.mail.start()
        self.start()
        for fields in ({"subject": "x\r\nBcc: other@in.test"}, {"subject": "x\x00"}, {"sender": "a@b.example\r\nBcc: other@in.test"},
                       {"sender": "a b@c.example"}, {"text": "\x1b[31m"}, {"text": ""}, {"subject": " "}):
            answer, page = self.write("blue-hen.example", **fields)
            self.assertEqual(answer.status, 400, fields)
            self.assertIn('role="alert"', page)
        answer, page = self.write("blue-hen.example", text="\r\n.\r\nRCPT TO:<other@in.test>\r\n\r\nSubject: forged",
                                  subject="=?UTF-8?Q?=0D=0ABcc:_other=40in.test?= žluťoučký kůň <script>")
        self.assertEqual(answer.status, 200, page)
        mail = self.received(1)[0]
        self.assertEqual(mail["Subject"], "[blue-hen.example] =?UTF-8?Q?=0D=0ABcc:_other=40in.test?= žluťoučký kůň <script>")
        self.assertEqual(sorted(set(mail.keys()) - {"Return-path", "Envelope-to", "Delivery-date", "Received"}),
                         ["Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID",
                          "Reply-To", "Subject", "To", "X-Auto-Response-Suppress"])
        self.assertIn(".\nRCPT TO:<other@in.test>\n\nSubject: forged", mail.get_content().replace("\r\n", "\n"))
        self.assertEqual(self.mail.mails("other"), [])

    def test_a_challenge_serves_once_and_for_its_name_only(self):
        self.mail.start()
        self.start()
        values = self.form("blue-hen.example")
        self.assertEqual(self.ask("POST", "/contact", urllib.parse.urlencode(values))[0].status, 200)
        self.assertEqual(self.ask("POST", "/contact", urllib.parse.urlencode(values))[0].status, 400)
        other = self.form("blue-hen.example", d="white-hen.example")
        answer, page = self.ask("POST", "/contact", urllib.parse.urlencode(other))
        self.assertEqual(answer.status, 400)
        self.assertIn("was kostet die Welt?", html.unescape(page))  # what was typed is not lost
        self.assertEqual(self.write("blue-hen.example", solution="1" * 17)[0].status, 400)
        self.received(1)

    def test_without_scripts_the_sender_confirms_by_mail_at_most_three_times_a_day(self):
        self.mail.start()
        self.start()
        sender = "asker@in.test"
        pages = {self.write(name, solution="", sender=sender, subject="Unmistakable", text="Words of mine")[1]
                 for name in ("blue-hen.example", "white-hen.example", "blue-hen.example", "blue-hen.example")}
        self.assertEqual(len(pages), 1)
        asked = self.received(3, "asker")
        wait_for("the fourth to be taken", lambda: not self.spooled())
        for mail in asked:
            text = mail.as_string() + mail.get_content()
            for word in ["Unmistakable", "Words of mine", "hen.example"] + PLANTED:
                self.assertNotIn(word, text)
        self.assertEqual(self.mail.mails(HOLDER), [])
        for mail in asked:
            token = re.search(r"https://registrar\.example/contact/confirm\?t=([a-z2-7]{32})", mail.get_content()).group(1)
            answer, _ = self.ask("GET", f"/contact/confirm?t={token}")
            self.assertEqual(answer.status, 200)
            answer, page = self.ask("POST", "/contact/confirm", f"t={token}")
            self.assertEqual(answer.status, 200)
            self.assertEqual(self.ask("POST", "/contact/confirm", "t=" + "a" * 32)[1], page)
        self.assertEqual(len(self.received(2)), 2)
        wait_for("the confirmations to be taken", lambda: not self.spooled())
        self.assertEqual(len(self.mail.mails("asker")), 3)

    def test_limits_for_a_network(self):
        text = (self.home / "regdata.toml").read_text()
        (self.home / "regdata.toml").write_text(text.replace("letters_burst = 100", "letters_burst = 2").replace("letters_per_hour = 600", "letters_per_hour = 1"))
        self.mail.start()
        self.start()
        statuses = [self.write("white-hen.example")[0].status for _ in range(3)]
        self.assertEqual(statuses, [200, 200, 429])


class TroubleTest(RelayTest):
    def test_mail_server_down_nothing_is_lost_and_the_operator_is_told(self):
        self.start()
        self.write("blue-hen.example")
        wait_for("the operator to be told", lambda: "mail cannot leave" in self.log_text())
        self.assertEqual(self.rows("SELECT state FROM letter"), [(1,)])
        self.mail.start()
        self.received(1)
        wait_for("good news", lambda: "mail leaves again" in self.log_text())

    def test_killed_worker_loses_nothing_and_sends_at_most_one_copy_more(self):
        self.start()
        sent = 6
        for number in range(sent):
            self.write("blue-hen.example", subject=f"Letter {number}")
            if number % 2 == 0:
                self.stop(signal.SIGKILL)
                self.start()
        self.mail.start()
        wait_for("the first to arrive", lambda: self.mail.mails(HOLDER))
        self.stop(signal.SIGKILL)
        self.start()
        wait_for("all to arrive", lambda: len({m["Subject"] for m in self.received(1)}) == sent)
        wait_for("the outbox to be empty", lambda: self.rows("SELECT count(*) FROM letter WHERE state = 1") == [(0,)])
        mails = self.received(sent)
        self.assertLessEqual(len(mails), sent + 1)
        self.assertEqual(len({m["Message-ID"] for m in mails}), sent)  # a second copy is known as one

    def test_a_server_that_takes_its_time_with_the_last_reply_gets_one_copy(self):
        """Longer than a whole conversation may take otherwise (twice the `timeout` of 5 s)."""
        self.mail.start()
        (self.mail.root / "slow").touch()
        self.start()
        self.write("blue-hen.example")
        wait_for("the letter to be booked", lambda: self.rows("SELECT state, attempts FROM letter") == [(2, 0)])
        self.assertEqual(len(self.received(1)), 1)

    def test_a_server_that_says_nothing_is_given_up(self):
        with socket.create_server(("127.0.0.1", self.mail.port)):
            self.start()
            begin = time.monotonic()
            self.write("blue-hen.example")
            wait_for("the operator to be told", lambda: "mail cannot leave" in self.log_text())
            self.assertLess(time.monotonic() - begin, 60)

    def test_address_that_does_not_work_opens_an_accuracy_note(self):
        self.mail.start()
        self.start()
        self.write("moved.example")
        wait_for("the note", lambda: self.rows("SELECT handle, name, status FROM accuracy_note"))
        self.assertEqual(self.rows("SELECT handle, name, status FROM accuracy_note"), [("C-2", "moved.example", "550 5.1.1")])
        self.assertIn("mail not delivered", self.log_text())
        self.assertNotIn("unknown@in.test", self.log_text())

    def test_server_without_starttls_gets_nothing(self):
        plain = mail_server.MailServer(self.root / "plain", free_port(), tls=False)
        self.addCleanup(plain.stop)
        text = (self.home / "regdata.toml").read_text()
        (self.home / "regdata.toml").write_text(text.replace(f"localhost:{self.mail.port}", f"localhost:{plain.port}"))
        plain.start()
        self.start()
        self.write("blue-hen.example")
        wait_for("the operator to be told", lambda: "STARTTLS" in self.log_text())
        self.assertEqual(plain.mails(HOLDER), [])
        self.assertEqual(self.rows("SELECT state FROM letter"), [(1,)])


class FullSpoolTest(RelayTest):
    FILES = 2

    def test_a_full_spool_is_no_news_for_the_sender_and_files_tell_nothing(self):
        self.regdata("publish")
        self.start("serve")  # nobody empties the spool
        answers = [self.write("blue-hen.example") for _ in range(4)]
        self.assertEqual({a.status for a, _ in answers}, {200})
        self.assertEqual(len({page for _, page in answers}), 1)
        files = self.spooled()
        self.assertEqual(len(files), 2)
        for file in files:
            self.assertRegex(file.name, r"^[0-9a-f]{32}\.letter$")
            data = file.read_bytes()
            for word in ("hen.example", SENDER, "About", "kostet", "registrant"):
                self.assertNotIn(word.encode(), data)
        wait_for("the operator to be told", lambda: "letters were lost" in self.log_text())


class InboundTest(RelayTest):
    DSN = """From: MAILER-DAEMON@far.example
To: {to}
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; far.example

Final-Recipient: rfc822; quastenflosser@in.test
Action: failed
Status: 5.1.1

--b--
"""

    def deliver(self, recipient, text, code):
        done = self.regdata("relay", "deliver", recipient, code=code, stdin=text.encode())
        for planted in PLANTED:
            self.assertNotIn(planted, (done.stdout + done.stderr).decode())

    def test_bounces_are_booked_and_mail_to_a_relay_address_is_forwarded(self):
        self.mail.start()
        self.start()
        self.write("blue-hen.example")
        path = self.received(1)[0]["Return-path"].strip("<>")
        wait_for("the letter to be booked", lambda: self.rows("SELECT state FROM letter") == [(2,)])
        self.deliver(path, self.DSN.format(to=path), 0)
        self.deliver(path, self.DSN.format(to=path), 0)
        self.assertEqual(self.rows("SELECT handle, name, status FROM accuracy_note"), [("C-1", "blue-hen.example", "5.1.1")])
        self.deliver("bounces-aaaaaaaaaaaaaaaa@relay.test", self.DSN.format(to="x"), 67)
        token = self.rows("SELECT relay_token FROM registration WHERE name = 'blue-hen.example'")[0][0]
        inbound = "From: Curious <curious@sender.example>\nSubject: Offer\n\nHello there\n"
        self.deliver(f"{token}@relay.test", inbound, 0)
        mail = [each for each in self.received(2) if each["Reply-To"] == "curious@sender.example"][0]
        attached = [part.get_content() for part in mail.iter_attachments()][0]
        self.assertEqual(attached, inbound.encode())
        self.deliver(f"{token}@relay.test", "Auto-Submitted: auto-replied\n" + inbound, 0)  # taken, and nothing is sent
        self.assertEqual(self.rows("SELECT count(*) FROM letter WHERE kind = 2"), [(1,)])
        self.deliver(f"{token}@other.test", inbound, 67)
        self.deliver("a" * 16 + "@relay.test", inbound, 67)
        self.deliver(f"{token}-t@relay.test", inbound, 67)  # there is no technical contact
        self.deliver(f"{token}@relay.test", "\x00\xff not a mail", 65)
        shutil.move(self.home / "secret/master.key", self.root / "master.key")
        self.deliver(f"{token}@relay.test", inbound, 75)
        shutil.move(self.root / "master.key", self.home / "secret/master.key")

    def test_the_recipe_for_exim_hands_over_each_recipient_and_refuses_strangers(self):
        """As docs/relay.md has it, but for paths and domain. Exim runs as a user who may not read our store: a script takes what
        it hands over, and `relay deliver` gets the same here."""
        text = (pathlib.Path(__file__).parents[2] / "docs/relay.md").read_text()
        router, transport = re.findall(r"```\n(regdata:\n.*?)```", text, re.S)
        place = self.root / "handed"
        place.mkdir()
        script = self.root / "take"
        script.write_text(f'#!/bin/sh\nd=$(mktemp -d -p {place})\nprintf "%s\\n" "$@" "$RECIPIENT" >"$d/arguments"\ncat >"$d/mail"\n'
                          'mv "$d/mail" "$d/whole"\n')
        script.chmod(0o755)
        owner = self.mail.owner
        if os.getuid() == 0:
            os.chown(place, owner.pw_uid, owner.pw_gid)
        router = router.replace("relay.registrar.example", "relay.test")
        transport = transport.replace("/usr/bin/regdata", str(script))
        transport = transport.replace("user = regdata", f"user = {owner.pw_uid}\n  group = {owner.pw_gid}")
        self.assertIn("relay.test", router)
        self.assertIn(str(script), transport)
        server = mail_server.MailServer(self.root / "other", free_port(), router=router, transport=transport)
        self.addCleanup(server.stop)
        server.start()
        token = self.rows("SELECT relay_token FROM registration WHERE name = 'blue-hen.example'")[0][0]
        bounce = "bounces-" + "a" * 16
        with smtplib.SMTP("127.0.0.1", server.port, timeout=60) as connection:
            refused = connection.sendmail("curious@sender.example",
                                          [f"{token}@relay.test", f"{token}-t@relay.test", f"{bounce}@relay.test",
                                           "info@relay.test", "-h@relay.test"],
                                          "From: curious@sender.example\r\nSubject: Offer\r\n\r\nHello\r\n")
        self.assertEqual(set(refused), {"info@relay.test", "-h@relay.test"})
        wait_for("three recipients", lambda: len(list(place.glob("*/whole"))) == 3)
        handed = {(each.parent / "arguments").read_text(): each.read_bytes() for each in place.glob("*/whole")}
        self.assertEqual(set(handed), {f"relay\ndeliver\n{local}@relay.test\n" for local in (token, token + "-t", bounce)})
        for mail in handed.values():
            self.assertIn(b"\nReturn-path: <curious@sender.example>\n", mail)
        os.environ["RECIPIENT"] = f"{token}@relay.test"
        self.addCleanup(os.environ.pop, "RECIPIENT")
        self.regdata("relay", "deliver", stdin=handed[f"relay\ndeliver\n{token}@relay.test\n"])
        self.assertEqual(self.rows("SELECT count(*) FROM letter WHERE kind = 2"), [(1,)])

    def test_relay_addresses_are_replaced_and_the_former_one_still_leads_to_the_holder(self):
        tokens = "SELECT relay_token FROM registration WHERE name = 'blue-hen.example'"
        former = self.rows(tokens)[0][0]
        with sqlite3.connect(self.home / "store/registrations.db") as database:
            database.execute("UPDATE registration SET relay_drawn = 0")  # as if it had been public for long
        self.mail.start()
        self.start()
        wait_for("another address", lambda: self.rows(tokens)[0][0] != former)
        inbound = "From: Curious <curious@sender.example>\nSubject: Offer\n\nHello there\n"
        for token in (former, self.rows(tokens)[0][0]):
            self.deliver(f"{token}@relay.test", inbound, 0)
        self.received(2)
        with sqlite3.connect(self.home / "store/registrations.db") as database:
            database.execute("UPDATE relay_token_before SET until = 0")
        self.deliver(f"{former}@relay.test", inbound, 67)


if __name__ == "__main__":
    unittest.main(verbosity=2)
