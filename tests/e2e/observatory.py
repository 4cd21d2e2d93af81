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

import assassin
import harness

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
        self.assassin = assassin.Assassin(world, self.random)
        self.victims = self.assassin.order(kills)
        self.folder = world.folder / "observatory"

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
        self.world.write("\n".join(marked) + "\n" + self.assassin.probe_text())

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

    def targets(self, point, victim):
        """Whom to kill now: nobody before it is time."""
        alive = self.assassin.house_lives()
        return self.assassin.targets(victim) if alive and self.done() >= point else []

    def over(self):
        return (self.folder / "report.txt").exists()

    def strike(self, point, victim):
        what = f"{point} templates are done, to kill {victim}"
        pids = self.world.wait(lambda: self.targets(point, victim) or self.over(), what, within=120)
        if pids is True:
            return  # the merge was faster, and has left no program to kill
        self.assassin.strike(victim, pids)

    def rage(self):
        for number, (point, victim) in enumerate(zip(self.points, self.victims), 1):
            self.strike(point, victim)
            if number % 10 == 0:
                print(f"{number} kills, {self.done()} of {self.templates} templates", flush=True)

    def calm(self):
        self.assassin.calm()
        self.run = self.world.wait_run("merge", within=120)

    # --- afterwards ----------------------------------------------------------------------------

    def report(self):
        path = self.folder / "report.txt"
        return path.read_text() if path.exists() else "no report"

    def check(self):
        if self.run["outcome"] != "succeeded":
            return [f"the merge: {self.run}\n{self.report()}", *self.check_facts()]
        return [*self.check_facts(), *self.check_against_undisturbed(), *self.assassin.check_probe()]

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
        f"{weather.assassin.killed} killed, {weather.assassin.ups} times up again, {weather.tries} tries of {tasks} "
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
    harness.run_alone(
        lambda world: observe(world, options.tasks, options.templates, options.kills, options.seed)
    )


if __name__ == "__main__":
    main()
