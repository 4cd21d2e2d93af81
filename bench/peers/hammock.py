import os
import pathlib

from bench import scene as scenes
from bench.peers.peer import Launch, Peer


def binaries():
    return pathlib.Path(os.environ.get("HAMMOCK_BINARY_DIR")
                        or scenes.ROOT / "build" / "release" / "bin")


def runtime(scene):
    return scene.folder / "run"


def state(scene):
    return scene.disk / "state"


def environment(scene):
    return (("HAMMOCK_RUNTIME_DIR", runtime(scene)), ("HAMMOCK_STATE_DIR", state(scene)))


def configuration(scene, programs):
    lines = ["[hammock]", 'name = "bench"', ""]
    for program in programs:
        words = ", ".join(f'"{word}"' for word in program.arguments(scene))
        lines += [f"[service.{program.label()}]", f"command = [{words}]",
                  'restart = { stable_after = "1s" }', ""]
    return "\n".join(lines)


def remove_groups(scene):
    """It is killed here, not told to leave, so its control groups are left to us."""
    note = runtime(scene) / "cgroup"
    if not note.exists():
        return
    for path, _, _ in os.walk(note.read_text(), topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            pass


def setup(scene, programs, logged):
    path = scene.folder / "hammock.toml"
    path.write_text(configuration(scene, programs))
    runtime(scene).mkdir(mode=0o711, exist_ok=True)
    state(scene).mkdir(mode=0o750, exist_ok=True)
    scene.afterwards(lambda: remove_groups(scene))
    return Launch([binaries() / "hammock", "-c", path, "up"], environment(scene))


def log_files(scene, program):
    return sorted((state(scene) / "logs" / program.label()).glob("*/*.log"))


PEER = Peer("hammock", package="", binary=str(binaries() / "hammock"), setup=setup,
            log_files=log_files, rest_s=2.0,
            note="output of every service captured, its state directory on the disk")
