"""A service manager as Hammock sees one: it hears what is said to NOTIFY_SOCKET, keeps descriptors
(sd_notify(3), FDSTORE) and gives them to the next process that it starts (sd_listen_fds(3))."""

import fcntl
import os
import socket


class Manager:
    def __init__(self, case):
        self.world = case.world
        self.path = case.world.folder / "notify"
        self.messages = []
        self.store = {}  # name → descriptors
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        case.addCleanup(self.close)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.path.chmod(0o666)

    def close(self):
        self.socket.close()
        for name in list(self.store):
            self.drop(name)

    def drop(self, name):
        for descriptor in self.store.pop(name, []):
            os.close(descriptor)

    def keep(self, name, descriptors):
        """What it has already is not kept twice."""
        for descriptor in descriptors:
            known = [os.fstat(other) for other in self.store.get(name, [])]
            if os.fstat(descriptor) in known:
                os.close(descriptor)
            else:
                self.store.setdefault(name, []).append(descriptor)

    def receive(self):
        try:
            data, descriptors, _, _ = socket.recv_fds(self.socket, 65536, 64)
        except BlockingIOError:
            return False
        lines = data.decode().splitlines()
        self.messages += lines
        name = next((line[7:] for line in lines if line.startswith("FDNAME=")), "stored")
        if "FDSTORE=1" in lines:
            self.keep(name, descriptors)
        elif "FDSTOREREMOVE=1" in lines:
            self.drop(name)
        return True

    def hear(self):
        while self.receive():
            pass

    def wait_message(self, wanted):
        def came():
            self.hear()
            return any(message.startswith(wanted) for message in self.messages)

        try:
            self.world.wait(came, "")
        except AssertionError:
            raise AssertionError(f"no {wanted} among {self.messages}") from None

    def names(self):
        """Without the token that stands before each."""
        return sorted(name.partition("/")[2] for name in self.store)

    def token(self):
        return next(iter(self.store)).partition("/")[0]

    def wait_store(self, names):
        def agrees():
            self.hear()
            return self.names() == sorted(names)

        self.world.wait(agrees, f"the manager keeps {names}: {self.names()}")

    def up(self):
        """`hammock up` as its main process, with what it kept."""
        # From high numbers, so that none is in another's place, and only the copies are left.
        given = [(name, fcntl.fcntl(fd, fcntl.F_DUPFD, 100))
                 for name, fds in self.store.items() for fd in fds]
        moves = " ".join(f"{3 + i}<&{fd} {fd}<&-" for i, (_, fd) in enumerate(given))
        script = f'exec {moves}; LISTEN_PID=$$ exec "$@"' if given else 'exec "$@"'
        extra = {"NOTIFY_SOCKET": str(self.path)}
        if given:
            extra |= {"LISTEN_FDS": str(len(given)), "LISTEN_FDNAMES": ":".join(n for n, _ in given)}
        before = self.world.prefix
        self.world.prefix = lambda: [*before(), "bash", "-c", script, "sh"]
        try:
            return self.world.spawn("up", pass_fds=[fd for _, fd in given], **extra)
        finally:
            self.world.prefix = before
            for _, fd in given:
                os.close(fd)
