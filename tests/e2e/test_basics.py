"""Up, status, logs, down: what everybody does on day one."""

import json
import subprocess

import harness
import processes


class Basics(harness.Case):
    def test_up_status_logs_down(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_ready("web")
        pid = world.pid("web")
        self.assertTrue(processes.alive(pid))
        self.assertIn("web", world.cli("status").out)
        world.wait_log("web", f"web {pid}")
        self.assertIn(f"web {pid}", world.cli("logs", "web", "-n", "3").out)
        world.down()
        self.assertFalse(processes.alive(pid))
        self.assertEqual(world.processes(), [])

    def test_shape_of_status(self):
        world = self.world
        world.head["name"] = "shapes"
        world.service("web", "chatty", "web", "--pause-us", 20000, instances=2)
        world.service("bad", "crasher", restart={"backoff": "10ms", "at_most": "50ms"})
        world.up_unready()
        world.wait_ready("web")
        world.wait(lambda: world.slot("bad").exits, "bad has crashed")
        world.wait_health("bad", "crash-looping")
        status = world.status()
        self.assertEqual(
            set(status) & {"name", "brain", "keeper", "services"},
            {"name", "brain", "keeper", "services"},
        )
        self.assertEqual(status["name"], "shapes")
        self.assertEqual(status["brain"]["pid"], world.brain())
        self.assertEqual(status["brain"]["restarts"], 0)
        self.assertEqual(status["keeper"]["pid"], world.keeper())
        self.assertEqual(status["keeper"]["restarts"], 0)
        services = {service["name"]: service for service in status["services"]}
        self.assertEqual(set(services), {"web", "bad"})
        web = services["web"]
        self.assertEqual((web["want"], web["health"], web["ready"]), ("up", "ready", 2))
        self.assertEqual({i["n"]: i["pid"] for i in web["instances"]}, world.pids("web"))
        for instance in web["instances"]:
            for key in ("n", "pid", "state", "since", "restarts", "last_exit", "next_try"):
                self.assertIn(key, instance)
            self.assertIsNone(instance["last_exit"])
            self.assertRegex(instance["since"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        exit_of_bad = services["bad"]["instances"][0]["last_exit"]
        self.assertEqual(
            (exit_of_bad["class"], exit_of_bad["code"], exit_of_bad["signal"]), ("error", 1, None)
        )
        self.assertRegex(exit_of_bad["at"], r"^\d{4}-")

    def test_status_of_one_service(self):
        world = self.world
        world.service("a", "chatty", "a", "--pause-us", 20000)
        world.service("b", "chatty", "b", "--pause-us", 20000)
        world.up()
        world.wait_ready("a", "b")
        self.assertEqual([s["name"] for s in world.status("b")["services"]], ["b"])
        wrong = world.cli("status", "nosuch", code=None)
        self.assertNotEqual(wrong.code, 0)
        self.assertIn("nosuch", wrong.text)

    def test_up_twice_is_one_hammock(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_ready("web")
        before = (world.keeper(), world.identities("web"))
        world.up()
        world.wait_ready("web")
        self.assertEqual((world.keeper(), world.identities("web")), before)

    def test_not_running(self):
        world = self.world
        world.service("web", "chatty", "web")
        world.write()
        for command in (["status"], ["start", "web"], ["restart", "web"], ["stop", "web"]):
            with self.subTest(command):
                result = world.cli(*command, code=None)
                self.assertEqual(result.code, harness.EXIT_NOT_RUNNING, result.text)

    def test_usage(self):
        self.assertEqual(self.world.cli("nosuchcommand", code=None).code, harness.EXIT_USAGE)
        self.assertEqual(self.world.cli("logs", code=None).code, harness.EXIT_USAGE)
        self.assertEqual(self.world.cli("--help").code, 0)
        self.assertRegex(self.world.cli("version").out, r"\d+\.\d+\.\d+")

    def test_stop_start_restart(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.service("other", "chatty", "other", "--pause-us", 20000)
        world.up()
        world.wait_ready("web", "other")
        other = world.identities("other")
        first = world.pid("web")
        world.cli("stop", "web")
        world.wait_health("web", "stopped")
        self.assertFalse(processes.alive(first))
        self.assertEqual(world.service_status("web")["want"], "down")
        world.cli("start", "web")
        world.wait_ready("web")
        second = world.pid("web")
        self.assertNotEqual(second, first)
        world.cli("restart", "web")
        world.wait(lambda: world.pid("web") not in (0, second), "web was restarted")
        world.wait_ready("web")
        self.assertEqual(world.identities("other"), other)

    def test_stop_is_remembered_over_a_kill_of_everything(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_ready("web")
        world.cli("stop", "web")
        world.wait_health("web", "stopped")
        world.kill_both()
        world.up()
        world.wait_house()
        self.assertEqual(world.service_status("web")["health"], "stopped")
        self.assertEqual(world.programs(), [])

    def test_environment_is_built_from_zero(self):
        world = self.world
        world.service("web", "/usr/bin/env", env={"COLOUR": "blue"}, restart={"backoff": "1m"})
        world.up_unready(SECRET_OF_THE_SHELL="leaks")
        world.wait_log("web", "COLOUR=blue")
        text = world.log_text("web")
        self.assertIn("HAMMOCK_SERVICE=web", text)
        self.assertNotIn("SECRET_OF_THE_SHELL", text)

    def test_run_is_like_the_service(self):
        world = self.world
        world.service(
            "web",
            "chatty",
            "web",
            "--pause-us",
            20000,
            env={"COLOUR": "blue"},
            directory=world.folder,
        )
        world.up()
        world.wait_ready("web")
        result = world.cli("run", "web", "--", "/bin/sh", "-c", "echo $COLOUR; pwd; exit 7", code=7)
        self.assertEqual(result.out.split(), ["blue", str(world.folder)])

    def test_control_socket_speaks_http(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_ready("web")
        socket = world.runtime / "control"
        self.assertEqual(socket.stat().st_mode & 0o777, 0o600)
        answer = subprocess.run(
            [
                "curl",
                "-sS",
                "--fail",
                "--max-time",
                "10",
                "--unix-socket",
                socket,
                "http://localhost/v1/status",
            ],
            capture_output=True, check=False,
        )
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(json.loads(answer.stdout)["services"][0]["name"], "web")

    def test_logs_follow(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.wait_ready("web")
        follower = world.spawn("logs", "web", "-f", "-n", "1")
        out = world.folder / f"call-{world.calls}.out"
        world.wait(lambda: len(out.read_text().splitlines()) > 20, "logs -f goes on")
        world.kill(follower.pid)
        world.finish(follower)
        numbers = [int(line.split()[-1]) for line in out.read_text().splitlines()[:-1]]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))

    def test_events(self):
        world = self.world
        world.service("web", "crasher", "--code", 3, "--after-ms", 300, restart={"backoff": "10ms"})
        world.up()
        world.wait(lambda: world.slot("web").exits, "web has crashed")
        world.wait(lambda: "web" in world.cli("events", "--json").out, "events speak of web")


class Ordering(harness.Case):
    def test_needs_waits_for_ready_however_late(self):
        world = self.world
        gate = world.folder / "gate"
        check = ["/usr/bin/test", "-e", gate]
        world.service("web", "chatty", "web", "--pause-us", 20000, needs=["db"])
        world.service(
            "db", "chatty", "db", "--pause-us", 20000,
            ready={"command": check, "every": "50ms", "within": "1m"},
        )
        world.up_unready()
        world.wait(lambda: world.pid("db"), "db runs")
        self.assertEqual(world.service_status("db")["health"], "starting")
        self.assertEqual(world.pid("web"), 0)
        world.file("gate", "")
        world.wait_ready("db", "web")

    def test_a_need_that_fails_at_first(self):
        """Its dependents start when it is ready at last, without anybody asking."""
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000, needs=["db"])
        world.service(
            "db",
            "crasher",
            "--times",
            3,
            "--counter",
            world.folder / "runs",
            "--after-ms",
            20,
            "--notify",
            ready={"notify": True}, restart={"backoff": "20ms", "at_most": "100ms"},
        )
        world.up_unready()
        world.wait_ready("db", "web")

    def test_stop_in_reverse_order(self):
        world = self.world
        order = world.folder / "order"
        script = "trap 'echo {0} >> {1}; exit 0' TERM; while :; do /bin/sleep 0.02; done"
        world.service("db", "/bin/sh", "-c", script.format("db", order))
        world.service("api", "/bin/sh", "-c", script.format("api", order), needs=["db"])
        world.service("web", "/bin/sh", "-c", script.format("web", order), needs=["api"])
        world.up()
        world.down()
        self.assertEqual(order.read_text().split(), ["web", "api", "db"])


class Readiness(harness.Case):
    """What a service is not ready without, in each of its kinds."""

    def test_notify(self):
        world = self.world
        world.service("web", "sdclient", "wait", ready={"notify": True, "within": "1m"})
        world.service("says", "sdclient", "status=at work", "ready", "wait", ready={"notify": True})
        world.up_unready()
        world.wait_ready("says")
        self.assertEqual(world.slot("says").status, "at work")
        self.assertEqual(world.service_status("web")["health"], "starting")

    def test_notify_fd(self):
        world = self.world
        world.service(
            "web", "chatty", "web", "--ready-fd", 7, "--pause-us", 20000, ready={"notify_fd": 7}
        )
        world.service(
            "mute", "chatty", "mute", "--pause-us", 20000, ready={"notify_fd": 7, "within": "1m"}
        )
        world.up_unready()
        world.wait_ready("web")
        self.assertEqual(world.service_status("mute")["health"], "starting")

    def test_tcp(self):
        world = self.world
        at = f"{harness.address()}:8000"
        server = ["/usr/bin/python3", "-m", "http.server", "--bind", harness.address(), "8000"]
        world.service("web", *server, directory=world.counters, ready={"tcp": at})
        nobody = f"{harness.address()}:8001"
        world.service(
            "deaf", "chatty", "deaf", "--pause-us", 20000, ready={"tcp": nobody, "within": "1m"}
        )
        world.up_unready()
        world.wait_ready("web")
        self.assertEqual(world.service_status("deaf")["health"], "starting")

    def test_not_in_time(self):
        """A start that never becomes ready is ended, recorded and tried again."""
        world = self.world
        world.service(
            "web", "sdclient", "wait", ready={"notify": True, "within": "300ms"},
            restart={"backoff": "50ms", "at_most": "100ms"},
        )
        world.up_unready()
        world.wait(lambda: len(world.slot("web").exits) >= 2, "it was tried twice")
        instance = world.service_status("web")["instances"][0]
        self.assertEqual(instance["last_exit"]["class"], "start-timeout")
