"""Probes: what is looked at over the network, by a real courier, with real servers that fail."""

import os
import signal
import socket
import threading
import time

import harness
import outside


class Case(harness.Case):
    def tearDown(self):
        self.doCleanups()  # the servers, before it is looked whether anything is left
        super().tearDown()

    def server(self, play, **keys):
        server = outside.Server(play, **keys)
        self.addCleanup(server.stop)
        return server

    def verdicts(self, expected, within=30):
        """Until each probe has such a verdict; what is known of each."""
        world, seen = self.world, {}

        def reached():
            seen.update({one["name"]: one for one in world.status().get("probes") or []})
            return all(name in seen and seen[name]["verdict"] == verdict
                       for name, verdict in expected.items())

        try:
            world.wait(reached, f"{expected}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {seen}") from error
        return seen

    def facts(self, kind):
        return [one for one in self.world.events() if one["fact"] == kind]


def answering(status="200 OK", body="hello"):
    def play(peer):
        outside.request_of(peer)
        peer.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
                     f"Connection: close\r\n\r\n{body}".encode())
    return play


class Http(Case):
    def test_what_a_server_may_answer(self):
        at = harness.address()
        large = self.world.folder / "www"
        large.mkdir()
        with open(large / "large", "wb") as file:
            file.truncate(1 << 30)
        self.world.own(large, large / "large")
        nginx = outside.Nginx(
            self.world,
            f"""server {{ listen {at}:8000;
              location = /good {{ return 200 "all is well"; }}
              location = /sick {{ return 503 "s3cret"; }}
              location = /json {{ return 200 '{{"db": {{"ok": true, "lag": 3, "name": "x"}}}}'; }}
              location = /loop {{ return 302 /loop; }}
              location = /once {{ return 301 http://{at}:8000/good; }}
              location = /large {{ root {large}; }} }}""", (at, 8000))
        self.addCleanup(nginx.stop)
        base = f"http://{at}:8000"
        silent = self.server(lambda peer: None)
        resets = self.server(outside.reset)

        def drip(peer):
            outside.request_of(peer)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst")

        drips = self.server(drip)
        closed = outside.free_port("127.0.0.1")
        cases = {
            "good": ("good", "status 200", dict(http=f"{base}/good")),
            "contains": ("good", "", dict(http=f"{base}/good", contains="well")),
            "lacks": ("bad", "`well`", dict(http=f"{base}/good", lacks="well")),
            "contains-not": ("bad", "", dict(http=f"{base}/good", contains="ill")),
            "sick": ("bad", "503", dict(http=f"{base}/sick")),
            "sick-wanted": ("good", "", dict(http=f"{base}/sick", status=[503])),
            "json": ("good", "", dict(http=f"{base}/json", json={"/db/ok": True, "/db/lag": 3})),
            "json-not": ("bad", "/db/lag", dict(http=f"{base}/json", json={"/db/lag": 4})),
            "no-json": ("bad", "JSON", dict(http=f"{base}/good", json={"/db/ok": True})),
            "moved": ("bad", "301", dict(http=f"{base}/once")),
            "followed": ("good", "status 200", dict(http=f"{base}/once", follow=1)),
            "loop": ("bad", "redirects", dict(http=f"{base}/loop", follow=5)),
            "large": ("good", "", dict(http=f"{base}/large")),
            "large-lacks": ("bad", "", dict(http=f"{base}/large", contains="needle")),
            "closed": ("bad", "", dict(http=f"http://127.0.0.1:{closed}/")),
            "silent": ("bad", "", dict(http=f"http://127.0.0.1:{silent.port}/", timeout="200ms")),
            "drips": ("bad", "", dict(http=f"http://127.0.0.1:{drips.port}/", timeout="200ms")),
            "resets": ("bad", "", dict(http=f"http://127.0.0.1:{resets.port}/")),
        }
        for name, (_, _, keys) in cases.items():
            self.world.probe(name, **keys)
        self.world.up()
        seen = self.verdicts({name: verdict for name, (verdict, _, _) in cases.items()})
        for name, (verdict, words, _) in cases.items():
            self.assertEqual(seen[name]["verdict"], verdict, name)
            self.assertIn(words, seen[name]["message"], name)
            self.assertNotIn("s3cret", seen[name]["message"])
        self.assertGreater(seen["good"]["took_us"], 0)
        self.assertEqual(seen["good"]["target"], f"{base}/good")

    def test_certificates(self):
        at = harness.address()
        made = outside.Certificates(self.world.folder / "tls")
        made.leaf("good", "good.test")
        made.leaf("expired", "good.test", days=-1)
        made.leaf("other", "other.test")
        made.leaf("incomplete", "good.test", chain=())
        made.request("self", "good.test")
        made.sign("self", None, "subjectAltName=DNS:good.test")
        ports = {"good": 8443, "expired": 8444, "other": 8445, "incomplete": 8446, "self": 8447}
        nginx = outside.Nginx(self.world, "\n".join(
            f"server {{ listen {at}:{port} ssl; return 200 hello;"
            f" ssl_certificate {made.path(name)}.pem; ssl_certificate_key {made.path(name)}.key; }}"
            for name, port in ports.items()), (at, 8443))
        self.addCleanup(nginx.stop)
        trusted = {"ca": str(made.path("ca.pem")), "address": at}
        for name, port in ports.items():
            self.world.probe(f"{name}-https", http=f"https://good.test:{port}/", **trusted)
            self.world.probe(f"{name}-tls", tcp=f"good.test:{port}", tls=True, **trusted)
        self.world.probe("unverified", http="https://good.test:8444/", verify=False, **trusted)
        self.world.up()
        expected = {f"{name}-{kind}": "good" if name == "good" else "bad"
                    for name in ports for kind in ("https", "tls")}
        seen = self.verdicts({**expected, "unverified": "good"})
        for name, words in (("expired", "expired"), ("other", "hostname mismatch")):
            for kind in ("https", "tls"):
                self.assertIn(words, seen[f"{name}-{kind}"]["message"])


