// hammock-gauge certificate FILE: every certificate of a file, in its order, at most
// kCertificatesMax.
//
// The file is PEM (RFC 7468) with one certificate, a chain or a bundle, where text between the
// blocks is passed over, or DER with one certificate. A private key in the same file is neither
// asked for its passphrase nor printed. A block that says it is a certificate and cannot be read is
// an error, and so is a file with none: what has not been seen cannot be said to be valid.
//
//   {"certificates":[{"subject":"CN=shop.example" (RFC 2253),"issuer":"…","names":["shop.example"],
//     "not_before":"2026-11-01T00:00:00.000Z","not_after":"…Z","sha256":"64 hex digits"}]}
//
// `names` are DNS names and addresses, at most kNamesMax of a certificate. Names are at most 2048
// bytes.
#pragma once

#include <cstddef>

#include "gauge/kind.h"

namespace hammock::gauge {

inline constexpr std::size_t kCertificatesMax = 200;
inline constexpr std::size_t kNamesMax = 100;

Result<std::string> look_certificate(Arguments arguments);

}  // namespace hammock::gauge
