"""Jobs: programs that run to an end, at their times, and once whatever dies."""

import json

import harness
import processes


class Jobs(harness.Case):
    def setUp(self):
        super().setUp()
        self.world.head["timezone"] = "UTC"

    def marks(self, name="marks"):
        """The lines that the programs of the test have appended to a file."""
        path = self.world.folder / name
        return path.read_text().split() if path.exists() else []

    def mark(self, word, name="marks"):
        return f"echo {word} >>{self.world.folder}/{name}"

    def wait_marks(self, *words):
        self.world.wait(lambda: len(self.marks()) >= len(words), f"marks {words}: {self.marks()}")
        self.assertEqual(self.marks(), list(words))

    def gate(self):
        """A shell command that waits until the test opens the gate."""
        return f"while [ ! -e {self.world.folder}/open ]; do sleep 0.02; done"

    def open_gate(self):
        self.world.file("open", "")

    def test_to_completion_once(self):
        world = self.world
        world.job("search", f"{self.mark('search')}; echo found it; exit 0")
        world.job("merge", self.mark("merge"), needs=["job.search"])
        self.assertNotIn("already runs", world.up().text)
        self.wait_marks("search", "merge")
        run = world.wait_run("search")
        self.assertEqual(
            (run["outcome"], run["trigger"], run["tries"], run["code"]),
            ("succeeded", "newcomer", 1, 0),
        )
        self.assertIn(b"found it", world.log("job.search"))
        world.wait_run("merge")
        world.kill_both()
        world.again()
        world.cli("apply")
        self.assertEqual(self.marks(), ["search", "merge"])
        # Another configuration is another job to be done.
        world.job("search", f"{self.mark('again')}; exit 4")
        world.write()
        world.cli("apply")
        run = world.wait_run("search", 2)
        self.assertEqual((run["outcome"], run["code"], run["message"]), ("failed", 4, "exit code 4"))
        world.kill_both()
        world.again()
        self.assertEqual(self.marks(), ["search", "merge", "again"])

    def test_a_run_survives_brain_and_keeper(self):
        world = self.world
        world.job("long", f"{self.mark('begins')}; {self.gate()}; {self.mark('ends')}")
        world.up()
        self.wait_marks("begins")
        pid = world.pid("job.long")
        killed = world.kill_brain()
        world.wait(lambda: world.brain() not in (0, killed), "another brain")
        world.wait_house()
        world.kill_keeper()
        world.wait_house()
        world.kill_both()
        world.again()
        self.assertEqual(world.pid("job.long"), pid)
        world.wait(lambda: world.job_status("long")["state"] == "running", "it is known to run")
        self.open_gate()
        run = world.wait_run("long")
        self.assertEqual((run["outcome"], run["tries"]), ("succeeded", 1))
        self.assertEqual(self.marks(), ["begins", "ends"])

    def test_the_end_is_learnt_when_everything_was_dead(self):
        world = self.world
        world.job("long", f"{self.mark('begins')}; {self.gate()}; {self.mark('ends')}")
        world.job("after", self.mark("after"), needs=["job.long"])
        world.up()
        self.wait_marks("begins")
        pid = world.pid("job.long")
        world.kill_both()
        self.open_gate()
        world.wait(lambda: not processes.alive(pid), "the program has ended")
        world.again()
        run = world.wait_run("long")
        # A stranger's exit code may be hidden from us: then it is unknown, and not run again.
        self.assertIn(run["outcome"], ("succeeded", "unknown"))
        self.assertEqual(self.marks()[:2], ["begins", "ends"])
        if run["outcome"] == "unknown":
            self.assertIn("whose last run did not succeed", world.job_status("after")["note"])
            world.cli("job", "run", "long")
            world.wait_run("long", 2)
        world.wait_run("after")

    def test_every(self):
        world = self.world
        world.job("tick", self.mark("tick"), every="1s")
        world.up()
        world.wait_run("tick", 3)
        world.kill_both()
        world.again()
        world.wait_run("tick", 5)
        runs = world.history("tick")
        self.assertEqual([run["run"] for run in runs], list(range(1, len(runs) + 1)))
        self.assertEqual({run["outcome"] for run in runs}, {"succeeded"})
        dues = [run["due"] for run in runs]
        self.assertEqual(dues, sorted(set(dues)))
        world.cli("job", "skip", "tick", "-n", "1000")
        world.wait(lambda: world.job_status("tick")["skip"] < 1000, "a time was passed")
        world.wait(lambda: world.job_status("tick")["state"] == "idle", "nothing runs")
        self.assertEqual(len(self.marks()), len(world.history("tick")))

    def test_overlap(self):
        world = self.world
        world.job("skip", self.gate(), at="0 0 1 1 *")
        world.job("queue", self.gate(), at="0 0 1 1 *", overlap="queue")
        world.job("replace", self.gate(), at="0 0 1 1 *", overlap="replace", stop={"within": "5s"})
        world.up()
        for name in ("skip", "queue", "replace"):
            world.cli("job", "run", name)
            world.wait(lambda: world.job_status(name)["state"] == "running", f"{name} runs")
        refused = world.cli("job", "run", "skip", code=harness.EXIT_REFUSED)
        self.assertIn('run 1 of skip is not over, and its overlap is "skip"', refused.err)
        world.cli("job", "run", "queue")
        self.assertEqual(world.job_status("queue")["waiting"], 1)
        world.cli("job", "run", "replace")
        self.assertEqual(world.wait_run("replace")["outcome"], "replaced")
        self.open_gate()
        self.assertEqual(world.wait_run("skip")["outcome"], "succeeded")
        self.assertEqual(world.wait_run("queue", 2)["outcome"], "succeeded")
        self.assertEqual(world.wait_run("replace", 2)["outcome"], "succeeded")

    def test_timeout_ends_the_whole_tree_and_is_tried_again(self):
        world = self.world
        script = f"{self.mark('try')}; trap '' TERM; sleep 1000 & wait; sleep 1000"
        world.job(
            "stuck", script, timeout="1s", stop={"within": "100ms"},
            retry={"tries": 2, "backoff": "100ms"},
        )
        world.up()
        run = world.wait_run("stuck")
        self.assertEqual(
            (run["outcome"], run["tries"], run["message"]),
            ("timed-out", 2, "it took longer than 1s"),
        )
        self.assertEqual(self.marks(), ["try", "try"])
        world.wait(lambda: world.programs("job.stuck") == [], "nothing of it is left")

    def test_stop_and_down(self):
        world = self.world
        world.job("long", f"{self.mark('begins')}; {self.gate()}; {self.mark('ends')}")
        world.job("other", self.gate(), at="0 0 1 1 *")
        world.up()
        world.cli("job", "run", "other")
        self.wait_marks("begins")
        world.wait(lambda: world.job_status("other")["state"] == "running", "other runs")
        world.cli("job", "stop", "other")
        self.assertEqual(world.wait_run("other")["outcome"], "stopped")
        world.cli("job", "run", "other")
        world.wait(lambda: world.job_status("other")["state"] == "running", "other runs")
        world.down()
        self.assertEqual(world.programs(), [])
        world.again()
        # What was to be completed goes on; what was asked for at a time does not.
        self.wait_marks("begins", "begins")
        self.assertEqual(world.wait_run("other", 2)["outcome"], "stopped")
        self.open_gate()
        run = world.wait_run("long")
        self.assertEqual((run["outcome"], run["tries"]), ("succeeded", 2))

    def test_a_job_that_is_taken_out_ends(self):
        world = self.world
        world.service("web", "stubborn")
        world.job("long", f"{self.mark('begins')}; {self.gate()}")
        world.up()
        self.wait_marks("begins")
        pid = world.pid("job.long")
        del world.jobs["long"]
        world.write()
        world.cli("apply")
        world.wait(lambda: not processes.alive(pid), "its program has ended")
        world.wait(lambda: world.status()["jobs"] == [], "nobody speaks of it")
        world.job("long", f"{self.mark('begins')}; {self.gate()}")
        world.write()
        world.cli("apply")
        self.assertEqual([run["outcome"] for run in world.history("long")], ["stopped"])

    def test_program_that_is_not_there(self):
        world = self.world
        world.jobs["bad"] = {"command": ["/nowhere/at-all"], "retry": {"tries": 2, "backoff": "0s"}}
        world.up()
        run = world.wait_run("bad")
        self.assertEqual((run["outcome"], run["class"], run["tries"]), ("failed", "start-failed", 2))
        self.assertEqual(run["message"], "exec: No such file or directory")

    def test_what_holds_it_up_is_said(self):
        world = self.world
        secret = world.folder / "secret"
        world.service("db", "crasher", "--code", 1, restart={"backoff": "30s", "at_most": "1m"})
        world.job("dump", self.mark("dump"), needs=["service.db"])
        world.job("copy", self.mark("copy"), secrets={"key": str(secret)})
        world.up_unready()
        note = lambda name: world.job_status(name).get("note", "")
        world.wait(lambda: note("dump") == "waits for service db", "dump waits")
        world.wait(lambda: "secret" in note("copy"), f"copy waits: {note('copy')}")
        self.assertIn("waits for service db", world.cli("job", "list").out)
        self.assertEqual(self.marks(), [])
        world.file("secret", "open sesame", 0o600)
        world.wait_run("copy")
        self.assertEqual(self.marks(), ["copy"])

    def test_bad_words(self):
        world = self.world
        world.job("backup", "true", at="15 3 * * *")
        world.write()
        down = world.cli("job", "list", code=harness.EXIT_NOT_RUNNING)
        self.assertIn("not running", down.err)
        world.again()
        for words, said in (
            (["run", "bakcup"], "there is no job `bakcup`; did you mean `backup`?"),
            (["run"], "`hammock job run` needs the name of a job"),
            (["list", "backup"], "`job list` takes no name"),
            (["begin", "backup"], "begin"),
            (["history", "backup", "-n", "0"], "`-n` is a number of at most 1000, not `0`"),
        ):
            with self.subTest(words):
                self.assertIn(said, world.cli("job", *words, code=harness.EXIT_USAGE).err)
        refused = world.cli("job", "stop", "backup", code=harness.EXIT_REFUSED)
        self.assertIn("backup has no run to stop", refused.err)
        self.assertIn("No run of backup has ended yet.", world.cli("job", "history", "backup").out)
        self.assertIn("at 15 3 * * * UTC", world.cli("status").out)
        self.assertTrue(world.cli("next", "backup", "-n", "1").out.endswith("T03:15:00+00:00\n"))

    def test_tasks_are_completed_once_over_kills(self):
        """A chain of jobs, while brain and keeper die again and again.

        How a program ended while no keeper lived may be unknown. That is no success, so it is tried
        again; but what is known to have succeeded is never begun twice.
        """
        world = self.world
        tasks = range(12)
        for i in tasks:
            script = f"{self.mark(f'begin-{i}')}; sleep 0.1; {self.mark(f'end-{i}')}"
            needs = [f"job.task-{i - 1}"] if i else []
            world.job(f"task-{i}", script, needs=needs, retry={"tries": 50, "backoff": "0s"})
        world.up()
        kills = 0
        last = f"task-{tasks[-1]}"
        while not (world.answers() and world.job_status(last)["last"]):
            kills += 1
            world.wait_house()
            killed = world.kill_brain() if kills % 2 else world.kill_keeper()
            world.wait(lambda: not processes.alive(killed), "it is dead")
            seen = len(self.marks())
            ended = f"end-{tasks[-1]}"
            world.wait(
                lambda: len(self.marks()) > seen or ended in self.marks(), "it goes on", within=40
            )
        world.wait_house()
        for i in tasks:
            run = world.wait_run(f"task-{i}")
            self.assertEqual(run["outcome"], "succeeded")
            self.assertEqual(self.marks().count(f"begin-{i}"), run["tries"], f"task {i}")
        events = [json.loads(line) for line in world.cli("events", "--json", "-n", "all").out.splitlines()]
        tries = [e["fields"]["outcome"] for e in events if e["fact"] == "try ended"]
        self.assertLessEqual(set(tries), {"unknown"}, "nothing else is a reason to try again")

    def test_a_job_that_does_not_succeed_in_time_is_late(self):
        world = self.world
        world.job("backup", f"[ -e {world.folder}/open ]", every="1h", success_every="1s")
        world.up()
        world.wait(lambda: "late_since" in world.job_status("backup"), "it is late")
        self.assertIn("late: it should have succeeded again", world.cli("status").out)
        world.kill_both()
        world.again()
        self.assertIn("late_since", world.job_status("backup"))
        said = [line for line in world.house_log().splitlines() if "not succeeded in time" in line]
        self.assertEqual(len(said), 1)
        world.job("backup", f"[ -e {world.folder}/open ]", every="1h", success_every="1h")
        world.write()
        world.cli("apply")
        self.assertNotIn("late_since", world.job_status("backup"))
