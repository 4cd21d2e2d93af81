#include "gauge/certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "gauge/content.h"

namespace hammock::gauge {
namespace {

constexpr std::size_t kFileBytesMax = 8 << 20;
constexpr std::size_t kTextBytesMax = 2048;

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

std::string bounded(std::string_view bytes) {
  std::string text = printable(bytes);
  if (text.size() > kTextBytesMax) {
    text.resize(kTextBytesMax - 3);
    text.append("...");
  }
  return text;
}

std::string name_text(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return bounded({bytes, static_cast<std::size_t>(std::max(size, 0L))});
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (ASN1_STRING_length(address) != (family == AF_INET ? 4 : 16)) return "?";
  inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const Names all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()) && names.size() < kNamesMax; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      names.push_back(
          bounded({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                   static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_text(name->d.iPAddress));
    }
  }
  return names;
}

std::string fingerprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    text.append(fmt::format("{:02x}", digest[i]));
  return text;
}

Result<std::string> time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return fail(ErrorCode::kCorrupt, "its time of validity cannot be read");
  }
  return format_instant_ms(Instant(std::chrono::seconds(timegm(&parts))));
}

Result<void> write_certificate(JsonWriter& json, const X509* x) {
  auto not_before = time_text(X509_get0_notBefore(x));
  if (!not_before) return std::unexpected(not_before.error());
  auto not_after = time_text(X509_get0_notAfter(x));
  if (!not_after) return std::unexpected(not_after.error());
  json.object([&] {
    json.member("subject", name_text(X509_get_subject_name(x)));
    json.member("issuer", name_text(X509_get_issuer_name(x)));
    json.member("names");
    json.array([&] {
      for (const std::string& name : names_of(x))
        json.value(name);
    });
    json.member("not_before", *not_before);
    json.member("not_after", *not_after);
    json.member("sha256", fingerprint(x));
  });
  return {};
}

// Why OpenSSL refused, in its fixed words: they hold nothing of what it read.
std::string library_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "no reason was given";
}

// Nobody is there to be asked for a passphrase.
int refuse_passphrase(char* /*into*/, int /*size*/, int /*is_writing*/, void* /*argument*/) {
  return -1;
}

Result<std::vector<Cert>> read_pem(std::string_view bytes) {
  const Bio pem(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  std::vector<Cert> all;
  ERR_clear_error();
  while (Cert one{PEM_read_bio_X509_AUX(pem.get(), nullptr, refuse_passphrase, nullptr)}) {
    if (all.size() == kCertificatesMax) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("more than {} certificates: name a file with fewer of them",
                              kCertificatesMax));
    }
    all.push_back(std::move(one));
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fail(ErrorCode::kCorrupt, fmt::format("what follows certificate {} cannot be read: {}",
                                                 all.size(), library_reason()));
  }
  return all;
}

Result<std::vector<Cert>> read_der(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = at + bytes.size();
  std::vector<Cert> all;
  Cert one(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  if (!one) return all;
  if (at != end) return fail(ErrorCode::kCorrupt, "something follows its certificate");
  all.push_back(std::move(one));
  return all;
}

}  // namespace

Result<std::string> look_certificate(Arguments arguments) {
  if (arguments.size() != 1 || arguments.front().empty()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("certificate: expected one file, got {} arguments", arguments.size()));
  }
  const std::string path(arguments.front());
  auto bytes = content_of(path, kFileBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  auto all = bytes->contains("-----BEGIN ") ? read_pem(*bytes) : read_der(*bytes);
  if (!all) return within(path, all.error());
  if (all->empty()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no certificate in {}: expected PEM, or DER", path));
  }
  JsonWriter json;
  Result<void> written;
  json.object([&] {
    json.member("certificates");
    json.array([&] {
      for (std::size_t i = 0; i < all->size() && written; ++i) {
        written = write_certificate(json, (*all)[i].get());
        if (!written)
          written = within(fmt::format("{}: certificate {}", path, i + 1), written.error());
      }
    });
  });
  if (!written) return std::unexpected(written.error());
  return json.text();
}

}  // namespace hammock::gauge