class Others(Case):
    def test_tcp(self):
        banner = self.server(lambda peer: peer.sendall(b"220 mail.test ESMTP\r\n"))

        def echo(peer):
            peer.sendall(peer.recv(100))

        echoes = self.server(echo)
        silent = self.server(lambda peer: None)
        cases = {
            "open": ("good", dict(tcp=f"127.0.0.1:{silent.port}")),
            "banner": ("good", dict(tcp=f"127.0.0.1:{banner.port}", expect="220 ")),
            "other": ("bad", dict(tcp=f"127.0.0.1:{banner.port}", expect="554 ", timeout="300ms")),
            "echo": ("good", dict(tcp=f"127.0.0.1:{echoes.port}", send="ping\r\n", expect="ping")),
            "silent": ("bad", dict(tcp=f"127.0.0.1:{silent.port}", expect="x", timeout="200ms")),
            "closed": ("bad", dict(tcp=f"127.0.0.1:{outside.free_port('127.0.0.1')}")),
        }
        for name, (_, keys) in cases.items():
            self.world.probe(name, **keys)
        self.world.up()
        self.verdicts({name: verdict for name, (verdict, _) in cases.items()})

    def test_dns(self):
        names = outside.NameServer(
            {("shop.test", outside.TYPES["A"]): outside.a("192.0.2.7", "192.0.2.8"),
             ("six.test", outside.TYPES["AAAA"]): outside.aaaa("2001:db8::1")},
            silent=("silent.test",))
        self.addCleanup(names.stop)
        ask = {"resolvers": [names.address]}
        cases = {
            "any": ("good", dict(dns="shop.test", **ask)),
            "both": ("good", dict(dns="shop.test", records=["192.0.2.8", "192.0.2.7"], **ask)),
            "other": ("bad", dict(dns="shop.test", records=["192.0.2.9"], **ask)),
            "six": ("good", dict(dns="six.test", type="AAAA", records=["2001:DB8:0::1"], **ask)),
            "none": ("bad", dict(dns="six.test", **ask)),
            "unknown": ("bad", dict(dns="nowhere.test", **ask)),
            "silent": ("bad", dict(dns="silent.test", timeout="500ms", **ask)),
        }
        for name, (_, keys) in cases.items():
            self.world.probe(name, **keys)
        self.world.up()
        seen = self.verdicts({name: verdict for name, (verdict, _) in cases.items()})
        self.assertIn("NXDOMAIN", seen["unknown"]["message"])


