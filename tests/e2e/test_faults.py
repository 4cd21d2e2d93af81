"""Bad input and bad hosts: each is said clearly, with stage and reason, and hurts nobody else."""

import os
import pwd
import shutil
import signal
import socket
import subprocess

import harness
import processes

LATER = {"backoff": "20s", "at_most": "1m"}


class Starts(harness.Case):
    """A service that cannot start, beside one that can."""

    def start(self):
        self.world.service("other", "chatty", "other", "--pause-us", 20000)
        self.world.up_unready()
        self.world.wait_ready("other")

    def why(self, name="bad"):
        """All that status says of a service, for people and for programs."""
        return self.world.cli("status", name).text + str(self.world.service_status(name))

    def wait_why(self, *words):
        self.world.wait(
            lambda: all(word.lower() in self.why().lower() for word in words),
            f"status says {words}, not {self.why()}",
        )

    def test_missing_program(self):
        self.world.service("bad", "/nonexistent/program", restart=LATER)
        self.start()
        self.wait_why("exec", "No such file")
        self.assertEqual(self.world.slot("bad").exits[0].stage_errno, 2)

    def test_not_executable(self):
        plain = self.world.file("plain", "no program", mode=0o644)
        self.world.service("bad", str(plain), restart=LATER)
        self.start()
        self.wait_why("exec", "Permission denied")

    def test_missing_directory(self):
        self.world.service("bad", "chatty", "bad", directory="/nonexistent/folder", restart=LATER)
        self.start()
        self.wait_why("director", "No such file")

    def test_missing_env_file_and_its_coming(self):
        late = self.world.folder / "late.env"
        self.world.service(
            "bad", "chatty", "bad", "--pause-us", 20000, env_file=str(late),
            restart={"backoff": "100ms", "at_most": "200ms"},
        )
        self.start()
        self.wait_why("late.env")
        self.world.file("late.env", "COLOUR=blue\n")
        self.world.wait_ready("bad")

    def test_unreadable_env_file(self):
        secret = self.world.folder / "secret.env"
        if harness.AS_ROOT:
            secret.mkdir()  # nothing is unreadable for root but what is no file
        else:
            self.world.file("secret.env", "COLOUR=blue\n", mode=0)
        self.world.service("bad", "chatty", "bad", env_file=str(secret), restart=LATER)
        self.start()
        self.wait_why("secret.env")

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind((harness.address(), 8000))
            taken.listen()
            at = f"{harness.address()}:8000"
            self.world.service(
                "bad", "acceptor", "--notify", listen=[at], ready={"notify": True},
                restart={"backoff": "100ms", "at_most": "200ms"},
            )
            self.start()
            self.wait_why(at, "in use")
        self.world.wait_ready("bad")


class Refusals(harness.Case):
    """What is refused before anything starts."""

    def refused(self, *words, code=harness.EXIT_CONFIG, **extra):
        self.world.write()
        result = self.world.again(code=None, **extra)
        self.assertEqual(result.code, code, result.text)
        for word in words:
            self.assertIn(word.lower(), result.text.lower())
        self.assertEqual(self.world.processes(), [])

    def test_unknown_user(self):
        self.world.service("web", "chatty", "web", user="nosuchuser")
        self.refused("nosuchuser")

    def test_user_without_privilege(self):
        self.world.service("web", "chatty", "web", "--pause-us", 20000, user="daemon")
        if harness.AS_ROOT:
            self.world.folder.chmod(0o755)  # the program stands in it
            self.world.up()
            uid = os.stat(f"/proc/{self.world.pid('web')}").st_uid
            self.assertEqual(uid, pwd.getpwnam("daemon").pw_uid)
        else:
            self.refused("user", "privilege")

    def test_memory_limit_without_cgroup(self):
        self.world.service("web", "chatty", "web", "--pause-us", 20000, limits={"memory": "64MiB"})
        self.world.write()
        result = self.world.again(code=None)
        self.assertIn(result.code, (0, harness.EXIT_CONFIG), result.text)
        if result.code != 0:
            self.assertIn("cgroup", result.text)
            self.assertIn("if_possible", result.text)
            self.assertEqual(self.world.processes(), [])

    def test_state_directory_that_cannot_be_made(self):
        self.world.service("web", "chatty", "web")
        self.world.write()
        place = self.read_only_folder() / "state"
        result = self.world.again(code=None, HAMMOCK_STATE_DIR=str(place))
        self.assertIn(result.code, (harness.EXIT_NOT_PERMITTED, harness.EXIT_CONFIG), result.text)
        self.assertIn(str(place), result.text)
        self.assertEqual(self.world.processes(), [])

    def read_only_folder(self):
        if harness.AS_ROOT:
            return self.world.file("plain", "no folder")  # root may write everywhere but in a file
        folder = self.world.folder / "locked"
        folder.mkdir(mode=0o555)
        return folder

    def test_runtime_directory_too_long_for_sockets(self):
        self.world.service("web", "chatty", "web")
        self.world.write()
        place = self.world.folder / ("x" * 120)
        result = self.world.again(code=None, HAMMOCK_RUNTIME_DIR=str(place))
        self.assertNotEqual(result.code, 0)
        self.assertIn("HAMMOCK_RUNTIME_DIR", result.text)
        self.world.runtime = place
        self.assertEqual(self.world.processes(), [])


