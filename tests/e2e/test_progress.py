"""How far a job is, and whether it goes on at all."""

import json

import harness


class Progress(harness.Case):
    def told(self, name):
        return (self.world.job_status(name)["current"] or {}).get("progress")

    def test_progress_is_shown(self):
        world = self.world
        tell = "systemd-notify X_PROGRESS"
        world.job("copy", f"{tell}=3/8; while [ ! -e {world.folder}/open ]; do sleep 0.02; done")
        world.up()
        world.wait(lambda: self.told("copy") == {"done": 3, "total": 8}, "it says how far it is")
        self.assertIn("[#########---------------] 3 of 8", world.cli("job", "list").out)
        world.kill_both()
        world.again()
        world.wait(lambda: self.told("copy") == {"done": 3, "total": 8}, "and that is known")

    def test_a_silent_program_is_stuck_and_tried_again(self):
        world = self.world
        world.job(
            "copy",
            f"[ ! -e {world.folder}/again ] || exit 0; touch {world.folder}/again; sleep 1000",
            stuck_after="1s",
            retry={"tries": 2, "backoff": "0s"},
        )
        world.up()
        run = world.wait_run("copy", within=60)
        self.assertEqual((run["outcome"], run["tries"]), ("succeeded", 2))
        log = world.house_log()
        self.assertIn('msg="a program is stuck" job=copy run=1 task=0', log)
        self.assertRegex(log, r'msg="a thread of the stuck program" thread="[0-9]+ (sh|sleep) state S')
        tries = [
            event["fields"]
            for event in map(json.loads, world.cli("events", "--json", "-n", "all").out.splitlines())
            if event["fact"] == "try ended"
        ]
        self.assertEqual([fields["outcome"] for fields in tries], ["stuck"])

    def test_whoever_speaks_or_goes_on_is_not_stuck(self):
        world = self.world
        gate = f"[ ! -e {world.folder}/open ]"
        world.job("speaks", f"while {gate}; do echo; sleep 0.1; done", stuck_after="2s")
        world.job(
            "goes-on",
            f"i=0; while {gate}; do i=$((i+1)); systemd-notify X_PROGRESS=$i/1000000; sleep 0.1; done",
            stuck_after="2s",
        )
        world.job("silent", "sleep 1000", stuck_after="2s")
        world.up()
        # It began with the others, and was judged by the same rule.
        self.assertEqual(world.wait_run("silent", within=60)["outcome"], "stuck")
        for name in ("speaks", "goes-on"):
            self.assertEqual(world.job_status(name)["state"], "running", name)
        world.file("open", "")
        for name in ("speaks", "goes-on"):
            self.assertEqual(world.wait_run(name)["outcome"], "succeeded", name)
