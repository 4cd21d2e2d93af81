"""The management API: scripts that list, make and change heartbeats over HTTP."""

import concurrent.futures
import http.client
import json
import sqlite3
import subprocess
import uuid

import harness

KEY = "full-0123456789abcdef"
READS = "hcr_0123456789abcdefghijklmnopqr"
PING_KEY = "sesame-open"
NEVER = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
SECRET_KEYS = {"uuid", "ping_url", "update_url", "pause_url", "resume_url", "channels"}


class Management(harness.Case):
    def up(self):
        """A house with both keys; `copy` is in its file."""
        world = self.world
        world.head.update(api_key=KEY, api_key_readonly=READS, ping_key=PING_KEY)
        world.heartbeat("copy", every="24h", grace="2h", description="copies")
        world.up()
        self.wait_served()

    def wait_served(self):
        self.world.wait(self.is_served, "the API is served")

    def is_served(self):
        try:
            return self.raw("GET", "/api/v3/status/", key=None)[:2] == (200, "OK")
        except OSError:
            return False

    def raw(self, method, path, body=None, key=KEY, headers=None):
        """One request: status, text, headers."""
        host, port = self.world.head["listen"].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        try:
            headers = dict(headers or {}, **({"X-Api-Key": key} if key else {}))
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()

    def ask(self, method, path, body=None, status=200, key=KEY):
        """What a request is answered, as JSON; `path` stands behind /api/v3/."""
        text = None if body is None else json.dumps(body)
        got, answer, headers = self.raw(method, "/api/v3/" + path, text, key)
        self.assertEqual(got, status, f"{method} {path} {body}: {answer}")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
        return json.loads(answer)

    def make(self, status=201, **fields):
        return self.ask("POST", "checks/", fields, status)

    def ping(self, check, suffix="", body=None):
        path = check["ping_url"].removeprefix("http://" + self.world.head["listen"])
        self.assertEqual(self.raw("POST", path + suffix, body, None)[:2], (200, "OK"))

    def check(self, check):
        return self.ask("GET", "checks/" + check["uuid"])

    def test_what_is_in_the_file_is_listed(self):
        self.up()
        (copy,) = self.ask("GET", "checks/")["checks"]
        listen = self.world.head["listen"]
        self.assertEqual(
            copy,
            {
                "name": "copy",
                "slug": "copy",
                "tags": "",
                "desc": "copies",
                "grace": 7200,
                "n_pings": 0,
                "status": "new",
                "started": False,
                "last_ping": None,
                "next_ping": None,
                "manual_resume": False,
                "methods": "",
                "subject": "",
                "subject_fail": "",
                "start_kw": "",
                "success_kw": "",
                "failure_kw": "",
                "filter_subject": False,
                "filter_body": False,
                "filter_http_body": False,
                "filter_default_fail": False,
                "badge_url": "",
                "uuid": copy["uuid"],
                "ping_url": f"http://{listen}/ping/{copy['uuid']}",
                "update_url": f"http://{listen}/api/v3/checks/{copy['uuid']}",
                "pause_url": f"http://{listen}/api/v3/checks/{copy['uuid']}/pause",
                "resume_url": f"http://{listen}/api/v3/checks/{copy['uuid']}/resume",
                "channels": "",
                "timeout": 86400,
            },
        )
        self.ping(copy, "/start")
        self.assertTrue(self.check(copy)["started"])
        v1 = json.loads(self.raw("GET", "/api/v1/checks/")[1])["checks"][0]
        self.assertEqual(v1["status"], "started")
        self.ping(copy)
        copy = self.check(copy)
        self.assertEqual((copy["status"], copy["n_pings"], copy["last_duration"]), ("up", 2, 0))
        stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
        self.assertRegex(copy["last_ping"], f"^{stamp}$")
        self.assertRegex(copy["next_ping"], f"^{stamp}$")
        self.assertEqual(self.ask("GET", "channels/"), {"channels": []})

    def test_what_is_made_stays_after_a_kill(self):
        self.up()
        for number in range(5):
            made = self.make(
                name=f"Copy {number}",
                tags="prod  db",
                desc="the nightly one",
                schedule="15 3 * * *",
                tz="Europe/Berlin",
                grace=1800,
                manual_resume=True,
                methods="POST",
            )
            self.world.kill_brain()
            self.assertEqual(self.check(made), made)
        self.assertEqual(
            [made[key] for key in ("slug", "tags", "schedule", "tz", "grace", "methods", "status")],
            ["copy-4", "prod db", "15 3 * * *", "Europe/Berlin", 1800, "POST", "new"],
        )
        self.assertNotIn("timeout", made)
        self.ping(made)
        self.world.kill_both()
        self.world.again()
        self.wait_served()
        after = self.check(made)
        self.assertEqual((after["status"], after["n_pings"]), ("up", 1))
        self.assertIsNotNone(after["next_ping"])
        self.assertIn("15 3 * * * Europe/Berlin", self.world.cli("heartbeat", "list").out)
        # By its name as well, as its kind always was.
        self.assertEqual(self.raw("GET", f"/ping/{PING_KEY}/copy-4", None, None)[0], 200)
        self.world.cli("heartbeat", "remove", "copy-4")
        self.ask("GET", "checks/" + made["uuid"], status=404)

    def test_matching_changing_and_removing(self):
        self.up()
        made = self.make(slug="night", name="Night", timeout=3600, tags="a b")
        self.assertEqual(uuid.UUID(made["uuid"]).version, 4)
        self.assertEqual(self.make(200, name="Night", unique=["name"], tags="a c")["tags"], "a c")
        self.assertEqual(self.make(200, slug="night", unique=["slug"])["uuid"], made["uuid"])
        self.assertIn("taken", self.make(403, slug="night")["error"])
        changed = self.ask("POST", "checks/" + made["uuid"], {"timeout": 7200, "desc": "d"})
        self.assertEqual((changed["timeout"], changed["desc"]), (7200, "d"))
        self.assertEqual(self.check(made), changed)
        other = self.make(name="Other", tags="a")
        names = lambda query: [c["slug"] for c in self.ask("GET", "checks/" + query)["checks"]]
        self.assertEqual(names(""), ["copy", "night", "other"])
        self.assertEqual(names("?tag=a"), ["night", "other"])
        self.assertEqual(names("?tag=a&tag=c"), ["night"])
        self.assertEqual(names("?tag=A"), [])
        self.assertEqual(names("?slug=other"), ["other"])
        self.assertEqual(self.ask("DELETE", "checks/" + other["uuid"]), other)
        self.ask("GET", "checks/" + other["uuid"], status=404)
        self.ask("DELETE", "checks/" + other["uuid"], status=404)
        self.assertEqual(self.raw("GET", "/ping/" + other["uuid"], None, None)[0], 404)

    def test_what_is_in_the_file_is_changed_there(self):
        self.up()
        (copy,) = self.ask("GET", "checks/")["checks"]
        mine = "checks/" + copy["uuid"]
        for method, path, body in (
            ("POST", "checks/", {"name": "copy"}),
            ("POST", "checks/", {"name": "copy", "unique": ["name"], "timeout": 60}),
            ("POST", mine, {"desc": "other"}),
            ("DELETE", mine, None),
        ):
            self.assertIn("hammock.toml", self.ask(method, path, body, 403)["error"])
        same = {"name": "copy", "unique": ["name"], "timeout": 86400, "grace": 7200}
        self.assertEqual(self.make(200, **same), copy)
        self.assertEqual(self.ask("POST", mine + "/pause")["status"], "paused")
        self.world.kill_brain()
        self.assertEqual(self.check(copy)["status"], "paused")
        self.assertEqual(self.ask("POST", mine + "/pause")["status"], "paused")
        self.assertEqual(self.ask("POST", mine + "/resume")["status"], "new")
        self.world.kill_brain()
        wrong = self.ask("POST", mine + "/resume", status=409)
        self.assertEqual(wrong, {"error": "check is not paused"})

    def test_what_can_never_be_is_refused_in_the_end(self):
        world = self.world
        self.up()
        made = self.make(name="made")
        world.heartbeat("other", every="1h", uuid=made["uuid"])
        world.write()
        world.cli("apply")
        refused = self.make(409, name="made", unique=["name"], timeout=3600)
        self.assertIn("has another heartbeat its uuid?", refused["error"])
        self.assertEqual(self.ask("GET", "checks/?slug=made")["checks"][0]["timeout"], 86400)

    def test_pings_bodies_and_flips(self):
        self.up()
        made = self.make(name="night", timeout=3600)
        mine = "checks/" + made["uuid"]
        self.assertEqual(self.ask("GET", mine + "/pings/"), {"pings": []})
        self.ping(made, "/start?rid=" + NEVER)
        self.ping(made, "?rid=" + NEVER, "done")
        self.ping(made, "/3", b"\xff\0raw")
        self.ping(made, "/log")
        self.ping(made)
        pings = self.ask("GET", mine + "/pings/")["pings"]
        self.assertEqual([p["n"] for p in pings], [5, 4, 3, 2, 1])
        self.assertEqual([p["type"] for p in pings], ["success", "log", "fail", "success", "start"])
        self.assertEqual(pings[3]["rid"], NEVER)
        self.assertGreater(pings[3]["duration"], 0)
        self.assertNotIn("duration", pings[4])
        self.assertRegex(pings[0]["date"], r"^[\d-]{10}T[\d:]{8}\.\d{6}\+00:00$")
        host = "http://" + self.world.head["listen"]
        self.assertIsNone(pings[0]["body_url"])
        done = self.raw("GET", pings[3]["body_url"].removeprefix(host))
        self.assertEqual(done[:2], (200, "done"))
        self.assertEqual(done[2]["Content-Type"], "text/plain; charset=utf-8")
        url = pings[2]["body_url"]
        raw = subprocess.run(
            ["curl", "-fsS", "--noproxy", "*", "-H", "X-Api-Key: " + KEY, url],
            check=True,
            capture_output=True,
        )
        self.assertEqual(raw.stdout, b"\xff\0raw")
        for number in (0, 1, 6):
            self.assertEqual(self.raw("GET", f"/api/v3/{mine}/pings/{number}/body")[0], 404)
        flips = self.ask("GET", mine + "/flips/")["flips"]
        self.assertEqual([flip["up"] for flip in flips], [1, 0, 1])
        self.assertEqual(self.ask("GET", mine + "/flips/?seconds=3600")["flips"], flips)
        self.assertEqual(self.ask("GET", mine + "/flips/?end=1000")["flips"], [])
        self.ask("GET", mine + "/flips/?seconds=x", status=400)
        # One of the same name that is made later has a life of its own.
        self.ask("DELETE", mine)
        again = self.make(name="night", timeout=3600)
        mine = "checks/" + again["uuid"]
        self.assertEqual(self.ask("GET", mine + "/pings/")["pings"], [])
        self.ping(again, "", "new life")
        self.assertEqual(self.raw("GET", f"/api/v3/{mine}/pings/1/body")[1], "new life")
        self.assertEqual(len(self.ask("GET", mine + "/flips/")["flips"]), 1)

    def test_silence_is_a_flip(self):
        self.up()
        self.world.heartbeat("fast", every="1s", grace="1s")
        self.world.write()
        self.world.cli("apply")
        (fast,) = self.ask("GET", "checks/?slug=fast")["checks"]
        self.ping(fast)
        self.world.wait(lambda: self.check(fast)["status"] == "down", "it is down")
        flips = self.ask("GET", f"checks/{fast['uuid']}/flips/")["flips"]
        self.assertEqual([flip["up"] for flip in flips], [0, 1])

    def test_the_read_only_key(self):
        self.up()
        made = self.make(name="night")
        listed = self.ask("GET", "checks/", key=READS)["checks"]
        for one in listed:
            self.assertEqual(SECRET_KEYS & one.keys(), set())
            self.assertRegex(one["unique_key"], "^[0-9a-f]{40}$")
        self.assertNotIn(made["uuid"], json.dumps(listed))
        mine = "checks/" + listed[1]["unique_key"]
        self.assertEqual(self.ask("GET", mine, key=READS), listed[1])
        self.assertEqual(self.ask("GET", mine)["uuid"], made["uuid"])
        self.assertEqual(self.ask("GET", mine + "/flips/", key=READS), {"flips": []})
        self.ask("GET", "checks/" + "0" * 40, status=404, key=READS)
        wrong = {"error": "wrong api key"}
        for method, path in (
            ("POST", "checks/"),
            ("POST", "checks/" + made["uuid"]),
            ("DELETE", "checks/" + made["uuid"]),
            ("POST", f"checks/{made['uuid']}/pause"),
            ("GET", f"checks/{made['uuid']}/pings/"),
            ("GET", "channels/"),
        ):
            body = None if method != "POST" else {}
            self.assertEqual(self.ask(method, path, body, 401, key=READS), wrong)

    def test_errors(self):
        self.up()
        self.assertEqual(
            self.raw("GET", "/api/v3/checks/", key=None)[:2], (401, '{"error": "missing api key"}')
        )
        for key in ("x", KEY[:-1], KEY + "x", KEY.upper(), PING_KEY):
            self.assertEqual(
                self.raw("GET", "/api/v3/checks/", key=key)[:2], (401, '{"error": "wrong api key"}')
            )
        self.assertEqual(self.make(api_key=KEY, name="by the body")["slug"], "by-the-body")
        for body, error in (
            ({"name": None}, "json validation error: name is not a string"),
            ({"timeout": 1}, "json validation error: timeout is too small"),
            ({"shedule": "x"}, "json validation error: shedule is unknown"),
            ({"tz": "Mars/Base"}, "json validation error: tz is not a valid timezone"),
            ([], "json validation error: value is not an object"),
        ):
            answer = self.ask("POST", "checks/", body, 400)
            self.assertEqual(answer, {"error": error})
        for text in ("{", "nothing", "\xff", '{"name":"a","name":"b"}'):
            status, answer, _ = self.raw("POST", "/api/v3/checks/", text.encode("latin-1"))
            self.assertEqual(status, 400)
            self.assertIn("could not parse request body", json.loads(answer)["error"])
        big = json.dumps({"name": "big", "desc": "x" * 20000})
        self.assertEqual(self.raw("POST", "/api/v3/checks/", big)[0], 413)
        self.assertEqual(self.raw("POST", "/api/v3/checks/", big, key="x")[0], 401)
        self.ask("GET", "checks/" + NEVER, status=404)
        self.ask("PUT", "checks/", status=405)
        status, _, headers = self.raw("OPTIONS", "/api/v3/checks/", key=None)
        self.assertEqual((status, headers["Access-Control-Allow-Headers"][:9]), (204, "X-Api-Key"))
        self.assertEqual([c["slug"] for c in self.ask("GET", "checks/")["checks"]][2:], [])

    def test_keys_are_not_shown(self):
        self.up()
        self.make(name="night")
        said = self.world.cli("status", "--json").text + self.world.cli("events").text
        said += self.world.house_log() + self.world.cli("check").text
        self.assertNotIn(KEY, said)
        self.assertNotIn(READS, said)

    def test_a_key_alone_opens_the_address(self):
        world = self.world
        world.head.update(listen=f"{harness.address()}:4040", api_key=KEY)
        world.up()
        self.wait_served()
        made = self.make(name="night")
        # What was made is there without the key.
        del world.head["api_key"]
        world.write()
        world.cli("apply")
        self.world.wait(
            lambda: self.raw("GET", "/api/v3/checks/")[0] == 401, "no key is right any more"
        )
        self.ping(made)

    def test_what_is_not_recorded_is_not_made(self):
        self.up()
        made = self.make(name="night")
        pid = str(self.world.brain())
        limit = [*self.world.prefix(), "prlimit", "--pid", pid]
        subprocess.run([*limit, "--fsize=4096:"], check=True)
        self.assertIn("not recorded", self.make(503, name="other")["error"])
        self.ask("POST", f"checks/{made['uuid']}/pause", status=503)
        self.ask("DELETE", "checks/" + made["uuid"], status=503)
        self.assertEqual(self.raw("GET", "/api/v3/status/", key=None)[0], 503)
        subprocess.run([*limit, "--fsize=unlimited:"], check=True)
        self.wait_served()
        self.assertEqual(len(self.ask("GET", "checks/")["checks"]), 2)
        self.make(name="other")

    def test_many_at_once_have_different_names(self):
        self.up()
        (copy,) = self.ask("GET", "checks/")["checks"]

        def make(_):
            made = self.make(name="same")
            self.ping(copy)  # is answered as such, whatever is made in the same moment
            return made

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            made = list(pool.map(make, range(320)))
        self.assertEqual(len({check["slug"] for check in made}), 320)
        self.assertEqual(len({check["uuid"] for check in made}), 320)

        def once(_):
            text = json.dumps({"slug": "one", "unique": ["slug"]})
            return self.raw("POST", "/api/v3/checks/", text)[0]

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = sorted(pool.map(once, range(32)))
        self.assertEqual(statuses, [200] * 31 + [201])

    def test_a_long_history(self):
        self.up()
        made = self.make(name="busy")
        rare = self.make(name="rare")
        self.ping(rare, "", "long ago")
        path = made["ping_url"].removeprefix("http://" + self.world.head["listen"])

        def load(worker):
            host, port = self.world.head["listen"].rsplit(":", 1)
            connection = http.client.HTTPConnection(host, int(port), timeout=60)
            for number in range(625):
                connection.request("POST", path, f"{worker}-{number}")
                self.assertEqual(connection.getresponse().read(), b"OK")
            connection.close()

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(load, range(16)))
        mine = "checks/" + made["uuid"]
        pings = self.ask("GET", mine + "/pings/")["pings"]
        self.assertEqual([p["n"] for p in pings], list(range(10000, 9000, -1)))
        first = self.raw("GET", f"/api/v3/{mine}/pings/1/body")
        self.assertRegex(first[1], r"^\d+-0$")
        self.assertEqual([f["up"] for f in self.ask("GET", mine + "/flips/")["flips"]], [1])
        (only,) = self.ask("GET", f"checks/{rare['uuid']}/pings/")["pings"]
        self.assertEqual(only["n"], 1)

    def test_one_of_an_older_journal_gets_a_uuid(self):
        self.up()
        self.assertEqual(self.raw("GET", f"/ping/{PING_KEY}/old?create=1", None, None)[0], 201)
        self.world.down()
        # As it was written before there were UUIDs for them.
        journal = sqlite3.connect(self.world.state / "journal.db")
        with journal:
            for table in ("facts", "remembered"):
                journal.execute(
                    f"UPDATE {table} SET fields = json_object('heartbeat', 'old', 'at', 5) "
                    "WHERE kind = 'heartbeat created'"
                )
        journal.close()
        self.world.own(*self.world.state.iterdir())
        self.world.up()
        self.wait_served()
        (old,) = self.ask("GET", "checks/?slug=old")["checks"]
        self.assertEqual((old["n_pings"], old["timeout"], old["grace"]), (1, 86400, 3600))
        self.ping(old)
        self.world.kill_both()
        self.world.again()
        self.wait_served()
        self.assertEqual(self.check(old)["n_pings"], 2)
