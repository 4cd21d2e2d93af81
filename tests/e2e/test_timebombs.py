"""Time bombs: what goes off by itself, with fixtures that do so at a known date."""

import datetime
import json
import os
import subprocess
import time

import harness
import outside
import test_gauge

DAY = 86400


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Case(harness.Case):
    def tearDown(self):
        self.doCleanups()
        super().tearDown()

    def bombs(self):
        return {one["name"]: one for one in self.world.status().get("timebombs") or []}

    def wait_bombs(self, fact, what, within=30):
        seen = {}

        def reached():
            seen.clear()
            seen.update(self.bombs())
            return fact(seen)

        try:
            self.world.wait(reached, what, within)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {json.dumps(seen, indent=1)}") from error
        return seen

    def told(self, name):
        """What was told of it, in order: "30d", "off", "defused", "unknown", "known"."""
        words = {"time bomb went off": "off", "time bomb defused": "defused",
                 "time bomb unknown": "unknown", "time bomb known": "known"}
        told = []
        for event in self.world.events():
            fields = event["fields"]
            if fields.get("timebomb") != name:
                continue
            if event["fact"] == "time bomb warned":
                told.append(f"{fields['before'] // 86400000000}d")
            elif event["fact"] in words:
                told.append(words[event["fact"]])
        return told

    def at_date(self, seen, name, expected, status, slack=2):
        one = seen[name]
        self.assertIsNotNone(one["goes_off"], one)
        self.assertLessEqual(abs(seconds_of(one["goes_off"]) - expected), slack, one)
        self.assertEqual(one["status"], status, one)

    def aged(self, name, age, size=1000):
        """A file of that size, which was written so long ago."""
        path = self.world.file(name, "x" * size)
        then = time.time() - age
        os.utime(path, (then, then))
        return path, then


class Certificates(Case):
    def ends(self, authority, name, nth=0):
        """When the n-th certificate of the file does."""
        pems = authority.path(f"{name}.pem").read_text().split("-----BEGIN")[1:]
        done = subprocess.run(["openssl", "x509", "-noout", "-enddate"], text=True, check=True,
                              input="-----BEGIN" + pems[nth], capture_output=True)
        text = done.stdout.strip().split("=")[1]
        return datetime.datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(
            tzinfo=datetime.timezone.utc).timestamp()

    def test_of_servers_and_files(self):
        authority = outside.Certificates(self.world.folder / "certificates")
        authority.leaf("long", "long.example", days=60)
        authority.leaf("short", "short.example", days=10)
        # The leaf outlives what it rests on.
        authority.request("weak", "Weak Middle")
        authority.sign("weak", "ca", "basicConstraints=critical,CA:TRUE", days=40)
        authority.leaf("rests", "rests.example", by="weak", days=300, chain=("weak",))
        authority.leaf("gone", "gone.example", days=-1)
        at = harness.address()
        names = ["long", "short", "rests", "gone"]
        servers = "".join(
            f"server {{ listen {at}:{8400 + i} ssl; ssl_certificate {authority.path(name)}.pem;"
            f" ssl_certificate_key {authority.path(name)}.key; }}\n"
            for i, name in enumerate(names))
        nginx = outside.Nginx(self.world, servers, *((at, 8400 + i) for i in range(4)))
        self.addCleanup(nginx.stop)
        for i, name in enumerate(names):
            self.world.timebomb(name, certificate=f"{at}:{8400 + i}")
        self.world.timebomb("file", certificate_file=str(authority.path("short.pem")))
        self.world.timebomb("bundle", certificate_file=str(authority.path("rests.pem")))
        self.world.timebomb("closed", certificate=f"{at}:8499")
        self.world.timebomb("no-file", certificate_file="missing.pem")
        self.world.timebomb("no-certificate", certificate_file="hammock.toml")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 9 and all(
            one["status"] != "new" for one in bombs.values()), "all are looked at")
        self.at_date(seen, "long", self.ends(authority, "long"), "quiet")
        # A quarter of ten days is less than three.
        self.at_date(seen, "short", self.ends(authority, "short"), "quiet")
        self.at_date(seen, "rests", self.ends(authority, "rests", 1), "quiet")
        self.assertIn("Weak Middle", seen["rests"]["evidence"])
        self.assertIn("rests.example", seen["rests"]["evidence"])
        self.at_date(seen, "gone", self.ends(authority, "gone"), "gone off")
        self.at_date(seen, "file", self.ends(authority, "short"), "quiet")
        self.at_date(seen, "bundle", self.ends(authority, "rests", 1), "quiet")
        for name, why in (("closed", "refused"), ("no-file", "No such file"),
                          ("no-certificate", "no certificate")):
            self.assertEqual(seen[name]["status"], "unknown")
            self.assertIsNone(seen[name]["goes_off"])
            self.assertIn(why, seen[name]["why"])
        self.assertEqual(self.told("gone"), ["off"])
        self.assertEqual(self.told("short"), [])

    def test_renewed_in_mid_ladder(self):
        authority = outside.Certificates(self.world.folder / "certificates")
        authority.leaf("old", "shop.example", days=6)
        authority.leaf("new", "shop.example", days=90)
        live = self.world.file("live.pem", authority.path("old.pem").read_text())
        self.world.timebomb("shop", certificate_file=str(live), every="1s",
                            warn_before=["30d", "14d", "7d", "3d"])
        self.world.up()
        self.wait_bombs(lambda bombs: bombs["shop"]["status"] == "ticking", "it ticks")
        self.assertEqual(self.told("shop"), ["7d"])
        for kill, wait in ((self.world.kill_brain, self.world.wait_house),
                           (self.world.kill_both, self.world.again)):
            kill()
            wait()
            self.wait_bombs(lambda bombs: bombs.get("shop", {}).get("status") == "ticking",
                            "it ticks again")
        self.world.file("live.pem", authority.path("new.pem").read_text())
        self.wait_bombs(lambda bombs: bombs["shop"]["status"] == "quiet", "it is renewed")
        # The old one once more, as behind an address with two servers: nobody hears of it again.
        for pem, status in (("old", "ticking"), ("new", "quiet"), ("old", "ticking"),
                            ("new", "quiet")):
            self.world.file("live.pem", authority.path(f"{pem}.pem").read_text())
            self.wait_bombs(lambda bombs, status=status: bombs["shop"]["status"] == status, status)
        self.assertEqual(self.told("shop"), ["7d", "defused"])


