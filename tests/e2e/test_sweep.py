"""A sample of the kill sweep for every run of the tests; script/sweep visits every system call."""

import unittest

import sweep


class Sweep(unittest.TestCase):
    users = ("root", "user")
    seconds = 240

    def check(self, operation, target):
        self.assertEqual(sweep.sweep(operation, target, (1, 1), every=0, seconds=20), [])

    def test_start_keeper(self):
        self.check("start", "keeper")

    def test_start_brain(self):
        self.check("start", "brain")

    def test_spawn_keeper(self):
        self.check("spawn", "keeper")

    def test_spawn_brain(self):
        self.check("spawn", "brain")

    def test_exit_keeper(self):
        self.check("exit", "keeper")

    def test_exit_brain(self):
        self.check("exit", "brain")

    def test_apply_keeper(self):
        self.check("apply", "keeper")

    def test_apply_brain(self):
        self.check("apply", "brain")

    def test_stop_keeper(self):
        self.check("stop", "keeper")

    def test_stop_brain(self):
        self.check("stop", "brain")

    def test_ping_keeper(self):
        self.check("ping", "keeper")

    def test_ping_brain(self):
        self.check("ping", "brain")
