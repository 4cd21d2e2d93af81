from bench.peers.peer import Launch, Peer

HEAD = """set daemon 1
set logfile {folder}/monit.log
set pidfile {folder}/monit.pid
set idfile {folder}/monit.id
set statefile {folder}/monit.state
"""

# monit wants programs that put themselves into the background and write a pid file; Debian's
# start-stop-daemon does both for programs that do not.
SECTION = """
check process {label} with pidfile {folder}/{label}.pid
  start program = "/sbin/start-stop-daemon -S -b -m -p {folder}/{label}.pid -O {disk}/{label}.log \
-x {command}" with timeout 10 seconds
"""


def setup(scene, programs, logged):
    text = HEAD.format(folder=scene.folder)
    for program in programs:
        first, *others = program.arguments(scene)
        text += SECTION.format(label=program.label(), folder=scene.folder, disk=scene.disk,
                               command=" ".join([first, "--", *others]))
    path = scene.folder / "monitrc"
    path.write_text(text)
    path.chmod(0o600)
    return Launch(["monit", "-I", "-c", path])


def log_files(scene, program):
    return list(scene.disk.glob(f"{program.label()}.log"))


PEER = Peer("monit", package="monit", binary="monit", setup=setup, log_files=log_files, slow=True,
            most=50, note="polls, here every second; does not capture output, programs write their own")
