#!/usr/bin/env python3
"""Plants one breach at a time in a copy of the rooms and demands that the house check names it."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOMS = ["registration", "redaction", "whois", "store", "app"]
CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "house_check.py")

# (check, file to add, its text, words that the report must hold)
BREACHES = [
    ("layering", "whois/planted.cpp", '#include "registration/registration_data.hpp"\n', "whois may not include registration"),
    # through a header that is allowed to be included by its own room only
    ("layering", "whois/planted.cpp", '#include "redaction/redact.hpp"\n', "redaction/redact.hpp"),
    ("layering", "store/planted.hpp", '#include "redaction/public_view.hpp"\n', "store may not include redaction"),
    ("layering", "registration/planted.hpp", '#include "store/planted_other.hpp"\n', "registration may not include store"),
    ("await", "whois/planted.cpp", "auto f() { co_await g(Endpoint{1, 2}); }\n", "name it before you await it"),
    ("names", "utils/planted.hpp", "\n", "needs a name from the field"),
    ("properties", "tests/planted_test.cpp", 'TEST(A, B) {\n  rc::check("holds", [] {});\n}\n', "planted_test.cpp:2: the result"),
    ("properties", "tests/planted_test.cpp", 'TEST(A, B) {\n  EXPECT_TRUE(ready);\n  (void)rc::check(\n"holds", [] {});\n}\n',
     "planted_test.cpp:3: the result"),
    ("properties", "tests/planted_test.cpp", "using rc::check;\n", "planted_test.cpp:1: the result"),
]
# (check, file to add, its text): looks like a breach and is none
SOUND = [
    ("properties", "tests/planted_test.cpp", 'TEST(A, B) {\n  EXPECT_TRUE(\n      rc::check("holds", [] {}));\n}\n'),
    ("properties", "tests/planted_test.cpp", "// rc::check(nothing) returns whether it held\n"),
]


def run(root, check):
    result = subprocess.run([sys.executable, CHECK, "--root", root, check], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


def planted(root, check, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)
    result = run(root, check)
    os.remove(full)
    if os.path.dirname(path) == "utils":
        os.rmdir(os.path.dirname(full))
    return result


def main():
    source = sys.argv[1]
    failures = 0
    alarms = 0
    with tempfile.TemporaryDirectory() as root:
        for room in ROOMS:
            shutil.copytree(os.path.join(source, room), os.path.join(root, room))
        for check, path, text, words in BREACHES:
            code, output = planted(root, check, path, text)
            if code == 0 or words not in output:
                failures += 1
                print("not found: %s in %s\n%s" % (words, path, output))
        for check, path, text in SOUND:
            code, output = planted(root, check, path, text)
            if code != 0:
                alarms += 1
                print("false alarm: %s" % output)
    print("%d of %d planted breaches found, %d false alarms" % (len(BREACHES) - failures, len(BREACHES), alarms))
    return 1 if failures or alarms else 0


if __name__ == "__main__":
    sys.exit(main())