class Dates(Case):
    def test_of_days_and_files(self):
        def day(days):
            return (datetime.datetime.now(datetime.timezone.utc)
                    + datetime.timedelta(days=days)).strftime("%Y-%m-%d")

        def begin(text):
            return seconds_of(text + "T00:00:00Z")

        self.world.timebomb("licence", date=day(20), description="ask Anna")
        self.world.timebomb("over", date=day(-3))
        self.world.timebomb("far", date=day(400))
        token, then = self.aged("token", 80 * DAY)
        self.world.timebomb("token", secret=str(token), rotate_every="90d")
        self.world.timebomb("password", secret=day(-100), rotate_every="90d")
        table = self.world.file("ends.txt", f"acme 1 {day(5)}\nacme 2 {day(900)} # of the vendor\n")
        self.world.timebomb("acme", end_of_life="acme 1.7", table=str(table))
        self.world.timebomb("unlisted", end_of_life="acme 3", table=str(table))
        script = self.world.file("ends", f"#!/bin/sh\necho {stamp(begin(day(2)))} as the vendor says\n",
                                 0o755)
        self.world.timebomb("program", command=[str(script)])
        never = self.world.file("never", "#!/bin/sh\necho never\n", 0o755)
        self.world.timebomb("never", command=[str(never)])
        broken = self.world.file("broken", "#!/bin/sh\necho soon\n", 0o755)
        self.world.timebomb("broken", command=[str(broken)])
        failing = self.world.file("failing", "#!/bin/sh\necho 2027-01-01; exit 1\n", 0o755)
        self.world.timebomb("failing", command=[str(failing)])
        self.world.timebomb("system", end_of_life="os")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 12 and all(
            one["status"] != "new" for one in bombs.values()), "all are looked at")
        self.at_date(seen, "licence", begin(day(20)), "ticking")
        self.at_date(seen, "over", begin(day(-3)), "gone off")
        self.at_date(seen, "far", begin(day(400)), "quiet")
        self.at_date(seen, "token", then + 90 * DAY, "ticking")
        self.at_date(seen, "password", begin(day(-10)), "gone off")
        self.at_date(seen, "acme", begin(day(5)), "ticking")
        self.at_date(seen, "program", begin(day(2)), "ticking")
        self.assertIn("as the vendor says", seen["program"]["evidence"])
        self.assertEqual(seen["never"]["status"], "quiet")
        self.assertIsNone(seen["never"]["goes_off"])
        for name, why in (("unlisted", "does not list"), ("broken", "soon"), ("failing", "exited with 1")):
            self.assertEqual(seen[name]["status"], "unknown", seen[name])
            self.assertIn(why, seen[name]["why"])
        self.assertIn(seen["system"]["status"], ("quiet", "ticking", "gone off"))
        self.assertEqual(self.told("licence"), ["30d"])
        # Within five weeks: what goes off, and what nobody knows; not what is far away.
        shown = self.world.cli("timebombs", "--within", "5w", code=harness.EXIT_TRY_AGAIN)
        for name in ("licence", "over", "token", "password", "acme", "program", "broken"):
            self.assertRegex(shown.out, rf"(?m)^{name} ")
        for name in ("far", "never"):
            self.assertNotRegex(shown.out, rf"(?m)^{name} ")
        self.assertIn("ask Anna", shown.out)
        listed = self.world.cli("timebombs", "--json").json()
        self.assertEqual(len(listed), 12)
        self.assertEqual([one["name"] for one in listed][:2], ["password", "over"])
        self.world.cli("timebombs", "--within", "soon", code=harness.EXIT_USAGE)
        # It was told once, whatever dies.
        self.world.kill_both()
        self.world.again()
        self.wait_bombs(lambda bombs: bombs.get("licence", {}).get("status") == "ticking", "again")
        self.assertEqual(self.told("licence"), ["30d"])


    def test_what_says_another_instant_each_time_is_told_once(self):
        slide = self.world.file("slide", "#!/bin/sh\ndate -u -d '+10 days' +%FT%TZ; echo later >&2\n",
                                0o755)
        self.world.timebomb("slide", command=[str(slide)], every="1s")
        self.world.timebomb("typo", secret=f"{datetime.date.today().year + 2}-06-01")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: bombs["slide"]["status"] == "ticking", "it ticks")
        first = seen["slide"]["goes_off"]
        seen = self.wait_bombs(
            lambda bombs: seconds_of(bombs["slide"]["goes_off"]) > seconds_of(first) + 2,
            "it was looked at again")
        self.assertEqual(self.told("slide"), ["14d"])
        self.assertEqual(seen["typo"]["status"], "unknown")
        self.assertIn("in the future", seen["typo"]["why"])

    def test_looks_that_hang_are_left(self):
        for number in range(70):
            self.world.timebomb(f"hangs-{number}", command=["/bin/sleep", "1000"], timeout="10m",
                                env={harness.MARK: str(self.world.folder)})
        self.world.probe("lives", command=["/bin/true"])
        self.world.up()
        self.world.wait(lambda: len(self.sleepers()) == 64, "as many hang as may")
        self.world.wait_probe("lives", "up")
        self.world.timebombs = {}
        self.world.timebomb("good", disk=str(self.world.folder))
        self.world.write()
        self.world.cli("apply")
        self.world.wait(lambda: not self.sleepers(), "they are left")
        self.wait_bombs(lambda bombs: list(bombs) == ["good"] and bombs["good"].get("why"),
                        "the other one is looked at")

    def sleepers(self):
        return [one for one in self.world.processes() if one.command == ["/bin/sleep", "1000"]]


