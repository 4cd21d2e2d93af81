import unittest

from bench import aftermath


class Lines(unittest.TestCase):
    def test_counts_only_whole_lines_of_that_program(self):
        text = b"12 1\n12 2\n13 3\n@400000 12 4\n12\n12 x\nnoise\n12 5"
        self.assertEqual(aftermath.lines_of(12, text), [1, 2, 4, 5])

    def test_lost_and_doubled(self):
        self.assertEqual(aftermath.judge_output(3, [1, 2, 3]), (0, 0))
        self.assertEqual(aftermath.judge_output(3, [1, 3]), (1, 0))
        self.assertEqual(aftermath.judge_output(3, [1, 2, 2, 3]), (0, 1))
        self.assertEqual(aftermath.judge_output(3, []), (3, 0))

    def test_a_line_after_the_look_at_the_diary_is_no_double(self):
        self.assertEqual(aftermath.judge_output(2, [1, 2, 3]), (0, 0))


if __name__ == "__main__":
    unittest.main()
