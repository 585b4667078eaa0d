#!/usr/bin/env python3
"""The house's own rules, checked by machine (docs/architecture.md).

  layering   no room includes what it must not, directly or through others
  await      nothing is built inside a co_await expression (GCC 12 destroys it twice)
  names      no room called utils, common, helpers, base or core; no test person outside reserved names
  paths      no absolute path of a build machine in a committed file
  properties no RapidCheck property whose result is thrown away: such a test cannot fail
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

ROOMS = ["registration", "redaction", "whois", "escrow", "epp", "relay", "store", "app"]

# Which room may include which. A name with a slash is one file, not the whole room.
REGISTRATION_NAMES = {
    # what the rooms that face the public may know of registration: names, never the data of a person
    "registration/ascii.hpp", "registration/catalog.hpp", "registration/domain_name.hpp", "registration/element.hpp",
    "registration/error.hpp", "registration/feed_mark.hpp", "registration/status.hpp", "registration/utc_time.hpp",
    # checks of texts: what a visitor typed is looked at by the same rules
    "registration/contact_checks.hpp",
}
ALLOWED_ROOMS = {
    "registration": set(),
    "redaction": {"registration"},
    "whois": set(),
    "escrow": {"registration"},
    "epp": {"registration"},
    "relay": {"registration"},
    "store": {"registration"},
    "app": set(ROOMS),
}
ALLOWED_FILES = {
    "whois": REGISTRATION_NAMES | {
        "redaction/public_view.hpp", "redaction/view_store.hpp", "redaction/public_text.hpp", "redaction/field.hpp",
        # RuleText is part of PublicTexts
        "redaction/policy.hpp", "relay/spool.hpp"},
    "store": {"epp/contact_record.hpp", "epp/journal.hpp", "epp/sync_state.hpp", "escrow/ledger.hpp", "relay/outbox.hpp"},
}
# The sandbox registry is a file of its own: only app may include it.
SANDBOX = "epp/sandbox.hpp"


def room_files(root):
    for room in ROOMS:
        top = os.path.join(root, room)
        for directory, _, names in os.walk(top):
            for name in sorted(names):
                if name.endswith((".cpp", ".hpp")):
                    yield room, os.path.relpath(os.path.join(directory, name), root)


def includes_of(root, path):
    """Files of the project that `path` includes, transitively, by the compiler's own preprocessor. System headers are not
    read (-nostdinc with -MG), which keeps the check quick and independent of what is installed."""
    result = subprocess.run(
        ["g++", "-std=c++20", "-x", "c++", "-nostdinc", "-nostdinc++", "-MM", "-MG", "-I.", path],
        cwd=root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return path, None, result.stderr.strip()
    text = result.stdout.replace("\\\n", " ").split(":", 1)[1]
    found = {os.path.normpath(word) for word in text.split()}
    return path, {f for f in found if f.split("/")[0] in ROOMS and f != os.path.normpath(path)}, ""


def layering(root):
    problems = []
    files = list(room_files(root))
    if len(files) < 10:
        return ["only %d source files found: wrong directory?" % len(files)]
    room_of = dict((path, room) for room, path in files)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        for path, included, error in pool.map(lambda item: includes_of(root, item[1]), files):
            if included is None:
                problems.append("%s: cannot be preprocessed: %s" % (path, error))
                continue
            room = room_of[path]
            for other in sorted(included):
                target = other.split("/")[0]
                if target == room or target in ALLOWED_ROOMS[room] or other in ALLOWED_FILES.get(room, ()):
                    if other == SANDBOX and room not in ("epp", "app"):
                        problems.append("%s includes %s" % (path, other))
                    continue
                problems.append("%s includes %s (%s may not include %s)" % (path, other, room, target))
    return problems


AWAIT = re.compile(r"co_await[^;]*([A-Za-z_>]\{|\(\{|\[[^]]*\] *[({])")


def await_expressions(root):
    problems = []
    for _, path in room_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if AWAIT.search(line):
                    problems.append("%s:%d: built inside a co_await: name it before you await it" % (path, number))
    return problems


def names(root):
    return ["%s: a room needs a name from the field" % entry for entry in sorted(os.listdir(root))
            if entry in ("utils", "util", "common", "helpers", "base", "core")]


PATHS = re.compile(r"(?<![\w.])/(work|farm|home/[a-z])/")


def paths(root):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
    if listed.returncode != 0:
        return ["git ls-files failed: " + listed.stderr.decode(errors="replace").strip()]
    problems = []
    for name in listed.stdout.decode().split("\0"):
        if not name or name.startswith(("tests/house/", "tests/fuzz/corpus/", ".ci/")):
            continue
        full = os.path.join(root, name)
        if not os.path.isfile(full):
            continue
        with open(full, encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if PATHS.search(line):
                    problems.append("%s:%d: path of a build machine" % (name, number))
    return problems


PROPERTY = re.compile(r"\brc::check\s*\(|\busing\s+(?:namespace\s+rc\b|rc::check\b)")
DEMANDED = re.compile(r"\b(?:EXPECT|ASSERT)_TRUE\s*\(\s*\Z")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def properties(root):
    """rc::check() returns whether the property held and tells GoogleTest nothing by itself."""
    problems = []
    files = sorted(os.path.join(directory, name) for directory, _, found in os.walk(os.path.join(root, "tests"))
                   for name in found if name.endswith((".cpp", ".hpp")))
    if not files:
        return ["no tests found: wrong directory?"]
    for full in files:
        with open(full, encoding="utf-8") as file:
            text = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), file.read())
        for match in PROPERTY.finditer(text):
            if not DEMANDED.search(text, 0, match.start()):
                problems.append("%s:%d: the result of rc::check is thrown away: EXPECT_TRUE(rc::check(...))"
                                % (os.path.relpath(full, root), text.count("\n", 0, match.start()) + 1))
    return problems


CHECKS = {"layering": layering, "await": await_expressions, "names": names, "paths": paths, "properties": properties}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("check", choices=sorted(CHECKS))
    arguments = parser.parse_args()
    problems = CHECKS[arguments.check](arguments.root)
    for problem in problems:
        print(problem)
    print("%s: %s" % (arguments.check, "%d problems" % len(problems) if problems else "ok"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
