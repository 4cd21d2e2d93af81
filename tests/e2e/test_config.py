"""Mistakes in hammock.toml, and changes of it while everything runs."""

import signal

import harness
import processes


class Check(harness.Case):
    def check(self, text, *args, code=None):
        self.world.write(text)
        return self.world.cli("check", *args, code=code)

    def test_good(self):
        world = self.world
        world.service("web", "chatty", "web")
        report = self.check(world.text(), "--format", "json", code=0).json()
        self.assertTrue(report["ok"])
        self.assertEqual(report["errors"], [])

    def test_shape_of_json(self):
        text = '[hammock]\nname = "x"\n\n[service.web]\ncommand = ["/bin/true"]\ninstancs = 2\n'
        report = self.check(text, "--format", "json", code=harness.EXIT_CONFIG).json()
        self.assertFalse(report["ok"])
        self.assertIn("hammock.toml", report["file"])
        error = report["errors"][0]
        keys = {
            "code",
            "severity",
            "path",
            "file",
            "line",
            "column",
            "end_line",
            "end_column",
            "message",
            "expected", "got", "suggestion", "help", "related", "doc",
        }
        self.assertEqual(set(error) & keys, keys)
        self.assertEqual(error["path"], ["service", "web", "instancs"])
        self.assertEqual((error["line"], error["column"]), (6, 1))
        self.assertEqual((error["end_line"], error["end_column"]), (6, 9))
        self.assertIn("instances", error["suggestion"])

    def test_every_mistake_at_once(self):
        text = (
            '[hammock]\nname = "x"\n[service.web]\ncommand = "gunicorn app"\n'
            'restart = { backof = "1s" }\nneeds = ["bd"]\n[service.db]\ncommand = ["/bin/true"]\n'
        )
        report = self.check(text, "--format", "json", code=harness.EXIT_CONFIG).json()
        self.assertGreaterEqual(len(report["errors"]), 3)
        lines = [error["line"] for error in report["errors"]]
        self.assertEqual(lines, sorted(lines))

    def test_short_and_human(self):
        text = '[hammock]\nname = "x"\n[service.web]\ncommand = ["/bin/true"]\nwatchdgo = "1s"\n'
        short = self.check(text, "--format", "short", code=harness.EXIT_CONFIG).text
        self.assertRegex(short, r"hammock\.toml:5:1: ")
        human = self.check(text, code=harness.EXIT_CONFIG).text
        self.assertIn("watchdog", human)
        self.assertNotIn("\x1b", human)

    def test_sarif(self):
        text = '[hammock]\nname = "x"\n[service.web]\ncommand = ["/bin/true"]\nwatchdgo = "1s"\n'
        report = self.check(text, "--format", "sarif", code=harness.EXIT_CONFIG).json()
        self.assertEqual(report["version"], "2.1.0")
        self.assertEqual(len(report["runs"][0]["results"]), 1)

    def test_no_file(self):
        for command in (["check"], ["up", "--detach"]):
            result = self.world.cli(*command, code=None)
            self.assertEqual(result.code, harness.EXIT_CONFIG, result.text)
            self.assertIn("hammock.toml", result.text)

    def test_config_by_environment_and_option(self):
        elsewhere = self.world.file("elsewhere.toml", '[hammock]\nname = "x"\n')
        self.assertEqual(self.world.cli("check", HAMMOCK_CONFIG=str(elsewhere)).code, 0)
        self.assertEqual(self.world.cli("-c", elsewhere, "check").code, 0)
        self.assertEqual(self.world.cli("check", elsewhere).code, 0)

    def test_mistakes_start_nothing(self):
        self.world.write('[hammock]\nname = "x"\n[service.web]\ncommand = []\n')
        self.assertEqual(self.world.again(code=None).code, harness.EXIT_CONFIG)
        self.assertEqual(self.world.processes(), [])

    def test_world_writable_file(self):
        self.world.write('[hammock]\nname = "x"\n')
        self.world.config.chmod(0o666)
        result = self.world.cli("check", code=None)
        self.assertEqual(result.code, harness.EXIT_CONFIG, result.text)
        self.assertIn("writable", result.text)

    def test_explain(self):
        self.assertIn(
            "back-off",
            self.world.cli("explain", "service.restart.backoff").out.lower().replace(
                "backoff", "back-off"
            ),
        )
        tables = self.world.cli("explain").out
        for table in ("hammock", "person.*", "service.*", "service.*.restart"):
            self.assertIn(table, tables.split())
        wrong = self.world.cli("explain", "service.restart.bakcoff", code=None)
        self.assertNotEqual(wrong.code, 0)
        self.assertIn("backoff", wrong.text)


