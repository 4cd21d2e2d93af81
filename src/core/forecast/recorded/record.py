#!/usr/bin/python3
"""Records how real programs fill a real file system: record.py [--out DIRECTORY] [SERIES ...]

Each series is a program at work in a folder of its own. After each piece of work the folder is
measured as `du` does (allocated blocks), and a line `SECONDS BYTES` is written to SERIES.txt: bytes
are as the file system said; time is scaled, a round of work stands for some hours (the first line of
the file says how, and where time is real). The rounds follow days and weeks: less at night, nothing
when the machine is off. What is random comes from a fixed seed, what the programs make of it does not.

Needs: git, gzip, sqlite3 (the module), restic, ccache, g++, dpkg-deb, PostgreSQL 15, each only for
its own series. Run it anywhere with a few GB free; everything happens below a temporary folder.
"""

import argparse
import gzip
import mailbox
import math
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SERIES = {}


def series(how):
    def keep(function):
        SERIES[function.__name__.replace("_", "-")] = (how, function)
        return function
    return keep


def used(folder):
    total = 0
    for root, _, files in os.walk(folder):
        for name in [""] + files:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                pass  # the program removed it meanwhile
    return total


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **more).stdout


def day(hour):
    """How busy an hour of the day is, 0.1 to 1; the week-end is half as busy."""
    busy = 0.55 - 0.45 * math.cos((hour % 24 - 3) / 24 * 2 * math.pi)
    return busy * (0.5 if hour // 24 % 7 >= 5 else 1)


def noise(rng, size):
    """Text of about `size` bytes that compresses to about a third."""
    words = ("".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(size // 7 + 1))
    return " ".join(words)


@series("lines of a web server, a new file each day, yesterday's gzipped, 7 days kept; traffic grows")
def log_rotated(work, rng):
    for hour in range(480):
        with open(work / "access.log", "a") as log:
            for _ in range(int(400 * day(hour) * (1 + hour / 160))):
                log.write(f"10.0.{rng.randrange(256)}.{rng.randrange(256)} {hour} GET /item/"
                          f"{rng.randrange(10**6)} 200 {rng.randrange(90000)} {'agent' * 8}\n")
        if hour % 24 == 23:
            for old in range(6, 0, -1):
                if (work / f"access.log.{old}.gz").exists():
                    os.replace(work / f"access.log.{old}.gz", work / f"access.log.{old + 1}.gz")
            with gzip.open(work / "access.log.1.gz", "wb") as packed:
                packed.write((work / "access.log").read_bytes())
            os.remove(work / "access.log")
        yield hour, work


@series("a log that nobody removes, gzipped daily; debug lines for two days; the machine is off 40 h")
def log_kept(work, rng):
    for hour in range(420):
        if 200 <= hour < 240:
            continue
        with open(work / "app.log", "a") as log:
            for _ in range(int(rng.uniform(200, 500) * day(hour) * (9 if 130 <= hour < 178 else 1))):
                log.write(f"{hour} {rng.random():.17f} {rng.choice(['DEBUG', 'INFO', 'WARN'])} took\n")
        if hour % 24 == 0 and hour:
            run("gzip", work / "app.log")
            os.replace(work / "app.log.gz", work / f"app.{hour}.log.gz")
        yield hour, work


@series("git fetch of this project commit by commit; time is real: the dates of the commits")
def git_history(work, rng):
    source = run("git", "-C", HERE, "rev-parse", "--show-toplevel").strip()
    commits = run("git", "-C", source, "log", "--reverse", "--first-parent", "--format=%H %ct").split("\n")
    run("git", "init", "-q", "--bare", work / "copy.git")
    first = None
    for line in filter(None, commits):
        commit, at = line.split()
        first = first or int(at)
        run("git", "-C", work / "copy.git", "fetch", "-q", source, f"+{commit}:refs/heads/main")
        yield (int(at) - first) / 3600, work


@series("ccache over compilations by g++ during the working hours of five days a week")
def compiler_cache(work, rng):
    (work / "src").mkdir()
    cache = work / "cache"
    environment = dict(os.environ, CCACHE_DIR=str(cache), CCACHE_NOCOMPRESS="1")
    headers = ["vector", "string", "map", "algorithm", "functional", "memory"]
    for hour in range(500):
        if 9 <= hour % 24 < 18 and hour // 24 % 7 < 5:
            for _ in range(rng.choice([0, 1, 1, 2])):
                name = work / "src" / f"part{rng.randrange(12)}.cc"
                functions = "".join(f"int f{i}(int x) {{ return x * {rng.randrange(10**6)}; }}\n"
                                    for i in range(rng.randrange(5, 200)))
                name.write_text(f"#include <{rng.choice(headers)}>\n{functions}")
                run("ccache", "g++", "-g", "-c", name, "-o", name.with_suffix(".o"), env=environment)
        yield hour, work


@series("packages of Debian unpacked by dpkg-deb as somebody needs them; some are removed again")
def packages(work, rng):
    archive = sorted(pathlib.Path("/var/cache/apt/archives").glob("*.deb"))
    archive = [deb for deb in archive if deb.stat().st_size < 12e6]
    rng.shuffle(archive)
    hour, there = 0, []
    while hour < 900 and archive:
        hour += rng.choice([1, 1, 2, 3, 6])
        if rng.random() < 0.3 * day(hour) + 0.05:
            for _ in range(rng.choice([1, 1, 1, 2, 4])):
                if archive:
                    deb = archive.pop()
                    run("dpkg-deb", "-x", deb, work / deb.stem)
                    there.append(work / deb.stem)
        if there and rng.random() < 0.02:
            shutil.rmtree(there.pop(rng.randrange(len(there))))
        yield hour, work


@series("SQLite in WAL mode: orders and their items, the basket of old sessions is deleted each night")
def sqlite_wal(work, rng):
    base = sqlite3.connect(work / "shop.db", isolation_level=None)
    base.execute("pragma journal_mode=wal")
    base.execute("create table orders (id integer primary key, at integer, what text)")
    base.execute("create table sessions (id integer primary key, at integer, state text)")
    base.execute("create index by_time on sessions (at)")
    for hour in range(450):
        base.execute("begin")
        for _ in range(int(rng.uniform(20, 60) * day(hour))):
            base.execute("insert into orders (at, what) values (?, ?)", (hour, noise(rng, 300)))
        for _ in range(int(rng.uniform(60, 200) * day(hour))):
            base.execute("insert into sessions (at, state) values (?, ?)", (hour, noise(rng, 500)))
        base.execute("commit")
        if hour % 24 == 3:
            base.execute("delete from sessions where at < ?", (hour - 48,))
        yield hour, work


@series("a spool: downloads of every size come in, a consumer takes them, and stands still three times")
def spool(work, rng):
    waiting, hour = [], 0
    while hour < 600:
        hour += rng.choice([1, 1, 1, 2])
        for number in range(int(rng.uniform(2, 9) * day(hour)) + 1):
            path = work / f"{hour}-{number}"
            path.write_bytes(rng.randbytes(min(int(rng.lognormvariate(10.5, 1.4)), 8_000_000)))
            waiting.append(path)
        still = any(begin <= hour < begin + length for begin, length in
                    ((60, 40), (200, 120), (430, 170)))
        while waiting and not still and len(waiting) > 5:
            waiting.pop(0).unlink()
        yield hour, work


@series("restic: a folder that changes is backed up 4 times a day; forget and prune each week")
def restic_kept(work, rng):
    yield from restic(work, rng, 110, 28, ["--keep-last", "40"])


@series("restic: backed up each hour, forget --keep-last 24 and prune each day; one big import")
def restic_pruned(work, rng):
    yield from restic(work, rng, 200, 24, ["--keep-last", "24"], big=120, hours=1)


def restic(work, rng, rounds, every, keep, big=-1, hours=6):
    data, repository = work / "data", work / "repository"
    data.mkdir()
    environment = dict(os.environ, RESTIC_PASSWORD="of the recording", HOME=str(work),
                       RESTIC_REPOSITORY=str(repository))
    run("restic", "init", env=environment)
    for number in range(rounds):
        for _ in range(rng.randrange(1, 5)):
            path = data / f"file{rng.randrange(40)}"
            path.write_bytes(rng.randbytes(int(rng.lognormvariate(11, 1))))
        with open(data / "diary", "ab") as diary:
            diary.write(rng.randbytes(rng.randrange(40_000)))
        if number == big:
            (data / "import").write_bytes(rng.randbytes(20_000_000))
        run("restic", "backup", "--no-cache", data, env=environment)
        if number % every == every - 1:
            run("restic", "forget", "--no-cache", "--prune", *keep, env=environment)
        yield number * hours, repository


@series("PostgreSQL: pgbench in the rhythm of the day, its history deleted up to two days, vacuum")
def postgres_bench(work, rng):
    with postgres(work) as database:
        database.run("pgbench", "-i", "-q", "-s", "2", "postgres")
        for hour in range(330):
            database.run("pgbench", "-n", "-t", int(500 * day(hour)) + 1, "postgres")
            if hour % 24 == 2:
                database.sql(f"delete from pgbench_history where ctid < '({hour // 3},1)'")
                database.sql("vacuum pgbench_history")
            yield hour, work


@series("PostgreSQL: events with two indexes; a bulk import in three nights; nothing for two days")
def postgres_events(work, rng):
    with postgres(work) as database:
        database.sql("create table event (id bigserial primary key, at int, who text, what text)")
        database.sql("create index on event (who)")
        for hour in range(380):
            rows = int(rng.uniform(100, 700) * day(hour))
            if hour in (70, 190, 300):
                rows += rng.randrange(20_000, 60_000)
            if not 220 <= hour < 268:
                database.sql(f"insert into event (at, who, what) select {hour}, md5(g::text), "
                             f"repeat(md5(random()::text), 4) from generate_series(1, {rows}) g")
            yield hour, work


@series("pg_dump | gzip each night beside the database of a shop that grows; 10 dumps are kept")
def dumps(work, rng):
    with postgres(work) as database:
        (work / "dumps").mkdir()
        database.sql("create table sale (id bigserial primary key, at int, what text)")
        for number in range(240):
            hour = number * 2
            rows = int(rng.uniform(300, 900) * day(hour))
            database.sql(f"insert into sale (at, what) select {hour}, md5(random()::text) || "
                         f"md5(random()::text) from generate_series(1, {rows}) g")
            if hour % 24 == 2:
                dump = database.run("pg_dump", "postgres").encode()
                (work / "dumps" / f"{hour:05}.gz").write_bytes(gzip.compress(dump))
                for old in sorted((work / "dumps").iterdir())[:-10]:
                    old.unlink()
            yield hour, work


@series("a maildir: mail of every size on all days, fewer at the week-end; the spam folder is emptied")
def mail(work, rng):
    box = mailbox.Maildir(work / "mail")
    for hour in range(0, 1000, 2):
        for _ in range(int(rng.uniform(0, 5) * day(hour) + 0.5)):
            size = min(int(rng.lognormvariate(9.5, 1.6)), 4_000_000)
            folder = "spam" if rng.random() < 0.3 else "kept"
            box.add_folder(folder).add(f"Subject: {hour}\n\n{noise(rng, size)}")
        if hour % 168 == 0:
            box.add_folder("spam").clear()
        yield hour, work


@series("measurements each minute into SQLite, one table a week, the tables older than 5 weeks dropped")
def metrics(work, rng):
    base = sqlite3.connect(work / "metrics.db", isolation_level=None)
    base.execute("pragma auto_vacuum=full")
    sensors = 6
    for hour in range(0, 1500, 4):
        week = hour // 168
        base.execute(f"create table if not exists week{week} (at integer, sensor integer, value real)")
        sensors += rng.random() < 0.03
        if hour % 168 == 0 and week > 5:
            base.execute(f"drop table week{week - 6}")
        if 620 <= hour < 680:
            continue
        base.execute("begin")
        base.executemany(f"insert into week{week} values (?, ?, ?)", (
            (hour * 60 + minute, sensor, rng.gauss(20, 3)) for minute in range(240)
            for sensor in range(sensors) if rng.random() < 0.9))
        base.execute("commit")
        yield hour, work


@series("pictures are uploaded, three sizes are made of each; nothing is removed; a shop that grows")
def pictures(work, rng):
    for hour in range(0, 900, 2):
        for number in range(int(rng.expovariate(1) * 4 * day(hour) * (1 + hour / 600))):
            for part in (1, 4, 16):
                path = work / f"{hour}" / f"{number}-{part}"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(rng.randbytes(int(rng.uniform(60_000, 400_000) / part)))
        yield hour, work


@series("apt-like cache of packages: copied in on three days a week, cleaned never")
def package_cache(work, rng):
    archive = sorted(pathlib.Path("/var/cache/apt/archives").glob("*.deb"))
    rng.shuffle(archive)
    for hour in range(0, 1200, 3):
        if hour // 24 % 7 in (0, 2, 3) and 8 <= hour % 24 < 18:
            for _ in range(rng.randrange(4)):
                if archive and archive[-1].stat().st_size < 12e6:
                    shutil.copy(archive[-1], work)
                del archive[-1:]
        yield hour, work


@series("tar of a folder that changes, gzipped, each night: whole on Sundays, else what is newer; all kept")
def archives(work, rng):
    data, kept = work / "data", work / "kept"
    data.mkdir()
    kept.mkdir()
    for hour in range(0, 1300, 3):
        for _ in range(int(rng.uniform(0, 5) * day(hour))):
            (data / f"letter{rng.randrange(300)}").write_text(noise(rng, int(rng.lognormvariate(10, 1))))
        if hour % 24 == 3:
            newer = ["--newer-mtime", "@" + str(int((kept / "mark").stat().st_mtime))] if hour % 168 != 3 \
                else []
            run("tar", "-C", work, *newer, "-czf", kept / f"{hour:05}.tgz", "data")
            (kept / "mark").write_text("")
        yield hour, work


@series("snapshots of a folder by hard links (cp -al), each day; 30 are kept; much is new in one week")
def snapshots(work, rng):
    data = work / "now"
    data.mkdir()
    for hour in range(0, 1600, 4):
        for _ in range(int(rng.uniform(0, 4) * day(hour) * (3 if 700 <= hour < 868 else 1))):
            path = data / f"part{rng.randrange(120)}"
            path.unlink(missing_ok=True)  # a new file: the snapshots keep the old one
            path.write_bytes(rng.randbytes(int(rng.lognormvariate(11, 0.8))))
        if hour % 24 == 0:
            run("cp", "-al", data, work / f"at{hour:05}")
            for old in sorted(work.glob("at*"))[:-30]:
                shutil.rmtree(old)
        yield hour, work


@series("SQLite: an audit trail that is only added to, vacuumed each week; the machine is off at night")
def audit(work, rng):
    base = sqlite3.connect(work / "audit.db", isolation_level=None)
    base.execute("create table trail (at integer, who text, what text)")
    base.execute("create index by_who on trail (who)")
    for hour in range(900):
        if hour % 24 < 7:
            continue
        base.execute("begin")
        for _ in range(int(rng.uniform(10, 90) * day(hour))):
            base.execute("insert into trail values (?, ?, ?)",
                         (hour, f"user{rng.randrange(500)}", noise(rng, rng.randrange(40, 400))))
        base.execute("commit")
        if hour % 168 == 12:
            base.execute("vacuum")
        yield hour, work


@series("PostgreSQL: orders are inserted and changed all week, vacuumed by itself; more each month")
def postgres_orders(work, rng):
    with postgres(work) as database:
        database.run("pgbench", "-i", "-q", "-s", "8", "postgres")  # the log ahead has its size
        database.sql("create table orders (id bigserial primary key, at int, state text, what text)")
        for hour in range(0, 1200, 3):
            rows = int(rng.uniform(600, 1500) * day(hour) * (1 + hour / 1000))
            database.sql(f"insert into orders (at, state, what) select {hour}, 'new', "
                         f"repeat(md5(random()::text), 5) from generate_series(1, {rows})")
            database.sql(f"update orders set state = 'sent' where at = {hour - 24}")
            yield hour, work


@series("recordings of a camera, a file an hour, longer by day; the oldest go when there are 150 MB")
def camera(work, rng):
    for hour in range(500):
        size = int((0.3 + rng.random()) * day(hour) * 1_500_000)
        (work / f"{hour:04}.bin").write_bytes(rng.randbytes(size))
        while used(work) > 150_000_000:
            min(work.iterdir()).unlink()
        yield hour, work


class postgres:
    BIN = pathlib.Path("/usr/lib/postgresql/15/bin")

    def __init__(self, work):
        self.data, self.user = work / "pg", "postgres" if os.getuid() == 0 else None
        if self.user:
            os.chmod(work, 0o755)
            os.chmod(work.parent, 0o755)
            self.data.mkdir()
            shutil.chown(self.data, "postgres")

    def run(self, program, *words):
        return run(self.BIN / program, *words, user=self.user, cwd="/",
                   env=dict(os.environ, PGHOST=str(self.data)))

    def sql(self, command):
        self.run("psql", "-qc", command, "postgres")

    def __enter__(self):
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", self.user or os.environ["USER"])
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.data / "log", "-o",
                 f"-c listen_addresses= -c unix_socket_directories={self.data} -c max_wal_size=128MB "
                 "-c synchronous_commit=off -c autovacuum_naptime=3s -c checkpoint_timeout=30s", "start")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.data, "-m", "fast", "stop")


def record(name, out):
    how, function = SERIES[name]
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        lines, last = [], None
        rng = random.Random(name)
        for hours, measured in function(work, rng):
            at = round(hours * 3600)
            if at != last:
                lines.append(f"{at} {used(measured)}\n")
            last = at
    clock = "" if "time is real" in how else "; scaled: a round of work stands for the hours between lines"
    (out / f"{name}.txt").write_text(f"# seconds, bytes. {how}{clock}. record.py {name}\n" + "".join(lines))


def main():
    arguments = argparse.ArgumentParser(description="Record how programs fill a disk.")
    arguments.add_argument("--out", type=pathlib.Path, default=HERE)
    arguments.add_argument("series", nargs="*", metavar="SERIES")
    given = arguments.parse_args()
    for name in given.series or SERIES:
        record(name, given.out)
        print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
