"""The protocols of systemd and s6, spoken by real clients."""

import signal
import subprocess

import harness
import processes


class Libsystemd(harness.Case):
    """A program linked with libsystemd."""

    def test_status_and_errno(self):
        world = self.world
        world.service(
            "web", "sdclient", "ready", "status=7 customers", "wait", ready={"notify": True}
        )
        world.up()
        world.wait(lambda: world.slot("web").status == "7 customers", "its status is in the ledger")
        self.assertIn("7 customers", str(world.service_status("web")))

    def test_barrier(self):
        world = self.world
        world.service("web", "sdclient", "ready", "barrier", "wait", ready={"notify": True})
        world.up()
        world.wait_log("web", "barrier")

    def test_listen_fds_with_names(self):
        world = self.world
        at = harness.address()
        world.service(
            "web", "sdclient", "listen", "ready", "wait",
            listen=[f"{at}:8000", f"{at}:8001"], ready={"notify": True},
        )
        world.up()
        text = world.log_text("web")
        self.assertIn("sockets 2", text)
        self.assertEqual(text.count("listening"), 2, text)

    def test_stored_descriptor_comes_back(self):
        world = self.world
        world.service(
            "web", "sdclient", "stored=state", "store=state", "barrier", "ready", "wait",
            ready={"notify": True}, stored_descriptors=4,
        )
        world.up()
        first = world.pid("web")
        world.wait_log("web", "nothing stored")
        world.kill(first)
        world.wait_log("web", f"stored {first}")

    def test_stored_descriptor_survives_the_keeper(self):
        world = self.world
        world.service(
            "web", "sdclient", "stored=state", "store=state", "barrier", "ready", "wait",
            ready={"notify": True}, stored_descriptors=4,
        )
        world.up()
        first = world.pid("web")
        world.kill_keeper()
        world.wait_house()
        world.kill(first)
        world.wait_log("web", f"stored {first}")

    def test_stop_forgets_what_was_stored(self):
        world = self.world
        world.service(
            "web", "sdclient", "stored=state", "store=state", "barrier", "ready", "wait",
            ready={"notify": True}, stored_descriptors=4,
        )
        world.up()
        world.cli("stop", "web")
        world.cli("start", "web")
        world.wait(
            lambda: world.log_text("web").count("nothing stored") == 2, "it starts empty-handed"
        )

    def test_what_a_reload_command_says_is_in_the_log(self):
        world = self.world
        world.service(
            "web", "sdclient", "ready", "wait", ready={"notify": True},
            reload={"command": ["/bin/sh", "-c", "echo kicked; echo why >&2; exit 4"]},
        )
        world.up()
        result = world.cli("reload", "web", code=None)
        self.assertIn("it exited with 4", result.text)
        world.wait_log("web", "kicked\nwhy\n")

    def test_reload_by_signal(self):
        world = self.world
        world.service(
            "web", "sdclient", "ready", "wait", ready={"notify": True}, reload={"signal": "HUP"}
        )
        world.up()
        pid = world.pid("web")
        world.cli("reload", "web")
        world.wait_log("web", "reloaded")
        world.wait(lambda: world.slot("web").status == "reloaded", "it said that it was done")
        self.assertEqual(world.pid("web"), pid)
        world.wait_ready("web")

    def test_main_pid(self):
        """A program that hands its work to a child: the child's death is the service's."""
        world = self.world
        world.service(
            "web",
            "sdclient",
            "mainpid",
            "ready",
            "wait",
            ready={"notify": True},
            notify_access="all",
        )
        world.up()
        world.wait(lambda: world.slot("web").main_pid, "the main pid is known")

    def start_gated(self):
        """A service that says READY=1 once the gate is there; who it is."""
        world = self.world
        gate = world.folder / "gate"
        wait = f"while ! test -e {gate}; do sleep 0.02; done"
        script = f"{wait}; exec {harness.program('sdclient')} ready wait"
        world.service("web", "/bin/sh", "-c", script, ready={"notify": True, "within": "1m"})
        world.up_unready()
        world.wait(lambda: world.pid("web"), "it runs")
        return world.identities("web")

    def test_ready_is_heard_though_the_keeper_is_dead(self):
        """The brain holds the notify socket too: what is said meanwhile waits in it."""
        world = self.world
        before = self.start_gated()
        brain = world.brain()
        world.kill(brain, signal.SIGSTOP)  # so that no keeper comes before it is said
        world.kill_keeper()
        world.file("gate", "")
        world.wait(lambda: self.says_ready(before), "it has said READY=1")
        world.kill(brain, signal.SIGCONT)
        world.wait_ready("web")
        self.assertEqual(world.identities("web"), before)

    def says_ready(self, identities):
        command = processes.read(identities[1][0]).command  # empty while it executes the next program
        is_client = bool(command) and "sdclient" in command[0]
        return is_client and processes.read(identities[1][0]).state == "S"

    def test_ready_after_both_were_killed(self):
        world = self.world
        before = self.start_gated()
        world.kill_both()
        world.up_unready()
        world.file("gate", "")
        world.wait_ready("web")
        self.assertEqual(world.identities("web"), before)


