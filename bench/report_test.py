import unittest

from bench import report

ABOUT = {"command": "script/bench x", "date": "2026-01-02", "seconds": 3, "cores": 2, "processor": "P",
         "memory_mb": 100, "kernel": "6.1", "versions": {"floor": "", "runit": "2.1"}}


def summary(value):
    return {"count": 3, "median": value, "p99": value, "least": value, "most": value}


def aftermath_row(**changes):
    return {"survived": {"quiet": True, "chatty": True}, "adopted": [True, True],
            "copies": {"quiet": 1, "chatty": 1}, "death_meanwhile_replaced_ms": 12.345,
            "death_afterwards_replaced_ms": None, "chatty_ended": None, "lines_written": 10,
            "lines_lost": 0, "lines_doubled": 0, "writes_failed": 0, **changes}


class Numbers(unittest.TestCase):
    def test_few_digits_and_a_dash_for_unknown(self):
        for value, text in ((None, "—"), (0, "0"), (1.2345, "1.23"), (99.96, "100"), (1037.4, "1037"),
                            (0.01234, "0.0123")):
            self.assertEqual(report.number(value), text)
        self.assertEqual(report.times(None), "—")
        self.assertEqual(report.times(1.304), "1.30 ×")


class Tables(unittest.TestCase):
    def test_crash(self):
        text = report.crash_table({"floor": {**summary(1.5), "median_ratio": 1, "p99_ratio": 1}})
        self.assertEqual(text.splitlines()[-1], "| floor | 3 | 1.5 | 1.5 | 1.00 × | 1.00 × |")

    def test_scale_shows_what_was_not_measured_as_a_dash(self):
        row = {"services": 50, "up_ms": summary(2000), "storm_ms": summary(500)}
        self.assertEqual(report.scale_row("monit", row), ["monit", "50", "2", "—", "0.5", "—", "—", "—"])
        self.assertEqual(len(report.scale_row("x", {"failed": True})), len(report.scale_row("monit", row)))

    def test_pings(self):
        row = {"connections": 64, "kept": True, "floor": summary(3000.0), "hammock": summary(1000.0), "ratio": 3.0}
        text = report.pings_table({"rows": [row], "acknowledged": 7, "recorded": 8})
        self.assertEqual(text.splitlines()[2], "| 64 | yes | 1000 | 3000 | 3.00 × |")
        self.assertIn("7 pings were acknowledged, 8 recorded", text)

    def test_probes(self):
        row = {"looks": 50, "skipped": 1, "first_s": 9.5, "late_ms": summary(12.0), "cpu_s_per_1000": 0.3,
               "pss_bytes": {"hammock": 2**20, "hammock-courier": 2**21}, "cpu_ratio": 1.0, "cpu_share": 0.15}
        text = report.probes_table({"count": 25, "every_s": 10, "rows": {"hammock": row}})
        self.assertEqual(text.splitlines()[2], "| hammock | 50 | 0.3 | 1.00 × | 3 |")
        self.assertIn("25 targets every 10 s, 1 looks were left out", text)
        self.assertIn("It took 15 % of one processor", text)

    def test_aftermath_says_two_copies_loudly(self):
        self.assertEqual(report.after_start(aftermath_row()), "adopted")
        self.assertEqual(report.after_start(aftermath_row(
            adopted=[False, False], copies={"quiet": 2, "chatty": 2})), "**two copies**")
        self.assertEqual(report.after_start(aftermath_row(
            adopted=[False, False], copies={"quiet": 2, "chatty": 1})),
            "**two copies** of the quiet one")
        self.assertEqual(report.after_start(aftermath_row(adopted=[True, False])), "replaced")

    def test_aftermath_row(self):
        self.assertEqual(
            report.aftermath_row("x", aftermath_row(survived={"quiet": True, "chatty": False},
                                                    chatty_ended="signal 13", lines_lost=2)),
            ["x", "the one that writes died (signal 13)", "adopted", "after 12.3 ms", "never",
             "2 of 10 lines lost"])


class Page(unittest.TestCase):
    def test_says_machine_day_and_command(self):
        text = report.page([{"measure": "recovery", "about": ABOUT, "found": {}}])
        for words in ("2 cores of P", "2026-01-02", "`script/bench x`", "runit 2.1"):
            self.assertIn(words, text)

    def test_nothing_measured_is_said(self):
        self.assertIn("Nothing has been measured yet", report.page([]))


if __name__ == "__main__":
    unittest.main()