class Backups(Case):
    def test_age_size_and_restore(self):
        def backup(name, *files, **keys):
            for number, (age, size) in enumerate(files):
                self.aged(f"{name}-{number}.dump", age, size)
            self.world.timebomb(name, backup=f"{name}-*.dump", **keys)

        now = time.time()
        backup("good", (3600, 1000), (90000, 1100), (180000, 900))
        backup("old", (40 * 3600, 1000), (90 * 3600, 1000))
        backup("shrunk", (3600, 400), (90000, 1000), (180000, 1000))
        backup("shrunk-allowed", (3600, 400), (90000, 1000), least="30%")
        backup("empty", (3600, 0))
        # The one that is being written is none yet.
        backup("written", (1, 10), (7200, 1000), (90000, 1000))
        backup("none")
        backup("unproved", (3600, 1000), verified_by="job.restore")
        self.world.job("restore", "test -e restorable")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 8 and all(
            one["status"] != "new" for one in bombs.values()), "all are looked at")
        self.at_date(seen, "good", now - 3600 + 26 * 3600, "quiet")
        self.at_date(seen, "old", now - 40 * 3600 + 26 * 3600, "gone off")
        self.at_date(seen, "shrunk", now - 3600, "gone off")
        self.assertIn("50%", seen["shrunk"]["evidence"])
        self.at_date(seen, "shrunk-allowed", now + 25 * 3600, "quiet")
        self.at_date(seen, "empty", now - 3600, "gone off")
        self.at_date(seen, "written", now - 7200 + 26 * 3600, "quiet")
        self.assertEqual(seen["none"]["status"], "gone off")
        self.assertIn("there is no file", seen["none"]["evidence"])
        self.assertEqual(seen["unproved"]["status"], "unknown")
        self.assertIn("never succeeded", seen["unproved"]["why"])

    def test_names_that_look_like_patterns(self):
        folder = self.world.folder / "odd [a-z]*"
        folder.mkdir()
        self.world.own(folder)
        self.aged("odd [a-z]*/x-1.dump", 60)
        token, _ = self.aged("odd [a-z]*/to?en", 60)
        self.world.timebomb("backup", backup="x-*.dump")
        self.world.timebomb("token", secret="./to?en")
        self.world.file("odd [a-z]*/hammock.toml", self.world.text())
        self.world.again("-c", "odd [a-z]*/hammock.toml")
        seen = self.wait_bombs(lambda bombs: len(bombs) == 2 and all(
            one["status"] != "new" for one in bombs.values()), "both are looked at")
        self.assertEqual(seen["backup"]["status"], "quiet", seen)
        self.assertEqual(seen["token"]["status"], "quiet", seen)
        self.assertIn(str(token), seen["token"]["evidence"])

    def test_a_restore_that_grows_old(self):
        self.aged("shop-1.dump", 60, 1000)
        self.world.file("restorable", "")
        self.world.job("restore", "test -e restorable")
        self.world.timebomb("shop", backup="shop-*.dump", every="1s", verified_by="job.restore",
                            verified_within="1h")
        self.world.up()
        self.world.wait_run("restore")
        seen = self.wait_bombs(lambda bombs: bombs["shop"]["status"] == "quiet", "it was restored")
        # That comes before the age of the file.
        self.assertLess(seconds_of(seen["shop"]["goes_off"]), time.time() + 3601)
        self.assertIn("job restore restored it last", seen["shop"]["evidence"])