class NotPermitted(harness.Case):
    users = ("root",)

    def test_another_user(self):
        """Only root and the user that Hammock runs as are served."""
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.folder.chmod(0o755)
        command = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            harness.BINARIES / "hammock",
        ]
        for words in (["stop", "web"], ["down"], ["logs", "web"]):
            result = subprocess.run(
                command + words,
                env=world.environment(),
                capture_output=True,
                check=False,
                text=True,
            )
            self.assertEqual(
                result.returncode, harness.EXIT_NOT_PERMITTED, result.stdout + result.stderr
            )
        world.wait_ready("web")


class Output(harness.Case):
    def test_a_full_disk_behind_the_output_is_no_success(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run(
                [harness.BINARIES / "hammock", "explain"],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                text=True,
            )
        self.assertEqual(result.returncode, harness.EXIT_TRY_AGAIN)
        self.assertIn("No space left on device", result.stderr)


class Disk(harness.Case):
    def fill(self):
        """A state directory without room: a small tmpfs; where we may not mount, a locked one."""
        logs = self.world.state / "logs"
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "tmpfs", self.world.state]
        self.mounted = os.geteuid() == 0 and subprocess.run(
            mount, capture_output=True, check=False
        ).returncode == 0
        if not self.mounted:
            logs.mkdir(mode=0o500)

    def make_room(self):
        if self.mounted:
            (self.world.state / "filler").unlink()
        else:
            (self.world.state / "logs").chmod(0o700)

    def tearDown(self):
        super().tearDown()
        if getattr(self, "mounted", False):
            subprocess.run(["umount", "-l", self.world.state], check=False)
            self.world.remove()

    def test_full_disk(self):
        """Programs run on, Hammock answers and says why; with room, lines come again."""
        world = self.world
        self.fill()
        world.service("web", "chatty", "web", "--pause-us", 5000)
        if self.mounted:
            world.up()
            self.fill_up(world.state / "filler")
        else:
            world.up_unready()
        before = world.identities("web")
        world.wait(self.says_so, "somebody says that the disk is full")
        self.assertEqual(world.identities("web"), before)
        world.kill_brain()
        world.wait_house()
        self.make_room()
        size = len(world.log("web"))
        world.wait(lambda: len(world.log("web")) > size, "lines come again", within=40)
        self.assertEqual(world.identities("web"), before)

    def says_so(self):
        text = self.world.cli("status").text + self.world.cli("events", "-n", "all", code=None).text
        return "space" in text.lower() or "denied" in text.lower()

    def fill_up(self, path):
        with open(path, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass


class Host(harness.Case):
    def test_runtime_directory_vanishes(self):
        """Programs live on, nobody says that nothing runs, and the keeper can still be told to stop."""
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        pid, keeper = world.pid("web"), world.keeper()
        shutil.rmtree(world.runtime)
        for command in ("status", "down"):
            result = world.cli(command, code=harness.EXIT_TRY_AGAIN)
            self.assertIn(f"kill {keeper}", result.text)
        self.assertTrue(processes.alive(pid))
        world.kill(keeper, signal.SIGTERM)
        world.wait(lambda: not world.processes(), "everything has ended")

    def test_few_open_files(self):
        """Under a small limit either everything runs, or `up` says what is too small."""
        world = self.world
        for number in range(60):
            world.service(f"s{number}", "chatty", f"s{number}", "--pause-us", 100000)
        world.write()
        prefix = world.prefix
        world.prefix = lambda: ["prlimit", "--nofile=96:96", *prefix()]
        result = world.again("--within", "10s", code=None)
        world.prefix = prefix
        if result.code != 0:
            self.assertIn("open file", result.text.lower())
        for process in world.programs():
            self.assertTrue(processes.alive(process.pid))

    def test_stop_by_signal(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        world.kill(world.keeper(), signal.SIGTERM)
        world.wait(lambda: not world.processes(), "everything has ended")

    def test_damaged_journal_is_set_aside(self):
        world = self.world
        world.service("web", "chatty", "web", "--pause-us", 20000)
        world.up()
        before = world.identities("web")
        world.kill_both()
        journal = world.state / "journal.db"
        journal.write_bytes(b"this is no database" * 1000)
        for leftover in ("journal.db-wal", "journal.db-shm"):
            (world.state / leftover).unlink(missing_ok=True)
        world.again()
        world.wait_ready("web")
        self.assertEqual(world.identities("web"), before)
        self.assertEqual(len(list(world.state.glob("journal.db.corrupt-*"))), 1)

    def test_doctor(self):
        world = self.world
        world.service("web", "chatty", "web")
        world.write()
        self.assertIn("cgroup", world.cli("doctor", code=None).text.lower())
