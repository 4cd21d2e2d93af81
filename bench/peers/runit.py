from bench.peers.peer import Launch, Peer, log_run_file, run_file


def setup(scene, programs, logged):
    services = scene.folder / "service"
    services.mkdir()
    for program in programs:
        folder = services / program.label()
        run_file(folder, scene, program)
        if logged:
            main = scene.disk / program.label()
            main.mkdir()
            (main / "config").write_text("s16777215\nn20\n")
            log_run_file(folder / "log", f"svlogd -b 65536 {main}")
    return Launch(["runsvdir", "-P", services])


def log_files(scene, program):
    main = scene.disk / program.label()
    return sorted(main.glob("@*")) + list(main.glob("current"))


PEER = Peer("runit", package="runit", binary="runsvdir", setup=setup, log_files=log_files, most=1000,
            note="no log process in the figures per service")
