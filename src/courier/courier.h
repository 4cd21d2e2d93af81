// The courier: the process that goes out into the network for the brain.
//
// It takes requests from its link and gives answers to it (wire/courier.h); it has no state, no
// configuration and no privileges (sandbox.h), and may be killed at any instant: whoever asked asks
// the next one again. One thread, one epoll loop; every request has its deadline, every byte that a
// stranger sends its bound. docs/courier.md is its page.
//
//   link → Job: HttpErrand (libcurl) | TcpErrand (TlsStream: OpenSSL) | DnsErrand → link
//                 └ Lookup (c-ares)      └ Lookup                        └ Lookup
#pragma once

namespace hammock::courier {

// The whole process, with the link on wire::kCourierFd: 0 when the link was closed, 64 when it was
// started by hand, 65 when something came that is no order, 71 when the sandbox cannot be entered.
int run();

}  // namespace hammock::courier
