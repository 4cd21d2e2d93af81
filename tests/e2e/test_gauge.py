"""Gauges: what hammock-gauge sees of real servers, and what it says when it sees nothing."""

import json
import pathlib
import socket
import struct
import subprocess
import threading
import time

import harness
import outside
from places import BINARIES

PSQL = pathlib.Path("/usr/lib/postgresql/15/bin/psql")
SECRET = "s3cret-of-the-shop"


class Case(harness.Case):
    def tearDown(self):
        self.doCleanups()  # the servers, before it is looked whether anything is left
        super().tearDown()

    def start(self, *args):
        return subprocess.Popen(
            self.world.prefix() + [str(BINARIES / "hammock-gauge"), *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.world.folder, env=self.world.environment())

    def end(self, process, code=0):
        out, err = process.communicate(timeout=60 * harness.PATIENCE)
        self.assertEqual(process.returncode, code, out + err)
        self.assertNotIn(SECRET, out + err)
        if code != 0:
            self.assertEqual(out, "")
            return err
        self.assertEqual(out.count("\n"), 1)
        return json.loads(out)

    def gauge(self, *args, code=0):
        return self.end(self.start(*args), code)


class Psql:
    """A session that stays."""

    def __init__(self, case, database):
        self.world = case.world
        self.process = subprocess.Popen(
            [PSQL, "-XqAt", "-v", "ON_ERROR_STOP=1", database], cwd="/", text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=case.world.environment())
        case.addCleanup(self.stop)

    def run(self, sql):
        """Its rows; comes back when it has been carried out."""
        self.process.stdin.write(f"{sql};\n\\echo -done-\n")
        self.process.stdin.flush()
        rows = []
        while (line := self.process.stdout.readline()) != "-done-\n":
            if not line:
                raise AssertionError(f"psql ended at: {sql}")
            rows.append(line.rstrip("\n"))
        return rows

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Postgres(Case):
    def setUp(self):
        super().setUp()
        self.server = outside.PostgreSQL(self.world, "gauge")
        self.addCleanup(self.server.stop)
        at = self.server.at
        Psql(self, f"{at} user=postgres").run(
            "CREATE ROLE gauge LOGIN; CREATE DATABASE shop TEMPLATE template0")
        self.admin = Psql(self, f"{at} user=postgres dbname=shop")
        self.conninfo = f"{at} user=gauge dbname=shop"

    def look(self, timeout=20):
        seen = self.gauge("postgres", timeout, self.conninfo)
        self.assertNotIn("unknown", seen)
        return seen

    def amounts(self, seen, kind):
        return {one["what"]: (one["used"], one["most"]) for one in seen["amounts"]
                if one["kind"] == kind}

    def test_sequences(self):
        self.admin.run("""
            CREATE TABLE orders (id serial PRIMARY KEY);
            SELECT setval('orders_id_seq', 2000000000);
            CREATE TABLE events (id bigserial);
            SELECT setval('events_id_seq', 3000000000);
            CREATE TABLE kinds (id smallint GENERATED ALWAYS AS IDENTITY);
            INSERT INTO kinds SELECT FROM generate_series(1, 30000);
            CREATE SEQUENCE tickets;
            CREATE TABLE "odd Table" (old bigint DEFAULT nextval('tickets'),
                                      number integer DEFAULT nextval('tickets'));
            SELECT setval('tickets', 2147483000);
            CREATE SEQUENCE invoices MAXVALUE 9999;
            SELECT setval('invoices', 5000);
            CREATE SEQUENCE backwards INCREMENT -1;
            CREATE DOMAIN small AS smallint;
            CREATE TABLE steps (id small DEFAULT nextval('backwards'));
            SELECT setval('backwards', -32768);
            CREATE SEQUENCE unused;
            CREATE SEQUENCE round MAXVALUE 10 CYCLE;
            SELECT setval('round', 9);
            CREATE SEQUENCE squeezed MAXVALUE 100000 CYCLE;
            CREATE TABLE narrow (id smallint DEFAULT nextval('squeezed'));
            SELECT setval('squeezed', 1000);
            CREATE TABLE ended (id serial);
            SELECT setval('ended_id_seq', 1);
            ALTER SEQUENCE ended_id_seq AS bigint;
            SELECT setval('ended_id_seq', 2147483650);
            GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO gauge;
            CREATE SCHEMA private;
            CREATE SEQUENCE private.secrets;
            CREATE SEQUENCE private.more;
            SELECT setval('private.secrets', 5)""")
        seen = self.look()
        self.assertEqual(seen["server"], self.admin.run("SHOW server_version")[0].split()[0])
        self.assertEqual(seen["database"], "shop")
        self.assertEqual(self.amounts(seen, "sequence"), {
            "public.orders.id (integer, by public.orders_id_seq)": (2000000000, 2147483647),
            "public.events.id (bigint, by public.events_id_seq)": (3000000000, 2**63 - 1),
            "public.kinds.id (smallint, by public.kinds_id_seq)": (30000, 32767),
            'public."odd Table".number (integer, by public.tickets)': (2147483000, 2147483647),
            "public.invoices (sequence)": (5000, 9999),
            "public.steps.id (smallint, by public.backwards)": (32767, 32767),
            "public.narrow.id (smallint, by public.squeezed)": (1000, 32767),
            "public.ended.id (integer, by public.ended_id_seq)": (2147483650, 2147483647),
        })
        self.assertEqual(seen["hidden"], 2)
        shares = [one["used"] / one["most"] for one in seen["amounts"] if one["kind"] == "sequence"]
        self.assertEqual(shares, sorted(shares, reverse=True))

    def test_ages(self):
        self.admin.run("CREATE DATABASE attic")
        self.admin.run("SELECT txid_current()")
        seen = self.look()
        ages = self.amounts(seen, "transactions")
        names = self.admin.run("SELECT datname FROM pg_database")
        self.assertEqual(len(names), 5)
        self.assertEqual(set(ages), {f"database {name}" for name in names})
        oldest = int(self.admin.run("SELECT max(age(datfrozenxid)) FROM pg_database")[0])
        self.assertGreater(oldest, 0)
        self.assertEqual(max(used for used, _ in ages.values()), oldest)
        self.assertEqual({most for _, most in ages.values()}, {2**31 - 1 - 3000000})
        self.assertEqual(set(self.amounts(seen, "multixacts")), set(ages))
        self.assertEqual({one["quiet_below"] for one in seen["amounts"]
                          if one["kind"] == "transactions"}, {300000000})
        self.assertEqual({(one["used"], one["most"], one["quiet_below"])
                          for one in seen["amounts"] if one["kind"] == "multixacts"},
                         {(0, 2**31 - 1 - 3000000, 600000000)})

    def test_slots(self):
        def slots():
            return self.amounts(self.look(), "slot")

        def write():
            self.admin.run("SELECT pg_logical_emit_message(false, '', 'x'); SELECT pg_switch_wal()")

        self.admin.run("SELECT pg_create_physical_replication_slot('standby1', true);"
                       "SELECT pg_create_physical_replication_slot('standby2')")
        write()
        first = slots()
        (used, most) = first["standby1 (physical, inactive)"]
        self.assertGreater(used, 0)
        self.assertIsNone(most)
        self.assertEqual(first["standby2 (physical, inactive)"], (0, None))
        write()
        self.assertGreaterEqual(slots()["standby1 (physical, inactive)"][0], used + (1 << 20))

        self.admin.run("ALTER SYSTEM SET max_slot_wal_keep_size = '64MB'")
        self.reload("SHOW max_slot_wal_keep_size", "64MB")
        self.assertEqual(slots()["standby1 (physical, inactive)"][1], 64 << 20)
        for _ in range(8):
            write()
        self.admin.run("CHECKPOINT")
        self.assertEqual(slots()["standby1 (physical, lost)"], (64 << 20, 64 << 20))

    def reload(self, show, expected):
        self.admin.run("SELECT pg_reload_conf()")
        self.world.wait(lambda: self.admin.run(show) == [expected], f"{show} is {expected}")

    def test_more_sequences_than_are_read_at_once(self):
        self.admin.run("""DO $$ BEGIN FOR i IN 1..1100 LOOP
            EXECUTE format('CREATE SEQUENCE s%s MAXVALUE 2000', i);
            PERFORM setval(format('s%s', i), i);
            EXECUTE format('GRANT SELECT ON SEQUENCE s%s TO gauge', i);
            IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$""")
        seen = self.look()
        self.assertEqual(list(self.amounts(seen, "sequence").items()),
                         [(f"public.s{i} (sequence)", (i, 2000)) for i in range(1100, 1080, -1)])
        self.assertEqual(seen["hidden"], 0)

    def test_a_sequence_that_is_locked_or_goes(self):
        for name in "abcdefgh":
            self.admin.run(f"CREATE SEQUENCE {name}; SELECT nextval('{name}')")
        self.admin.run("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gauge")
        self.admin.run("BEGIN; DROP SEQUENCE d")
        seen = self.look()
        self.assertEqual(set(self.amounts(seen, "sequence")),
                         {f"public.{name} (sequence)" for name in "abcefgh"})
        self.assertEqual(seen["hidden"], 1)

        process = self.start("postgres", 20, self.conninfo)
        self.world.wait(lambda: self.admin.run("SELECT count(*) FROM pg_locks WHERE NOT granted")
                        == ["1"], "the gauge waits for the lock")
        self.admin.run("COMMIT")
        seen = self.end(process)
        self.assertEqual(set(self.amounts(seen, "sequence")),
                         {f"public.{name} (sequence)" for name in "abcefgh"})
        self.assertEqual(seen["hidden"], 0)

    def test_what_the_time_does_not_suffice_for_is_hidden(self):
        names = [f"locked{i}" for i in range(30)]
        for name in (*names, "free"):
            self.admin.run(f"CREATE SEQUENCE {name}; SELECT nextval('{name}')")
        self.admin.run("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gauge")
        self.admin.run(f"BEGIN; DROP SEQUENCE {', '.join(names)}")
        seen = self.look(timeout=2)
        self.assertEqual(self.amounts(seen, "sequence"), {})
        self.assertEqual(seen["hidden"], 31)
        self.assertEqual(len(self.amounts(seen, "transactions")), 4)

    def test_wrong_passwords(self):
        self.admin.run(f"ALTER ROLE gauge PASSWORD '{SECRET}'")
        rules = self.world.folder / "postgres-gauge" / "data" / "pg_hba.conf"
        rules.write_text("host all gauge all scram-sha-256\nhost all all all trust\n")
        self.admin.run("SELECT pg_reload_conf()")
        self.world.wait(lambda: "unknown" in self.gauge("postgres", 5, self.conninfo),
                        "a password is asked for")
        missing = self.gauge("postgres", 5, self.conninfo)["unknown"]
        self.assertIn("connect to database shop as gauge: ", missing)
        self.assertIn("no password supplied", missing)
        self.assertIn("passfile=FILE", missing)

        wrong = self.world.file("wrong", f"*:*:*:*:not-{SECRET}\n", 0o600)
        refused = self.gauge("postgres", 5, f"{self.conninfo} passfile={wrong}")["unknown"]
        self.assertIn('password authentication failed for user "gauge"', refused)
        self.assertNotIn(str(wrong), refused)
        self.assertNotIn("passfile=FILE", refused)

        right = self.world.file("right", f"*:*:*:*:{SECRET}\n", 0o600)
        seen = self.gauge("postgres", 5, f"{self.conninfo} passfile={right}")
        self.assertEqual(seen["database"], "shop")


class PostgresNotThere(Case):
    def test_no_server(self):
        port = outside.free_port("127.0.0.1")
        seen = self.gauge("postgres", 5, f"host=127.0.0.1 port={port} user=ann dbname=shop")
        self.assertEqual(list(seen), ["unknown"])
        self.assertIn(f'server at "127.0.0.1", port {port} failed: Connection refused',
                      seen["unknown"])
        self.assertTrue(seen["unknown"].startswith("connect to database shop as ann: "))

    def test_a_server_that_says_nothing(self):
        silent = outside.Server(lambda peer: None)
        self.addCleanup(silent.stop)
        began = time.monotonic()
        seen = self.gauge("postgres", 2, f"host=127.0.0.1 port={silent.port} user=ann")
        self.assertIn("timeout expired", seen["unknown"])
        self.assertGreater(time.monotonic() - began, 0.9)
        self.assertLess(time.monotonic() - began, 20 * harness.PATIENCE)

    def test_what_the_session_is_asked_to_be(self):
        asked = []

        def refuse(peer):
            size = struct.unpack(">I", peer.recv(4, socket.MSG_WAITALL))[0]
            words = peer.recv(size - 4, socket.MSG_WAITALL)[4:].decode().split("\0")
            asked.append(dict(zip(words[::2], words[1::2])))
            fields = b'SFATAL\0C42704\0Munrecognized parameter "hidden.place"\0\0'
            peer.sendall(b"E" + struct.pack(">I", 4 + len(fields)) + fields)
            peer.close()

        server = outside.Server(refuse)
        self.addCleanup(server.stop)
        seen = self.gauge(
            "postgres", 7, f"host=127.0.0.1 port={server.port} user=ann dbname=shop sslmode=disable"
            " gssencmode=disable application_name=other options='-c hidden.place=1'")
        self.assertEqual(seen, {"unknown": "connect to database shop as ann: connection to server at "
                                f'"127.0.0.1", port {server.port} failed: FATAL:  unrecognized '
                                "parameter (not shown)"})
        self.assertEqual(asked[0]["application_name"], "hammock-gauge")
        self.assertEqual(asked[0]["client_encoding"], "UTF8")
        self.assertEqual(
            asked[0]["options"], "-c hidden.place=1 -c default_transaction_read_only=on"
            " -c search_path=pg_catalog -c statement_timeout=7000 -c lock_timeout=200")

    def test_a_password_among_the_arguments_is_refused(self):
        for conninfo in (f"host=127.0.0.1 password={SECRET}", f"postgresql://u:{SECRET}@127.0.0.1/d",
                         f"postgresql://127.0.0.1/d?password={SECRET}"):
            said = self.gauge("postgres", 5, conninfo, code=64)
            self.assertIn("list of processes", said)
            self.assertIn("passfile=FILE", said)


class TimeServer:
    """Speaks NTP; its clock is ahead of ours by so many seconds."""

    def __init__(self, case, ahead):
        self.ahead = ahead
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.name = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        case.addCleanup(self.stop)

    def serve(self):
        while True:
            question, peer = self.socket.recvfrom(512)
            if question == b"end":
                return
            self.asked += 1
            stamp = struct.pack(">Q", int((time.time() + self.ahead + 2208988800) * 2**32)
                                % 2**64)
            head = struct.pack(">BBbb", 0x24, 3, 6, -20) + bytes(20)
            self.socket.sendto(head + question[40:48] + stamp + stamp, peer)

    def stop(self):
        self.socket.sendto(b"end", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


class Clock(Case):
    def test_servers(self):
        servers = [TimeServer(self, ahead) for ahead in (10, 12, -5000)]
        closed = f"127.0.0.1:{outside.free_port('127.0.0.1')}"
        seen = self.gauge("clock", 5000, *[one.name for one in servers], closed)
        self.assertEqual([one.asked for one in servers], [3, 3, 3])
        self.assertEqual([one["server"] for one in seen["servers"]],
                         [*[one.name for one in servers], closed])
        for one, expected in zip(seen["servers"], (-10, -12, 5000)):
            self.assertAlmostEqual(one["offset_us"] / 1e6, expected, delta=0.5)
            self.assertGreaterEqual(one["delay_us"], 0)
            self.assertEqual(one["stratum"], 3)
        self.assertEqual(seen["servers"][3], {"server": closed, "unknown": "Connection refused"})
        self.assertEqual(seen["offset_us"], seen["servers"][0]["offset_us"])
        self.assertIn(seen["kernel"], ({"synchronised": True}, {"synchronised": False}))

    def test_no_server_answers(self):
        closed = f"127.0.0.1:{outside.free_port('127.0.0.1')}"
        self.assertEqual(self.gauge("clock", 5000, closed),
                         {"unknown": f"no time server answered: {closed}: Connection refused"})
        self.assertIn("is no time server", self.gauge("clock", 5000, "a:b", code=64))
