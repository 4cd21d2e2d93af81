"""Backups under kills: examples/backup, and kill -9 of the brain, the keeper, both, a program, or everything
at once, while it dumps, stores and restores.

    backup.py [--kills K] [--seed S]

The seed is printed; it decides who is killed, and when. At the end must hold:

* a backup that began afterwards succeeds, and what it made is restored and found whole;
* the repository is whole, every byte of it;
* no two backups were at work at a time, no transfer that was committed is missing.
"""

import argparse
import os
import random
import subprocess
import time

import assassin
import harness

AT_WORK = ("job.backup", "job.restore")  # what is under way when somebody is killed
LONGEST_SECONDS = 1.5  # of either, about


class Backup:
    def __init__(self, world, seed=1, every="1s"):
        self.world = world
        self.random = random.Random(seed)
        self.assassin = assassin.Assassin(world, self.random)
        self.every = every
        self.folder = world.folder / "backup"

    def prepare(self):
        self.world.folder.chmod(0o755)
        script = str(harness.SOURCE / "examples/backup/prepare")
        subprocess.run(
            [*self.world.prefix(), script, str(self.folder), "--every", self.every],
            env=self.world.environment(), check=True, capture_output=True,
        )
        # The mark by which the harness knows its processes.
        mark = f'{harness.MARK} = "{self.world.folder}"'
        marked = []
        for line in (self.folder / "hammock.toml").read_text().splitlines():
            marked.append(f"{line[:line.index('{')]}{{ {mark},{line[line.index('{') + 1:]}"
                          if line.startswith("env ") else line)
            if line.startswith("[service.db]"):
                marked.append(f"env = {{ {mark} }}")
        self.world.write("\n".join(marked) + "\n" + self.assassin.probe_text())

    def begin(self):
        self.prepare()
        self.world.again("--within", "90s", within=120)

    # --- the kills -----------------------------------------------------------------------------

    def is_at_work(self, program):
        return self.assassin.house_lives() and self.world.pid(program)

    def rage(self, kills):
        for number, victim in enumerate(self.assassin.order(kills), 1):
            program = self.random.choice(AT_WORK)
            self.world.wait(lambda: self.is_at_work(program), f"{program} is at work", within=120)
            time.sleep(self.random.uniform(0, LONGEST_SECONDS))  # any moment of it
            pids = self.world.wait(
                lambda: self.assassin.targets(victim), f"there is {victim} to kill", within=120
            )
            self.assassin.strike(victim, pids)
            if number % 10 == 0:
                print(f"{number} kills", flush=True)

    def calm(self):
        self.assassin.calm()
        self.committed = self.transfers()
        backup = self.succeed("backup")
        self.restored = self.succeed("restore", backup["ended"])

    def transfers(self):
        """How many the bank says have been committed."""
        answer = self.world.wait(
            lambda: self.ask("SELECT count(*) FROM transfers"), "the bank answers", within=60
        )
        return int(answer)

    def ask(self, question):
        words = ["psql", "-XAt", "-h", str(self.folder / "socket"), "-U", "postgres", "-d", "bank"]
        done = subprocess.run([*words, "-c", question], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def succeed(self, job, after=None):
        """The first run that began from now on, or after that instant, and has succeeded."""
        def later():
            runs = self.world.history(job)
            since = after or begun
            good = (run for run in runs if run["outcome"] == "succeeded" and run["started"])
            return next((run for run in good if run["started"] >= since), None)

        begun = self.world.cli("events", "--json", "-n", "1").json()["at"]
        return self.world.wait(later, f"{job} succeeds: {self.world.job_status(job)}", within=120)

    # --- afterwards ----------------------------------------------------------------------------

    def restic(self, *words):
        environment = self.world.environment(
            RESTIC_REPOSITORY=self.folder / "repository", RESTIC_PASSWORD_FILE=self.folder / "password",
            RESTIC_CACHE_DIR=self.world.folder / "cache",
        )
        return subprocess.run(
            ["restic", *words], env=environment, capture_output=True, text=True, check=False
        )

    def verdict(self):
        """What the newest restore said."""
        lines = self.world.log_text("job.restore").splitlines()
        return [line for line in lines if " is whole: " in line][-1]

    def check(self):
        problems = self.assassin.check_probe()
        self.world.down()  # nobody writes while every byte is read
        checked = self.restic("check", "--read-data", "--no-lock")
        if checked.returncode != 0:
            problems.append(f"the repository is damaged: {checked.stdout}{checked.stderr}")
        if (self.folder / "work/twice").exists():
            problems.append("two backups were at work at a time")
        whole = int(self.verdict().split()[-2])
        if whole < self.committed:
            problems.append(f"{self.committed} transfers were committed, {self.verdict()}")
        return problems


def endure(world, kills, seed):
    """Returns what was wrong."""
    print(f"HAMMOCK_SEED={seed}: {kills} kills", flush=True)
    backup = Backup(world, seed)
    backup.begin()
    backup.rage(kills)
    backup.calm()
    runs = {job: world.history(job) for job in ("backup", "restore")}
    problems = backup.check()
    for job, known in runs.items():
        good = sum(run["outcome"] == "succeeded" for run in known)
        print(f"{job}: {good} of {len(known)} runs succeeded, {sum(run['tries'] for run in known)} tries")
    print(f"{backup.assassin.killed} killed, {backup.assassin.ups} times up again; {backup.verdict()}",
          flush=True)
    return problems


def main():
    parser = argparse.ArgumentParser(description="Kill at random while it is backed up.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument(
        "--seed", type=int, default=int(os.environ.get("HAMMOCK_SEED", random.randrange(1 << 29)))
    )
    options = parser.parse_args()
    harness.run_alone(lambda world: endure(world, options.kills, options.seed))


if __name__ == "__main__":
    main()