class Commands(Case):
    def plugin(self, name, script, **keys):
        path = self.world.file(f"{name}.sh", f"#!/bin/sh\n{script}\n", 0o755)
        self.world.probe(name, command=[str(path)], **keys)

    def test_what_a_plugin_says(self):
        world = self.world
        self.plugin("ok", "echo 'DISK OK - 20 GB free | /=80GB;90;95'")
        self.plugin("warning", "echo 'DISK WARNING'; exit 1")
        self.plugin("critical", "echo \"DISK CRITICAL in $WHERE\"; exit 2", env={"WHERE": "/srv"})
        self.plugin("unknown", "echo 'no such disk'; exit 3")
        self.plugin("broken", "exit 7")
        self.plugin("hangs", "sleep 1000 & sleep 1000", timeout="200ms")
        world.probe("missing", command=["/nowhere/check_disk"])
        world.up()
        seen = self.verdicts({"ok": "good", "warning": "bad", "critical": "bad", "unknown": "unknown",
                              "broken": "unknown", "hangs": "bad", "missing": "unknown"})
        self.assertEqual(seen["ok"]["message"], "DISK OK - 20 GB free")
        self.assertEqual(seen["ok"]["numbers"], "/=80GB;90;95")
        self.assertEqual(seen["critical"]["message"], "DISK CRITICAL in /srv")
        self.assertEqual(seen["unknown"]["message"], "no such disk")
        self.assertIn("200ms", seen["hangs"]["message"])
        self.assertEqual(self.world.couriers(), [])  # nobody went out
        world.kill_brain()
        world.wait_house()
        self.verdicts({"ok": "good", "critical": "bad"})


    def test_a_brain_that_was_stopped_blames_nobody(self):
        world = self.world
        ends = world.folder / "ends"
        self.plugin("slow", f"sleep 0.3; echo fine; echo >> {ends}", retries=0, timeout="900ms")
        left = ["sleep", str(100_000 + os.getpid())]
        world.probe("left", command=["/bin/sh", "-c", f"{' '.join(left)} & exit 0"])
        world.up()
        world.wait_probe("slow", "up")
        for _ in range(3):
            seen = world.probe_status("slow")["seen"]
            began = ends.stat().st_size
            brain = world.brain()
            world.wait(lambda: any("slow.sh" in " ".join(one.command) for one in harness.processes.everybody()
                                   if one.parent == brain), "it is at work")
            stopped = time.monotonic()
            os.kill(brain, signal.SIGSTOP)
            world.wait(lambda: ends.stat().st_size > began, "it has ended")
            world.wait(lambda: time.monotonic() > stopped + 1, "its time is over")
            os.kill(brain, signal.SIGCONT)
            world.wait(lambda: world.probe_status("slow")["seen"] > seen, "it was looked at")
        self.assertEqual(self.facts("probe fell"), [])
        # What a command leaves in its group ends with it.
        self.assertLessEqual(len([one for one in harness.processes.everybody()
                                  if one.command == left and one.state not in "ZX"]), 1)


class History(Case):
    def test_three_values_from_the_first_result_on(self):
        world = self.world
        self.shop_is_well = True
        shop = self.server(lambda peer: answering("200 OK" if self.shop_is_well else "503 x")(peer))
        world.probe("shop", http=f"http://127.0.0.1:{shop.port}/", retries=0)
        world.up()
        world.wait_probe("shop", "up")

        def uptime():
            return world.cli("probe", "history", "shop", "--json").json()["uptime"]["hour"]

        world.wait(lambda: uptime()["up_us"] > 0, "some time is up")
        self.shop_is_well = False
        world.wait_probe("shop", "down")
        world.wait(lambda: uptime()["down_us"] > 0, "some time is down")
        history = world.cli("probe", "history", "shop", "--json").json()
        self.assertEqual([one["status"] for one in history["changes"]], ["down"])
        self.assertIn("503", history["changes"][0]["message"])
        self.assertGreater(history["hours"][-1]["good"], 0)
        self.assertIn("503", world.cli("probe", "history", "shop").out)
        wrong = world.cli("probe", "history", "shp", code=harness.EXIT_USAGE)
        self.assertIn("did you mean `shop`", wrong.err)


class Outages(Case):
    def setUp(self):
        super().setUp()
        self.is_well = True

        def play(peer):
            answering("200 OK" if self.is_well else "500 Internal Server Error")(peer)

        self.shop = self.server(play)
        self.url = f"http://127.0.0.1:{self.shop.port}/"

    def test_one_that_falls_and_rises_is_said_once(self):
        world = self.world
        world.probe("shop", http=self.url)
        world.up()
        world.wait_probe("shop", "up")
        self.is_well = False
        down = world.wait_probe("shop", "down")
        self.assertIn("500", down["message"])
        self.assertIsNotNone(down["since"])
        for _ in range(3):
            world.kill_brain()
            world.wait_house()
            self.assertEqual(world.wait_probe("shop", "down")["since"], down["since"])
            world.wait(lambda: world.probe_status("shop")["verdict"] == "bad", "it was looked at")
        self.is_well = True
        world.wait_probe("shop", "up")
        self.assertEqual(len(self.facts("probe fell")), 1)
        self.assertEqual(len(self.facts("probe rose")), 1)
        text = world.cli("status").out
        self.assertIn("shop", text)

    def test_what_it_may_bear(self):
        world = self.world
        world.probe("shop", http=self.url, fail_after="3 of 5", retries=0)
        world.up()
        world.wait_probe("shop", "up")
        self.is_well = False
        world.wait_probe("shop", "failing")
        world.wait_probe("shop", "down")
        counted = self.facts("probe counted")
        self.assertEqual([one["fields"]["outcomes"][-2:] for one in counted][-2:], ["f", "ff"])

    def test_the_courier_ends_with_the_house(self):
        world = self.world
        world.probe("shop", http=self.url)
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_probe("shop", "up")
        self.assertEqual(len(self.world.couriers()), 1)
        courier = world.couriers()[0]
        world.down()
        world.wait(lambda: not harness.processes.alive(courier), "the courier ends")


