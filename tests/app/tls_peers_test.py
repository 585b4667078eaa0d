#!/usr/bin/env python3
"""Registries whose TLS is not as it must be, served by OpenSSL's own server: each is refused, each with words of its own.

Usage: tls_peers_test.py REGDATA
"""
import datetime
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest

from epp_test import REGDATA, run

SAN = "subjectAltName=DNS:epp.registry.test,IP:127.0.0.1"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Peers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="regdata-tls-")
        cls.addClassCleanup(directory.cleanup)
        cls.place = pathlib.Path(directory.name)
        run(REGDATA, "init", "--directory", cls.place / "rd")
        cls.key("good", "EC", "ec_paramgen_curve:P-256")
        cls.key("weak", "RSA", "rsa_keygen_bits:1024")
        cls.authority("ours", "/CN=Test Authority")
        cls.authority("other", "/CN=Another Authority")
        cls.certificate("good", SAN)

    @classmethod
    def file(cls, name):
        return cls.place / name

    @classmethod
    def key(cls, name, algorithm, option):
        run("openssl", "genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", cls.file(name + ".key"))

    @classmethod
    def authority(cls, name, subject):
        cls.key(name + "-ca", "EC", "ec_paramgen_curve:P-256")
        run("openssl", "req", "-x509", "-new", "-key", cls.file(name + "-ca.key"), "-subj", subject, "-days", "365", "-out", cls.file(name + "-ca.pem"))

    @classmethod
    def certificate(cls, name, *extensions, key="good", issuer="ours-ca", subject="/CN=epp.registry.test", begin=-1, end=30, digest="sha256"):
        """Signed by the issuer, from so many days to so many days from now."""
        def day(days):
            return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")
        folder = cls.place / (name + ".ca")
        folder.mkdir(exist_ok=True)
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(f"[ca]\ndefault_ca=one\n[one]\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\n"
                                       "policy=any\n[any]\ncommonName=supplied\n[ext]\n" + "\n".join(extensions) + "\n")
        run("openssl", "req", "-new", "-key", cls.file(key + ".key"), "-subj", subject, "-out", cls.file(name + ".csr"))
        run("openssl", "ca", "-batch", "-config", folder / "ca.cnf", "-cert", cls.file(issuer + ".pem"), "-keyfile", cls.file(issuer + ".key"), "-in",
            cls.file(name + ".csr"), "-out", cls.file(name + ".pem"), "-startdate", day(begin), "-enddate", day(end), "-md", digest,
            *(["-extensions", "ext"] if extensions else []), "-notext")

    def serve(self, certificate, *options, key="good"):
        port = free_port()
        server = subprocess.Popen([str(word) for word in ("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-cert", self.file(certificate + ".pem"),
                                                          "-key", self.file(key + ".key"), *options)],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        for _ in range(100):
            self.assertIsNone(server.poll(), "openssl s_server did not start")
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.05)
        self.fail("openssl s_server does not listen")

    def hello(self, port, name="epp.registry.test", authorities="ours-ca.pem", more=""):
        (self.place / "rd/conf.d/registry.toml").write_text(f'[[recipient]]\nid = "r"\nkind = "registry"\nname = "R"\nregion = "EU"\nagreement = "1"\n[[registry]]\nid = "r"\n'
                                                            f'address = "127.0.0.1:{port}"\nserver_name = "{name}"\nauthorities = "{self.file(authorities)}"\n{more}')
        done = run(REGDATA, "--config", self.place / "rd/regdata.toml", "epp", "hello", "r", code=None)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    told = {}

    def refused(self, words, port, code=7, **how):
        returned, said = self.hello(port, **how)
        self.assertEqual(returned, code, said)
        self.assertIn(words, said)
        first = said.split("\n", 1)[0].replace(str(port), "PORT")
        self.assertNotIn(first, self.told.values(), "another peer is refused with the same words")
        self.told[self.id()] = first

    def test_one_that_is_as_it_must_be_is_taken(self):
        _, said = self.hello(self.serve("good"))
        self.assertIn("greeting", said)  # s_server has none
        self.assertNotIn("certificate is not taken", said)

    def test_01_ended(self):
        self.certificate("ended", SAN, begin=-30, end=-1)
        self.refused("certificate has expired", self.serve("ended"))

    def test_02_not_begun(self):
        self.certificate("early", SAN, begin=5)
        self.refused("certificate is not yet valid", self.serve("early"))

    def test_03_another_name(self):
        self.refused("ostname mismatch", self.serve("good"), name="other.registry.test")

    def test_04_another_address(self):
        self.refused("IP address mismatch", self.serve("good"), name="127.0.0.2")

    def test_05_name_only_as_common_name(self):
        self.certificate("cn", "basicConstraints=CA:FALSE")
        self.refused("names no host", self.serve("cn"))

    def test_06_signed_by_itself(self):
        run("openssl", "req", "-x509", "-new", "-key", self.file("good.key"), "-subj", "/CN=epp.registry.test", "-addext", SAN, "-out", self.file("self.pem"))
        self.refused("self-signed certificate", self.serve("self"))

    def test_07_another_authority(self):
        self.refused("unable to get local issuer certificate", self.serve("good"), authorities="other-ca.pem")

    def test_08_issued_by_one_that_is_no_authority(self):
        self.certificate("leaf", "basicConstraints=CA:FALSE", SAN, subject="/CN=Leaf")
        (self.file("leaf.key")).write_bytes(self.file("good.key").read_bytes())
        self.certificate("below", SAN, issuer="leaf")
        self.refused("invalid CA certificate", self.serve("below", "-cert_chain", self.file("leaf.pem")))

    def test_09_not_for_servers(self):
        self.certificate("client", "extendedKeyUsage=clientAuth", SAN)
        self.refused("unsuitable certificate purpose", self.serve("client"))

    def test_10_weak_key(self):
        self.certificate("weak", SAN, key="weak")
        self.refused("key too weak", self.serve("weak", "-cipher", "DEFAULT@SECLEVEL=0", key="weak"))

    def test_11_weak_signature(self):
        self.certificate("sha1", SAN, digest="sha1")
        self.refused("digest algorithm too weak", self.serve("sha1", "-cipher", "DEFAULT@SECLEVEL=0"))

    def test_12_broken_signature(self):
        good = self.file("good.pem").read_text().splitlines()
        line = good[-3]
        good[-3] = line[:10] + ("A" if line[10] != "A" else "B") + line[11:]
        self.file("broken.pem").write_text("\n".join(good) + "\n")
        self.refused("certificate signature failure", self.serve("broken"))

    def test_13_an_old_protocol(self):
        self.refused("neither TLS 1.2 nor 1.3", self.serve("good", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"), code=4)

    def test_14_no_tls(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(4)
            port = listener.getsockname()[1]
            import threading

            def speak():
                peer, _ = listener.accept()
                peer.sendall(b"220 registry ready\r\n")
                time.sleep(1)
                peer.close()
            threading.Thread(target=speak, daemon=True).start()
            self.refused("speaks no TLS", port, code=4)

    def test_15_wants_a_certificate_of_ours(self):
        for number, version in enumerate(("-tls1_2", "-tls1_3")):
            with self.subTest(version):
                if number:
                    self.told.pop(self.id(), None)
                self.refused("certificate of ours", self.serve("good", "-Verify", "1", "-verify_return_error", "-CAfile", self.file("ours-ca.pem"), version), code=4)

    def test_16_nothing_that_both_speak(self):
        self.refused("no protocol or cipher", self.serve("good", "-tls1_2", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"), code=4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
