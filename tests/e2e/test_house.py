"""Hammock as somebody's program: in the foreground, under a service manager, as process 1."""

import os
import signal
import subprocess

import harness
import manager
import processes


class Foreground(harness.Case):
    def test_stays_and_ends_by_term(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.write()
        foreground = world.spawn("up")
        world.wait_house()
        world.wait_ready("web")
        self.assertEqual(world.keeper(), foreground.pid)
        world.kill(foreground.pid, signal.SIGTERM)
        self.assertEqual(world.finish(foreground).code, 0)
        self.assertEqual(world.processes(), [])

    def test_second_one_is_refused_or_hands_over(self):
        """Two `up` in the foreground are never two Hammocks."""
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.write()
        first = world.spawn("up")
        world.wait_house()
        world.wait_ready("web")
        before = world.identities("web")
        second = world.spawn("up")
        world.wait(lambda: second.poll() is not None, "the second one has ended")
        world.finish(second)
        self.assertEqual(world.keeper(), first.pid)
        self.assertEqual(world.identities("web"), before)
        world.down()
        self.assertEqual(world.finish(first).code, 0)


class Upward(harness.Case):
    """As systemd sees it: the messages that Hammock sends to its own NOTIFY_SOCKET."""

    def setUp(self):
        super().setUp()
        self.manager = manager.Manager(self)

    def test_killed_main_process(self):
        """The manager starts `up` again; that one stands in for the keeper which the brain started."""
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.write()
        first = self.manager.up()
        self.manager.wait_message("READY=1")
        world.wait_ready("web")
        before = world.identities("web")
        world.kill(first.pid)
        world.finish(first)
        world.wait_house()
        self.manager.messages = []
        # Whatever the file says by now, somebody looks after what runs.
        world.write("[service.web\n")
        second = self.manager.up()
        self.manager.wait_message("READY=1")
        killed = world.kill_keeper()
        world.wait(lambda: world.keeper() not in (0, killed), "another keeper")
        world.wait_house()
        self.assertIsNone(second.poll())
        world.kill_both()
        world.wait_house()
        self.assertEqual(world.keeper(), second.pid)
        self.assertEqual(world.identities("web"), before)
        world.kill(second.pid, signal.SIGTERM)
        self.assertEqual(world.finish(second).code, 0)
        self.assertEqual(world.processes(), [])

    def test_down_without_any_configuration(self):
        """Nobody can say what shall run; that nothing shall can be said all the same."""
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.write()
        first = self.manager.up()
        self.manager.wait_message("READY=1")
        world.wait_ready("web")
        before = world.identities("web")
        world.kill_both()
        world.finish(first)
        world.write("[service.web\n")
        for copy in (world.state / "applied").iterdir():
            copy.unlink()
        self.manager.messages = []
        second = self.manager.up()
        self.manager.wait_message("READY=1")
        world.wait_house()
        self.assertIn("no valid configuration", world.cli("status").text)
        self.assertEqual(world.identities("web"), before)
        world.cli("down")
        self.assertEqual(world.finish(second).code, 0)
        self.assertEqual(world.processes(), [])

    def test_stand_in_passes_signals_on(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        stand_in = self.manager.up()
        self.manager.wait_message("READY=1")
        self.assertNotEqual(world.keeper(), stand_in.pid)
        world.kill(stand_in.pid, signal.SIGTERM)
        self.assertEqual(world.finish(stand_in).code, 0)
        self.assertEqual(world.processes(), [])

    def test_messages(self):
        world = self.world
        at = harness.address()
        world.service("web", "acceptor", "--notify", listen=[f"{at}:8000"], ready={"notify": True})
        world.write()
        foreground = self.manager.up()
        self.manager.wait_message("READY=1")
        self.manager.wait_message("STATUS=")
        world.wait_ready("web")
        self.assertNotIn(str(self.manager.path), str(processes.read(world.pid("web")).environment))
        world.kill(foreground.pid, signal.SIGTERM)
        self.manager.wait_message("STOPPING=1")
        self.assertEqual(world.finish(foreground).code, 0)


class ProcessOne(harness.Case):
    """The first process of a container: it inherits every orphan, and reaps it."""

    def setUp(self):
        super().setUp()
        words = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        if os.geteuid() != 0:
            words = ["unshare", "--user", "--map-root-user", *words[1:]]
        works = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
        prefix = self.world.prefix
        # Where no namespace may be made, the same without one: the keeper reaps in any case.
        self.world.prefix = lambda: [*(words if works else []), *prefix()]
        self.prefix = prefix

    def test_reaps_and_ends(self):
        world = self.world
        world.service(
            "web", "doubleforker", "--leave", stop={"within": "100ms"}, restart={
                "backoff": "20ms", "at_most": "50ms"
            }
        )
        world.service("other", "chatty", "other", "--pause-us", 20000)
        world.write()
        foreground = world.spawn("up")
        world.prefix = self.prefix
        world.wait(
            lambda: world.slots("web") and world.slot("web").generation >= 5,
            "it was started five times",
        )
        world.wait(lambda: world.keeper() and world.brain(), "keeper and brain live")
        keeper = world.keeper()
        killed = world.kill_brain()
        world.wait(lambda: world.brain() not in (0, killed), "a new brain")
        world.wait(lambda: self.zombies(keeper) == [], "no zombie stays")
        world.kill(keeper, signal.SIGTERM)
        world.finish(foreground)
        self.assertEqual(world.processes(), [])

    def zombies(self, keeper):
        return [p for p in processes.everybody() if p.parent == keeper and p.state == "Z"]
