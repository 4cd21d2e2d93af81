from bench.peers.peer import Launch, Peer, log_run_file, run_file


def setup(scene, programs, logged):
    services = scene.folder / "service"
    services.mkdir()
    for program in programs:
        folder = services / program.label()
        run_file(folder, scene, program)
        if logged:
            folder.chmod(0o1755)  # sticky: svscan starts its log as well
            log_run_file(folder / "log", f"multilog s16777215 n20 {scene.disk / program.label()}")
    return Launch(["svscan", services])


def log_files(scene, program):
    folder = scene.disk / program.label()
    return sorted(folder.glob("@*")) + list(folder.glob("current"))


PEER = Peer("daemontools", package="daemontools", binary="svscan", setup=setup, log_files=log_files,
            most=1000, note="no log process in the figures per service")
