"""Clients that ask an acceptor again and again, and say what went wrong."""

import socket
import threading


class Load:
    """Threads that connect, send a line and want a whole line back, until stop()."""

    def __init__(self, address, port, threads=4):
        self.at = (address, port)
        self.ending = threading.Event()
        self.problems = []
        self.answers = 0
        self.pids = set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def work(self):
        while not self.ending.is_set():
            try:
                answer = self.ask()
            except OSError as problem:
                answer = None
                with self.lock:
                    self.problems.append(repr(problem))
            if answer is None:
                continue
            with self.lock:
                if not answer.endswith(b"\n"):
                    self.problems.append(f"cut off: {answer!r}")
                else:
                    self.answers += 1
                    self.pids.add(int(answer.split()[-1]))

    def ask(self):
        with socket.create_connection(self.at, timeout=10) as connection:
            connection.sendall(b"hello\n")
            answer = b""
            while not answer.endswith(b"\n"):
                piece = connection.recv(256)
                if not piece:
                    break
                answer += piece
            return answer

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(15)
