import unittest

from bench import figures


class Percentile(unittest.TestCase):
    def test_is_a_measured_value_by_nearest_rank(self):
        values = [15, 20, 35, 40, 50]
        self.assertEqual(figures.percentile(values, 5), 15)
        self.assertEqual(figures.percentile(values, 30), 20)
        self.assertEqual(figures.percentile(values, 40), 20)
        self.assertEqual(figures.percentile(values, 50), 35)
        self.assertEqual(figures.percentile(values, 100), 50)

    def test_p99_of_a_hundred_leaves_out_exactly_one(self):
        self.assertEqual(figures.percentile(list(range(1, 101)), 99), 99)
        self.assertEqual(figures.percentile(list(range(1, 201)), 99), 198)

    def test_p99_of_few_is_the_worst(self):
        self.assertEqual(figures.percentile([3, 1, 2], 99), 3)

    def test_does_not_depend_on_order_and_leaves_its_argument_alone(self):
        values = [3, 1, 2]
        self.assertEqual(figures.percentile(values, 34), 2)
        self.assertEqual(values, [3, 1, 2])

    def test_refuses_nothing_and_nonsense(self):
        for values, percent in (([], 50), ([1], 0), ([1], 101)):
            with self.assertRaises(ValueError):
                figures.percentile(values, percent)


class Median(unittest.TestCase):
    def test_odd_even_one(self):
        self.assertEqual(figures.median([9, 1, 5]), 5)
        self.assertEqual(figures.median([4, 1, 3, 2]), 2.5)
        self.assertEqual(figures.median([7]), 7)

    def test_refuses_nothing(self):
        with self.assertRaises(ValueError):
            figures.median([])


class Ratios(unittest.TestCase):
    def test_ratio(self):
        self.assertEqual(figures.ratio(3, 2), 1.5)

    def test_unknown_stays_unknown(self):
        self.assertIsNone(figures.ratio(None, 2))
        self.assertIsNone(figures.ratio(3, 0))
        self.assertIsNone(figures.ratio(3, None))

    def test_paired_ratio_takes_each_round_with_its_own_floor(self):
        # The machine was twice as slow in the second round: the ratio of the medians would be 1.5.
        self.assertEqual(figures.paired_ratio([2, 4], [2, 4]), 1)
        self.assertEqual(figures.paired_ratio([3, None, 10], [2, 1, 5]), 1.75)
        self.assertIsNone(figures.paired_ratio([None], [1]))


class Summary(unittest.TestCase):
    def test_all_of_it(self):
        self.assertEqual(figures.summary([2, 1, 3]),
                         {"count": 3, "median": 2, "p99": 3, "least": 1, "most": 3})


if __name__ == "__main__":
    unittest.main()