class Courier(Case):
    def setUp(self):
        super().setUp()
        self.shop = self.server(answering())
        self.slow = self.server(lambda peer: None)
        self.world.probe("shop", http=f"http://127.0.0.1:{self.shop.port}/")
        self.world.probe("slow", http=f"http://127.0.0.1:{self.slow.port}/", every="10s",
                         timeout="4s")

    def courier(self):
        self.world.wait(lambda: len(self.world.couriers()) == 1, "there is one courier")
        return self.world.couriers()[0]

    def test_it_is_killed_in_mid_flight_again_and_again(self):
        world = self.world
        world.up()
        world.wait_probe("shop", "up")
        for _ in range(10):
            before = self.courier()
            os.kill(before, signal.SIGKILL)
            world.wait(lambda: self.world.couriers() not in ([], [before]), "there is another courier")
            seen = world.probe_status("shop")["seen"]
            world.wait(lambda: world.probe_status("shop")["seen"] > seen, "it was looked at")
            self.assertEqual(world.probe_status("shop")["status"], "up")
        self.assertEqual(self.facts("probe fell"), [one for one in self.facts("probe fell")
                                                    if one["fields"]["probe"] == "slow"])

    def test_it_hangs(self):
        world = self.world
        world.up()
        world.wait_probe("shop", "up")
        before = self.courier()
        os.kill(before, signal.SIGSTOP)
        world.wait(lambda: self.world.couriers() not in ([], [before]), "there is another courier")
        seen = world.probe_status("shop")["seen"]
        world.wait(lambda: world.probe_status("shop")["seen"] > seen, "it was looked at")
        self.assertEqual(world.probe_status("shop")["verdict"], "good")
        self.assertEqual([one["fields"]["probe"] for one in self.facts("probe fell")
                          if one["fields"]["probe"] == "shop"], [])


class Grounds(Case):
    def test_blind(self):
        world = self.world
        ports = [outside.free_port("127.0.0.1") for _ in range(3)]
        witnesses = [f"127.0.0.1:{port}" for port in ports[:2]]
        for name in ("one", "two", "three"):
            world.probe(name, tcp=f"127.0.0.1:{ports[2]}", witnesses=witnesses)
        world.probe("here", tcp=f"127.0.0.1:{ports[2]}", witnesses=[])
        world.up()
        world.wait_probe("here", "down")
        seen = self.verdicts({name: "unknown" for name in ("one", "two", "three")})
        self.assertIn("no witness can be reached", seen["one"]["message"])
        self.assertEqual(seen["one"]["status"], "unknown")
        self.assertEqual(len(self.facts("blindness began")), 1)
        self.assertEqual([one["fields"]["probe"] for one in self.facts("probe fell")], ["here"])
        # One of the two answers: what cannot be reached is down.
        with socket.create_server(("127.0.0.1", ports[0])) as listener:
            thread = threading.Thread(target=accept_all, args=(listener,))
            thread.start()
            world.wait_probe("one", "down")
            self.assertEqual(len(self.facts("blindness ended")), 1)
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()

    def test_dependants(self):
        world = self.world
        gate = self.server(lambda peer: None)
        closed = outside.free_port("127.0.0.1")
        world.probe("gate", tcp=f"127.0.0.1:{closed}")
        world.probe("open-gate", tcp=f"127.0.0.1:{gate.port}")
        for i in range(20):
            world.probe(f"behind-{i}", tcp=f"127.0.0.1:{closed}", depends_on=["probe.gate"])
        world.probe("alone", tcp=f"127.0.0.1:{closed}", depends_on=["probe.open-gate"])
        world.up()
        world.wait_probe("gate", "down")
        world.wait_probe("alone", "down")
        seen = self.verdicts({f"behind-{i}": "unknown" for i in range(20)})
        self.assertIn("probe.gate", seen["behind-7"]["message"])
        fallen = sorted(one["fields"]["probe"] for one in self.facts("probe fell"))
        self.assertEqual(fallen, ["alone", "gate"])


class Without(Case):
    def test_without_probes_there_is_no_courier(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_ready("web")
        self.assertEqual(self.world.couriers(), [])


def accept_all(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.close()