class Change(harness.Case):
    """A changed file: what changed is restarted, the rest keeps running untouched."""

    def start(self):
        world = self.world
        for name in ("a", "b", "c"):
            world.service(name, "chatty", name, "--pause-us", 20000)
        world.up()
        return {name: world.identities(name) for name in "abc"}

    def check_changed(self, before):
        world = self.world
        world.wait(
            lambda: world.pids("b") and world.identities("b") != before["b"], "b was restarted"
        )
        world.wait(lambda: not world.pids("c"), "c was removed")
        world.wait_ready("a", "b", "d")
        self.assertEqual(world.identities("a"), before["a"])
        self.assertIsNone(world.service_status("c"))

    def change(self):
        world = self.world
        world.service("b", "chatty", "b2", "--pause-us", 20000)
        world.service("d", "chatty", "d", "--pause-us", 20000)
        del world.services["c"]
        world.write()

    def test_apply(self):
        before = self.start()
        self.change()
        self.world.cli("apply")
        self.check_changed(before)

    def test_up_again(self):
        before = self.start()
        self.change()
        self.world.again()
        self.check_changed(before)

    def test_hangup(self):
        before = self.start()
        self.change()
        self.world.kill(self.world.keeper(), signal.SIGHUP)
        self.check_changed(before)
        # And again: the second request is not taken for the first one.
        self.world.service("e", "chatty", "e", "--pause-us", 20000)
        self.world.write()
        self.world.kill(self.world.keeper(), signal.SIGHUP)
        self.world.wait(lambda: self.world.service_status("e"), "e is known", within=10)

    def test_change_while_both_are_dead(self):
        before = self.start()
        self.world.kill_both()
        self.change()
        self.world.again()
        self.check_changed(before)

    def test_another_file_is_not_said_to_be_applied(self):
        world = self.world
        before = self.start()
        other = world.file("other.toml", '[hammock]\nname = "other"\n')
        for file in (other, world.folder / "nosuchfile.toml"):
            result = world.cli("-c", file, "apply", code=None)
            self.assertEqual(result.code, harness.EXIT_REFUSED, result.text)
            self.assertIn(str(world.config), "".join(result.text.split("\n")).replace(" ", ""))
        result = world.cli("-c", other, "up", "--detach", code=None)
        self.assertEqual(result.code, harness.EXIT_REFUSED, result.text)
        for name, identities in before.items():
            self.assertEqual(world.identities(name), identities)

    def test_more_and_fewer_instances(self):
        world = self.world
        self.start()
        before = world.identities("a")
        world.services["a"]["instances"] = 3
        world.write()
        world.cli("apply")
        world.wait(lambda: len(world.pids("a")) == 3, "three instances")
        self.assertLessEqual(set(before.items()), set(world.identities("a").items()))
        world.services["a"]["instances"] = 1
        world.write()
        world.cli("apply")
        world.wait(lambda: len(world.pids("a")) == 1, "one instance")

    def test_what_was_resolved_stays_in_force(self):
        """An env_file that is changed or gone is nobody's business until somebody applies it."""
        world = self.world
        env = world.file("web.env", "COLOUR=blue\n")
        world.service("web", "chatty", "web", "--pause-us", 20000, env_file=str(env))
        world.up()
        before = world.identities("web")
        for change in (lambda: env.write_text("COLOUR=red\n"), env.unlink):
            change()
            world.kill_brain()
            world.wait_house()
            self.assertEqual(world.identities("web"), before)
            self.assertEqual(world.service_status("web")["health"], "ready")
            victim = world.pid("web")
            world.kill(victim)
            world.wait(lambda: world.pid("web") not in (0, victim), "it runs again")
            world.wait_ready("web")
            self.assertEqual(processes.read(world.pid("web")).environment["COLOUR"], "blue")
            before = world.identities("web")
        result = world.cli("apply", code=harness.EXIT_REFUSED)
        self.assertIn("web.env", result.text)
        self.assertEqual(world.identities("web"), before)
        world.file("web.env", "COLOUR=green\n")
        world.cli("apply")
        world.wait(lambda: world.pids("web") and world.identities("web") != before, "it is replaced")
        world.wait_ready("web")
        self.assertEqual(processes.read(world.pid("web")).environment["COLOUR"], "green")

    def test_no_groups_are_left(self):
        world = self.world
        self.start()
        groups = world.groups()
        world.down()
        self.assertIsNone(world.groups())
        if groups:  # this host lets us make some
            self.assertFalse(groups.exists())

    def test_nothing_secret_is_left(self):
        world = self.world
        key = world.file("key", "sesame\n", mode=0o400)
        world.service("web", "chatty", "web", "--pause-us", 20000, secrets={"key": str(key)})
        world.up()
        copies = [path for path in world.runtime.rglob("*") if path.name == "key"]
        self.assertEqual(len(copies), 1)
        world.down()
        folders = [world.runtime / "secrets", world.runtime / "spec"]
        self.assertEqual([path for folder in folders for path in folder.rglob("*")], [])

    def test_mistake_changes_nothing(self):
        world = self.world
        before = self.start()
        good = world.text()
        world.write(good + "nosuchkey = 1\n")
        result = world.cli("apply", code=None)
        self.assertIn(result.code, (harness.EXIT_CONFIG, harness.EXIT_REFUSED), result.text)
        self.assertIn("nosuchkey", result.text)
        for name, identities in before.items():
            self.assertEqual(world.identities(name), identities)
        # A new brain has only the broken file, and still keeps the old configuration.
        world.kill_brain()
        world.wait_house()
        self.assertEqual({s["name"] for s in world.status()["services"]}, {"a", "b", "c"})
        for name, identities in before.items():
            self.assertEqual(world.identities(name), identities)
        world.write(good)
        world.cli("apply")
        world.wait_ready("a", "b", "c")
