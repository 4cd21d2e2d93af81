"""What a result says of the machine, the day and the versions that it was measured with."""

import json
import os
import pathlib
import platform
import subprocess
import time


def _first_line(path, prefix):
    try:
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith(prefix):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return "unknown"


def _package_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def _version(peer):
    if peer.package:
        return _package_version(peer.package)
    if peer.name == "pm2":  # asked itself, it would start its daemon and leave it behind
        package = pathlib.Path(peer.binary).resolve().parent.parent / "package.json"
        return json.loads(package.read_text())["version"]
    if peer.name == "hammock":
        done = subprocess.run([peer.binary, "version"], capture_output=True, text=True, timeout=20)
        lines = done.stdout.strip().splitlines()
        return lines[-1] if lines else "unknown"
    return ""


def about(command, began, peers):
    memory = int(_first_line("/proc/meminfo", "MemTotal").split()[0]) // 1024
    return {
        "command": command,
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "seconds": round(time.time() - began),
        "processor": _first_line("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_mb": memory,
        "kernel": platform.release(),
        "load_before_and_after": [os.getloadavg()[1], os.getloadavg()[0]],
        "versions": {peer.name: _version(peer) for peer in peers},
    }
