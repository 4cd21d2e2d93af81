import json

from bench import scene as scenes
from bench.peers.peer import Launch, Peer

FOLDER = scenes.ROOT / ".cache" / "pm2"
BINARY = FOLDER / "node_modules" / ".bin" / "pm2"


def setup(scene, programs, logged):
    apps = [{
        "name": program.label(),
        "script": program.executable(),
        "args": [program.place(scene), *map(str, program.more)],
        "interpreter": "none",
        "exec_mode": "fork",
        "autorestart": True,
        "max_restarts": 1_000_000,
        "vizion": False,
        "pmx": False,
        "out_file": str(scene.disk / f"{program.label()}.log") if logged else "/dev/null",
        "error_file": "/dev/null",
    } for program in programs]
    path = scene.folder / "ecosystem.json"
    path.write_text(json.dumps({"apps": apps}))
    environment = (("PM2_HOME", scene.folder / "pm2"), ("PM2_DISABLE_VERSION_CHECK", "true"),
                   ("PM2_DISCRETE_MODE", "true"))
    return Launch([BINARY, "start", path], environment)


def log_files(scene, program):
    return list(scene.disk.glob(f"{program.label()}*.log"))


PEER = Peer("pm2", package="", binary=str(BINARY), setup=setup, log_files=log_files,
            note="from npm; one Node.js process")
