#!/usr/bin/env python3
"""`regdata selftest` against our own server and against one that does one thing wrong at a time.

Usage: selftest_test.py REGDATA CAST.jsonl
"""
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings

CAST = sys.argv.pop(2)
REGDATA = sys.argv.pop(1)
PATIENCE = 60.0
HOST = "rdap.registrar.test"
BASE = f"https://{HOST}/"
NAME = "bluehen.example"
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("REGDATA_")}

REGISTRAR = """
[publication]
contact_form = "https://registrar.example/contact?d={name}&r={role}"
rdap_base = "https://rdap.registrar.test/"
[whois]
listen = ["127.0.0.1:0"]
[http]
listen = ["127.0.0.1:0", "[::1]:0"]
certificate = "CERTIFICATE"
private_key = "KEY"
queries_per_minute = 0
no_matches_per_minute = 0
personal_per_minute = 0
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


def run(*arguments):
    return subprocess.run([REGDATA, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=PATIENCE * 2, check=False)


def make_certificate(directory):
    certificate, key = directory / "tls.pem", directory / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(certificate)],
                   check=True, capture_output=True)
    key.chmod(0o600)
    return certificate, key


class Faulty(http.server.BaseHTTPRequestHandler):
    """Answers with what a sound server said, but for the fault that the test chose."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answers = {}
    fault = ""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        if self.fault == "head":
            return self.say(405, b"{}")
        return self.do_GET()

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        nobody = name == "test.invalid"
        if nobody and self.fault == "nobody is somebody":
            return self.say(200, self.answer(NAME))
        if nobody and self.fault == "nobody is bad":
            return self.say(400, self.answer("test.invalid", 400))
        if nobody and self.fault == "nobody goes round":
            return self.say(302, b"{}", location=BASE + "domain/test.invalid")
        if self.path == "/help":
            return self.say(500 if self.fault == "help" else 200, self.answer("help"))
        if name != NAME and self.fault == "case":
            return self.say(404, self.answer("test.invalid"))
        if self.headers.get("Accept") == "application/json" and self.fault == "accept":
            return self.say(404, self.answer("test.invalid"))
        if name.lower() == NAME:
            return self.say(200, self.answer(NAME))
        return self.say(404, self.answer("test.invalid"))

    def answer(self, name, code=None):
        body = self.answers[name].replace(BASE + "domain/" + NAME + "\",\"rel\"", BASE[:-1] + self.path + "\",\"rel\"")
        return (body if code is None else body.replace("404", str(code))).encode()

    def say(self, status, body, location=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if self.fault == "media type" else "application/rdap+json")
        if self.fault != "origin":
            self.send_header("Access-Control-Allow-Origin", "*")
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server4(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # handshakes that are meant to fail


class Server6(Server4):
    address_family = socket.AF_INET6


class SelftestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="regdata-selftest-test-")
        top = pathlib.Path(cls.place.name)
        cls.certificate, cls.key = make_certificate(top)
        directory = top / "rd"
        cls.config = str(directory / "regdata.toml")
        assert run("init", "--directory", str(directory)).returncode == 0
        (directory / "conf.d" / "registrar.toml").write_text(
            REGISTRAR.replace("CERTIFICATE", str(cls.certificate)).replace("KEY", str(cls.key)))
        done = run("--config", cls.config, "import", CAST)
        assert "added" in done.stdout, done.stdout + done.stderr
        cls.log_path = top / "run.log"
        with open(cls.log_path, "wb") as log:
            cls.worker = subprocess.Popen([REGDATA, "--config", cls.config, "run"], stdout=log, stderr=log, env=ENVIRONMENT)
        end = time.monotonic() + PATIENCE
        while '"event":"ready"' not in cls.log_path.read_text() and time.monotonic() < end:
            time.sleep(0.02)
        text = cls.log_path.read_text()
        cls.connect = [argument for host in ("127.0.0.1", "[::1]") for argument in ("--connect", cls.https_at(text, host))]
        for what, target in ((NAME, NAME), ("help", "help")):
            Faulty.answers[what] = run("--config", cls.config, "lookup", "--rdap", target).stdout.strip()
        Faulty.answers["test.invalid"] = run("--config", cls.config, "lookup", "--rdap", "test.invalid").stdout.strip()

    @staticmethod
    def https_at(log, host):
        for line in log.splitlines():
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("event") == "listening" and event["for"] == "https" and event["address"].startswith(host + ":"):
                return event["address"]
        raise AssertionError(f"no HTTPS at {host}: {log}")

    @classmethod
    def tearDownClass(cls):
        cls.worker.terminate()
        assert cls.worker.wait(PATIENCE) == 0
        cls.place.cleanup()

    def selftest(self, *arguments, code):
        done = run("--config", self.config, "--json", "selftest", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    # --- our own server ---

    def test_own_server_is_sound(self):
        with open(CAST, encoding="utf-8") as cast:
            names = [name for name in (json.loads(line)["name"] for line in cast if line.strip()) if name.endswith(".example")]
        for name in [NAME, *names[1:6]]:
            told = self.selftest(name, "--self-signed", *self.connect, code=0)["data"]
            self.assertEqual(told["findings"], [], name)
            self.assertGreaterEqual(told["requests"], 28)
        told = self.selftest("--self-signed", *self.connect, code=0)["data"]
        self.assertEqual(told["asked"], BASE + "help")
        for url in ("entity/9999", "domain/b%C3%BCcher.example"):
            self.selftest(BASE + url, "--self-signed", *self.connect, code=0)

    def test_certificate_is_checked(self):
        told = self.selftest(NAME, *self.connect, code=4)
        self.assertRegex(told["error"]["message"], "certificate")
        self.assertIn("--self-signed", told["error"]["hint"])
        wrong = self.selftest("https://other.registrar.test/help", "--self-signed", *self.connect, code=4)
        self.assertRegex(wrong["error"]["message"], "other.registrar.test")

    def test_words_for_people(self):
        done = run("--config", self.config, "selftest", NAME, "--self-signed", *self.connect)
        self.assertEqual(done.stdout, f"{BASE}domain/{NAME}: 0 errors, 0 warnings\n")

    # --- a server with one fault at a time ---

    def faulty(self, fault, version=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE+AESGCM"):
        Faulty.fault = fault
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        context.set_ciphers(ciphers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what the test is about
            context.minimum_version = version
        servers = []
        for kind, address in ((Server4, "127.0.0.1"), (Server6, "::1")):
            server = kind((address, 0), Faulty)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            servers.append(server)
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
        return ["--connect", f"127.0.0.1:{servers[0].server_port}", "--connect", f"[::1]:{servers[1].server_port}"]

    def codes(self, fault, code=5, **tls):
        told = self.selftest(NAME, "--self-signed", *self.faulty(fault, **tls), code=code)
        return {finding["code"] for finding in told["data"]["findings"]}

    def test_faults(self):
        self.assertEqual(self.codes("", code=0), set(), "the copy is as sound as the server")
        self.assertEqual(self.codes("head"), {-20300})
        self.assertEqual(self.codes("media type"), {-13000})
        self.assertEqual(self.codes("origin"), {-20500})
        self.assertEqual(self.codes("case"), {-10403})
        self.assertEqual(self.codes("help"), {-20701})
        self.assertLessEqual({-13006, -65300}, self.codes("nobody is somebody"))
        self.assertLessEqual({-65300, -13002}, self.codes("nobody is bad"))
        self.assertLessEqual({-13005, -65300}, self.codes("nobody goes round"))
        self.assertIn(-13018, self.codes("accept"))

    def test_tls_faults(self):
        self.assertEqual(self.codes("", ciphers="ECDHE+AES"), {-61101})
        self.assertEqual(self.codes("", version=ssl.TLSVersion.TLSv1_3, ciphers="ECDHE+AESGCM"), {-61100})
        self.assertIn(-61100, self.codes("", version=ssl.TLSVersion.TLSv1, ciphers="ALL:@SECLEVEL=0"))

    def test_missing_family(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            gone = ["--connect", f"127.0.0.1:{closed.getsockname()[1]}"]
            told = self.selftest(NAME, "--self-signed", *gone, *self.connect[2:], code=5)
        self.assertEqual({finding["code"] for finding in told["data"]["findings"]}, {-20400})

    # --- files ---

    def test_file(self):
        path = pathlib.Path(self.place.name) / "answer.json"
        path.write_text(Faulty.answers[NAME])
        asked = BASE + "domain/" + NAME
        self.selftest("--file", str(path), "--asked", asked, code=0)
        path.write_text(Faulty.answers[NAME].replace('"registrar expiration"', '"expiration of something"'))
        told = self.selftest("--file", str(path), "--asked", asked, code=5)
        self.assertEqual([(f["code"], f["source"], f["severity"]) for f in told["data"]["findings"]], [(-65600, "RP 2.3.2.1", "error")])
        done = run("selftest", "--file", str(path), "--asked", asked)
        self.assertIn("error   -65600 a registrar's domain must have an event registrar expiration (RP 2.3.2.1)\n", done.stdout)
        path.write_text(Faulty.answers["test.invalid"])
        told = self.selftest("--file", str(path), "--asked", BASE + "domain/test.invalid", "--status", "404", code=0)
        self.assertEqual([f["severity"] for f in told["data"]["findings"]], ["warning"])
        self.selftest("--file", str(path), code=2)
        self.selftest("--file", str(path) + ".missing", "--asked", asked, code=1)
        self.selftest("--file", str(path), "--asked", asked, NAME, code=2)
        self.selftest("not a name", code=2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
