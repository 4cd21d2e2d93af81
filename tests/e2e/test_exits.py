"""How programs end, what it is called, and what happens next."""

import signal
import time

import harness
import processes

FAST = {"backoff": "20ms", "at_most": "200ms"}


class Exits(harness.Case):
    def last_exit(self, name):
        return self.world.service_status(name)["instances"][0]["last_exit"]

    def wait_exit(self, name):
        self.world.wait(lambda: self.last_exit(name), f"{name} has ended")
        return self.last_exit(name)

    def test_classes(self):
        world = self.world
        slow = {"backoff": "30s", "at_most": "1m"}
        world.service("clean", "crasher", "--code", 0, restart=slow)
        world.service("error", "crasher", "--code", 9, restart=slow)
        world.service("crash", "crasher", "--signal", 11, restart=slow)
        world.service(
            "expected", "crasher", "--code", 75, restart=slow,
            expected_exits=[{"code": 75, "because": "the database restarts"}],
        )
        world.service("useless", "crasher", "--code", 2, restart=slow, no_retry_exits=[2])
        world.up_unready()
        wanted = {
            "clean": ("clean", 0, None),
            "error": ("error", 9, None),
            "expected": ("expected", 75, None),
            "useless": ("config", 2, None),
        }
        for name, (kind, code, number) in wanted.items():
            with self.subTest(name):
                found = self.wait_exit(name)
                self.assertEqual(
                    (found["class"], found["code"], found["signal"]), (kind, code, number)
                )
        crash = self.wait_exit("crash")
        self.assertEqual((crash["class"], crash["code"]), ("crash", None))
        self.assertIn(str(crash["signal"]), ("11", "SEGV", "SIGSEGV"))
        world.wait_health("useless", "down")
        self.assertEqual(world.slot("useless").generation, 1)

    def test_first_crash_after_a_stable_run_is_repaired_by_reflex(self):
        world = self.world
        world.service(
            "web", "chatty", "web", "--pause-us", 20000, restart={"stable_after": "100ms"}
        )
        world.up()
        world.wait(lambda: world.slot("web").tokens > 0, "the reflex is armed")
        first = world.pid("web")
        world.kill(first)
        world.wait(lambda: world.pid("web") not in (0, first), "it runs again")
        self.assertEqual(world.slot("web").reflexes, 1)
        self.assertTrue(world.slot("web").exits[-1].by_reflex)

    def test_reflex_without_a_brain(self):
        """The keeper restarts alone while the brain cannot."""
        world = self.world
        world.service(
            "web", "chatty", "web", "--pause-us", 20000, restart={"stable_after": "100ms"}
        )
        world.up()
        world.wait(lambda: world.slot("web").tokens > 0, "the reflex is armed")
        first, brain = world.pid("web"), world.brain()
        world.kill(brain, signal.SIGSTOP)
        world.kill(first)
        world.wait(lambda: world.pid("web") not in (0, first), "it runs again")
        world.kill(brain, signal.SIGCONT)
        world.wait(lambda: self.last_exit("web"), "the brain has learnt of it")
        self.assertEqual(self.last_exit("web")["class"], "crash")

    def test_crash_loop_is_slowed_and_never_given_up(self):
        world = self.world
        counter = world.folder / "runs"
        world.service(
            "web", "crasher", "--counter", counter, "--times", 12, "--after-ms", 10, restart=FAST
        )
        world.up_unready()
        world.wait_health("web", "crash-looping")
        self.assertIsNotNone(world.service_status("web")["instances"][0])
        world.wait_ready("web", within=40)
        self.assertEqual(counter.stat().st_size, 13)

    def test_restart_tries_a_crash_looping_service_now(self):
        world = self.world
        gate = world.folder / "gate"
        script = f"test -e {gate} || exit 1; exec {harness.program('chatty')} web --pause-us 20000"
        world.service("web", "/bin/sh", "-c", script, restart={"backoff": "1m", "at_most": "1h"})
        world.up_unready()
        world.wait(lambda: self.last_exit("web"), "it has failed")
        world.wait(
            lambda: world.service_status("web")["instances"][0]["next_try"],
            "it will be tried later",
        )
        world.file("gate", "")
        world.cli("restart", "web")
        world.wait_ready("web")

    def test_essential_ends_hammock_with_its_code(self):
        world = self.world
        world.service("other", "chatty", "other", "--pause-us", 20000)
        world.service("main", "crasher", "--code", 42, "--after-ms", 500, essential=True)
        world.write()
        foreground = world.spawn("up")
        result = world.finish(foreground)
        self.assertEqual(result.code, 42, result.text)
        self.assertEqual(world.programs(), [])

    def test_restart_with(self):
        world = self.world
        world.service("db", "chatty", "db", "--pause-us", 20000)
        world.service("cache", "chatty", "cache", "--pause-us", 20000, restart_with=["db"])
        world.service("other", "chatty", "other", "--pause-us", 20000)
        world.up()
        before = {name: world.pid(name) for name in ("db", "cache", "other")}
        world.cli("restart", "db")
        world.wait(lambda: world.pid("db") not in (0, before["db"]), "db was restarted")
        world.wait(lambda: world.pid("cache") not in (0, before["cache"]), "cache went with it")
        self.assertEqual(world.pid("other"), before["other"])

    def test_children_of_a_dead_program_do_not_stay(self):
        world = self.world
        world.service("web", "chatty", "web", "--children", 3, "--pause-us", 20000)
        world.up()
        first = world.pid("web")
        world.wait(lambda: len(world.programs("web")) == 4, "it has its children")
        old = {process.pid for process in world.programs("web")}
        world.kill(first)
        world.wait(lambda: world.pid("web") not in (0, first), "it runs again")
        world.wait(lambda: not any(processes.alive(pid) for pid in old), "the old tree has gone")
        world.wait(lambda: len(world.programs("web")) == 4, "and the new one is whole")

    def test_watchdog(self):
        world = self.world
        hang = world.folder / "hang"
        world.service(
            "web", "sdclient", f"hang={hang}", "ready", "watchdog",
            ready={"notify": True}, watchdog="400ms", restart=FAST,
        )
        world.up()
        first = world.pid("web")
        # Well fed, it lives for several periods: the log grows by nothing, the pid stays.
        world.wait(lambda: time.monotonic() > self.start + 2, "several periods passed")
        self.assertEqual(world.pid("web"), first)
        world.file("hang", "")
        world.wait(lambda: self.last_exit("web"), "the watchdog bit")
        self.assertEqual(self.last_exit("web")["class"], "watchdog")
        hang.unlink()
        world.wait_ready("web")

    def setUp(self):
        super().setUp()
        self.start = time.monotonic()
