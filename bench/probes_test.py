import unittest

from bench import probes


class Lateness(unittest.TestCase):
    def test_is_measured_from_the_earliest_on_its_grid(self):
        late = probes.lateness_ms([103.0, 113.02, 123.01], 10)
        self.assertEqual([round(one) for one in late], [0, 20, 10])

    def test_of_one_whose_moment_lies_at_the_border(self):
        late = probes.lateness_ms([109.99, 120.01, 130.0], 10)
        self.assertEqual([round(one) for one in late], [0, 20, 10])


if __name__ == "__main__":
    unittest.main()
