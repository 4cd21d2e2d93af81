"""The backup example: fewer kills than script/kills has, and what a restore says of a backup that is not
whole."""

import os
import random

import backup
import harness


class Backups(harness.Case):
    seconds = 400  # on a slow machine with another storm beside it

    def test_whatever_is_killed_the_backup_can_be_restored(self):
        seed = int(os.environ.get("HAMMOCK_SEED", random.randrange(1 << 29)))
        problems = backup.endure(self.world, kills=6, seed=seed)
        self.assertEqual(problems, [], f"HAMMOCK_SEED={seed}")

    def failed_restores(self):
        return [run for run in self.world.history("restore") if run["outcome"] == "failed"]

    def test_a_restore_fails_when_something_is_missing(self):
        world = self.world
        begun = backup.Backup(world)
        begun.begin()
        begun.succeed("restore")
        for fault, complaint in (
            ("DELETE FROM transfers WHERE number = 1", "a balance is wrong"),
            ("UPDATE accounts SET balance = balance - 1 WHERE id = 1", "money is missing"),
        ):
            self.assertTrue(begun.ask(fault))
            world.wait_log("job.restore", complaint, within=60)
        world.wait(lambda: self.failed_restores(), "a restore has failed", within=60)
        run = self.failed_restores()[0]
        self.assertEqual((run["code"], run["tries"]), (1, 5))

    def test_a_restore_fails_when_the_repository_is_damaged(self):
        world = self.world
        begun = backup.Backup(world, every="1h")
        begun.begin()
        world.wait_run("restore", within=60)
        self.assertEqual(self.failed_restores(), [])
        packs = [path for path in (begun.folder / "repository/data").rglob("*") if path.is_file()]
        self.assertTrue(packs)
        for path in packs:
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.chmod(0o644)
            path.write_bytes(data)
        world.cli("job", "run", "restore")
        self.assertEqual(world.wait_run("restore", 2, within=60)["outcome"], "failed")
