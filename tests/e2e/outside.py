"""What stands in for the outside world in tests of the courier: certificates, nginx, servers that
misbehave, and a name server. All of it on loopback addresses, and gone with its test."""

import functools
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import harness

PATIENCE = 20 * harness.PATIENCE
TYPES = {"A": 1, "CNAME": 5, "TXT": 16, "AAAA": 28}


class Certificates:
    """A CA, an intermediate, and leaves by name; all files are in one folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        self.request("ca", "Test Root")
        self.sign("ca", None, "basicConstraints=critical,CA:TRUE")
        self.request("middle", "Test Middle")
        self.sign("middle", "ca", "basicConstraints=critical,CA:TRUE")

    def path(self, name):
        return self.folder / name

    def openssl(self, *args):
        done = subprocess.run(
            ["openssl", *map(str, args)], cwd=self.folder, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        return done.stdout.decode()

    def request(self, name, common):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                     "-out", f"{name}.csr", "-subj", f"/CN={common}")
        os.chmod(self.path(f"{name}.key"), 0o644)

    def sign(self, name, by, extensions, days=90):
        self.path(f"{name}.ext").write_text(extensions + "\n")
        signer = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"]
        if by is None:
            signer = ["-signkey", f"{name}.key"]
        self.openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-days", days,
                     "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def leaf(self, name, host, by="middle", days=90, chain=("middle",)):
        """NAME.pem is the leaf and what the server sends after it."""
        self.request(name, host)
        self.sign(name, by, f"subjectAltName=DNS:{host},IP:127.0.0.1", days)
        pem = self.path(f"{name}.pem")
        pem.write_text(pem.read_text() + "".join(
            self.path(f"{one}.pem").read_text() for one in chain))

    def fingerprint(self, name):
        text = self.openssl("x509", "-in", f"{name}.pem", "-noout", "-fingerprint", "-sha256")
        return text.split("=")[1].strip().replace(":", "").lower()


def own(path):
    """PostgreSQL does not run as root."""
    if os.geteuid() == 0:
        shutil.chown(path, "nobody")


def free_port(host):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_open(host, port):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Nginx:
    """One process; `servers` is the text of its server blocks."""

    def __init__(self, world, servers, *opens):
        folder = world.folder / "nginx"
        folder.mkdir()
        world.own(folder)
        temp = " ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = world.file(
            "nginx.conf",
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; {temp}\n{servers}\n}}\n",
        )
        self.process = subprocess.Popen(
            world.prefix() + ["/usr/sbin/nginx", "-c", str(config), "-e", f"{folder}/error.log"],
            stdin=subprocess.DEVNULL,
            env=world.environment(),
        )
        for host, port in opens:
            wait_open(host, port)

    def stop(self):
        self.process.kill()
        self.process.wait()


class PostgreSQL:
    """A database of its own, at harness.address(); with TLS when there are certificates."""

    def __init__(self, world, name, certificates=None):
        programs = pathlib.Path("/usr/lib/postgresql/15/bin")
        folder = world.folder / f"postgres-{name}"
        folder.mkdir()
        world.folder.chmod(0o755)
        own(folder)
        user = {"user": "nobody"} if os.geteuid() == 0 else {}
        self.port = free_port(harness.address())
        self.at = f"host={harness.address()} port={self.port}"
        options = ["-h", harness.address(), "-p", str(self.port), "-k", ""]
        run = functools.partial(subprocess.run, check=True, capture_output=True, cwd="/",
                                env=world.environment(), **user)
        run([programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-N"])
        if certificates is not None:
            for kind in ("pem", "key"):
                path = folder / f"server.{kind}"
                path.write_bytes(certificates.path(f"good.{kind}").read_bytes())
                path.chmod(0o600)
                own(path)
            options += ["-c", "ssl=on", "-c", f"ssl_cert_file={folder}/server.pem",
                        "-c", f"ssl_key_file={folder}/server.key"]
        self.process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options], cwd="/", stderr=subprocess.DEVNULL,
            env=world.environment(), **user)
        world.wait(lambda: subprocess.run(
            [programs / "psql", f"{self.at} user=postgres dbname=postgres", "-c", ""], cwd="/",
            check=False, capture_output=True).returncode == 0, "the database is up")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


class Server:
    """Accepts TCP connections; `play(connection)` is called for each, in a thread of its own. The
    connections stay open until the end unless `play` closes them."""

    def __init__(self, play, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.host, self.port = host, self.listener.getsockname()[1]
        self.play = play
        self.connections = []
        self.threads = [threading.Thread(target=self.serve)]
        self.threads[0].start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            thread = threading.Thread(target=self.one, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def one(self, connection):
        try:
            self.play(connection)
        except OSError:
            pass  # the other side has enough

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        for thread in self.threads:
            thread.join()


def request_of(connection):
    """The head of an HTTP request."""
    text = b""
    while b"\r\n\r\n" not in text:
        got = connection.recv(65536)
        if not got:
            break
        text += got
    return text.decode()


def line_of(connection):
    """The next line, byte by byte: what follows may be for somebody else."""
    text = b""
    while not text.endswith(b"\n"):
        got = connection.recv(1)
        if not got:
            break
        text += got
    return text.decode().strip()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def encoded(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.rstrip(".").split(".")) + b"\0"


class NameServer:
    """Speaks DNS over UDP and TCP on one port. `records`: (name, type) → list of data as bytes.
    Names in `silent` get no answer; those in `large` only over TCP, UDP says that it was cut."""

    def __init__(self, records, silent=(), large=()):
        host = harness.address()
        self.records, self.silent, self.large = records, silent, large
        self.asked = []  # (name, type, "udp" or "tcp")
        self.tcp = socket.create_server((host, 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.tcp.getsockname())
        self.address = f"{host}:{self.tcp.getsockname()[1]}"
        self.ending = False
        self.threads = [threading.Thread(target=self.serve_udp),
                        threading.Thread(target=self.serve_tcp)]
        for thread in self.threads:
            thread.start()

    def answer(self, query, over):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        name = ".".join(labels).lower()
        kind = struct.unpack(">H", query[at + 1 : at + 3])[0]
        self.asked.append((name, kind, over))
        if name in self.silent:
            return None
        question = query[12 : at + 5]
        known = any(known_name == name for known_name, _ in self.records)
        data = self.records.get((name, kind), [])
        cut = name in self.large and over == "udp"
        flags = 0x8580 | (0x200 if cut else 0) | (0 if known else 3)
        data = [] if cut else data
        head = query[:2] + struct.pack(">HHHHH", flags, 1, len(data), 0, 0)
        body = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(one)) + one for one in data
        )
        return head + question + body

    def serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            if self.ending:
                return
            answer = self.answer(query, "udp")
            if answer:
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection:
                head = connection.recv(2)
                if len(head) < 2:
                    continue
                answer = self.answer(connection.recv(struct.unpack(">H", head)[0]), "tcp")
                if answer:
                    connection.sendall(struct.pack(">H", len(answer)) + answer)

    def stop(self):
        self.ending = True
        self.udp.sendto(b"end", self.udp.getsockname())
        self.tcp.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.udp.close()
        self.tcp.close()


def a(*addresses):
    return [socket.inet_aton(address) for address in addresses]


def aaaa(*addresses):
    return [socket.inet_pton(socket.AF_INET6, address) for address in addresses]
