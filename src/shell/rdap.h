// What the Registration Data Access Protocol says about a domain. Pure: who asks passes the texts.
//
// Where to ask stands in IANA's list of registries (RFC 9224): arrays of domains with the base URLs
// of who knows them. What is answered is a JSON object (RFC 9083). Both come from strangers: what
// is not understood is an error that says what was expected and what was got, and never a date, so
// that a domain of which nothing is known is neither taken for expired nor for safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hammock::shell {

inline constexpr std::size_t kRdapListBytesMax = 1024 * 1024;  // IANA's has about 60 kB
inline constexpr std::size_t kRdapBytesMax = 256 * 1024;

// "https://registry.example/rdap/domain/shop.example": of the entry with the most labels that the
// domain ends with, at its https URL or else at its http URL. The domain is in its ASCII form
// ("xn--…"), in either case, with or without a dot at the end. kInvalid: that is no domain, or no
// such list; kNotFound: no registry is listed for it.
Result<std::string> rdap_url(std::string_view bootstrap_json, std::string_view domain);

// Texts are printable. None and "": the registry does not say it.
struct RdapDomain {
  std::string name;
  std::optional<Instant> expires;
  std::vector<std::string> statuses;  // "client transfer prohibited": RFC 8056
  std::string registrar;              // its name, or else its handle
  friend bool operator==(const RdapDomain&, const RdapDomain&) = default;
};

// kNotFound: the registry says that it does not know the domain; kUnavailable: it answers with
// another error, whose title the message has; kInvalid: it is not such an answer.
Result<RdapDomain> read_rdap(std::string_view json);

}  // namespace hammock::shell
