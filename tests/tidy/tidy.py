"""The rules of the house, as a test: tidy.py [ROOT].

Every finding is `file:line: what is wrong; what to do instead`. The rules are data (BANNED, LIMITS), so
that a new one is one line. tidy_test.py breaks each rule once and sees it found.
"""

import pathlib
import re
import sys

LINE_MAX = 100
FILE_MAX = 600
FUNCTION_MAX = 70

# (pattern, what to do instead, where it is allowed). Comments and string literals are not looked at.
BANNED = [
    (r"\b(?:u|nano)?sleep(?:_for|_until)?\s*\(", "wait for the thing, with a deadline",
     ("tests/programs/program.h",)),  # they play programs that are slow on purpose
    (r"(?<![\w.>])system\s*\(", "start the program by clone and exec", ()),
    (r"\bpopen\s*\(", "start the program by clone and exec", ()),
    (r"\bstd::endl\b", "write '\\n'", ()),
    (r"(?<![\w:.>])(?:::)?printf\s*\(", "use fmt, or write(2) in the keeper", ()),
    (r"\[=[\],]", "name what the lambda captures", ()),
    (r"\.detach\(\)", "nothing outlives its owner", ()),
    (r"\bnew\s+[A-Za-z_:]+[\s({;\[]", "std::make_unique or a value", ()),
    (r"(?<!= )\bdelete\b(?!\s*;?$)", "an owner with a destructor", ()),
    (r"\bstrcpy|\bstrcat|\bsprintf\s*\(", "std::string, or snprintf with a size", ()),
    (r"\bgets\s*\(|\batoi\s*\(", "a parser that can refuse", ()),
    (r"\bGTEST_SKIP\b|\bDISABLED_", "a test that runs everywhere", ()),
    (r"\b(?:std::)?rand\s*\(\)", "a seeded generator that is passed in", ()),
    (r"\bassert\s*\(", "HAMMOCK_ASSERT, which stays on in release", ()),
    (r"\busing namespace std\s*;", "qualified names", ()),
]

# The core decides; it touches nothing.
CORE_BANNED = [
    (r"#include <(?:unistd|fcntl|signal|fstream|iostream|thread|mutex|random|ctime|filesystem|cstdio"
     r"|sys/.*|netdb|poll)(?:\.h)?>", "the core does no I/O: make it an event or an order"),
    (r"\bsystem_clock::now|\bsteady_clock::now|\bclock_gettime|\btime\s*\(\s*(?:nullptr|NULL|0)",
     "the core reads no clock: take a Now"),
    (r"\bshared_ptr\b", "values in the core"),
    (r"\bgetenv\b", "the core reads no environment"),
]

# A third-party header stands in exactly one file that is not a test.
SINGLE_HOME = ["toml++/toml.h", "toml++/toml.hpp", "nlohmann/json.hpp", "sqlite3.h", "microhttpd.h",
               "CLI/CLI.hpp", "curl/curl.h", "ares.h", "openssl/ssl.h", "seccomp.h",
               "libpq-fe.h"]

PROMISES = r"\b(?:TODO|FIXME|XXX|HACK)\b"


def strip_literals(text):
    """Blanks comments and literals, keeping every newline, so that positions stay true."""
    pattern = re.compile(
        r'R"(?P<d>[^\s()\\]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
        r"|//[^\n]*|/\*.*?\*/", re.S)

    def blank(match):
        found = match.group(0)
        if found.startswith('"') and "#include" in text[text.rfind("\n", 0, match.start()) + 1:match.start()]:
            return found
        return re.sub(r"[^\n]", " ", found)

    return pattern.sub(blank, text)


def function_lengths(code):
    """(first line, length) of every function that stands at the left margin."""
    begin = None
    for number, line in enumerate(code.split("\n"), 1):
        if begin is None and re.match(r"[A-Za-z_~\[].*", line) and not re.match(
                r"(?:namespace|class|struct|union|enum|using|extern|#)\b", line):
            begin = number
        if begin is not None:
            if line.startswith("}"):
                if line.strip() == "}":
                    yield begin, number - begin + 1
                begin = None
            elif line.rstrip().endswith(";") and not line.startswith((" ", "\t")):
                begin = None


def check_file(path, name):
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    code = strip_literals(text)
    if len(lines) - 1 > FILE_MAX:
        yield f"{name}:{FILE_MAX}: {len(lines) - 1} lines, at most {FILE_MAX}; make it two rooms"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            yield f"{name}:{number}: {len(line)} columns, at most {LINE_MAX}; break the line"
        if re.search(PROMISES, line):
            yield f"{name}:{number}: a promise instead of work; do it or leave it out"
    for begin, length in function_lengths(code):
        if length > FUNCTION_MAX:
            yield f"{name}:{begin}: a function of {length} lines, at most {FUNCTION_MAX}; split it"
    rules = [(pattern, instead) for pattern, instead, allowed in BANNED if name not in allowed]
    if name.startswith("src/core/") and not name.endswith(("_test.cc", "_fuzz.cc")):
        rules += CORE_BANNED
    for pattern, instead in rules:
        for match in re.finditer(pattern, code, re.M):
            number = code.count("\n", 0, match.start()) + 1
            yield f"{name}:{number}: `{match.group(0).strip()}`; {instead}"
    if name.endswith(".h") and "#pragma once" not in text:
        yield f"{name}:1: no #pragma once"


def check_dead(root, names):
    built = "\n".join(p.read_text() for p in root.rglob("CMakeLists.txt") if "build" not in p.parts)
    includes = {name: set(re.findall(r'#include "([^"]+)"', (root / name).read_text())) for name in names}
    for name in names:
        path = pathlib.PurePath(name)
        # A list of names may stand for files: `foreach(program …) … programs/${program}.cc`.
        word = path.stem if f"{path.parent.name}/${{" in built else path.name
        listed = re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", built)
        spellings = {name.removeprefix("src/"), path.name}
        included = path.suffix == ".h" and any(
            spellings & found for other, found in includes.items() if other != name)
        if not listed and not included:
            yield f"{name}:1: a dead file: no CMakeLists.txt builds it and nothing includes it"


def check_single_home(root, names):
    for header in SINGLE_HOME:
        homes = [n for n in names if not n.endswith(("_test.cc", "_fuzz.cc")) and not n.startswith("tests/")
                 and f"#include <{header}>" in (root / n).read_text()]
        if len(homes) > 1 or any(home.endswith(".h") for home in homes):
            yield f"{homes[0]}:1: <{header}> stands in {', '.join(homes)}; one .cc each"


def check(root):
    names = sorted(
        str(p.relative_to(root)) for folder in ("src", "apps", "sim", "tests")
        for p in (root / folder).rglob("*") if p.suffix in (".h", ".cc", ".c"))
    for name in names:
        yield from check_file(root / name, name)
    yield from check_dead(root, names)
    yield from check_single_home(root, names)


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
    findings = list(check(root.resolve()))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
