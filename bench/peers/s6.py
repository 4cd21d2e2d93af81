import dataclasses

from bench.peers.peer import Launch, Peer, log_run_file, run_file


def setup(scene, programs, logged):
    services = scene.folder / "service"
    services.mkdir()
    for program in programs:
        folder = services / program.label()
        # Told of readiness, s6 restarts at once; else it waits out a second since the last start.
        run_file(folder, scene, dataclasses.replace(program, notify=3))
        (folder / "notification-fd").write_text("3\n")
        if logged:
            log_run_file(folder / "log", f"s6-log n20 s16777215 {scene.disk / program.label()}")
    return Launch(["s6-svscan", "-c", max(500, 2 * len(programs) + 10), services])


def log_files(scene, program):
    folder = scene.disk / program.label()
    return sorted(folder.glob("@*")) + list(folder.glob("current"))


PEER = Peer("s6", package="s6", binary="s6-svscan", setup=setup, log_files=log_files,
            note="programs notify readiness; no log process in the figures per service")