class Amounts(Case):
    def test_disks(self):
        self.world.timebomb("here", disk=str(self.world.folder), every="1s")
        self.world.timebomb("full", disk="/", full_at="1%")
        self.world.timebomb("nowhere", disk="/nowhere/at/all")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 3 and all(
            one["seen"] or one.get("why") for one in bombs.values()), "all are looked at")
        self.assertEqual(seen["full"]["status"], "gone off")
        self.assertEqual(seen["nowhere"]["status"], "unknown")
        # Nobody can say yet, and that is no good news.
        self.assertEqual(seen["here"]["status"], "new")
        self.assertIn("too early for a forecast", seen["here"]["why"])
        self.assertEqual(self.told("here"), [])

    def test_a_disk_that_fills(self):
        """The samples of ten days are laid into its series; the disk is as it is."""
        self.world.timebomb("here", disk=str(self.world.folder), every="1s", full_at="99%")
        self.world.up()
        self.wait_bombs(lambda bombs: bombs["here"].get("why"), "it is looked at")
        self.world.down()
        disk = os.statvfs(self.world.folder)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        most = used + disk.f_bavail * disk.f_frsize
        now = time.time()
        # So that what is left is used up in twenty days.
        left = most * 0.99 - used
        rows = [(int((now - hours * 3600) * 1e6), int(used - left / 20 * hours / 24))
                for hours in range(240, 0, -1)]
        code = ("import sqlite3, json, sys\n"
                "base = sqlite3.connect(sys.argv[1])\n"
                "number, = base.execute(\"select id from series where what = 'bytes'\").fetchone()\n"
                "base.executemany('insert or replace into samples values (?, ?, ?)',"
                " [(number, at, used) for at, used in json.load(sys.stdin)])\n"
                "base.commit()\n")
        subprocess.run(self.world.prefix() + ["/usr/bin/python3", "-c", code,
                                              str(self.world.state / "rolls.db")],
                       input=json.dumps(rows), text=True, check=True)
        self.world.up()
        seen = self.wait_bombs(lambda bombs: bombs["here"]["status"] == "ticking", "it ticks")
        one = seen["here"]
        self.assertLess(abs(seconds_of(one["goes_off"]) - (now + 20 * DAY)), 2 * DAY, one)
        self.assertLess(seconds_of(one["early"]), seconds_of(one["goes_off"]), one)
        self.assertIn("more a day", one["evidence"])
        self.assertEqual(self.told("here"), ["30d"])

    def test_postgres(self):
        database = outside.PostgreSQL(self.world, "bombs")
        self.addCleanup(database.stop)
        at = f"{database.at} user=postgres dbname=postgres"
        psql = test_gauge.Psql(self, at)
        psql.run("create table orders (id serial primary key)")
        psql.run("select setval('orders_id_seq', 2100000000)")
        self.world.timebomb("numbers", postgres=at)
        self.world.timebomb("closed", postgres=f"host={harness.address()} port=1 dbname=x")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 2 and all(
            one["seen"] or one.get("why") for one in bombs.values()), "both are looked at")
        self.assertEqual(seen["numbers"]["status"], "gone off")
        self.assertIn("public.orders.id", seen["numbers"]["evidence"])
        self.assertIn("98%", seen["numbers"]["evidence"])
        self.assertEqual(seen["closed"]["status"], "unknown")
        self.world.write(self.world.text() + "\n[timebomb.bad]\npostgres = \"host=x password=s3cret\"\n")
        refused = self.world.cli("check", code=harness.EXIT_CONFIG)
        self.assertIn("password", refused.text)
        self.assertNotIn("s3cret", refused.text)

    def test_clocks(self):
        right = test_gauge.TimeServer(self, 0)
        wrong = test_gauge.TimeServer(self, 3600)
        self.world.timebomb("right", clock=[right.name])
        self.world.timebomb("wrong", clock=[wrong.name])
        self.world.timebomb("silent", clock=[f"{harness.address()}:9"], timeout="500ms")
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 3 and all(
            one["status"] != "new" for one in bombs.values()), "all are looked at")
        self.assertEqual(seen["right"]["status"], "quiet")
        self.assertEqual(seen["wrong"]["status"], "gone off")
        self.assertIn("1h", seen["wrong"]["evidence"])
        self.assertEqual(seen["silent"]["status"], "unknown")


