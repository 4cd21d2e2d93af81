// The way of one look that the courier makes: what is asked first, and what is asked after each
// answer, until something is told.
//
//   certificate   the addresses of the host ──▶ its certificate at each of them
//   domain        whose registry it is (RFC 9224) ──▶ what that one says (RDAP, RFC 9083)
//
// Pure: ids of requests are the caller's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/shared.h"
#include "core/timebomb/timebomb.h"
#include "shell/told.h"
#include "wire/courier.h"

namespace hammock::shell {

inline constexpr std::size_t kAddressesMost = 16;
inline constexpr const char* kBootstrap = "https://data.iana.org/rdap/dns.json";

class Outing {
 public:
  // Of a certificate of a server, or a domain.
  explicit Outing(Shared<timebomb::Setup> setup) : setup_(std::move(setup)) {}

  struct Step {
    std::vector<wire::Request> requests;     // to be made
    std::optional<timebomb::Sighting> told;  // it is over
  };
  Step begin();
  // Of one of the requests.
  Step answered(Told told);

 private:
  Step ask_addresses(std::vector<std::string> addresses);
  Step addresses_told(const Told& told);
  Step certificates_told(Told told);
  Step domain_told(const timebomb::Domain& domain, const Told& told);
  wire::Request request(decltype(wire::Request::what) what) const;
  wire::Request http_request(const std::string& url) const;

  Shared<timebomb::Setup> setup_;
  bool knows_where_ = false;  // the first step is over
  std::size_t awaited_ = 0;   // answers
  std::vector<std::string> addresses_;
  std::vector<Told> told_;
};

}  // namespace hammock::shell
