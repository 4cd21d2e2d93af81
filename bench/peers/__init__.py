"""All peers, in the order of the tables."""

import shutil

from bench.peers import daemontools, floor, hammock, monit, pm2, runit, s6, supervisord

ALL = (floor.PEER, hammock.PEER, daemontools.PEER, runit.PEER, s6.PEER, supervisord.PEER,
       monit.PEER, pm2.PEER)
BY_NAME = {peer.name: peer for peer in ALL}


def installed(peer):
    return shutil.which(peer.binary) is not None
