// `hammock try`: one request to the network, as the courier makes it, and what came of it. These
// are its pure parts: from the command line to a request, from the answer to text.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/look.h"
#include "wire/courier.h"

namespace hammock::cli {

// kInvalid: what is wrong with the command line. `ca` is the content of the file that --ca names.
Result<wire::Request> try_request(const Invocation& invocation, const std::string& ca);

struct TryVerdict {
  bool good = false;
  std::string sentence;
};
// Good: a status below 400, a DNS answer with records, a connection with what was expected of it.
TryVerdict verdict_of(const wire::Request& request, const wire::Answer& answer);

std::string render_try(const wire::Request& request, const wire::Answer& answer, bool with_body,
                       Instant now, const Look& look);
std::string try_json(const wire::Request& request, const wire::Answer& answer);

}  // namespace hammock::cli
