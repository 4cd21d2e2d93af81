from bench.peers.peer import Launch, Peer

HEAD = """[supervisord]
nodaemon = true
minfds = 16384
logfile = {folder}/supervisord.log
pidfile = {folder}/supervisord.pid
childlogdir = {disk}

"""

SECTION = """[program:{label}]
command = {command}
autorestart = true
startsecs = 1
startretries = 1000000
redirect_stderr = true
stdout_logfile = {log}
stdout_logfile_maxbytes = 16777215
stdout_logfile_backups = 20

"""


def setup(scene, programs, logged):
    text = HEAD.format(folder=scene.folder, disk=scene.disk)
    for program in programs:
        log = scene.disk / f"{program.label()}.log" if logged else "NONE"
        text += SECTION.format(label=program.label(), log=log,
                               command=" ".join(program.arguments(scene)))
    path = scene.folder / "supervisord.conf"
    path.write_text(text)
    return Launch(["supervisord", "-n", "-c", path])


def log_files(scene, program):
    return sorted(scene.disk.glob(f"{program.label()}.log*"), reverse=True)


PEER = Peer("supervisord", package="supervisor", binary="supervisord", setup=setup,
            log_files=log_files, slow=True, note="one process; looks for work once a second")
