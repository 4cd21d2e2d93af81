"""Programs under one supervisor: started together, known by their latest report."""

import os
import signal
import time

from bench import processes, scene as scenes


class Supervised:
    """Owns nothing: the scene does."""

    def __init__(self, peer, scene, programs):
        self.peer = peer
        self.scene = scene
        self.programs = programs
        self.latest = {}  # index → Record

    def up(self, deadline, batch=0.0):
        """Configures and starts; returns nanoseconds from the start of the supervisor until main() of
        the last program. Raises Late with what the supervisor said."""
        launch = self.peer.setup(self.scene, self.programs, False)
        return self.launch(launch, deadline, batch)

    def launch(self, launch, deadline, batch=0.0):
        began = time.monotonic_ns()
        self.scene.start(launch.arguments, launch.environment)
        try:
            self._wait(len(self.programs), deadline, batch)
        except scenes.Late as late:
            raise scenes.Late(f"{self.peer.name}: {late}; {self.scene.log()[-500:]}") from None
        return max(r.at_ns for r in self.latest.values()) - began

    def rest(self, index=None):
        """Waits until the program (all of them, when None) has run long enough to be killed again."""
        chosen = self.latest.values() if index is None else [self.latest[index]]
        newest = max(r.at_ns for r in chosen)
        left = newest / 1e9 + self.peer.rest_s - time.monotonic()
        if left > 0:
            time.sleep(left)

    def crash(self, index, deadline):
        """Kills one program; nanoseconds until its replacement's main()."""
        old = self.latest[index].pid
        began = time.monotonic_ns()
        os.kill(old, signal.SIGKILL)
        self._wait(1, deadline, 0.0, {index})
        return self.latest[index].at_ns - began

    def storm(self, deadline):
        """Kills all programs; nanoseconds until the last replacement's main()."""
        old = [record.pid for record in self.latest.values()]
        began = time.monotonic_ns()
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        self._wait(len(old), deadline, 0.02)
        return max(r.at_ns for r in self.latest.values()) - began

    def _wait(self, count, deadline, batch, indices=None):
        """Until `count` different programs have reported a start since now."""
        seen = {}

        def wanted(records):
            for record in records:
                if record.event == scenes.STARTED and (indices is None or record.index in indices):
                    seen[record.index] = record
            return len(seen) >= count

        self.scene.wait_records(wanted, deadline, batch)
        self.latest.update(seen)

    def memory(self):
        """Proportional set size of the tool's processes, by command name, in bytes."""
        found = {}
        for pid in self.scene.supervisor_pids():
            entry = found.setdefault(processes.command_name(pid), {"processes": 0, "pss_bytes": 0})
            entry["processes"] += 1
            entry["pss_bytes"] += processes.pss_bytes(pid)
        return found

    def idle_cpu(self, seconds):
        """Processor seconds that the tool's processes use while nothing happens."""
        pids = self.scene.supervisor_pids()
        before = processes.cpu_seconds(pids)
        time.sleep(seconds)
        return processes.cpu_seconds(pids) - before
