#!/usr/bin/env python3
"""RDAP over HTTP and TLS of the whole program, asked by clients that nobody here wrote: Python's ssl and http.client, raw sockets
and openssl for what those would never send (rules.md §4.1, lookup.md §3.1 and §7).

Usage: web_test.py REGDATA
"""
import gzip
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

REGDATA = sys.argv.pop(1)
SANITIZED = bool(os.environ.get("REGDATA_TEST_SANITIZED"))
PATIENCE = 60.0

CONFIG = """
[publication]
contact_form = "https://registrar.example/contact?d={name}&r={role}"
rdap_base = "https://rdap.registrar.example/"
terms_url = "https://registrar.example/terms"
[whois]
listen = ["127.0.0.1:0"]
[http]
listen = ["127.0.0.1:0", "[::1]:0"]
listen_plain = ["127.0.0.1:0"]
redirect = ["127.0.0.1:0"]
certificate = "tls/chain.pem"
private_key = "tls/key.pem"
handshake_timeout = "1s"
request_timeout = "1s"
idle_timeout = "60s"
write_timeout = "1s"
queries_per_minute = 60
queries_burst = 20
forwarders = ["127.0.0.0/8"]
allow = ["192.0.2.0/24"]
connections_per_prefix = 4096
connections = 4096
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


def registration(name, handle):
    return {"name": name, "created": "2021-05-04T09:12:33Z", "registrar_expires": "2027-05-04T09:12:33Z",
            "statuses": ["clientTransferProhibited"], "hosts": ["ns1.dns-house.example"],
            "contacts": {"registrant": {
                "handle": handle, "kind": "natural", "name": "Zwiebelturm Quastenflosser", "street": ["Kupferkesselgasse 4711"],
                "city": "Berlin", "postal_code": "12345", "country": "DE", "phone": "+49.9988776655",
                "email": "quaste@planted-hen.example",
                "choices": [{"elements": ["email"], "act": "given", "at": "2026-03-01T10:00:00Z", "method": "portal",
                             "notice_version": "2026-03", "evidence": "EV-1"}]}},
            "as_of": "2026-11-01T00:00:00Z"}


def make_certificate(directory, name, days=30):
    key, chain = directory / "key.pem", directory / "chain.pem"
    fresh = [path.with_suffix(".new") for path in (key, chain)]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", fresh[0],
                    "-out", fresh[1], "-days", str(days), "-subj", f"/CN={name}"], check=True, capture_output=True)
    fresh[0].chmod(0o600)
    for new, old in zip(fresh, (key, chain)):
        new.rename(old)


def wait_for(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.02)


def read_responses(connection):
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return data


class WebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="regdata-web-test-")
        cls.directory = pathlib.Path(cls.place.name) / "rd"
        cls.config = cls.directory / "regdata.toml"
        cls.command("init", "--directory", str(cls.directory), with_config=False)
        cls.tls = cls.directory / "tls"
        cls.tls.mkdir()
        make_certificate(cls.tls, "first.example")
        (cls.directory / "conf.d").mkdir(exist_ok=True)
        (cls.directory / "conf.d" / "registrar.toml").write_text(CONFIG.replace('"tls/', f'"{cls.directory}/tls/'), encoding="utf-8")
        lines = [registration("chosen.example", "C-1"), registration("bücher.example", "C-2")]
        lines[1]["contacts"]["registrant"].pop("choices")
        data = cls.directory / "data.jsonl"
        data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        cls.command("import", str(data), "--label", "test")
        cls.log_path = cls.directory / "run.log"
        with cls.log_path.open("wb") as log:
            cls.worker = subprocess.Popen([REGDATA, "--config", str(cls.config), "run"], stderr=log)
        try:
            wait_for("a server that is ready", lambda: cls.events("ready"))
        except AssertionError as failed:
            raise AssertionError(cls.log_path.read_text(encoding="utf-8")) from failed
        cls.ports = {}
        for event in cls.events("listening"):
            if event["process"] == "serve":
                host, _, port = event["address"].rpartition(":")
                cls.ports[event["for"], "6" if "::1" in host else "4"] = int(port)

    @classmethod
    def tearDownClass(cls):
        cls.worker.send_signal(signal.SIGTERM)
        try:
            code = cls.worker.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            cls.worker.kill()
            raise
        cls.place.cleanup()
        assert code == 0, code

    @classmethod
    def command(cls, *arguments, with_config=True):
        config = ["--config", str(cls.config)] if with_config else []
        done = subprocess.run([REGDATA, *config, *arguments], capture_output=True, text=True, timeout=PATIENCE * 2, check=False)
        assert done.returncode == 0, f"regdata {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    @classmethod
    def events(cls, event):
        lines = (line for line in cls.log_path.read_text(encoding="utf-8").splitlines() if line.startswith("{"))
        return [e for e in map(json.loads, lines) if e["event"] == event]

    # --- hands ---

    free = {"X-Forwarded-For": "192.0.2.7"}  # on the allow-list

    def plain(self):
        return http.client.HTTPConnection("127.0.0.1", self.ports["http", "4"], timeout=PATIENCE)

    def context(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def secure(self, family="4", context=None):
        host = "::1" if family == "6" else "127.0.0.1"
        raw = socket.create_connection((host, self.ports["https", family]), timeout=PATIENCE)
        return (context or self.context()).wrap_socket(raw, server_hostname="rdap.registrar.example")

    def get(self, path, method="GET", headers=None, connection=None):
        own = connection is None
        connection = connection or self.plain()
        try:
            connection.request(method, path, headers={**self.free, **(headers or {})})
            response = connection.getresponse()
            return response, response.read()
        finally:
            if own:
                connection.close()

    def raw(self, data, port=None, shut=True):
        with socket.create_connection(("127.0.0.1", port or self.ports["http", "4"]), timeout=PATIENCE) as connection:
            connection.sendall(data)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            return read_responses(connection)

    # --- what is answered ---

    def test_answers_and_headers(self):
        response, body = self.get("/domain/chosen.example")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader("Content-Type"), "application/rdap+json")
        self.assertEqual(response.getheader("Access-Control-Allow-Origin"), "*")
        self.assertEqual(response.getheader("Cache-Control"), "no-cache")
        answer = json.loads(body)
        self.assertEqual(answer["ldhName"], "chosen.example")
        self.assertIn(b"quaste@planted-hen.example", body)
        self.assertNotIn(b"Zwiebelturm", body)
        head, empty = self.get("/domain/chosen.example", "HEAD")
        self.assertEqual((head.status, empty), (200, b""))
        self.assertEqual(head.getheader("Content-Length"), str(len(body)))
        mixed, other = self.get("/domain/cHoSeN.eXaMpLe")
        self.assertEqual(json.loads(other)["ldhName"], "chosen.example")
        for path in ("/domain/b%C3%BCcher.example", "/domain/xn--bcher-kva.example", "/domain/bücher.example".encode().decode("latin-1")):
            response, body = self.get(path) if path.isascii() else (None, self.raw(
                b"GET " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n"))
            self.assertIn("bücher.example".encode(), body, path)

    def test_refusals_are_rdap(self):
        for method, path, status in (("GET", "/domain/absent.example", 404), ("GET", "/domain/test.invalid", 404),
                                     ("GET", "/domain/exa_mple.example", 400), ("GET", "/domain/example", 400),
                                     ("GET", "/domain/xn--bcher-kva.b%C3%BCcher.example", 400), ("GET", "/domain/a%00.example", 400),
                                     ("GET", "/domain/a%2Fb.example", 400), ("GET", "/domain/a%C0%AF.example", 400),
                                     ("GET", "/domains?name=x*", 501), ("GET", "/ip/192.0.2.1", 501),
                                     ("GET", "/entity/4711", 404), ("GET", "/nothing/here", 404), ("GET", "/domain", 400),
                                     ("POST", "/domain/chosen.example", 405), ("DELETE", "/domain/chosen.example", 405),
                                     ("GET", "/" + "a" * 6000, 400)):
            response, body = self.get(path, method)
            self.assertEqual(response.status, status, path)
            answer = json.loads(body)
            self.assertEqual(answer["errorCode"], status)
            self.assertEqual(response.getheader("Content-Type"), "application/rdap+json")
            self.assertEqual(response.getheader("Access-Control-Allow-Origin"), "*")
            if status == 405:
                self.assertEqual(response.getheader("Allow"), "GET, HEAD, OPTIONS")
        absent, first = self.get("/domain/absent.example")
        foreign, second = self.get("/domain/icann.org")
        self.assertEqual(first, second)

    def test_conditions_compression_preflight(self):
        response, body = self.get("/domain/chosen.example")
        tag = response.getheader("ETag")
        self.assertRegex(tag, r'^W/"[0-9a-f]{16}"$')
        again, empty = self.get("/domain/chosen.example", headers={"If-None-Match": f'"x", {tag}'})
        self.assertEqual((again.status, empty), (304, b""))
        self.assertEqual(again.getheader("ETag"), tag)
        packed, bytes_ = self.get("/domain/chosen.example", headers={"Accept-Encoding": "br, gzip;q=0.5"})
        self.assertEqual(packed.getheader("Content-Encoding"), "gzip")
        self.assertEqual(json.loads(gzip.decompress(bytes_))["ldhName"], "chosen.example")
        for refusal in ("gzip;q=0", "identity", "br"):
            plain, _ = self.get("/domain/chosen.example", headers={"Accept-Encoding": refusal})
            self.assertIsNone(plain.getheader("Content-Encoding"), refusal)
        options, empty = self.get("/domain/chosen.example", "OPTIONS")
        self.assertEqual((options.status, empty), (204, b""))
        self.assertEqual(options.getheader("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS")

    def test_keeps_alive_and_pipelines(self):
        request = b"GET /help HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
        last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        answer = self.raw(request * 199 + last)
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK\r\n"), 200)
        # byte by byte is a request as well
        with socket.create_connection(("127.0.0.1", self.ports["http", "4"]), timeout=PATIENCE) as connection:
            for byte in last:
                connection.sendall(bytes([byte]))
            self.assertIn(b"200 OK", read_responses(connection))

    def test_smuggling_is_refused(self):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n"
        for path, lines in itertools.product((b"/x", b"/lookup?name=chosen.example", b"/contact", b"/assets/page.css"), (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\n",
                      b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: +5\r\n", b"Content-Length: 5,6\r\n",
                      b"Content-Length : 5\r\n", b"Host: y\r\n", b"Transfer-Encoding: xchunked\r\n", b"X: a\nB: b\r\n")):
            answer = self.raw(head % path + lines + b"\r\n0\r\n\r\nGET /help HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, lines)
            self.assertRegex(answer, rb"^HTTP/1.1 (400|501|413) ", lines)
            self.assertIn(b"Connection: close", answer)
        for request in (b"GET /help HTTP/1.1\r\n\r\n", b"GET /help HTTP/3.0\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                        b"\x16\x03\x01\x02\x00\x01", b"\0" * 100, b"GET /" + b"a" * 9000):
            answer = self.raw(request)
            self.assertRegex(answer, rb"^HTTP/1.1 (400|431|505) ", request[:40])
        header = self.raw(b"GET /help%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
        self.assertNotIn(b"Set-Cookie", header.split(b"\r\n\r\n")[0])
        # what a visitor typed is in no header of a page
        for target in (b"/lookup?name=%0d%0aSet-Cookie:x", b"/lookup?name=a%0d%0aSet-Cookie:x.example&lang=de%0d%0aSet-Cookie:x",
                       b"/lookup%0d%0aSet-Cookie:x", b"/contact?d=%0d%0aSet-Cookie:x&r=registrant", b"/assets/%0d%0aSet-Cookie:x"):
            answer = self.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n")
            self.assertNotIn(b"Set-Cookie", answer.split(b"\r\n\r\n")[0], target)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1)

    # --- limits ---

    def test_limits_count_the_client_behind_the_proxy(self):
        def burst(forwarded):
            connection = self.plain()
            statuses = []
            for _ in range(30):
                connection.request("GET", "/help", headers={"X-Forwarded-For": forwarded})
                response = connection.getresponse()
                body = response.read()
                statuses.append(response.status)
            return statuses, response, body
        statuses, response, body = burst("198.51.100.1")
        self.assertEqual(statuses[:20], [200] * 20)
        self.assertEqual(statuses[-1], 429)
        self.assertGreater(int(response.getheader("Retry-After")), 0)
        self.assertEqual(json.loads(body)["errorCode"], 429)
        # another client of the same proxy is not hurt; what a client itself wrote in front is not believed
        self.assertEqual(burst("198.51.100.2, 127.0.0.9")[0][:20], [200] * 20)
        self.assertEqual(burst("192.0.2.7, 198.51.100.1")[0][-1], 429)
        self.assertEqual(burst("192.0.2.7")[0], [200] * 30)

    def test_slow_clients_are_shed(self):
        began = time.monotonic()
        slow = [socket.create_connection(("127.0.0.1", self.ports["http", "4"]), timeout=PATIENCE) for _ in range(50)]
        hello = [socket.create_connection(("127.0.0.1", self.ports["https", "4"]), timeout=PATIENCE) for _ in range(50)]
        for connection in slow:
            connection.sendall(b"GET /help HTTP/1.1\r\n")
        for connection in slow + hello:
            self.assertEqual(read_responses(connection), b"")
            connection.close()
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(self.get("/help")[0].status, 200)

    # --- TLS ---

    def ask_tls(self, connection, path="/domain/chosen.example"):
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n".encode())
        return read_responses(connection)

    def test_tls_versions_and_suites(self):
        for family in "46":
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = self.context()
                context.minimum_version = context.maximum_version = version
                with self.secure(family, context) as connection:
                    self.assertIn(b"200 OK", self.ask_tls(connection))
        allowed = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"}
        taken = set()
        for suite in subprocess.run(["openssl", "ciphers", "-tls1_2", "ALL:COMPLEMENTOFALL@SECLEVEL=0"], capture_output=True, text=True,
                                    check=True).stdout.strip().split(":"):
            if suite.startswith("TLS_"):
                continue
            context = self.context()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            try:
                context.set_ciphers(suite + ":@SECLEVEL=0")
                with self.secure(context=context) as connection:
                    taken.add(connection.cipher()[0])
            except (ssl.SSLError, ConnectionResetError):
                pass
        self.assertEqual(taken, allowed)
        for version in ("tls1", "tls1_1"):
            done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.ports['https', '4']}", f"-{version}", "-cipher",
                                   "ALL:@SECLEVEL=0"], input=b"", capture_output=True, check=False, timeout=PATIENCE)
            self.assertNotEqual(done.returncode, 0, version)

    def test_certificate_reloads_without_a_failed_request(self):
        failures = []
        answered = [0]
        stop = threading.Event()

        def load(keep_alive):
            try:
                connection = None
                while not stop.is_set():
                    if connection is None:
                        connection = http.client.HTTPSConnection("127.0.0.1", self.ports["https", "4"], timeout=PATIENCE,
                                                                 context=self.context())
                    connection.request("GET", "/domain/chosen.example", headers=self.free)
                    response = connection.getresponse()
                    body = response.read()
                    if response.status != 200 or b"chosen.example" not in body:
                        failures.append(response.status)
                    answered[0] += 1
                    if not keep_alive:
                        connection.close()
                        connection = None
            except Exception as problem:  # pylint: disable=broad-except
                failures.append(repr(problem))

        threads = [threading.Thread(target=load, args=(i % 2 == 0,)) for i in range(4)]
        for thread in threads:
            thread.start()
        rounds = 5 if SANITIZED else 100
        for i in range(rounds):
            make_certificate(self.tls, f"number{i}.example")
            served = lambda: self.common_name() == f"number{i}.example"  # pylint: disable=cell-var-from-loop
            wait_for("the new certificate", served, 10)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(answered[0], rounds)
        # a broken file changes nothing
        (self.tls / "chain.pem").write_text("no certificate", encoding="utf-8")
        wait_for("a word about it", lambda: self.events("the new certificate is not used yet"))
        self.assertEqual(self.common_name(), f"number{rounds - 1}.example")
        make_certificate(self.tls, "last.example")
        wait_for("the mended certificate", lambda: self.common_name() == "last.example")

    def common_name(self):
        with self.secure() as connection:
            certificate = connection.getpeercert(binary_form=True)
        done = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=certificate, capture_output=True,
                              check=True)
        return re.search(r"CN ?= ?(\S+)", done.stdout.decode()).group(1)

    def test_redirect_leads_to_the_configured_address(self):
        answer = self.raw(b"GET /domain/chosen.example?a=b HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n",
                          self.ports["redirect", "4"])
        self.assertIn(b"HTTP/1.1 301 ", answer)
        self.assertIn(b"\r\nLocation: https://rdap.registrar.example/domain/chosen.example\r\n", answer)

    @unittest.skipIf(SANITIZED, "a sanitizer's memory says nothing about ours")
    def test_idle_tls_connections_are_cheap(self):
        pid = wait_for("the server", lambda: self.events("public server started"))[-1]["pid"]

        def resident():
            text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            return int(re.search(r"RssAnon:\s+(\d+)", text).group(1))

        context = self.context()
        first = self.secure(context=context)
        before = resident()
        connections = [self.secure(context=context) for _ in range(1500)]
        for connection in connections[:50]:
            connection.sendall(b"GET /help HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
        for connection in connections[:50]:
            self.assertIn(b"200 OK", connection.recv(65536))
        each = (resident() - before) * 1024 / len(connections)
        print(f"memory of an idle TLS connection: {each / 1000:.1f} kB")
        self.assertLess(each, 20_000)
        for connection in [first, *connections]:
            connection.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
