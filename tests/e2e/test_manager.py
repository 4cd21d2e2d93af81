"""Descriptors outlive keeper and brain together: a service manager keeps copies."""

import os
import signal
import socket

import harness
import manager


class Store(harness.Case):
    def setUp(self):
        super().setUp()
        self.manager = manager.Manager(self)

    def up(self):
        self.manager.messages = []
        foreground = self.manager.up()
        self.manager.wait_message("READY=1")
        return foreground

    def up_with_something_stored(self):
        world = self.world
        world.service(
            "web", "sdclient", "stored=state", "store=state", "barrier", "ready", "wait",
            ready={"notify": True}, stored_descriptors=4,
        )
        world.write()
        foreground = self.up()
        world.wait_ready("web")
        return foreground

    def kill_all(self, foreground):
        """The house and its programs, as nobody could expect."""
        world = self.world
        pids = [world.brain(), world.keeper(), *world.pids("web").values()]
        for pid in pids:
            world.kill(pid, signal.SIGSTOP)  # so that none sees another end
        for pid in pids:
            world.kill(pid)
        world.finish(foreground)

    def test_who_connects_meanwhile_is_served(self):
        world = self.world
        at = harness.address()
        world.service("web", "acceptor", "--notify", listen=[f"{at}:8000"], ready={"notify": True})
        world.write()
        foreground = self.up()
        world.wait_ready("web")
        self.manager.wait_store(["listen/0/web"])
        first = world.pid("web")
        self.kill_all(foreground)
        with socket.create_connection((at, 8000), timeout=30) as client:
            client.sendall(b"anybody?\n")
            self.up()
            answer = client.makefile().readline().split()
        self.assertEqual(answer[0], "acceptor")
        self.assertNotEqual(int(answer[1]), first)
        environment = world.programs("web")[0].environment
        self.assertEqual(environment["LISTEN_FDS"], "1")
        self.assertEqual(environment["LISTEN_FDNAMES"], "web")

    def test_what_a_program_stored_comes_back(self):
        world = self.world
        foreground = self.up_with_something_stored()
        first = world.pid("web")
        slot = world.slot("web").index
        self.manager.wait_store([f"stored/{slot}/web/1/0/state"])
        self.kill_all(foreground)
        self.up()
        world.wait_log("web", f"stored {first}")
        world.cli("stop", "web")
        self.manager.wait_store([])

    def test_of_a_service_that_is_no_more_nothing_is_kept(self):
        world = self.world
        at = harness.address()
        world.service("web", "acceptor", listen=[f"{at}:8000"])
        world.service("old", "acceptor", listen=[f"{at}:8001"])
        world.write()
        foreground = self.up()
        world.wait_ready("web")
        world.wait_ready("old")
        self.manager.wait_store(["listen/0/old", "listen/0/web"])
        del world.services["old"]
        world.write()
        world.cli("apply")
        self.manager.wait_store(["listen/0/web"])
        # And if the manager gives back one that nobody wants:
        self.kill_all(foreground)
        token = self.manager.token()
        self.manager.keep(f"{token}/listen/0/old", [socket.create_server((at, 8001)).detach()])
        self.up()
        world.wait_ready("web")
        self.manager.wait_store(["listen/0/web"])
        self.wait_refused(at, 8001)

    def test_what_others_put_there_is_not_taken(self):
        """Any program of the unit can speak to the manager."""
        world = self.world
        foreground = self.up_with_something_stored()
        slot = world.slot("web").index
        self.manager.wait_store([f"stored/{slot}/web/1/0/state"])
        self.kill_all(foreground)
        token = self.manager.token()
        stored = self.manager.store[f"{token}/stored/{slot}/web/1/0/state"]
        self.manager.store = {
            f"0123456789abcdef/stored/{slot}/web/1/0/state": stored,  # forged
            f"{token}/stored/{slot}/old/1/0/state": [os.dup(fd) for fd in stored],  # had the slot once
        }
        self.up()
        world.wait(
            lambda: world.log_text("web").count("nothing stored") == 2, "it starts empty-handed"
        )

    def test_who_stands_in_leaves_the_rest_to_the_next(self):
        """Only a new process is given what the manager keeps."""
        world = self.world
        at = harness.address()
        world.service("web", "acceptor", "--notify", listen=[f"{at}:8000"], ready={"notify": True})
        world.write()
        foreground = self.up()
        world.wait_ready("web")
        self.manager.wait_store(["listen/0/web"])
        world.kill(foreground.pid)
        world.finish(foreground)
        world.wait_house()
        stand_in = self.up()
        for pid in [world.brain(), world.keeper(), world.pid("web")]:
            world.kill(pid, signal.SIGSTOP)
        for pid in [world.brain(), world.keeper(), world.pid("web")]:
            world.kill(pid)
        self.assertEqual(world.finish(stand_in).code, 75)
        self.up()
        world.wait_ready("web")

    def test_who_stands_in_holds_nothing_open(self):
        """The keeper was killed and the brain lives: it has all that the manager gives back."""
        world = self.world
        at = harness.address()
        world.service("web", "acceptor", listen=[f"{at}:8000"])
        world.service("old", "acceptor", listen=[f"{at}:8001"])
        world.write()
        foreground = self.up()
        world.wait_ready("old")
        self.manager.wait_store(["listen/0/old", "listen/0/web"])
        world.kill(foreground.pid)
        world.finish(foreground)
        world.wait_house()
        stand_in = self.up()
        self.assertNotEqual(world.keeper(), stand_in.pid)
        del world.services["old"]
        world.write()
        world.cli("apply")
        self.manager.wait_store(["listen/0/web"])
        self.wait_refused(at, 8001)

    def wait_refused(self, *address):
        def is_refused():
            try:
                socket.create_connection(address).close()
            except ConnectionRefusedError:
                return True
            return False

        self.world.wait(is_refused, "nobody holds the socket any more")
