from bench import scene as scenes
from bench.peers.peer import Launch, Peer


def setup(scene, programs, logged):
    return Launch([scenes.BUILT / "floor", len(programs), programs[0].executable(), scene.fifo])


PEER = Peer("floor", package="", binary="cc", setup=setup, rest_s=0.05,
            note="a C loop of fork, exec and waitpid; captures no output")
