"""The observatory under kills: the whole pipeline of examples/observatory, and kill -9 of the brain, the
keeper, both, a program, or everything at once.

    observatory.py [--tasks N] [--templates M] [--kills K] [--seed S]

The seed is printed; it decides what is injected, who is killed, and at which point of the search. At the
end must hold:

* the run of the merge has succeeded: everything injected was found, nothing else was, every task has
  completed once with all of its templates, and no two tries of one were at work at a time;
* every trigger, and with them what was found, is what one undisturbed search with all templates has;
* the journal says of every task once that it ended, and that it succeeded.
"""

import argparse
import json
import os
import random
import shutil
import subprocess

import harness
import processes

VICTIMS = ("brain", "keeper", "both", "program", "everything")
SEARCH = ["/usr/bin/python3", "-B", "search.py"]


class Observatory:
    def __init__(self, world, tasks, templates, kills, seed):
        self.world = world
        self.tasks, self.templates, self.seed = tasks, templates, seed
        self.random = random.Random(seed)
        # After how many templates each kill happens: the first in the generation, the last one when
        # there is only the merge to do.
        within = sorted(self.random.randrange(1, templates) for _ in range(max(0, kills - 2)))
        self.points = [0, *within, templates][:kills]
        self.victims = (list(VICTIMS) * kills)[:kills]
        self.random.shuffle(self.victims)
        self.killed = dict.fromkeys(VICTIMS, 0)
        self.folder = world.folder / "observatory"
        self.house = []
        self.up = None
        self.ups = 0

    # --- the world -----------------------------------------------------------------------------

    def prepare(self):
        self.world.folder.chmod(0o755)
        options = {"--tasks": self.tasks, "--templates": self.templates, "--seed": self.seed}
        words = [str(word) for pair in options.items() for word in pair]
        script = str(harness.SOURCE / "examples/observatory/prepare")
        subprocess.run(
            [*self.world.prefix(), script, str(self.folder), *words],
            env=self.world.environment(), check=True, capture_output=True,
        )
        # The mark by which the harness knows its processes.
        mark = f'env = {{ {harness.MARK} = "{self.world.folder}" }}'
        lines = (self.folder / "hammock.toml").read_text().splitlines()
        marked = [f"{line}\n{mark}" if line.startswith("[job.") else line for line in lines]
        self.world.write("\n".join(marked) + "\n")

    # --- the kills -----------------------------------------------------------------------------

    def done(self):
        """How many templates have been searched, by all tasks."""
        return sum(len(self.state(task)["done"]) for task in range(self.tasks))

    def state(self, task):
        for kind in ("result", "checkpoint", "result"):  # it may end between two looks
            try:
                return json.loads((self.folder / f"work/task.{task}.{kind}").read_text())
            except FileNotFoundError:
                pass
        return {"done": [], "triggers": []}

    def house_lives(self):
        """Whether a keeper or a brain is there; where neither is, somebody starts Hammock again."""
        if not any(processes.alive(pid) for pid in self.house):
            self.house = self.world.house_all("hammock-keeper") + self.world.house_all("brain")
        if not self.house and (self.up is None or self.up.poll() is not None):
            self.finish_up()
            self.up = self.world.spawn("up", "--detach")
            self.ups += 1
        return bool(self.house)

    def finish_up(self):
        """What it started may have been killed again, so any end of it will do."""
        if self.up is not None:
            self.world.finish(self.up)
            self.up = None

    def targets(self, point, victim):
        """Whom to kill now: nobody before it is time, nor before all of them are there."""
        if not self.house_lives() or self.done() < point:
            return []
        found = []
        if victim in ("brain", "both", "everything"):
            found.append(self.world.house_all("brain"))
        if victim in ("keeper", "both", "everything"):
            found.append(self.world.house_all("hammock-keeper"))
        if victim in ("program", "everything"):
            programs = [process.pid for process in self.world.programs()]
            if victim == "program" and programs:
                programs = [self.random.choice(programs)]
            found.append(programs)
        return sum(found, []) if all(found) else []

    def over(self):
        return (self.folder / "report.txt").exists()

    def strike(self, point, victim):
        what = f"{point} templates are done, to kill {victim}"
        pids = self.world.wait(lambda: self.targets(point, victim) or self.over(), what, within=120)
        if pids is True:
            return  # the merge was faster, and has left no program to kill
        for pid in pids:
            self.world.kill(pid)
        self.killed[victim] += 1

    def rage(self):
        for number, (point, victim) in enumerate(zip(self.points, self.victims), 1):
            self.strike(point, victim)
            if number % 10 == 0:
                print(f"{number} kills, {self.done()} of {self.templates} templates", flush=True)

    def calm(self):
        self.world.wait(lambda: self.house_lives() and self.world.answers(), "it answers", within=60)
        self.finish_up()
        self.run = self.world.wait_run("merge", within=120)

    # --- afterwards ----------------------------------------------------------------------------

    def report(self):
        path = self.folder / "report.txt"
        return path.read_text() if path.exists() else "no report"

    def check(self):
        if self.run["outcome"] != "succeeded":
            return [f"the merge: {self.run}\n{self.report()}", *self.check_facts()]
        return self.check_facts() + self.check_against_undisturbed()

    def check_facts(self):
        lines = self.world.cli("events", "--json", "-n", "all", within=60).out.splitlines()
        facts = [json.loads(line) for line in lines]
        self.tries = sum(
            fact["fact"] == "try began" and fact["fields"]["job"] == "search" for fact in facts
        )
        ended = sorted(
            (fact["fields"]["task"], fact["fields"]["outcome"])
            for fact in facts
            if fact["fact"] == "task ended" and fact["fields"]["job"] == "search"
        )
        if ended != [(task, "succeeded") for task in range(self.tasks)]:
            return [f"the tasks that ended, as the journal has it: {ended}"]
        return []

    def check_against_undisturbed(self):
        """One task with all templates, which nobody kills."""
        alone = self.folder / "undisturbed"
        alone.mkdir()
        shutil.copytree(self.folder / "strain", alone / "strain")
        for path in (*self.folder.glob("*.py"), self.folder / "injected.json"):
            shutil.copy(path, alone)
        environment = self.world.environment(HAMMOCK_TASK="0", HAMMOCK_TASKS="1")
        merge = ["/usr/bin/python3", "-B", "merge.py", "--tasks", "1"]
        for command in (SEARCH, merge):
            words = [*command, "--templates", str(self.templates)]
            # The merge says itself what it thinks of it; here only the bytes count.
            subprocess.run(words, cwd=alone, env=environment, check=False, capture_output=True)
        problems = []
        expected = json.loads((alone / "work/task.0.result").read_text())["triggers"]
        triggers = sum((self.state(task)["triggers"] for task in range(self.tasks)), [])
        if triggers != expected:
            problems.append(f"{len(triggers)} triggers are not the {len(expected)} of one undisturbed")
        if (self.folder / "found.json").read_bytes() != (alone / "found.json").read_bytes():
            problems.append("what was found is not what an undisturbed search finds")
        return problems


