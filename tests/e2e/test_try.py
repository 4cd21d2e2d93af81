"""`hammock try`: the courier against real servers, good and bad ones. No Hammock runs."""

import datetime
import socket
import ssl

import harness
import outside

GIGABYTE = 1 << 30


class Case(harness.Case):
    def tearDown(self):
        self.doCleanups()  # the servers, before it is looked whether anything is left
        super().tearDown()

    def try_(self, *args, code=harness.EXIT_OK, **extra):
        """`hammock try ARGS --json`, as a dictionary."""
        return self.world.cli("try", *args, "--json", code=code, **extra).json()

    def bad(self, *args, **extra):
        return self.try_(*args, code=harness.EXIT_TRY_AGAIN, **extra)

    def failure(self, *args, **extra):
        answer = self.bad(*args, **extra)
        self.assertIn("failed", answer, answer)
        return answer["failed"]["stage"], answer["failed"]["reason"]

    def server(self, play, **keys):
        server = outside.Server(play, **keys)
        self.addCleanup(server.stop)
        return server

    def names(self, records, **keys):
        server = outside.NameServer(records, **keys)
        self.addCleanup(server.stop)
        return server


class Http(Case):
    def setUp(self):
        super().setUp()
        at = harness.address()
        self.at = f"{at}:8000"
        self.v6_port = outside.free_port("::1")
        large = self.world.folder / "www"
        large.mkdir()
        with open(large / "large", "wb") as file:
            file.truncate(GIGABYTE)
        self.world.own(large, large / "large")
        nginx = outside.Nginx(
            self.world,
            f"""server {{ listen {self.at}; listen [::1]:{self.v6_port};
              location = /good {{ add_header X-Word "yes"; return 200 "hello"; }}
              location = /sick {{ return 503 "no"; }}
              location = /loop {{ return 302 /loop; }}
              location = /once {{ return 301 http://{self.at}/good; }}
              location = /away {{ return 302 ftp://{at}/x; }}
              location = /large {{ root {large}; }} }}""",
            (at, 8000), ("::1", self.v6_port),
        )
        self.addCleanup(nginx.stop)

    def test_what_the_server_says(self):
        answer = self.try_("http", f"http://{self.at}/good")
        self.assertEqual(answer["status"], 200)
        self.assertEqual(answer["body"], "hello")
        self.assertTrue(answer["body_is_whole"])
        self.assertEqual(answer["remote"], self.at)
        self.assertEqual(answer["http_version"], "1.1")
        self.assertIn({"name": "X-Word", "value": "yes"}, answer["headers"])
        self.assertIsNone(answer["tls"])
        phases = answer["phases_us"]
        self.assertIsNone(phases["secured"])
        times = [phases[p] for p in ("resolved", "connected", "first_byte", "total")]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[1], 0)

        self.assertEqual(self.bad("http", f"http://{self.at}/sick")["status"], 503)
        text = self.world.cli("try", "http", f"http://{self.at}/good", "--body").out
        self.assertTrue(text.startswith(f"✓ status 200 from {self.at}\n"), text)
        self.assertIn("| hello", text)

    def test_both_families(self):
        port = self.v6_port
        self.assertEqual(self.try_("http", f"http://[::1]:{port}/good")["remote"], f"[::1]:{port}")
        host, v4_port = self.at.split(":")
        both = self.names({("web.test", outside.TYPES["A"]): outside.a(host),
                           ("web.test", outside.TYPES["AAAA"]): outside.aaaa("::1")})
        asks = ("--resolver", both.address)
        answer = self.try_("http", f"http://web.test:{port}/good", "--family", "6", *asks)
        self.assertEqual(answer["remote"], f"[::1]:{port}")
        answer = self.try_("http", f"http://web.test:{v4_port}/good", "--family", "4", *asks)
        self.assertEqual(answer["remote"], self.at)
        # Only one of the two addresses has this port open: the other is tried as well.
        answer = self.try_("http", f"http://web.test:{v4_port}/good", *asks)
        self.assertEqual(answer["remote"], self.at)

    def test_redirects(self):
        answer = self.try_("http", f"http://{self.at}/once")
        self.assertEqual((answer["status"], answer["hops"]), (301, []))
        answer = self.try_("http", f"http://{self.at}/once", "--follow", "1")
        self.assertEqual(answer["status"], 200)
        self.assertEqual(answer["hops"], [{"status": 301, "url": f"http://{self.at}/good"}])
        failed = self.bad("http", f"http://{self.at}/loop", "--follow", "5")["failed"]
        self.assertEqual(failed["message"], "more than 5 redirects")
        self.assertEqual((failed["stage"], failed["reason"]), ("receive", "bounds"))
        self.assertEqual(
            self.failure("http", f"http://{self.at}/away", "--follow", "5"), ("receive", "refused"))

    def test_the_body_of_a_redirect_is_passed_over(self):
        def send_on(peer):
            if outside.request_of(peer).split()[1] == "/here":
                answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
            else:
                answer = (b"HTTP/1.1 302 Found\r\nLocation: /here\r\nContent-Length: 60000\r\n\r\n"
                          + b"x" * 60000)
            peer.sendall(answer)
            peer.shutdown(socket.SHUT_WR)

        server = self.server(send_on)
        answer = self.try_("http", f"http://{server.host}:{server.port}/", "--follow", "1")
        self.assertEqual((answer["status"], answer["body"]), (200, "hi"))

    def test_a_large_body_stops_at_its_bound(self):
        answer = self.try_("http", f"http://{self.at}/large")
        self.assertFalse(answer["body_is_whole"])
        self.assertEqual(len(answer["body"]), 16 << 10)

    def test_the_name_is_resolved_by_whom_it_is_told(self):
        host, port = self.at.split(":")
        names = self.names({("web.test", outside.TYPES["A"]): outside.a(host)})
        answer = self.try_(
            "http", f"http://web.test:{port}/good", "--resolver", names.address)
        self.assertEqual(answer["remote"], self.at)
        self.assertIn(("web.test", 1, "udp"), names.asked)
        self.assertEqual(
            self.failure("http", f"http://no.test:{port}/", "--resolver", names.address),
            ("resolve", "names"))
        # A pinned address asks nobody.
        asked = len(names.asked)
        answer = self.try_("http", f"http://pinned.test:{port}/good", "--address", host,
                           "--resolver", names.address)
        self.assertEqual(answer["remote"], self.at)
        self.assertEqual(len(names.asked), asked)

    def test_nothing_of_the_environment_is_used(self):
        proxied = []
        proxy = self.server(lambda peer: proxied.append(outside.request_of(peer)))
        where = f"http://{proxy.host}:{proxy.port}"
        answer = self.try_("http", f"http://{self.at}/good", http_proxy=where, all_proxy=where,
                           HTTP_PROXY=where, ALL_PROXY=where)
        self.assertEqual(answer["status"], 200)
        self.assertEqual(proxied, [])

    def test_what_it_does_not_do_is_a_mistake_of_the_command_line(self):
        for url, words in (
            ("ftp://127.0.0.1/", "http and https"),
            ("file:///etc/passwd", "http and https"),
            ("http://user:hunter2@127.0.0.1/", "Authorization"),
            ("127.0.0.1", "begins with http"),
            ("http://127.0.0.1:99999/", "not a URL"),
            ("http://127.0.0.1/\x01", "not a URL"),
        ):
            result = self.world.cli("try", "http", url, code=harness.EXIT_USAGE)
            self.assertIn(words, " ".join(result.err.split()), url)
            self.assertNotIn("hunter2", result.text)


