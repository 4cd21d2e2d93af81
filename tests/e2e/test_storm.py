"""A smaller storm for every run of the tests; script/kills runs the whole one."""

import os
import random
import unittest

import storm


class Storm(unittest.TestCase):
    seconds = 900  # 5 s a kill on a slow machine with two storms at once

    def test_storm(self):
        services = int(os.environ.get("HAMMOCK_STORM_SERVICES", "20"))
        kills = int(os.environ.get("HAMMOCK_STORM_KILLS", "40"))
        seed = int(os.environ.get("HAMMOCK_SEED", random.randrange(1 << 31)))
        self.assertEqual(storm.storm(services, kills, seed), [])
