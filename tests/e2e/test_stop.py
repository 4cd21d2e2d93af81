"""Stopping programs that do not want to: always the whole tree, always in time."""

import time

import harness
import processes


class Stubborn(harness.Case):
    STOP = {"within": "300ms"}

    def stop(self, name="web"):
        begun = time.monotonic()
        self.world.cli("stop", name)
        self.world.wait_health(name, "stopped")
        self.assertEqual(self.world.programs(name), [])
        return time.monotonic() - begun

    def test_ignores_term(self):
        world = self.world
        world.service("web", "stubborn", "--children", 3, stop=self.STOP)
        world.service("other", "chatty", "other", "--pause-us", 20000)
        world.up()
        other = world.identities("other")
        world.wait(lambda: len(world.programs("web")) == 4, "it has its children")
        self.assertGreater(self.stop(), 0.29)
        self.assertEqual(world.identities("other"), other)

    def test_grandchild_in_a_session_of_its_own(self):
        world = self.world
        pid_file = world.folder / "grandchild"
        world.service("web", "doubleforker", "--pid-file", pid_file, stop=self.STOP)
        world.up()
        world.wait(lambda: pid_file.exists() and pid_file.read_text(), "the grandchild runs")
        grandchild = int(pid_file.read_text())
        self.assertTrue(processes.alive(grandchild))
        self.stop()
        self.assertFalse(processes.alive(grandchild))

    def test_grandchild_of_a_program_that_left(self):
        """What a daemon of old leaves behind does not pile up over restarts."""
        world = self.world
        world.service(
            "web", "doubleforker", "--leave", stop=self.STOP, restart={
                "backoff": "20ms", "at_most": "50ms"
            }
        )
        world.up_unready()
        world.wait(lambda: world.slot("web").generation >= 4, "it was started four times")
        self.assertLessEqual(len(world.programs("web")), 3)
        self.stop()

    def test_forks_without_end(self):
        world = self.world
        world.service("web", "forker", "--processes", 40, stop=self.STOP)
        world.service("other", "chatty", "other", "--pause-us", 20000)
        world.up()
        other = world.identities("other")
        world.wait(lambda: len(world.programs("web")) > 20, "it has multiplied")
        self.stop()
        self.assertEqual(world.identities("other"), other)

    def test_stop_signal(self):
        world = self.world
        loop = "while :; do /bin/sleep 0.02; done"
        script = f"trap 'echo got quit; exit 0' QUIT; trap '' TERM; echo go; {loop}"
        world.service("web", "/bin/sh", "-c", script, stop={"signal": "QUIT", "within": "20s"})
        world.up()
        world.wait_log("web", "go")
        self.assertLess(self.stop(), 15)
        self.assertIn("got quit", world.log_text("web"))

    def test_down_of_all_of_them(self):
        world = self.world
        world.service("a", "stubborn", "--children", 2, stop=self.STOP)
        world.service("b", "doubleforker", stop=self.STOP)
        world.service("c", "closes_stdout", stop=self.STOP)
        world.service("d", "flooder", stop=self.STOP)
        world.up()
        world.down()
        self.assertEqual(world.processes(), [])


class Output(harness.Case):
    def test_closes_its_stdout(self):
        world = self.world
        world.service("web", "closes_stdout")
        world.up()
        world.wait_log("web", "closing")
        pid = world.pid("web")
        world.kill_keeper()
        world.wait_house()
        self.assertEqual(world.pid("web"), pid)

    def test_flood_does_not_hurt_others(self):
        world = self.world
        megabytes = 64
        world.service("flood", "flooder", "--bytes", megabytes << 20, logs={"keep_bytes": "1GiB"})
        world.service("web", "chatty", "web", "--pause-us", 1000, "--counters", world.counters)
        world.up()
        world.wait(
            lambda: len(world.log("flood")) == megabytes << 20, "the flood is in the log", within=60
        )
        self.assertTrue(world.log_text("web"))
        world.wait_ready("web", "flood")

    def test_log_is_bounded(self):
        world = self.world
        world.service("flood", "flooder", "--bytes", 96 << 20, logs={"keep_bytes": "16MiB"})
        world.up()
        world.wait(
            lambda: world.slot("flood").log_segment > 10, "many segments were written", within=60
        )
        folder = world.state / "logs" / "flood" / "1"

        def size():
            return sum(path.stat().st_size for path in folder.glob("*.log"))

        world.wait(lambda: size() <= 24 << 20, f"the log is bounded: {size()}", within=40)

    def test_last_words(self):
        """What a program wrote just before it crashed is in the log when the crash is reported."""
        world = self.world
        world.service(
            "web", "/bin/sh", "-c", "echo last words; kill -SEGV $$", restart={
                "backoff": "30s", "at_most": "1m"
            }
        )
        world.up_unready()
        world.wait(lambda: world.slot("web").exits, "it has crashed")
        self.assertIn("last words", world.log_text("web"))
