"""A smaller observatory for every run of the tests; script/kills runs the whole one."""

import fcntl
import json
import os
import random
import re
import subprocess

import harness
import observatory


class Observatory(harness.Case):
    seconds = 600  # on a slow machine with another storm beside it

    def begin(self, **how):
        begun = observatory.Observatory(self.world, kills=0, seed=1, **how)
        begun.prepare()
        self.world.again()
        return begun

    def test_whatever_is_killed_it_finds_what_was_injected(self):
        seed = int(os.environ.get("HAMMOCK_SEED", random.randrange(1 << 29)))
        problems = observatory.observe(self.world, tasks=12, templates=36, kills=8, seed=seed)
        self.assertEqual(problems, [], f"HAMMOCK_SEED={seed}")

    def test_a_try_goes_on_from_the_checkpoint_of_the_one_before(self):
        world = self.world
        begun = self.begin(tasks=1, templates=30)
        world.wait(lambda: begun.done() >= 4, "four templates are done", within=60)
        world.kill(world.pid("job.search"))
        run = world.wait_run("search", within=120)
        self.assertEqual((run["outcome"], run["tries"]), ("succeeded", 2))
        said = re.findall(r"task 0: (\d+) of 30 templates", world.log_text("job.search"))
        self.assertEqual((len(said), said[0]), (2, "0"))
        self.assertGreaterEqual(int(said[1]), 4)
        begun.run = world.wait_run("merge")
        self.assertEqual(begun.check(), [])

    def test_a_second_try_of_a_task_at_the_same_time_is_seen(self):
        world = self.world
        begun = self.begin(tasks=2, templates=8)
        self.assertEqual(world.wait_run("merge", within=120)["outcome"], "succeeded")
        with open(begun.folder / "work/task.1.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            another = subprocess.run(
                [*observatory.SEARCH, "--templates", "8"], cwd=begun.folder, check=False,
                env=world.environment(HAMMOCK_TASK="1", HAMMOCK_TASKS="2"), capture_output=True,
            )
        self.assertEqual(another.returncode, 1)
        self.assertIn(b"another try of this task is at work", another.stderr)
        world.cli("job", "run", "merge")
        run = world.wait_run("merge", 2)
        self.assertEqual((run["outcome"], run["code"], run["tries"]), ("failed", 1, 1))
        self.assertIn("task.1.twice", begun.report())

    def test_the_merge_fails_when_something_is_wrong(self):
        world = self.world
        begun = self.begin(tasks=2, templates=8)
        self.assertEqual(world.wait_run("merge", within=120)["outcome"], "succeeded")
        injected = json.loads((begun.folder / "injected.json").read_text())
        another = {**injected[0], "time": injected[0]["time"] + 1}
        completed = "task 0 of 2\n"
        result = json.loads((begun.folder / "work/task.1.result").read_text())
        less = {**result, "done": result["done"][1:]}
        faults = (
            ("injected.json", json.dumps([*injected, another]), "was missed"),
            ("injected.json", json.dumps(injected[1:]), "nothing was injected at"),
            ("work/task.0.completed", 2 * completed, "task 0 completed 2 times"),
            ("work/task.0.completed", "", "task 0 completed 0 times"),
            ("work/task.1.result", json.dumps(less), "7 of 8 templates"),
        )
        for number, (name, content, complaint) in enumerate(faults, 2):
            path = begun.folder / name
            before = path.read_bytes()
            path.write_text(content)
            world.cli("job", "run", "merge")
            run = world.wait_run("merge", number)
            self.assertEqual((run["outcome"], run["code"], run["tries"]), ("failed", 1, 1), complaint)
            self.assertIn(complaint, begun.report())
            path.write_bytes(before)
        world.cli("job", "run", "merge")
        self.assertEqual(world.wait_run("merge", len(faults) + 2)["outcome"], "succeeded")