def observe(world, tasks, templates, kills, seed):
    """Returns what was wrong."""
    print(f"HAMMOCK_SEED={seed}: {tasks} tasks, {templates} templates, {kills} kills", flush=True)
    weather = Observatory(world, tasks, templates, kills, seed)
    weather.prepare()
    world.again()
    weather.rage()
    weather.calm()
    problems = weather.check()
    print(weather.report())
    print(
        f"{weather.killed} killed, {weather.ups} times up again, {weather.tries} tries of {tasks} "
        f"tasks, the merge has {weather.run['outcome']}",
        flush=True,
    )
    return problems


def main():
    parser = argparse.ArgumentParser(description="Kill at random while it searches.")
    parser.add_argument("--tasks", type=int, default=64)
    parser.add_argument("--templates", type=int, default=512)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument(
        "--seed", type=int, default=int(os.environ.get("HAMMOCK_SEED", random.randrange(1 << 29)))
    )
    options = parser.parse_args()
    world = harness.World()
    try:
        problems = observe(world, options.tasks, options.templates, options.kills, options.seed)
    except AssertionError as problem:
        problems = [str(problem)]
    problems += world.take_down()
    if problems:
        print(world.house_log())
    if not problems or not os.environ.get("HAMMOCK_E2E_KEEP"):
        world.remove()
    for problem in problems:
        print(f"WRONG: {problem}")
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
