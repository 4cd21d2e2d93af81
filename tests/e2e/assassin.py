"""Kills the house of a world, its programs, or all of it at once, and starts it again where nobody is
left to."""

import signal
import socket

import processes

VICTIMS = ("brain", "keeper", "both", "courier", "program", "everything")


class Assassin:
    def __init__(self, world, random):
        self.world = world
        self.random = random
        self.killed = dict.fromkeys(VICTIMS, 0)
        self.ups = 0
        self.house = []
        self.up = None
        # What the courier is asked for all the while: a port that is always open.
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)

    def probe_text(self):
        port = self.listener.getsockname()[1]
        return f'\n[probe.here]\ntcp = "127.0.0.1:{port}"\nevery = "1s"\n'

    def check_probe(self):
        """Whatever is killed, what is looked at was up all the time."""
        fallen = [one for one in self.world.events() if one["fact"] == "probe fell"]
        self.listener.close()
        return [f"a probe of a port that is open fell: {fallen}"] if fallen else []

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

    def targets(self, victim):
        """Whom to kill; nobody before all of them are there."""
        if not self.house_lives():
            return []
        found = []
        if victim in ("brain", "both", "everything"):
            found.append(self.world.house_all("brain"))
        if victim in ("keeper", "both", "everything"):
            found.append(self.world.house_all("hammock-keeper"))
        if victim == "courier":
            found.append(self.world.couriers())
        if victim in ("program", "everything"):
            programs = [process.pid for process in self.world.programs()]
            if victim == "program" and programs:
                programs = [self.random.choice(programs)]
            found.append(programs)
        return sum(found, []) if all(found) else []

    def strike(self, victim, pids):
        """All of them are stopped before one is killed, so that none can replace another."""
        if len(pids) > 1:
            for pid in pids:
                self.world.kill(pid, signal.SIGSTOP)
            self.world.wait(
                lambda: not any(processes.alive(pid) and not processes.stopped(pid) for pid in pids),
                f"all of {victim} are stopped",
            )
        for pid in pids:
            self.world.kill(pid)
        self.killed[victim] += 1

    def order(self, kills):
        """So many victims, each kind as often as the others, in random order."""
        victims = (list(VICTIMS) * kills)[:kills]
        self.random.shuffle(victims)
        return victims

    def calm(self):
        """It lives, and nobody starts it any more."""
        self.world.wait(
            lambda: self.house_lives() and self.world.answers(), "it answers", within=60
        )
        self.finish_up()