class Clients(harness.Case):
    """Programs of Debian."""

    def test_systemd_notify(self):
        world = self.world
        script = "systemd-notify --ready --status='from a shell'; exec sleep 1000"
        world.service("web", "/bin/sh", "-c", script, ready={"notify": True}, notify_access="all")
        world.up()
        world.wait(
            lambda: world.slot("web").status == "from a shell", "its status is in the ledger"
        )

    def test_gunicorn_on_a_held_socket(self):
        world = self.world
        at = f"{harness.address()}:8000"
        world.file(
            "app.py",
            "def app(environ, start_response):\n"
            "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
            "    return [b'hello']\n",
        )
        world.service(
            "web",
            "/usr/bin/python3",
            "/usr/bin/gunicorn",
            "--worker-tmp-dir",
            world.folder,
            "app:app",
            listen=[at], directory=world.folder, ready={"notify": True},
        )
        world.up()
        self.assertEqual(self.fetch(at), "hello")
        before = world.identities("web")
        world.kill_keeper()
        self.assertEqual(self.fetch(at), "hello")
        world.kill_brain()
        self.assertEqual(self.fetch(at), "hello")
        world.wait(lambda: world.keeper() or world.brain() or world.again(), "somebody is there")
        world.wait_house()
        self.assertEqual(world.identities("web"), before)

    def test_nginx(self):
        world = self.world
        at = f"{harness.address()}:8000"
        world.file(
            "nginx.conf",
            f"daemon off; pid {world.folder}/nginx.pid; error_log stderr;\n"
            f"worker_processes 1; events {{ worker_connections 64; }}\n"
            f"http {{ access_log off;"
            f" client_body_temp_path {world.folder}/a; proxy_temp_path {world.folder}/b;"
            f" fastcgi_temp_path {world.folder}/c; uwsgi_temp_path {world.folder}/d;"
            f" scgi_temp_path {world.folder}/e;\n"
            f" server {{ listen {at}; location / {{ return 200 'hello'; }} }} }}\n",
        )
        world.service(
            "nginx", "/usr/sbin/nginx", "-c", world.folder / "nginx.conf", "-e", "stderr",
            ready={"tcp": at}, stop={"signal": "QUIT"}, reload={"signal": "HUP"},
        )
        world.up()
        self.assertEqual(self.fetch(at), "hello")
        pid = world.pid("nginx")
        world.cli("reload", "nginx")
        world.wait_ready("nginx")
        self.assertEqual(self.fetch(at), "hello")
        self.assertEqual(world.pid("nginx"), pid)

    def fetch(self, at):
        command = ["curl", "-sS", "--fail", "--max-time", "15", f"http://{at}/"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout
