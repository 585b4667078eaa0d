#!/usr/bin/env python3
"""RDAP against nginx that serves one static file of the same size, one worker each, in the same run, in turns.

Usage: rdap_bench.py BUILD [--views N] [--seconds S] [--rounds R] [--idle N]

BUILD is the build directory (build/release). Needs nginx, wrk and openssl on the PATH. Prints throughput and CPU a request, in
clear, over TLS 1.3 with kept connections, and with a new TLS 1.3 connection a request; then the memory of idle TLS connections.
Exit 1 when a figure of docs/benchmarks.md is missed.
"""
import argparse
import os
import pathlib
import re
import resource
import ssl
import socket
import statistics
import subprocess
import sys
import tempfile
import time

LUA = """
local count = {views}
local state = {seed}
function request()
  state = (state * 1103515245 + 12345) % 2147483648
  return wrk.format("GET", string.format("/domain/name-%09d.example", state % count){extra})
end
"""


def cpu_seconds(pid):
    ticks = 0
    for stat in pathlib.Path("/proc").glob(f"{pid}/task/*/stat"):
        fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Ours:
    def __init__(self, build, store, tls):
        arguments = [build / "bench/rdap_server", store, "1", *(tls or [])]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.pid = self.process.pid

    def stop(self):
        self.process.communicate("")


class Nginx:
    def __init__(self, place, body, tls):
        root = place / "nginx"
        (root / "html/domain").mkdir(parents=True, exist_ok=True)
        (root / "html/answer").write_bytes(body)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        secure = f"ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}; ssl_protocols TLSv1.3; ssl_session_tickets off;" if tls else ""
        (root / "nginx.conf").write_text(f"""
worker_processes 1; daemon off; pid {root}/pid; error_log {root}/error.log; user root;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on; open_file_cache max=10; types {{ }}
  default_type application/rdap+json; client_body_temp_path {root}; proxy_temp_path {root}; fastcgi_temp_path {root};
  uwsgi_temp_path {root}; scgi_temp_path {root};
  server {{ listen 127.0.0.1:{self.port} {"ssl" if tls else ""}; {secure} root {root}/html; location / {{ try_files /answer =404; }} }}
}}
""", encoding="utf-8")
        self.process = subprocess.Popen(["nginx", "-c", root / "nginx.conf"])
        for _ in range(200):
            children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False).stdout.split()
            if children:
                break
            time.sleep(0.02)
        self.pid = int(children[0])
        time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(server, place, options, seed, secure, new_connections):
    script = place / "names.lua"
    extra = ', { ["Connection"] = "close" }' if new_connections else ""
    script.write_text(LUA.format(views=options.views, seed=seed, extra=extra), encoding="ascii")
    before = cpu_seconds(server.pid)
    done = subprocess.run(["wrk", "-t1", "-c32", f"-d{options.seconds}s", "-s", script,
                           f"{'https' if secure else 'http'}://127.0.0.1:{server.port}/"], capture_output=True, text=True, check=True)
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if bad or requests == 0:
        raise SystemExit("failed requests:\n" + done.stdout)
    seconds = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))
    return seconds, (cpu_seconds(server.pid) - before) * 1e6 / requests


def compare(what, ours, nginx, place, options, secure, new_connections, bar):
    us, them = [], []
    for round_ in range(options.rounds):
        pair = [(ours, us), (nginx, them)]
        for server, figures in pair if round_ % 2 == 0 else reversed(pair):
            figures.append(measure(server, place, options, round_ * 7919 + 1, secure, new_connections))
    ratio = statistics.median(a[0] / b[0] for a, b in zip(us, them))
    cpu = statistics.median(a[1] / b[1] for a, b in zip(us, them))
    middle = lambda figures, i: statistics.median(f[i] for f in figures)  # noqa: E731
    good = ratio >= bar
    print(f"{what}\n  rdap   {middle(us, 0):9.0f} /s  {middle(us, 1):7.1f} us CPU\n  nginx  {middle(them, 0):9.0f} /s  {middle(them, 1):7.1f} us CPU")
    print(f"  ratio  {ratio:9.2f}  CPU {cpu:.2f}  (bar {bar})  {'ok' if good else 'MISSED'}", flush=True)
    return good


def resident(pid):
    """Bytes of a process's own; the mapped views are the page cache's."""
    return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")).group(1)) * 1024


def secured(context, port, number):
    raw = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(f"127.{1 + number // 20000}.0.1", 0))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the request waits for the handshake's acknowledgement
    connection = context.wrap_socket(raw, server_hostname="rdap.registrar.example")
    connection.sendall(b"GET /help HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not (match := re.search(rb"Content-Length: (\d+)\r\n(?:.*\r\n)*?\r\n", answer)) or \
            len(answer) < match.end() + int(match.group(1)):
        chunk = connection.recv(65536)
        if not chunk:
            raise SystemExit(f"connection {number} was closed: {answer[:80]!r}")
        answer += chunk
    return connection


def idle(ours, count):
    """Connections that asked once and stay: all held, at most 20 kB each."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    before = resident(ours.pid)
    connections = [secured(context, ours.port, number) for number in range(count)]
    each = (resident(ours.pid) - before) / count
    for connection in connections:
        connection.setblocking(False)
        try:
            if connection.recv(1) == b"":
                raise SystemExit("an idle connection was closed")
        except ssl.SSLWantReadError:
            pass
    good = each <= 20_000
    print(f"{count} idle TLS connections\n  {resident(ours.pid) / 1e6:.0f} MB in all, {each / 1000:.1f} kB each  (bar 20 kB)  "
          f"{'ok' if good else 'MISSED'}", flush=True)
    return good


def get(port, path):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer.partition(b"\r\n\r\n")[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=int, default=10_000)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    good = True
    with tempfile.TemporaryDirectory(prefix="regdata-rdap-bench-") as name:
        place = pathlib.Path(name)
        store = place / "views"
        store.mkdir()
        subprocess.run([options.build / "bench/make_views", store, str(options.views)], check=True)
        key, chain = place / "key.pem", place / "chain.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", chain, "-days", "2", "-subj", "/CN=rdap.registrar.example"], check=True, capture_output=True)
        key.chmod(0o600)
        ours = Ours(options.build, store, None)
        body = get(ours.port, "/domain/name-000000001.example")
        print(f"{options.views} views, answer of {len(body)} bytes, {options.rounds} rounds of {options.seconds} s, 32 connections")
        nginx = Nginx(place, body, None)
        good &= compare("keep-alive, in clear", ours, nginx, place, options, False, False, 0.6)
        ours.stop()
        nginx.stop()
        ours, nginx = Ours(options.build, store, [chain, key]), Nginx(place, body, [chain, key])
        good &= compare("keep-alive, TLS 1.3", ours, nginx, place, options, True, False, 0.6)
        good &= compare("new TLS 1.3 connection a request, ECDSA P-256", ours, nginx, place, options, True, True, 0.9)
        nginx.stop()
        good &= idle(ours, options.idle)
        ours.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
