"""The program as an operator drives it: commands, a worker in the background, its log, its admin pages, its server's memory.

A test that imports this takes the program's path as its first argument.
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

REGDATA = sys.argv.pop(1)
# A sanitizer keeps its own copies and maps terabytes: there the search through memory is left to the release build.
SANITIZED = bool(os.environ.get("REGDATA_TEST_SANITIZED"))
PATIENCE = 60.0  # for a loaded machine; what has a promised time is measured by itself


def wait_for(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.02)


def ask(port, line, host="127.0.0.1"):
    with socket.create_connection((host, port), timeout=PATIENCE) as connection:
        connection.sendall(line.encode() + b"\r\n")
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer.decode()


class DrivenProgram(unittest.TestCase):
    """One directory, one worker; a subclass tells the story."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="regdata-run-test-")
        cls.directory = pathlib.Path(cls.place.name) / "rd"
        cls.config = cls.directory / "regdata.toml"
        cls.log_path = cls.directory / "run.log"
        cls.environment = {key: value for key, value in os.environ.items() if not key.startswith("REGDATA_")}
        cls.worker = None

    @classmethod
    def tearDownClass(cls):
        if cls.worker and cls.worker.poll() is None:
            cls.worker.kill()
            cls.worker.wait()
        cls.place.cleanup()

    # --- hands ---

    def command(self, *arguments, code=0):
        done = subprocess.run([REGDATA, "--config", str(self.config), *arguments], capture_output=True, text=True, env=self.environment,
                              timeout=PATIENCE * 2, check=False)
        self.assertEqual(done.returncode, code, f"regdata {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    def log(self):
        lines = self.log_path.read_text(encoding="utf-8").splitlines()
        events = []
        for line in lines:
            if not line.startswith("{"):
                continue  # a sanitizer's words
            try:
                events.append(json.loads(line))
            except json.JSONDecodeError:
                if line is not lines[-1]:
                    raise
        return events

    def events(self, process, event):
        return [line for line in self.log() if line["process"] == process and line["event"] == event]

    def port_of(self, family="127.0.0.1"):
        for line in self.events("worker", "listening"):
            address, _, port = line["address"].rpartition(":")
            if address == family:
                return int(port)
        return None

    def admin(self, process, path):
        started = {"worker": "working", "serve": "serving"}[process]
        address = self.events(process, started)[-1]["admin"]
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def server_pid(self):
        return self.events("worker", "public server started")[-1]["pid"]

    # --- eyes ---

    def found_in_memory(self, pid, values, views_alone=False):
        """Which values are in any page of the server that can be read, the mapped views included; or in those views alone."""
        found = set()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
                match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
                start, end, rights, path = int(match[1], 16), int(match[2], 16), match[3], match[4]
                if views_alone and "/views/" not in path:
                    continue
                if "r" not in rights or path in ("[vvar]", "[vvar_vclock]", "[vsyscall]") or path.endswith(".so") or ".so." in path:
                    continue
                if path.endswith("data.mdb"):  # the map is larger than the file
                    end = min(end, start + (self.view_size() + 4095) // 4096 * 4096)
                found |= self.found_in_range(memory, start, end, values)
        return found

    def view_size(self):
        generation = (self.directory / "views" / "CURRENT").read_text().strip()
        return (self.directory / "views" / generation / "data.mdb").stat().st_size

    @staticmethod
    def found_in_range(memory, start, end, values):
        step, overlap, found = 1 << 24, 256, set()
        while start < end:
            try:
                memory.seek(start)
                chunk = memory.read(min(step, end - start))
            except (OSError, ValueError):
                break  # guard pages
            found |= {value for value in values if value.encode() in chunk}
            if len(chunk) <= overlap or start + len(chunk) >= end:
                break
            start += len(chunk) - overlap
        return found
