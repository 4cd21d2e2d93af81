// The errand that makes an HTTP request, over libcurl. Names are resolved here and pinned into
// curl, each hop of a redirect is a connection of its own, and nothing is remembered: no cookies,
// no cache, no connection, no session, no proxy.
#pragma once

#include <memory>

#include "courier/errand.h"
#include "courier/loop.h"

namespace hammock::courier {

// What all HTTP errands share: it outlives them.
class Web {
 public:
  explicit Web(Loop& loop);
  ~Web();
  struct Parts;
  Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

class HttpErrand {
 public:
  HttpErrand(Loop& loop, Web& web, wire::HttpErrand wish, Times times, Done done);
  HttpErrand(HttpErrand&&) noexcept;
  ~HttpErrand();
  Trace trace() const;
  wire::ErrandStage stage() const;

  struct Parts;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace hammock::courier
