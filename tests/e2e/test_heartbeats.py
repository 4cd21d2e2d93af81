"""Heartbeats: what pings elsewhere, and is missed when it does not."""

import datetime
import http.client
import json
import socket
import subprocess
import threading
import uuid

import harness
import processes

RID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
OTHER_RID = "3f2504e0-4f89-11d3-9a0c-0305e82c3302"
KEY = "sesame-open"
COMMON = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
}


class Heartbeats(harness.Case):
    def ask(self, path, method="GET", body=None, headers=None, timeout=20):
        """One request by itself: status, body, headers."""
        host, port = self.world.head["listen"].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()

    def path(self, name="copy"):
        """Where it is pinged, once it can be."""
        listen = self.world.head["listen"]
        self.world.wait(
            lambda: self.world.heartbeat_status(name) and not self.refuses(listen),
            f"{name} can be pinged at {listen}",
        )
        url = self.world.heartbeat_status(name)["ping_url"]
        prefix = "http://" + listen
        self.assertTrue(url.startswith(prefix + "/ping/"), url)
        return url.removeprefix(prefix)

    def ping(self, path, **keys):
        status, body, _ = self.ask(path, **keys)
        self.assertEqual((status, body), (200, "OK"), path)

    def wait_state(self, state, name="copy", within=20):
        self.world.wait(
            lambda: self.world.heartbeat_status(name)["status"] == state,
            f"{name} is {state}: {self.world.heartbeat_status(name)}",
            within,
        )
        return self.world.heartbeat_status(name)

    def test_every_answer_of_the_pinging_api(self):
        world = self.world
        world.head["ping_key"] = KEY
        world.heartbeat("copy", every="24h", grace="2h")
        world.up()
        mine = self.path()
        unknown = "/ping/" + str(uuid.uuid4())
        bare = mine.replace("-", "")
        slug = f"/ping/{KEY}/copy"
        rows = [
            (mine, 200, "OK"),
            (mine + "/", 200, "OK"),
            (mine.replace("/ping/", "/PING/"), 404, "not found"),
            (mine + "/start", 200, "OK"),
            (mine + "/start/", 404, "not found"),
            (mine + "/fail", 200, "OK"),
            (mine + "/log", 200, "OK"),
            (mine + "/0", 200, "OK"),
            (mine + "/255", 200, "OK"),
            (mine + "/256", 400, "invalid url format"),
            (mine + "/99999999999999999999", 400, "invalid url format"),
            (mine + "/-1", 404, "not found"),
            (mine + "/done", 404, "not found"),
            (mine + "/start/fail", 404, "not found"),
            (bare, 404, "not found"),
            (unknown, 404, "not found"),
            (unknown + "/fail", 404, "not found"),
            (mine + "?rid=" + RID, 200, "OK"),
            (mine + "?rid=" + RID.upper(), 200, "OK"),
            (mine + "?rid=" + RID.replace("-", ""), 400, "invalid uuid format"),
            (mine + "?rid=7", 400, "invalid uuid format"),
            (mine + "?create=1", 200, "OK"),
            (slug, 200, "OK"),
            (slug + "/start", 200, "OK"),
            (slug + "/fail", 200, "OK"),
            (slug + "/log", 200, "OK"),
            (slug + "/3", 200, "OK"),
            (slug + "/300", 400, "invalid url format"),
            (slug + "?create=1", 200, "OK"),
            (f"/ping/{KEY}/Copy", 400, "invalid url format"),
            (f"/ping/{KEY}/fresh", 404, "not found"),
            (f"/ping/{KEY}/fresh?create=0", 404, "not found"),
            (f"/ping/wrong-{KEY}/copy", 404, "not found"),
            (f"/ping/wrong-{KEY}/fresh?create=1", 404, "not found"),
            (f"/ping/{KEY}/fresh?create=1", 201, "Created"),
            (f"/ping/{KEY}/fresh?create=1", 200, "OK"),
            (f"/ping/{KEY}/fresh", 200, "OK"),
            (f"/ping/{KEY}/other/fail?create=1", 201, "Created"),
            ("/", 404, "not found"),
            ("/ping", 404, "not found"),
            ("/v1/status", 404, "not found"),
        ]
        recorded = 0
        for path, status, text in rows:
            for method in ("GET", "POST", "HEAD"):
                if status == 201 and method != "GET":
                    continue
                with self.subTest(path=path, method=method):
                    got, body, headers = self.ask(path, method)
                    self.assertEqual(got, status)
                    self.assertEqual(body, "" if method == "HEAD" else text)
                    self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")
                    self.assertLessEqual(COMMON.items(), headers.items())
                    limit = "10000" if status < 300 else None
                    self.assertEqual(headers.get("Ping-Body-Limit"), limit)
                    recorded += status == 200 and "fresh" not in path
        self.assertEqual(world.heartbeat_status("copy")["pings"], recorded)
        self.assertEqual(world.heartbeat_status("fresh")["pings"], 7)
        self.assertEqual(self.wait_state("down", "other")["created"], True)
        # What was made by a ping outlives us, and can be forgotten.
        world.kill_both()
        world.again()
        self.assertEqual(world.heartbeat_status("fresh")["pings"], 7)
        world.cli("heartbeat", "remove", "fresh")
        self.assertEqual(self.ask(f"/ping/{KEY}/fresh")[0], 404)
        refused = world.cli("heartbeat", "remove", "copy", code=harness.EXIT_REFUSED)
        self.assertIn("take it out there", refused.text)
        self.assertNotIn(KEY, world.cli("status", "--json").text + world.cli("events").text)

    def test_what_a_ping_says_is_kept(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        body = b"copied\n\xff" + b"x" * 20000
        self.ping(
            self.path() + "/7?rid=" + RID.upper(),
            method="PUT",
            body=body,
            headers={
                "User-Agent": "a" * 300,
                "X-Forwarded-For": "192.0.2.7:4711, 10.0.0.1",
                "X-Forwarded-Proto": "https",
            },
        )
        ping = world.pings("copy")[0]
        self.assertEqual(
            {key: ping[key] for key in ("n", "signal", "exit_status", "rid", "method", "remote")},
            {
                "n": 1,
                "signal": "fail",
                "exit_status": 7,
                "rid": RID,
                "method": "PUT",
                "remote": "192.0.2.7",
            },
        )
        self.assertEqual((ping["scheme"], ping["agent"]), ("https", "a" * 200))
        self.assertEqual(ping["body"], "copied\n\ufffd" + "x" * 9992)
        self.assertIn("fail (exit 7)", world.cli("heartbeat", "history", "copy").out)

    def test_signals_and_runs(self):
        world = self.world
        world.heartbeat("copy", every="24h", grace="2h")
        world.up()
        mine = self.path()
        self.ping(mine + "/start?rid=" + RID)
        status = world.heartbeat_status("copy")
        self.assertEqual(status["status"], "new")
        self.assertIsNotNone(status["started"])
        self.ping(mine + "?rid=" + OTHER_RID)
        status = world.heartbeat_status("copy")
        self.assertEqual((status["status"], status["last_duration_us"]), ("up", None))
        self.assertIsNotNone(status["started"])
        self.ping(mine + "?rid=" + RID)
        status = world.heartbeat_status("copy")
        self.assertIsNone(status["started"])
        self.assertGreater(status["last_duration_us"], 0)
        self.ping(mine + "/fail")
        self.assertEqual(world.heartbeat_status("copy")["status"], "down")
        self.ping(mine + "/log")
        self.assertEqual(world.heartbeat_status("copy")["status"], "down")
        self.ping(mine)
        self.assertEqual(world.heartbeat_status("copy")["status"], "up")
        world.cli("heartbeat", "pause", "copy")
        self.assertEqual(world.heartbeat_status("copy")["status"], "paused")
        world.kill_both()
        world.again()
        self.assertEqual(world.heartbeat_status("copy")["status"], "paused")
        self.ping(mine)
        self.assertEqual(world.heartbeat_status("copy")["status"], "up")

    def test_only_posts_and_only_by_hand(self):
        world = self.world
        world.heartbeat("copy", every="24h", post_only=True, manual_resume=True)
        world.up()
        mine = self.path()
        self.ping(mine)
        self.assertEqual(world.heartbeat_status("copy")["status"], "new")
        self.ping(mine, method="POST")
        self.assertEqual(world.heartbeat_status("copy")["status"], "up")
        world.cli("heartbeat", "pause", "copy")
        self.ping(mine, method="POST")
        self.assertEqual(world.heartbeat_status("copy")["status"], "paused")
        world.cli("heartbeat", "resume", "copy")
        self.assertEqual(world.heartbeat_status("copy")["status"], "new")
        self.assertEqual([p["ignored"] for p in world.pings("copy")], [True, False, True])

    def test_silence_is_down_since_the_deadline_and_said_once(self):
        world = self.world
        world.heartbeat("copy", every="1s", grace="1s")
        world.up()
        self.ping(self.path())
        down = self.wait_state("down")
        since, last = (datetime.datetime.fromisoformat(down[key]) for key in ("since", "last_ping"))
        self.assertEqual(since - last, datetime.timedelta(seconds=2))
        self.assertIn("down since", world.cli("heartbeat", "list").out)
        world.kill_brain()
        world.wait_house()
        self.assertEqual(world.heartbeat_status("copy")["since"], down["since"])
        said = [line for line in world.house_log().splitlines() if "a heartbeat is down" in line]
        self.assertEqual(len(said), 1, said)
        falls = [event for event in world.events() if event["fact"] == "heartbeat fell"]
        self.assertEqual(len(falls), 1)

    def test_failures_that_are_borne(self):
        world = self.world
        world.heartbeat("copy", every="24h", grace="2h", fail_after="2 of 3")
        world.heartbeat("dump", every="1s", grace="1s", success_within="3s")
        world.up()
        copy, dump = self.path(), self.path("dump")
        self.ping(copy)
        self.ping(copy + "/fail")
        world.kill_brain()
        world.wait_house()
        status = world.heartbeat_status("copy")
        self.assertEqual(status["status"], "up")
        self.assertEqual(status["note"], "1 of its newest 3 failed; at 2 it is down")
        self.assertIn(status["note"], world.cli("heartbeat", "list").out)
        self.ping(copy + "/7")
        self.assertEqual(world.heartbeat_status("copy")["status"], "down")
        self.ping(copy)
        self.assertEqual(world.heartbeat_status("copy")["status"], "up")

        self.ping(dump)
        self.ping(dump + "/fail")
        self.assertNotEqual(world.heartbeat_status("dump")["status"], "down")
        down = self.wait_state("down", "dump")
        since, last = (datetime.datetime.fromisoformat(down[key])
                       for key in ("since", "last_success"))
        self.assertEqual(since - last, datetime.timedelta(seconds=3))
        self.assertIn("it pings, and has not succeeded since", down["note"])
        self.assertIn("it has not succeeded for too long", world.house_log())

    def test_nobody_is_blamed_for_our_absence(self):
        world = self.world
        world.heartbeat("copy", every="24h", grace="2h")
        world.up()
        self.ping(self.path())
        before = world.heartbeat_status("copy")
        world.kill_both()
        world.again()
        after = world.heartbeat_status("copy")
        self.assertEqual(after["expected"], before["expected"])
        self.assertGreater(after["deadline"], before["deadline"])
        self.ping(self.path())

    def test_uptime_kuma_pushes(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        token = self.path().removeprefix("/ping/")
        for query, state in (
            ("", "up"),
            ("?status=down&msg=no%20space&ping=", "down"),
            ("?status=up&msg=OK&ping=12", "up"),
        ):
            status, body, _ = self.ask("/api/push/" + token + query)
            self.assertEqual((status, json.loads(body)), (200, {"ok": True}))
            self.assertEqual(world.heartbeat_status("copy")["status"], state)
        self.assertEqual(world.pings("copy")[1]["body"], "no space")
        status, body, _ = self.ask("/api/push/" + str(uuid.uuid4()))
        self.assertEqual(status, 404)
        self.assertEqual(
            json.loads(body), {"ok": False, "msg": "Monitor not found or not active."}
        )

    def test_ping_and_wrap(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        self.assertEqual(world.cli("ping", "copy", "--message", "by hand").text, "")
        world.cli("wrap", "copy", "--", "/bin/sh", "-c", "echo out; echo err >&2; exit 3", code=3)
        pings = world.pings("copy")
        self.assertEqual([p["signal"] for p in pings], ["success", "start", "fail"])
        self.assertEqual(pings[0]["body"], "by hand")
        self.assertEqual(pings[1]["rid"], pings[2]["rid"])
        self.assertEqual(pings[2]["exit_status"], 3)
        self.assertEqual(sorted(pings[2]["body"].split()), ["err", "out"])
        self.assertGreater(pings[2]["duration_us"], 0)
        wrong = world.cli("ping", "cpoy", code=None)
        self.assertIn("did you mean `copy`", wrong.text)
        self.assertNotEqual(wrong.code, 0)
        world.down()
        ran = world.cli("wrap", "copy", "--", "/bin/sh", "-c", "echo all the same; exit 4", code=4)
        self.assertIn("all the same", ran.out)

    def test_the_real_curl(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        url = world.heartbeat_status("copy")["ping_url"]
        for words in (
            ["-fsS", "-m", "10", "--retry", "5", "-o", "/dev/null", url],
            ["-fsS", "--data-raw", "all is well", url],
            ["-fsS", "-I", url],
            ["-fsS", "--http1.0", url + "/fail"],
        ):
            subprocess.run(["curl", "--noproxy", "*", *words], check=True, capture_output=True)
        self.assertEqual(
            [p["method"] for p in world.pings("copy")], ["GET", "POST", "HEAD", "GET"]
        )

    def test_no_ping_that_was_acknowledged_is_lost(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        mine = self.path()
        acknowledged, over = [], threading.Event()

        def load(worker):
            number = 0
            while not over.is_set():
                number += 1
                word = f"{worker}-{number}"
                try:
                    status, _, _ = self.ask(mine, "POST", word)
                except (OSError, http.client.HTTPException):
                    continue
                if status == 200:
                    acknowledged.append(word)

        workers = [threading.Thread(target=load, args=(n,)) for n in range(4)]
        for worker in workers:
            worker.start()
        try:
            for kill in (world.kill_brain, world.kill_keeper, world.kill_both, world.kill_brain):
                already = len(acknowledged)
                world.wait(lambda: len(acknowledged) > already + 20, "pings are acknowledged")
                kill()
                if kill == world.kill_both:
                    world.again()
                world.wait_house()
            already = len(acknowledged)
            world.wait(lambda: len(acknowledged) > already + 20, "pings are acknowledged")
        finally:
            over.set()
            for worker in workers:
                worker.join()
        pings = self.all_pings()
        self.assertEqual([p["number"] for p in pings], list(range(1, len(pings) + 1)))
        self.assertEqual(set(acknowledged) - {p["body"] for p in pings}, set())
        self.assertEqual(world.heartbeat_status("copy")["pings"], len(pings))

    def all_pings(self):
        events = [event for event in self.world.events() if event["fact"] == "ping taken"]
        return [event["fields"] for event in events]

    def test_connections_wait_while_the_brain_is_replaced(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        mine = self.path()
        for number in range(1, 4):
            pid = world.kill_brain()
            world.wait(lambda old=pid: not processes.alive(old), "the brain is dead")
            self.ping(mine)
            self.assertEqual(world.heartbeat_status("copy")["pings"], number)

    def test_an_address_that_is_taken(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        host, port = world.head["listen"].rsplit(":", 1)
        taken = socket.create_server((host, int(port)), reuse_port=False)
        try:
            world.up()
            world.wait(
                lambda: "nobody can ping" in world.cli("status").text, "it is said that none can"
            )
            # What is pinged on this host is recorded all the same; nobody knows of the others.
            world.cli("ping", "copy")
            self.assertEqual(world.heartbeat_status("copy")["status"], "unknown")
        finally:
            taken.close()
        self.wait_state("up")
        self.ping(self.path())
        self.assertNotIn("nobody can ping", world.cli("status").text)

    def test_another_address_and_none(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        old = world.head["listen"]
        world.head["listen"] = old.replace(":4040", ":4041")
        world.write()
        world.cli("apply")
        world.wait(lambda: self.refuses(old), "the old address is given up")
        self.ping(self.path())
        del world.heartbeats["copy"]
        world.write()
        world.cli("apply")
        world.wait(lambda: self.refuses(world.head["listen"]), "nothing listens")
        self.assertEqual(world.status()["heartbeats"], [])

    def test_addresses_that_change_places(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        one = world.head["listen"]
        other = one.replace(":4040", ":4041")
        world.service("web", "chatty", "web", "--pause-us", 20000, listen=[other])
        world.up()
        world.head["listen"], world.services["web"]["listen"] = other, [one]
        world.write()
        world.cli("apply")
        world.wait(self.is_pinged, "pings are taken at the other place")
        world.wait_ready("web")
        self.assertNotIn("nobody can ping", world.cli("status").text)

    def is_pinged(self):
        try:
            return self.ask(self.path())[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def test_what_goes_while_it_is_pinged_stays_gone(self):
        world = self.world
        for number in range(20):
            world.heartbeat(f"h{number}", every="24h")
        world.up()
        paths = [self.path(f"h{number}") for number in range(20)]
        over = threading.Event()

        def load(path):
            while not over.is_set():
                try:
                    self.ask(path)
                except (OSError, http.client.HTTPException):
                    return

        workers = [threading.Thread(target=load, args=(path,)) for path in paths[1:]]
        for worker in workers:
            worker.start()
        try:
            world.heartbeats = {"h0": world.heartbeats["h0"]}
            world.write()
            world.cli("apply")
        finally:
            over.set()
            for worker in workers:
                worker.join()
        self.assertEqual([h["name"] for h in world.status()["heartbeats"]], ["h0"])

    def test_pings_of_this_host_wait_for_the_next_brain(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        for number in range(1, 11):
            world.kill_brain()
            world.cli("ping", "copy")
        self.assertGreaterEqual(world.heartbeat_status("copy")["pings"], 10)

    def refuses(self, address):
        host, port = address.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except ConnectionRefusedError:
            return True
        return False

    def limit_files(self, size):
        """How large a file the brain may write; the journal's are larger."""
        pid = str(self.world.brain())
        words = [*self.world.prefix(), "prlimit", "--pid", pid, f"--fsize={size}:"]
        subprocess.run(words, check=True)

    def test_what_is_not_recorded_is_not_acknowledged(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        mine = self.path()
        self.limit_files(4096)
        status, body, headers = self.ask(mine)
        self.assertEqual((status, body), (503, "not recorded"))
        self.assertLessEqual(COMMON.items(), headers.items())
        refused = world.cli("ping", "copy", code=None, within=60)
        self.assertNotEqual(refused.code, 0)
        self.assertIn("journal", refused.text)
        token = mine.removeprefix("/ping/")
        status, body, _ = self.ask("/api/push/" + token)
        self.assertEqual((status, json.loads(body)), (503, {"ok": False, "msg": "not recorded"}))
        self.limit_files("unlimited")
        world.wait(lambda: self.ask(mine)[0] == 200, "pings are recorded again")

    def test_hostile_clients(self):
        world = self.world
        world.heartbeat("copy", every="24h")
        world.up()
        host, port = world.head["listen"].rsplit(":", 1)
        mine = self.path()
        rubbish = [
            b"\0" * 1000,
            b"GET " + b"/x" * 30000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST " + mine.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nhalf",
        ]
        for bytes_ in rubbish:
            with socket.create_connection((host, int(port))) as connection:
                try:
                    connection.sendall(bytes_)
                except OSError:
                    pass  # it may be cut off at any moment
        idle = [socket.create_connection((host, int(port))) for _ in range(100)]
        try:
            self.ping(mine)
        finally:
            for connection in idle:
                connection.close()
        self.assertEqual([p["n"] for p in world.pings("copy")], [1])
        self.assertEqual(world.status()["brain"]["restarts"], 0)
