"""Arrays: a job of many tasks, each of which is done once."""

import random

import harness

TASKS = 12


class Tasks(harness.Case):
    def file(self, name):
        return self.world.folder / name

    def lines(self, name):
        path = self.file(name)
        return path.read_text().split() if path.exists() else []

    def current(self, name):
        return self.world.job_status(name)["current"]

    def over(self, name):
        """How many tasks of its first run are over."""
        job = self.world.job_status(name)
        return job["current"]["tasks_over"] if job["current"] else job["last"]["tasks"]

    # Each task says that it begins, waits for its gate and says that it ends.
    def gated(self, end="exit 0"):
        folder = self.world.folder
        return (
            f'echo "$HAMMOCK_TASK" >>{folder}/begun; '
            f'while [ ! -e {folder}/open ] && [ ! -e {folder}/open.$HAMMOCK_TASK ]; do sleep 0.02; done; '
            f'echo "$HAMMOCK_TASK" >>{folder}/ended; {end}'
        )

    def test_every_task_has_its_number_and_no_more_are_at_work_than_may_be(self):
        world = self.world
        world.job("search", self.gated('echo "of $HAMMOCK_TASKS"'), tasks=5, parallel=2)
        world.job("merge", f"echo merged >>{self.file('merged')}", needs=["job.search"])
        world.up()
        world.wait(lambda: sorted(self.lines("begun")) == ["0", "1"], "two tasks")
        world.wait(lambda: len(self.current("search")["at_work"]) == 2, "both are known")
        self.assertEqual(len(world.pids("job.search")), 2)
        world.file("open.1", "")
        world.wait(lambda: self.lines("begun")[2:] == ["2"], "the next one follows")
        world.wait(lambda: self.current("search")["tasks_over"] == 1, "one is over")
        self.assertRegex(world.cli("job", "list").out, r"\[####-+\] 1 of 5 tasks, about .* left")
        self.assertEqual(self.lines("merged"), [])
        world.file("open", "")
        run = world.wait_run("search")
        self.assertEqual(
            (run["outcome"], run["tasks"], run["tasks_succeeded"], run["tries"], run["message"]),
            ("succeeded", 5, 5, 5, "5 of 5 tasks succeeded"),
        )
        self.assertEqual(sorted(self.lines("ended")), list("01234"))
        world.wait_run("merge")
        self.assertEqual(self.lines("merged"), ["merged"])
        said = [world.log("job.search", instance) for instance in range(1, 6)]
        self.assertEqual(said, [b"of 5\n"] * 5)
        # Whoever is done needs no slot any more.
        world.wait(lambda: world.slots("job.search") == [], "their slots are free")

    def test_a_task_that_fails_is_tried_again_and_the_others_go_on(self):
        world = self.world
        once = f"[ $HAMMOCK_TASK != 1 ] || [ -e {self.file('again')} ] || {{ touch {self.file('again')}; exit 3; }}"
        world.job(
            "search",
            f'echo "$HAMMOCK_TASK" >>{self.file("begun")}; {once}; [ "$HAMMOCK_TASK" != 2 ] || exit 4',
            tasks=4,
            retry={"tries": 2, "backoff": "0s"},
        )
        world.up()
        run = world.wait_run("search")
        self.assertEqual(
            (run["outcome"], run["code"], run["tasks_succeeded"], run["tries"], run["message"]),
            ("failed", 4, 3, 6, "3 of 4 tasks succeeded; task 2: exit code 4"),
        )
        self.assertEqual(sorted(self.lines("begun")), ["0", "1", "1", "2", "2", "3"])
        self.assertIn("3 of 4 tasks succeeded; task 2: exit code 4", world.cli("job", "list").out)

    def test_each_task_is_done_once_whatever_is_killed(self):
        world = self.world
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        world.job("search", self.gated(), tasks=TASKS, parallel=3)
        world.up()
        for task in range(TASKS):
            world.wait(lambda: str(task) in self.lines("begun"), f"task {task} (seed {seed})")
            if task % 2 == 0:
                victim = dice.choice(["brain", "keeper", "both"])
                if victim == "both":
                    world.kill_both()
                    world.again()
                elif victim == "keeper":
                    world.kill_keeper()
                else:
                    world.kill_brain()
            # Nobody would see how a task ends while both are dead, or while no keeper lives.
            world.wait_watched()
            world.file(f"open.{task}", "")
            world.wait(lambda: self.over("search") > task, f"the end of task {task} (seed {seed})")
        run = world.wait_run("search")
        self.assertEqual((run["outcome"], run["tasks_succeeded"]), ("succeeded", TASKS), f"seed {seed}")
        everything = sorted(str(task) for task in range(TASKS))
        self.assertEqual(sorted(self.lines("begun")), everything, f"seed {seed}")
        self.assertEqual(sorted(self.lines("ended")), everything, f"seed {seed}")

    def test_down_and_up_go_on_where_it_was(self):
        world = self.world
        world.job("search", self.gated(), tasks=3, every="1h")
        world.up()
        world.file("open.0", "")
        world.wait(lambda: self.lines("begun") == ["0", "1"], "the second is at work")
        world.down()
        world.file("open", "")
        world.again()
        run = world.wait_run("search")
        self.assertEqual((run["run"], run["outcome"]), (1, "succeeded"))
        self.assertEqual(self.lines("begun"), ["0", "1", "1", "2"])
        self.assertEqual(sorted(self.lines("ended")), ["0", "1", "2"])

    def test_another_configuration_begins_anew_with_all_tasks(self):
        world = self.world
        world.job("search", self.gated(), tasks=3)
        world.up()
        world.file("open.0", "")
        world.wait(lambda: self.lines("begun") == ["0", "1"], "the second is at work")
        world.job("search", self.gated("true"), tasks=4)
        world.write()
        world.cli("apply")
        world.file("open", "")
        run = world.wait_run("search", 2)
        self.assertEqual((run["outcome"], run["tasks_succeeded"]), ("succeeded", 4))
        self.assertEqual(self.lines("begun"), ["0", "1", "0", "1", "2", "3"])
        runs = world.history("search")
        self.assertEqual(
            [(run["outcome"], run["message"]) for run in runs][:1],
            [("replaced", "1 of 3 tasks succeeded; task 1: its configuration has changed")],
        )

    def test_stop_ends_all_of_them(self):
        world = self.world
        world.job("search", self.gated(), tasks=6, parallel=3)
        world.up()
        world.wait(lambda: len(self.lines("begun")) == 3, "three at work")
        world.cli("job", "stop", "search")
        run = world.wait_run("search")
        self.assertEqual((run["outcome"], run["tasks_succeeded"]), ("stopped", 0))
        world.wait(lambda: world.programs("job.search") == [], "nothing is left")
        world.kill_both()
        world.again()
        self.assertEqual(sorted(self.lines("begun")), ["0", "1", "2"])

    def test_a_task_that_takes_too_long_does_not_stop_the_others(self):
        world = self.world
        world.job("search", self.gated(), tasks=3, parallel=3, timeout="1s", stop={"within": "5s"})
        world.file("open.0", "")
        world.file("open.2", "")
        world.up()
        run = world.wait_run("search")
        self.assertEqual(
            (run["outcome"], run["tasks_succeeded"], run["message"]),
            ("timed-out", 2, "2 of 3 tasks succeeded; task 1: it took longer than 1s"),
        )