class Misbehaving(Case):
    def url(self, server):
        return f"http://{server.host}:{server.port}/"

    def test_a_closed_port(self):
        port = outside.free_port("127.0.0.1")
        answer = self.bad("http", f"http://127.0.0.1:{port}/")
        self.assertEqual(answer["failed"]["stage"], "connect")
        self.assertEqual(answer["failed"]["code"], 111)  # ECONNREFUSED
        self.assertEqual(answer["remote"], "")
        answer = self.bad("tcp", f"127.0.0.1:{port}")
        self.assertEqual(answer["failed"]["code"], 111)

    def test_tarpits(self):
        silent = self.server(lambda peer: None)
        self.assertEqual(
            self.failure("http", self.url(silent), "--timeout", "200ms"), ("receive", "deadline"))
        self.assertEqual(
            self.failure("tls", f"127.0.0.1:{silent.port}", "--timeout", "200ms"),
            ("tls", "deadline"))
        answer = self.bad("http", self.url(silent).replace("http:", "https:"), "--timeout", "200ms")
        self.assertEqual(answer["failed"]["stage"], "tls")
        self.assertEqual(answer["failed"]["message"], "no TLS handshake within 200ms")
        self.assertIsNotNone(answer["phases_us"]["connected"])

        def drip(peer):
            outside.request_of(peer)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst")

        self.assertEqual(
            self.failure("http", self.url(self.server(drip)), "--timeout", "300ms"),
            ("receive", "deadline"))

    def test_those_that_leave(self):
        self.assertEqual(
            self.failure("http", self.url(self.server(outside.reset)))[1], "system")

        def half(peer):
            outside.request_of(peer)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst")
            peer.shutdown(socket.SHUT_RDWR)

        self.assertEqual(self.failure("http", self.url(self.server(half))), ("receive", "peer"))

        hangs_up = self.server(lambda peer: peer.shutdown(socket.SHUT_RDWR))
        for kind, target in (("http", self.url(hangs_up).replace("http:", "https:")),
                             ("tls", f"127.0.0.1:{hangs_up.port}")):
            self.assertEqual(self.failure(kind, target), ("tls", "peer"))

        def nothing(peer):
            outside.request_of(peer)
            peer.shutdown(socket.SHUT_RDWR)

        self.assertEqual(self.failure("http", self.url(self.server(nothing))), ("receive", "peer"))

    def test_those_that_speak_something_else(self):
        banner = self.server(lambda peer: peer.sendall(b"SSH-2.0-x\r\n"))
        self.assertEqual(self.failure("http", self.url(banner)), ("receive", "http"))
        self.assertEqual(self.failure("tls", f"127.0.0.1:{banner.port}"), ("tls", "tls"))
        self.assertEqual(
            self.failure("http", self.url(banner).replace("http:", "https:")), ("tls", "tls"))

    def test_headers_are_counted_for_each_answer(self):
        def send_on(peer):
            path = outside.request_of(peer).split()[1]
            if path == "/10":
                peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                return
            large = b"".join(b"X-%d: %s\r\n" % (i, b"y" * 9000) for i in range(4))
            peer.sendall(b"HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n"
                         % (int(path[1:]) + 1) + large + b"\r\n")

        answer = self.try_("http", self.url(self.server(send_on)) + "0", "--follow", "20")
        self.assertEqual(answer["status"], 204)
        self.assertEqual(len(answer["hops"]), 10)

    def test_headers_without_end(self):
        def talk(peer):
            outside.request_of(peer)
            peer.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                peer.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")

        self.assertEqual(self.failure("http", self.url(self.server(talk))), ("receive", "bounds"))

        def interim(peer):
            outside.request_of(peer)
            while True:
                peer.sendall(b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n")

        self.assertEqual(self.failure("http", self.url(self.server(interim))), ("receive", "bounds"))

    def test_secrets_in_urls_are_not_repeated(self):
        port = outside.free_port("127.0.0.1")
        result = self.world.cli("try", "http", f"http://127.0.0.1:{port}/hook/s3cret?key=s3cret",
                                code=harness.EXIT_TRY_AGAIN)
        self.assertNotIn("s3cret", result.text)


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.at = harness.address()
        made = self.certificates = outside.Certificates(self.world.folder / "tls")
        made.leaf("good", "good.test")
        made.leaf("expired", "good.test", days=-1)
        made.leaf("other", "other.test")
        made.leaf("incomplete", "good.test", chain=())
        made.request("self", "good.test")
        made.sign("self", None, "subjectAltName=DNS:good.test")
        self.ports = {"good": 8443, "expired": 8444, "other": 8445, "incomplete": 8446, "self": 8447}
        servers = "\n".join(
            f"server {{ listen {self.at}:{port} ssl http2; ssl_protocols TLSv1.2 TLSv1.3; return 200 hello;"
            f" ssl_certificate {made.path(name)}.pem; ssl_certificate_key {made.path(name)}.key; }}"
            for name, port in self.ports.items())
        nginx = outside.Nginx(self.world, servers, (self.at, 8443))
        self.addCleanup(nginx.stop)
        self.resolver = self.names(
            {("good.test", outside.TYPES["A"]): outside.a(self.at)}).address

    def both(self, name, *more, code):
        """What HTTPS and plain TLS tell of the server's certificates: it must be the same."""
        port = self.ports[name]
        args = ("--resolver", self.resolver, *more)
        https = self.try_("http", f"https://good.test:{port}/", *args, code=code)
        tls = self.try_("tls", f"good.test:{port}", *args, code=code)
        self.assertEqual(https["tls"]["chain"], tls["tls"]["chain"])
        self.assertEqual(https["tls"]["verify_code"], tls["tls"]["verify_code"])
        self.assertEqual(https.get("failed"), tls.get("failed"))
        self.assertEqual(https["remote"], f"{self.at}:{port}")
        self.assertEqual(tls["remote"], f"{self.at}:{port}")
        return https

    def refused(self, name, verify_code):
        ca = ("--ca", self.certificates.path("ca.pem"))
        answer = self.both(name, *ca, code=harness.EXIT_TRY_AGAIN)
        self.assertEqual(answer["failed"]["reason"], "certificate")
        self.assertEqual(answer["failed"]["stage"], "tls")
        self.assertEqual(answer["failed"]["code"], verify_code)
        self.assertFalse(answer["tls"]["verified"])
        fingerprint = self.certificates.fingerprint(name)
        self.assertEqual(answer["tls"]["chain"][0]["sha256"], fingerprint)
        # Told to go on, it does, and still says what is wrong.
        answer = self.both(name, *ca, "--insecure", code=harness.EXIT_OK)
        self.assertEqual(answer["status"], 200)
        self.assertFalse(answer["tls"]["verified"])
        self.assertEqual(answer["tls"]["verify_code"], verify_code)
        return answer

    def started(self, name, talk):
        """A server that goes on in TLS, with this certificate, after `talk(connection)`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made = self.certificates
        context.load_cert_chain(made.path(f"{name}.pem"), made.path(f"{name}.key"))

        def play(peer):
            if talk(peer):
                with context.wrap_socket(peer, server_side=True) as secured:
                    secured.recv(1)

        return self.server(play)

    def tls(self, server, protocol, code=harness.EXIT_OK):
        return self.try_(
            "tls", f"good.test:{server.port}", "--address", "127.0.0.1", "--starttls", protocol,
            "--ca", self.certificates.path("ca.pem"), code=code)

    def test_mail_servers_are_asked_to_go_on_in_tls(self):
        def expect(peer, said, answer):
            if outside.line_of(peer) != said:
                return False
            peer.sendall(answer)
            return True

        def smtp(peer):
            peer.sendall(b"220-mail.test\r\n220 ESMTP\r\n")
            return (expect(peer, "EHLO hammock", b"250-mail.test\r\n250 STARTTLS\r\n")
                    and expect(peer, "STARTTLS", b"220 go on\r\n"))

        def imap(peer):
            peer.sendall(b"* OK ready\r\n")
            return expect(peer, "a STARTTLS", b"a OK begin\r\n")

        def pop3(peer):
            peer.sendall(b"+OK ready\r\n")
            return expect(peer, "STLS", b"+OK begin\r\n")

        for protocol, talk in (("smtp", smtp), ("imap", imap), ("pop3", pop3)):
            answer = self.tls(self.started("good", talk), protocol)
            self.assertTrue(answer["tls"]["verified"], protocol)
            answer = self.tls(self.started("expired", talk), protocol, harness.EXIT_TRY_AGAIN)
            self.assertEqual(answer["failed"]["reason"], "certificate", protocol)

        def without(peer):
            peer.sendall(b"220 mail.test\r\n")
            expect(peer, "EHLO hammock", b"250 mail.test\r\n")
            expect(peer, "STARTTLS", b"502 not here\r\n")

        answer = self.tls(self.server(without), "smtp", harness.EXIT_TRY_AGAIN)
        self.assertEqual((answer["failed"]["stage"], answer["failed"]["reason"]), ("tls", "tls"))
        self.assertIn("502 not here", answer["failed"]["message"])
        # One that says nothing has its deadline.
        silent = self.server(lambda peer: None)
        answer = self.try_("tls", f"127.0.0.1:{silent.port}", "--starttls", "smtp", "--timeout",
                           "200ms", code=harness.EXIT_TRY_AGAIN)
        self.assertEqual(answer["failed"]["reason"], "deadline")

    def test_postgresql_is_asked_to_go_on_in_tls(self):
        for name, is_on in (("with", True), ("without", False)):
            database = outside.PostgreSQL(self.world, name, self.certificates if is_on else None)
            self.addCleanup(database.stop)
            answer = self.try_(
                "tls", f"good.test:{database.port}", "--address", self.at, "--starttls", "postgres",
                "--ca", self.certificates.path("ca.pem"),
                code=harness.EXIT_OK if is_on else harness.EXIT_TRY_AGAIN)
            if is_on:
                self.assertTrue(answer["tls"]["verified"])
            else:
                self.assertIn("without TLS", answer["failed"]["message"])

    def test_a_good_chain(self):
        ca = self.certificates.path("ca.pem")
        answer = self.both("good", "--ca", ca, code=harness.EXIT_OK)
        self.assertEqual((answer["status"], answer["http_version"]), (200, "2"))
        tls = answer["tls"]
        self.assertTrue(tls["verified"])
        self.assertEqual((tls["version"], tls["presented"]), ("TLSv1.3", 2))
        subjects = [one["subject"] for one in tls["chain"]]
        self.assertEqual(subjects, ["CN=good.test", "CN=Test Middle", "CN=Test Root"])
        self.assertEqual(tls["chain"][0]["issuer"], "CN=Test Middle")
        self.assertEqual(tls["chain"][0]["names"], ["good.test", "127.0.0.1"])
        self.assertEqual(tls["chain"][2]["sha256"], self.certificates.fingerprint("ca"))
        end = datetime.datetime.fromisoformat(tls["chain"][0]["not_after"].replace("Z", "+00:00"))
        left = end - datetime.datetime.now(datetime.timezone.utc)
        self.assertIn(left.days, (89, 90))
        for _ in range(10):
            times = [answer["phases_us"][p] for p in
                     ("resolved", "connected", "secured", "first_byte", "total")]
            self.assertEqual(times, sorted(times))
            answer = self.both("good", "--ca", ca, code=harness.EXIT_OK)
        text = self.world.cli("try", "tls", f"good.test:{self.ports['good']}", "--ca", ca,
                              "--resolver", self.resolver).out
        self.assertIn("certificates, accepted", text)
        self.assertIn("3 CN=Test Root", text)
        self.assertIn(", 89d left", text)

    def test_certificates_that_are_not_accepted(self):
        self.refused("expired", 10)      # X509_V_ERR_CERT_HAS_EXPIRED
        self.refused("other", 62)        # X509_V_ERR_HOSTNAME_MISMATCH
        self.refused("self", 18)         # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
        answer = self.refused("incomplete", 20)  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        self.assertEqual(len(answer["tls"]["chain"]), 1)

    def test_the_machine_does_not_trust_our_ca(self):
        answer = self.both("good", code=harness.EXIT_TRY_AGAIN)
        self.assertFalse(answer["tls"]["verified"])

    def test_a_leaf_may_be_trusted_by_itself(self):
        self.both("self", "--ca", self.certificates.path("self.pem"), code=harness.EXIT_OK)
        # Also one that a CA has signed, whom nobody trusts here.
        leaf = self.certificates.path("incomplete.pem")
        self.both("incomplete", "--ca", leaf, code=harness.EXIT_OK)

    def test_the_name_may_be_given(self):
        ca = self.certificates.path("ca.pem")
        for kind, target in (("http", f"https://{self.at}:8443/"), ("tls", f"{self.at}:8443")):
            self.assertEqual(self.failure(kind, target, "--ca", ca)[1], "certificate")
            answer = self.try_(kind, target, "--ca", ca, "--server-name", "good.test")
            self.assertTrue(answer["tls"]["verified"])

    def test_a_file_without_certificates(self):
        empty = self.world.file("empty.pem", "nothing\n")
        for kind, target in (("http", f"https://{self.at}:8443/"), ("tls", f"{self.at}:8443")):
            result = self.world.cli("try", kind, target, "--ca", empty, code=harness.EXIT_USAGE)
            self.assertIn("no certificate in PEM form", " ".join(result.err.split()))


class Tcp(Case):
    def test_banners(self):
        server = self.server(lambda peer: peer.sendall(b"SSH-2.0-x\r\n"))
        at = f"127.0.0.1:{server.port}"
        answer = self.try_("tcp", at, "--expect", "SSH-2.0")
        self.assertEqual(answer["received"], "SSH-2.0-x\r\n")
        self.assertEqual(self.try_("tcp", at)["received"], "")
        self.assertEqual(self.failure("tcp", at, "--expect", "220", "--timeout", "200ms"),
                         ("receive", "deadline"))

    def test_a_question_and_its_answer(self):
        def echo(peer):
            peer.sendall(b"+" + peer.recv(100))
            peer.shutdown(socket.SHUT_WR)

        at = f"127.0.0.1:{self.server(echo).port}"
        answer = self.try_("tcp", at, "--send", "PING\\r\\n", "--expect", "PING\\r\\n")
        self.assertEqual(answer["received"], "+PING\r\n")
        self.assertEqual(self.failure("tcp", at, "--send", "PING", "--expect", "PONG"),
                         ("receive", "peer"))

    def test_more_than_is_kept(self):
        def flood(peer):
            while True:
                peer.sendall(b"x" * 65536)

        at = f"127.0.0.1:{self.server(flood).port}"
        self.assertEqual(self.failure("tcp", at, "--expect", "y"), ("receive", "bounds"))

    def test_every_address_is_tried(self):
        server = self.server(lambda peer: None)
        names = self.names({("many.test", 1): outside.a("127.0.0.2", "127.0.0.3", "127.0.0.1")})
        answer = self.try_("tcp", f"many.test:{server.port}", "--resolver", names.address)
        self.assertEqual(answer["remote"], f"127.0.0.1:{server.port}")


class Dns(Case):
    def test_records(self):
        names = self.names({
            ("web.test", 1): outside.a("192.0.2.1", "192.0.2.2"),
            ("web.test", 28): outside.aaaa("2001:db8::1"),
            ("web.test", 16): [b"\x05v=one"],
        })
        asks = ("--resolver", names.address)
        answer = self.try_("dns", "web.test", *asks)
        self.assertEqual([r["text"] for r in answer["records"]], ["192.0.2.1", "192.0.2.2"])
        self.assertEqual((answer["rcode"], answer["authoritative"]), ("NOERROR", True))
        answer = self.try_("dns", "web.test", "--type", "aaaa", *asks)
        self.assertEqual(answer["records"], [
            {"name": "web.test.", "type": "AAAA", "ttl_s": 60, "text": "2001:db8::1"}])
        self.assertEqual(
            self.try_("dns", "web.test", "--type", "TXT", *asks)["records"][0]["text"], '"v=one"')
        answer = self.bad("dns", "web.test", "--type", "MX", *asks)
        self.assertEqual(answer["verdict"], "there are no MX records")

    def test_no_such_name(self):
        names = self.names({})
        answer = self.bad("dns", "no.test", "--resolver", names.address)
        self.assertEqual(answer["rcode"], "NXDOMAIN")

    def test_no_answer(self):
        names = self.names({}, silent=("silent.test",))
        asks = ("--resolver", names.address, "--timeout", "400ms")
        answer = self.bad("dns", "silent.test", *asks)
        self.assertIn(answer["failed"]["reason"], ("deadline", "names"))
        # It was asked more than once: one lost packet is no failure.
        self.assertGreaterEqual(len(names.asked), 2)
        answer = self.bad("http", "http://silent.test/", *asks)
        self.assertEqual(answer["failed"]["stage"], "resolve")

    def test_a_truncated_answer_is_asked_for_over_tcp(self):
        many = [f"192.0.2.{i}" for i in range(200)]
        names = self.names({("large.test", 1): outside.a(*many)}, large=("large.test",))
        answer = self.try_("dns", "large.test", "--resolver", names.address)
        self.assertEqual([r["text"] for r in answer["records"]], many)
        self.assertEqual([over for _, _, over in names.asked], ["udp", "tcp"])

    def test_a_resolver_that_is_none(self):
        answer = self.world.cli("try", "dns", "a.test", "--resolver", "not an address",
                                code=harness.EXIT_USAGE)
        self.assertIn("resolver", answer.err)


class Missing(Case):
    def test_without_the_courier(self):
        binaries = self.world.folder / "bin"
        binaries.mkdir()
        with open(self.world.binaries / "hammock", "rb") as real:
            (binaries / "hammock").write_bytes(real.read())
        (binaries / "hammock").chmod(0o755)
        self.world.own(binaries, binaries / "hammock")
        self.world.binaries = binaries
        result = self.world.cli("try", "tcp", "127.0.0.1:1", code=harness.EXIT_CONFIG)
        self.assertIn("installed together with hammock", " ".join(result.err.split()))
