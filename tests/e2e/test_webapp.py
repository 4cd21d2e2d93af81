"""The example of the README: nginx → gunicorn → PostgreSQL, with kills."""

import subprocess

import harness


class Webapp(harness.Case):
    seconds = 240

    def setUp(self):
        super().setUp()
        world = self.world
        world.folder.chmod(0o755)
        command = [
            *world.prefix(),
            str(harness.SOURCE / "examples/webapp/prepare"),
            str(world.folder / "web"),
        ]
        environment = world.environment()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        lines = (world.folder / "web/environment").read_text().splitlines()
        self.url = next(line.split("=", 1)[1] for line in lines if "WEBAPP" in line)
        text = (world.folder / "web/hammock.toml").read_text()
        # The mark by which the harness knows its processes.
        marked = []
        for line in text.splitlines():
            if line.startswith("env "):
                line = line.replace("{ ", f'{{ {harness.MARK} = "{world.folder}", ')
            marked.append(line)
            if line.startswith(("[service.db]", "[service.web]")):
                marked.append(f'env = {{ {harness.MARK} = "{world.folder}" }}')
        world.write("\n".join(marked) + "\n")

    def fetch(self):
        command = ["curl", "-sS", "--fail", "--max-time", "20", self.url]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    def identities(self):
        return {name: self.world.identities(name) for name in ("db", "app", "web")}

    def test_webapp(self):
        world = self.world
        world.again("--within", "90s", within=120)
        self.assertIn("visitor 1.", self.fetch())
        before = self.identities()
        self.assertEqual([len(before[name]) for name in ("db", "app", "web")], [1, 2, 1])
        world.kill_brain()
        self.assertIn("visitor 2.", self.fetch())
        world.wait_house()
        world.kill_keeper()
        self.assertIn("visitor 3.", self.fetch())
        world.wait_house()
        world.kill_both()
        self.assertIn("visitor 4.", self.fetch())
        world.again("--within", "60s", within=90)
        self.assertEqual(self.identities(), before)
        world.cli("restart", "app", within=60)
        self.assertIn("visitor 5.", self.fetch())
        self.assertFalse(set(before["app"].items()) & set(world.identities("app").items()))
        self.assertEqual(world.identities("db"), before["db"])
        # The database dies: it comes back, and with it the application, without anybody's help.
        world.kill(world.pid("db"))
        world.wait(
            lambda: world.pid("db") not in (0, before["db"][1][0]), "the database runs again"
        )
        world.wait_ready("db", "app", "web", within=60)
        world.wait(self.answers_again, "the application answers again")

    def answers_again(self):
        command = ["curl", "-sS", "--fail", "--max-time", "20", self.url]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
