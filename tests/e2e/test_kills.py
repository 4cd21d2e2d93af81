"""Kill -9 of the brain, the keeper, both: no program may notice, nothing may be lost."""

import json
import shutil
import signal
import subprocess

import harness
import processes


class Kills(harness.Case):
    def start(self):
        world = self.world
        world.service(
            "web",
            "chatty",
            "web",
            "--children",
            1,
            "--pause-us",
            200,
            "--counters",
            world.counters,
            "--notify",
            instances=2, ready={"notify": True},
        )
        world.service(
            "db", "chatty", "db", "--burst", 20, "--pause-us", 1000, "--counters", world.counters
        )
        world.up()
        return self.identities()

    def identities(self):
        return {name: self.world.identities(name) for name in self.world.services}

    def check_lines(self, *more):
        """After the end: every line of every program is in the log, once, whole and in order."""
        self.world.down()
        command = [
            harness.program("linecheck"),
            self.world.state / "logs",
            "--counters",
            self.world.counters,
            *more,
        ]
        out = subprocess.run(command, capture_output=True, check=False, text=True)
        self.assertEqual(out.returncode, 0, out.stdout + out.stderr)
        self.assertGreater(json.loads(out.stdout)["lines"], 0)

    def test_brain(self):
        before = self.start()
        for count in range(1, 6):
            killed = self.world.kill_brain()
            self.world.wait(lambda: self.world.brain() not in (0, killed), "a new brain")
            self.world.wait_house()
            self.assertEqual(self.world.status()["brain"]["restarts"], count)
        self.assertEqual(self.identities(), before)
        self.world.wait_ready("web", "db")
        self.check_lines()

    def test_keeper(self):
        before = self.start()
        for count in range(1, 6):
            killed = self.world.kill_keeper()
            self.world.wait(lambda: self.world.keeper() not in (0, killed), "a new keeper")
            self.world.wait_house()
            self.assertEqual(self.world.status()["keeper"]["restarts"], count)
        self.assertEqual(self.identities(), before)
        self.world.wait_ready("web", "db")
        self.check_lines()

    def test_both(self):
        before = self.start()
        for _ in range(3):
            self.world.kill_both()
            self.assertEqual(self.identities(), before)
            result = self.world.cli("status", "--json", code=None)
            self.assertIn(result.code, (0, harness.EXIT_NOT_RUNNING), result.text)
            self.assertIn("web", self.world.cli("logs", "web", "-n", "3").out)
            self.world.again()
            self.world.wait_house()
        self.assertEqual(self.identities(), before)
        self.world.wait_ready("web", "db")
        self.check_lines()

    def test_death_while_both_are_dead(self):
        """A program that dies unseen is noticed at the next start, and restarted.

        Only its own last lines may be lost: with it the last who had its pipe open is gone.
        """
        before = self.start()
        victim = self.world.pid("db")
        self.world.kill_both()
        self.world.kill(victim)
        self.world.wait(lambda: not processes.alive(victim), "db is dead")
        self.world.again()
        self.world.wait_ready("db", "web")
        self.assertNotEqual(self.world.pid("db"), victim)
        self.assertEqual(self.world.identities("web"), before["web"])
        last = self.world.slot("db").exits[-1]
        self.assertEqual(last.pid, victim)
        self.assertEqual(self.world.service_status("db")["instances"][0]["restarts"], 1)
        self.assertFalse(last.output_known)
        self.assertIn("its last output may be missing", self.world.cli("status", "db").out)
        self.check_lines("--cut-off", str(victim))

    def test_death_without_a_keeper(self):
        before = self.start()
        victim = self.world.pid("db")
        brain = self.world.brain()
        self.world.kill(brain, signal.SIGSTOP)
        self.world.kill_keeper()
        self.world.kill(victim)
        self.world.wait(lambda: not processes.alive(victim), "db is dead")
        self.world.kill(brain, signal.SIGCONT)
        self.world.wait(lambda: self.world.pid("db") not in (0, victim), "db runs again")
        self.assertEqual(self.world.identities("web"), before["web"])
        self.assertTrue(self.world.slot("db").exits[-1].output_known)
        self.check_lines()

    def test_stop_of_adopted_programs(self):
        """What an earlier keeper started is stopped as a whole tree by the next one."""
        world = self.world
        world.service("web", "stubborn", "--children", 2, stop={"within": "200ms"})
        world.up()
        world.wait(lambda: len(world.programs("web")) == 3, "it has its children")
        world.kill_keeper()
        world.wait_house()
        world.cli("stop", "web")
        world.wait_health("web", "stopped")
        self.assertEqual(world.programs("web"), [])

    def test_stuck_brain_is_said_and_harms_nobody(self):
        before = self.start()
        brain = self.world.brain()
        self.world.kill(brain, signal.SIGSTOP)
        try:
            status = self.world.status()
            self.assertEqual(status.get("source"), "ledger")
            self.assertIn("web", [service["name"] for service in status["services"]])
            self.assertIn("ledger", self.world.cli("status").text)
            self.assertEqual(status["brain"]["pid"], brain)
            self.assertEqual(self.identities(), before)
        finally:
            self.world.kill(brain, signal.SIGCONT)

    def test_down_with_a_stuck_brain(self):
        """A brain that lives and says nothing is replaced; it does not keep anybody from leaving."""
        world = self.world
        self.start()
        brain = world.brain()
        world.kill(brain, signal.SIGSTOP)
        result = world.cli("down", within=40)
        self.assertIn(str(brain), result.text)
        self.assertEqual(world.processes(), [])

    def test_down_while_the_keeper_is_replaced(self):
        """A house without a keeper for an instant is no house that does not run."""
        world = self.world
        folder = world.folder / "bin"
        folder.mkdir()
        folder.chmod(0o755)
        for name in ("hammock", "hammock-keeper"):
            shutil.copy(world.binaries / name, folder)
        world.binaries = folder
        self.start()
        (folder / "hammock-keeper").rename(folder / "away")
        world.kill_keeper()
        world.wait(lambda: "no new keeper" in world.house_log(), "the brain wants a keeper")
        down = world.spawn("down")
        (folder / "away").rename(folder / "hammock-keeper")
        result = world.finish(down, within=40)
        self.assertEqual(result.code, 0, result.text)
        self.assertEqual(world.processes(), [])

    def test_term_with_a_stuck_brain(self):
        """`docker stop`, `systemctl stop`: the keeper does not wait for a brain that says nothing."""
        world = self.world
        self.start()
        keeper = world.keeper()
        world.kill(world.brain(), signal.SIGSTOP)
        world.kill(keeper, signal.SIGTERM)
        world.wait(lambda: not processes.alive(keeper), "the keeper has left")
        self.assertEqual(world.programs(), [])

    def test_term_that_the_brain_did_not_live_to_take(self):
        world = self.world
        self.start()
        keeper, brain = world.keeper(), world.brain()
        world.kill(brain, signal.SIGSTOP)
        world.kill(keeper, signal.SIGTERM)
        world.wait(lambda: not world.pending(keeper), "the keeper has taken the signal")
        world.kill(brain)
        world.wait(lambda: not processes.alive(keeper), "the keeper has left")
        self.assertEqual(world.programs(), [])

    def test_many_that_wait_for_their_slots(self):
        """More than are defined at a time; brain and keeper die while some wait."""
        world = self.world
        names = [f"many-{i}" for i in range(10)]
        for name in names:
            world.service(name, "/bin/sleep", "100000", instances=100)

        def running():
            return {(name, n): pid for name in names for n, pid in world.pids(name).items()}

        world.write()
        command = world.spawn("up", "--detach")
        world.wait(lambda: len(running()) > 20, "some run")
        killed = world.kill_brain()
        first = running()
        # With neither alive nobody would go on: the keeper dies when the next brain lives.
        world.wait(lambda: world.brain() not in (0, killed), "a next brain")
        world.wait(lambda: len(running()) > min(len(first), 999), "more run, or all do")
        world.kill_keeper()
        world.finish(command, within=60)
        world.wait_ready(*names)
        now = running()
        self.assertEqual(len(now), 1000)
        self.assertEqual(len(world.programs()), 1000)
        self.assertEqual({key: now[key] for key in first}, first)

    def test_command_is_carried_out_over_a_kill(self):
        """Accepted is promised: the brain dies in the middle of a stop, and the stop goes on."""
        world = self.world
        world.service("web", "stubborn", stop={"within": "1s"})
        world.up()
        command = world.spawn("stop", "web")
        world.wait(lambda: world.service_status("web")["want"] == "down", "the stop was accepted")
        world.kill_brain()
        world.wait_health("web", "stopped")
        world.finish(command)
        self.assertEqual(world.programs("web"), [])

