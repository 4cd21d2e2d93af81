"""Probes: many HTTP targets, each looked at every few seconds. nginx answers and writes down when it was
asked for what, so how late each look was is seen from outside. Beside it what a look costs others:
prometheus-blackbox-exporter, asked for the same targets in turn, and monit, which goes round by itself."""

import asyncio
import collections
import re
import time

from bench import figures, processes
from bench.peers import hammock
from bench.pings import answers, free_port
from bench.scene import Scene, wait_for

NGINX = "/usr/sbin/nginx"
EXPORTER = "/usr/bin/prometheus-blackbox-exporter"
MONIT = "/usr/bin/monit"


def begin_nginx(scene, port):
    temp = " ".join(f"{kind}_temp_path {scene.folder}/{kind};"
                    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = scene.folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {scene.folder}/nginx.pid; error_log {scene.folder}/error.log;\n"
        "worker_rlimit_nofile 20000; events { worker_connections 16384; }\n"
        f"http {{ {temp} log_format when '$msec $uri'; access_log {scene.disk}/access.log when;\n"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; return 200 'well'; }} }}\n")
    pid = scene.start([NGINX, "-c", config, "-e", scene.folder / "error.log"])
    wait_for(lambda: answers(port), 30, "nginx's answer")
    return pid


def seen(scene):
    """uri → the times in which it was asked for, in seconds."""
    found = collections.defaultdict(list)
    with open(scene.disk / "access.log", encoding="utf-8") as log:
        for line in log:
            when, _, uri = line.strip().partition(" ")
            if uri:
                found[uri].append(float(when))
    return found


def lateness_ms(times, every):
    """How much later than its earliest look, on the grid of its own, each look came."""
    first = min(at % every for at in times)
    spread = [(at - first) % every for at in times]
    # The earliest may lie on both sides of the border.
    if max(spread) > every / 2:
        shifted = [(at + every / 2) % every for at in times]
        spread = [one - min(shifted) for one in shifted]
    return [one * 1000 for one in spread]


def begin_hammock(scene, port, count, every):
    launch = hammock.setup(scene, [], False)
    lines = ['[hammock]\nname = "bench"\n']
    lines += [f'[probe.p{i}]\nhttp = "http://127.0.0.1:{port}/h{i}"\nevery = "{every}s"\n'
              f'timeout = "2s"\n' for i in range(count)]
    (scene.folder / "hammock.toml").write_text("".join(lines))
    scene.start(launch.arguments, launch.environment)


def house(scene):
    return [pid for pid in scene.all_pids()
            if processes.command_name(pid) in ("hammock", "hammock-keeper", "hammock-courier")]


def measure_hammock(scene, port, count, every, rounds):
    began = time.time()
    begin_hammock(scene, port, count, every)
    wait_for(lambda: sum(uri.startswith("/h") for uri in seen(scene)) >= count, 60 + every,
             "one look at each", 0.2)
    first_s = time.time() - began
    pids = house(scene)
    before, window = processes.cpu_seconds(pids), time.time()
    time.sleep(every * rounds)
    end = time.time()
    cpu = processes.cpu_seconds(house(scene)) - before
    if sorted(house(scene)) != sorted(pids):
        raise RuntimeError("a process of Hammock was replaced in between")
    by_uri = {uri: [at for at in times if window <= at < end]
              for uri, times in seen(scene).items() if uri.startswith("/h")}
    looks = sum(len(times) for times in by_uri.values())
    late = [one for times in by_uri.values() if times for one in lateness_ms(times, every)]
    skipped = sum(max(0, rounds - len(times)) for times in by_uri.values())
    return {"looks": looks, "skipped": skipped, "first_s": first_s,
            "late_ms": figures.summary(late), "cpu_s_per_1000": cpu / looks * 1000,
            "pss_bytes": {processes.command_name(pid): processes.pss_bytes(pid) for pid in pids},
            "cpu_share": cpu / (end - window)}


async def ask_exporter(port, target_port, count):
    """Every target once, 64 at a time; each must have been found well."""
    numbers = iter(range(count))

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for i in numbers:
            path = f"/probe?module=http_2xx&target=http://127.0.0.1:{target_port}/b{i}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length")]
            body = (await reader.readexactly(lengths[0]) if lengths
                    else await reader.readuntil(b"\r\n0\r\n\r\n"))  # in chunks
            if b"probe_success 1" not in re.sub(rb"\r\n[0-9a-f]+\r\n", b"", body):
                raise RuntimeError(f"the exporter found {path} bad")
        writer.close()

    await asyncio.gather(*(one() for _ in range(64)))


def measure_exporter(scene, target_port, count):
    port = free_port()
    config = scene.folder / "blackbox.yml"
    config.write_text("modules: { http_2xx: { prober: http, timeout: 2s, "
                      "http: { preferred_ip_protocol: ip4 } } }\n")
    pid = scene.start([EXPORTER, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"])
    wait_for(lambda: answers(port), 30, "the exporter's answer")
    asyncio.run(ask_exporter(port, target_port, 500))  # it has its memory by then
    before = processes.cpu_seconds([pid])
    asyncio.run(ask_exporter(port, target_port, count))
    return {"looks": count, "cpu_s_per_1000": (processes.cpu_seconds([pid]) - before) / count * 1000,
            "pss_bytes": {"blackbox_exporter": processes.pss_bytes(pid)}}


def measure_monit(scene, target_port, count, every, rounds):
    lines = [f"set daemon {every}\nset logfile {scene.folder}/monit.log\nset pidfile {scene.folder}/monit.pid\n"
             f"set idfile {scene.folder}/monit.id\nset statefile {scene.folder}/monit.state\n"]
    lines += [f"check host m{i} with address 127.0.0.1\n"
              f"  if failed port {target_port} protocol http request \"/m{i}\" then alert\n" for i in range(count)]
    config = scene.folder / "monitrc"
    config.write_text("".join(lines))
    config.chmod(0o600)
    pid = scene.start([MONIT, "-I", "-c", config])
    looks = lambda: sum(len(times) for uri, times in seen(scene).items() if uri.startswith("/m"))
    wait_for(lambda: looks() >= count, 120, "one round of monit", 0.5)
    before, had = processes.cpu_seconds([pid]), looks()
    time.sleep(every * rounds)
    cpu, more = processes.cpu_seconds([pid]) - before, looks() - had
    return {"looks": more, "cpu_s_per_1000": cpu / more * 1000,
            "pss_bytes": {"monit": processes.pss_bytes(pid)}}


def measure(count=5000, every=10, rounds=6, say=lambda text: None):
    found = {}
    with Scene("probes") as scene:
        port = free_port()
        begin_nginx(scene, port)
        say(f"probes: Hammock, {count} every {every} s")
        found["hammock"] = measure_hammock(scene, port, count, every, rounds)
    with Scene("probes") as scene:
        port = free_port()
        begin_nginx(scene, port)
        say("probes: prometheus-blackbox-exporter")
        found["blackbox_exporter"] = measure_exporter(scene, port, count)
        say("probes: monit")
        found["monit"] = measure_monit(scene, port, min(count, 1000), every, 3)
    for name, row in found.items():
        row["cpu_ratio"] = found["hammock"]["cpu_s_per_1000"] / row["cpu_s_per_1000"]
    return {"count": count, "every_s": every, "rows": found}
