"""Rolling restarts: no request is refused or cut off, and a bad new version goes no further."""

import threading
import time

import harness
import load


class Rolling(harness.Case):
    seconds = 120

    def serve(self, *options, instances=3, **keys):
        self.at = harness.address()
        keys.setdefault("ready", {"notify": True})
        self.world.service(
            "web", "acceptor", "--notify", *options, instances=instances, listen=[
                f"{self.at}:8000"
            ], **keys
        )

    def replaced(self, before):
        now = self.world.pids("web")
        return len(now) == len(before) and not set(now.values()) & set(before.values())

    def test_under_load(self):
        world = self.world
        self.serve("--work-ms", 5)
        world.up()
        clients = load.Load(self.at, 8000)
        try:
            for _ in range(3):
                before = world.pids("web")
                self.assertEqual(len(before), 3)
                world.cli("restart", "web", within=60)
                world.wait(lambda: self.replaced(before), "every instance is new")
                world.wait_ready("web")
                # How many are served during a roll is the machine's affair; that all are is ours.
                served = clients.answers
                world.wait(lambda: clients.answers > served + 40, "the new ones serve", within=60)
        finally:
            clients.stop()
        self.assertEqual(clients.problems, [])
        self.assertGreater(clients.answers, 100)
        self.assertGreater(len(clients.pids), 6)

    def test_under_load_with_kills(self):
        """The same while brain and keeper are killed."""
        world = self.world
        self.serve("--work-ms", 5, "--delay-ms", 50)
        world.up()
        clients = load.Load(self.at, 8000)
        try:
            before = world.pids("web")
            command = world.spawn("restart", "web")
            world.wait(lambda: world.pids("web") != before, "it has begun")
            world.kill_brain()
            world.wait_house()
            world.kill_keeper()
            world.wait_house()
            world.wait(lambda: self.replaced(before), "every instance is new", within=40)
            world.wait_ready("web")
            world.finish(command)
        finally:
            clients.stop()
        self.assertEqual(clients.problems, [])

    def test_crash_of_an_instance_is_not_refused(self):
        """The socket is the keeper's: while an instance restarts, its callers wait."""
        world = self.world
        self.serve(instances=1, restart={"stable_after": "100ms"})
        world.up()
        world.wait(lambda: world.slot("web").tokens > 0, "the reflex is armed")
        clients = load.Load(self.at, 8000, threads=2)
        try:
            world.wait(lambda: clients.answers > 10, "clients are served")
            first = world.pid("web")
            world.kill(first)
            world.wait(lambda: world.pid("web") not in (0, first), "it runs again")
            world.wait(lambda: world.pid("web") in clients.pids, "and answers")
        finally:
            clients.stop()
        refused = [problem for problem in clients.problems if "Refused" in problem]
        self.assertEqual(refused, [])

    def test_halts_at_the_first_that_does_not_become_ready(self):
        world = self.world
        gate = world.folder / "gate"
        acceptor = harness.program("acceptor")
        bad = f"test -e {gate} && exec {acceptor} --never-ready --notify"
        script = f"{bad}; exec {acceptor} --notify"
        self.at = harness.address()
        world.service(
            "web", "/bin/sh", "-c", script, instances=3, min_ready=2, listen=[f"{self.at}:8000"],
            ready={"notify": True, "within": "700ms"}, notify_access="all",
        )
        world.up()
        before = world.pids("web")
        world.file("gate", "")
        clients = load.Load(self.at, 8000, threads=1)
        result = world.cli("restart", "web", code=None, within=60)
        clients.stop()
        self.assertNotEqual(result.code, 0, result.text)
        kept = set(world.pids("web").values()) & set(before.values())
        self.assertGreaterEqual(len(kept), 2)
        self.assertEqual([p for p in clients.problems if "Refused" in p], [])

    def test_never_below_min_ready_without_sockets(self):
        world = self.world
        world.service(
            "worker", "chatty", "worker", "--pause-us", 5000, "--notify",
            instances=3, min_ready=2, ready={"notify": True},
        )
        world.up()
        before = world.pids("worker")
        least = []
        ending = threading.Event()

        def watch():
            while not ending.is_set():
                least.append(sum(1 for slot in world.slots("worker") if slot.pid and slot.ready))
                time.sleep(0.002)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        world.cli("restart", "worker", within=60)
        ending.set()
        watcher.join()
        now = world.pids("worker")
        self.assertEqual(len(now), 3)
        self.assertFalse(set(now.values()) & set(before.values()))
        self.assertGreaterEqual(min(least), 2)
