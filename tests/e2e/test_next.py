"""When schedules are due, beside what Python's zoneinfo says of the same nights."""

import datetime
import zoneinfo

import harness

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
# The days before the clocks are put forward, and back.
NIGHTS = {
    "Europe/Berlin": ((2026, 3, 28), (2026, 10, 24)),
    "America/New_York": ((2026, 3, 7), (2026, 10, 31)),
    "Australia/Lord_Howe": ((2026, 10, 3), (2026, 4, 4)),
}


def exists(moment, zone):
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None)


def once_a_day(zone, day, hour, minute):
    """The instant of that time on the wall: the first of two, and after a gap the first that exists."""
    moment = datetime.datetime(*day, hour, minute, tzinfo=zone)
    while not exists(moment, zone):
        moment = (moment.replace(tzinfo=None) + MINUTE).replace(tzinfo=zone)
    return moment


class Next(harness.Case):
    def due(self, cron, zone, after, count):
        result = self.world.cli("next", "--cron", cron, "--tz", zone, "--after",
                                after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                                "-n", count, "--json")
        return result.json()["next"]

    def test_once_a_day_in_the_nights_of_the_clocks(self):
        for name, nights in NIGHTS.items():
            zone = zoneinfo.ZoneInfo(name)
            for night in nights:
                begin = datetime.datetime(*night, 12, 0, tzinfo=zone)
                days = [(begin + datetime.timedelta(days=n)).timetuple()[:3] for n in (1, 2, 3)]
                for hour, minute in ((1, 0), (1, 45), (2, 0), (2, 15), (2, 30), (3, 0)):
                    with self.subTest(zone=name, night=night, at=f"{hour}:{minute}"):
                        expected = [once_a_day(zone, day, hour, minute).isoformat() for day in days]
                        self.assertEqual(self.due(f"{minute} {hour} * * *", name, begin, 3), expected)

    def test_a_distance_follows_the_time_that_passes(self):
        for name, nights in NIGHTS.items():
            zone = zoneinfo.ZoneInfo(name)
            for night in nights:
                begin = datetime.datetime(*night, 20, 0, tzinfo=zone)
                moments = [(begin.astimezone(UTC) + n * MINUTE).astimezone(zone)
                           for n in range(1, 12 * 60)]
                expected = [m.isoformat() for m in moments if m.minute % 20 == 0]
                with self.subTest(zone=name, night=night):
                    self.assertEqual(self.due("*/20 * * * *", name, begin, len(expected)), expected)

    def test_the_example_of_the_manual(self):
        after = datetime.datetime(2026, 3, 28, 12, tzinfo=UTC)
        self.assertEqual(self.due("30 2 * * *", "Europe/Berlin", after, 2),
                         ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"])

    def test_what_is_wrong_is_underlined(self):
        for arguments, words in (
            (["--cron", "0 0 31 2 *"], ["day 31 never comes", "  0 0 31 2 *\n", "      ^^\n"]),
            (["--cron", "0 24 * * *"], ['"24" is no hour', "    ^^\n"]),
            (["--cron", "0 0 * * *", "--tz", "Europe/Berlni"], ["did you mean Europe/Berlin"]),
            (["--cron", "0 0 * * *", "--tz", "UTC", "--after", "tomorrow"], ["2026-03-28T12:00:00Z"]),
            (["--cron", "0 0 * * *", "--tz", "UTC", "-n", "0"], ["1 to 1000"]),
            ([], ["--cron"]),
        ):
            with self.subTest(arguments=arguments):
                result = self.world.cli("next", *arguments, code=harness.EXIT_USAGE)
                for word in words:
                    self.assertIn(word, result.text)
