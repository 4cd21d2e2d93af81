"""Breaks every rule of tidy.py once, in a small tree of its own, and sees it found."""

import pathlib
import tempfile
import unittest

import tidy


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def findings(self, name, text, listed=True):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if listed:
            with open(self.root / "CMakeLists.txt", "a", encoding="utf-8") as lists:
                lists.write(path.name + "\n")
        return list(tidy.check(self.root))

    def assert_one(self, findings, words):
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(words, findings[0])

    def test_a_clean_file_has_no_findings(self):
        self.assertEqual(self.findings("src/a.cc", 'int one() {\n  return f("sleep(1)");  // rand()\n}\n'), [])

    def test_each_banned_call_is_named_with_its_replacement(self):
        for call in ("usleep(1);", "std::this_thread::sleep_for(x);", "system(x);", "popen(x, y);",
                     "os << std::endl;", "printf(x);", "run([=] {});", "thread.detach();", "T* t = new T();",
                     "delete pointer;", "strcpy(a, b);", "atoi(x);", "GTEST_SKIP();", "rand();", "assert(x);"):
            with self.subTest(call):
                self.setUp()
                self.assert_one(self.findings("src/a.cc", f"void f() {{\n  {call}\n}}\n"), "src/a.cc:2:")

    def test_lengths(self):
        self.assert_one(self.findings("src/a.cc", "//" + "x" * 99 + "\n"), "101 columns")
        self.setUp()
        self.assert_one(self.findings("src/a.cc", "\n" * 601), "601 lines")
        self.setUp()
        self.assert_one(self.findings("src/a.cc", "void f() {\n" + "  g();\n" * 69 + "}\n"), "71 lines")
        self.setUp()
        self.assertEqual(self.findings("src/a.cc", "void f() {\n" + "  g();\n" * 68 + "}\n"), [])

    def test_the_core_touches_nothing(self):
        for line in ("#include <unistd.h>", "auto t = std::chrono::system_clock::now();",
                     "std::shared_ptr<int> p;", 'auto e = getenv("X");'):
            with self.subTest(line):
                self.setUp()
                self.assert_one(self.findings("src/core/a.cc", line + "\n"), "src/core/a.cc:1:")

    def test_a_file_that_nobody_builds_is_dead(self):
        self.assert_one(self.findings("src/a.cc", "int x;\n", listed=False), "dead file")

    def test_a_third_party_header_has_one_home(self):
        self.findings("src/a.cc", "#include <sqlite3.h>\n")
        self.assert_one(self.findings("src/b.cc", "#include <sqlite3.h>\n"), "<sqlite3.h>")

    def test_promises_are_not_work(self):
        self.assert_one(self.findings("src/a.cc", "// TO" + "DO later\n"), "promise")


if __name__ == "__main__":
    unittest.main()