class Domains(Case):
    def test_what_the_registry_says(self):
        ends = stamp(int(time.time()) + 12 * DAY)
        at = harness.address()
        folder = self.world.folder / "www"
        (folder / "domain").mkdir(parents=True)

        def page(name, value):
            (folder / name).write_text(value if isinstance(value, str) else json.dumps(value))

        page("dns.json", {"version": "1.0", "publication": "2026-01-01T00:00:00Z",
                          "services": [[["example"], [f"http://{at}:8000/"]]]})
        page("domain/shop.example", {
            "objectClassName": "domain", "ldhName": "SHOP.EXAMPLE",
            "events": [{"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"},
                       {"eventAction": "expiration", "eventDate": ends}]})
        page("domain/silent.example", {"objectClassName": "domain", "ldhName": "silent.example"})
        page("domain/broken.example", "<html>try again later</html>")
        self.world.own(folder, folder / "domain", *folder.glob("**/*"))
        nginx = outside.Nginx(self.world, f"server {{ listen {at}:8000; root {folder}; }}",
                              (at, 8000))
        self.addCleanup(nginx.stop)
        where = {"bootstrap": f"http://{at}:8000/dns.json", "every": "1s", "timeout": "1s"}
        self.world.timebomb("shop", domain="Shop.example", **where)
        self.world.timebomb("direct", domain="shop.example", rdap=f"http://{at}:8000")
        self.world.timebomb("silent", domain="silent.example", **where)
        self.world.timebomb("broken", domain="broken.example", **where)
        self.world.timebomb("missing", domain="missing.example", **where)
        self.world.timebomb("foreign", domain="shop.elsewhere", **where)
        self.world.up()
        seen = self.wait_bombs(lambda bombs: len(bombs) == 6 and all(
            one["status"] != "new" for one in bombs.values()), "all are looked at")
        self.at_date(seen, "shop", seconds_of(ends), "ticking")
        self.at_date(seen, "direct", seconds_of(ends), "ticking")
        for name in ("silent", "broken", "missing", "foreign"):
            self.assertEqual(seen[name]["status"], "unknown", seen[name])
            self.assertIsNone(seen[name]["goes_off"])
        # A registry that cannot be asked any more has not let anything expire.
        page("domain/shop.example", "<html>too many requests</html>")
        self.world.wait(lambda: "unknown" in self.told("shop"), "it is unknown")
        one = self.bombs()["shop"]
        self.assertEqual(one["status"], "unknown")
        self.assertEqual(one["goes_off"], ends)
        self.assertEqual(self.told("shop"), ["14d", "unknown"])


if __name__ == "__main__":
    harness.unittest.main()
