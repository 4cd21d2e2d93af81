"""Prints the end-to-end tests as commands for ctest.

Every test method of tests/e2e/test_*.py is a test of its own. When root runs them, each is listed a
second time "as user": Hammock and its programs then run as an ordinary user. A class says with
`users` which of the two make sense for it ("root", "user"), and with `seconds` how long a test of
it may take.
"""

import os
import sys
import unittest


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def listed(case, source, build, python, user):
    name = "e2e." + case.id().removeprefix("test_") + ("@user" if user else "")
    runner = [build + "/test-programs/reaper", python, "-B", "-W", "ignore"]
    command = [*runner, "-m", "unittest", "-v", case.id()]
    environment = [
        f"HAMMOCK_SOURCE_DIR={source}",
        f"HAMMOCK_BINARY_DIR={build}/bin",
        f"HAMMOCK_E2E_USER={'user' if user else ''}",
    ]
    seconds = getattr(case, "seconds", 90)
    quoted = " ".join(f'"{word}"' for word in command)
    properties = (
        f'LABELS e2e TIMEOUT {seconds} COST {seconds} WORKING_DIRECTORY "{source}/tests/e2e" '
        f'ENVIRONMENT "{";".join(environment)}"'
    )
    serial = " RUN_SERIAL TRUE" if getattr(case, "alone", False) else ""
    return (
        f'add_test("{name}" {quoted})\n'
        f'set_tests_properties("{name}" PROPERTIES {properties}{serial})'
    )


def main():
    source, build, python = sys.argv[1:]
    os.environ.setdefault("HAMMOCK_BINARY_DIR", build + "/bin")
    sys.path.insert(0, source + "/tests/e2e")
    loader = unittest.TestLoader()
    suite = loader.discover(source + "/tests/e2e", pattern="test_*.py")
    if loader.errors:
        sys.exit("\n".join(loader.errors))
    as_root = os.geteuid() == 0
    for case in cases(suite):
        users = getattr(case, "users", ("root", "user"))
        if as_root and "root" in users:
            print(listed(case, source, build, python, user=False))
        if as_root and "user" in users:
            print(listed(case, source, build, python, user=True))
        if not as_root and "user" in users:
            print(listed(case, source, build, python, user=False))


main()
