#include "courier/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "courier/address.h"
#include "os/clock.h"

namespace hammock::courier {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;

// What strangers write, as text of at most so many bytes.
std::string bounded(std::string_view bytes, std::size_t bytes_max) {
  std::string text = printable(bytes);
  if (text.size() > bytes_max) {
    text.resize(bytes_max - 3);
    text += "...";
  }
  return text;
}

std::string name_text(const X509_NAME* name) {
  Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return bounded({bytes, static_cast<std::size_t>(std::max(size, 0L))}, wire::kCourierTextBytesMax);
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return Instant{};
  return Instant(std::chrono::seconds(timegm(&parts)));
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  const int expected = family == AF_INET ? 4 : 16;
  if (ASN1_STRING_length(address) != expected) return "?";
  inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all) && names.size() < wire::kCourierNamesMax; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type == GEN_DNS) {
      const ASN1_STRING* dns = name->d.dNSName;
      names.push_back(bounded({reinterpret_cast<const char*>(ASN1_STRING_get0_data(dns)),
                               static_cast<std::size_t>(ASN1_STRING_length(dns))},
                              wire::kCourierNameBytesMax));
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_text(name->d.iPAddress));
    }
  }
  GENERAL_NAMES_free(all);
  return names;
}

std::string fingerprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

wire::Certificate certificate_of(const X509* x) {
  return {name_text(X509_get_subject_name(x)), name_text(X509_get_issuer_name(x)), names_of(x),
          instant_of(X509_get0_notBefore(x)),  instant_of(X509_get0_notAfter(x)),  fingerprint(x)};
}

std::vector<wire::Certificate> chain_of(X509_STORE_CTX* store) {
  std::vector<wire::Certificate> chain;
  const STACK_OF(X509)* built = X509_STORE_CTX_get0_chain(store);
  for (int i = 0; i < sk_X509_num(built) && chain.size() < wire::kCourierChainMax; ++i)
    chain.push_back(certificate_of(sk_X509_value(built, i)));
  if (chain.empty() && X509_STORE_CTX_get0_cert(store) != nullptr) {
    chain.push_back(certificate_of(X509_STORE_CTX_get0_cert(store)));
  }
  return chain;
}

Result<Store> store_of(const std::string& ca) {
  Store store(X509_STORE_new());
  if (ca.empty()) {
    X509_STORE_set_default_paths(store.get());
    return store;
  }
  // Who names a certificate trusts it, be it a root or not.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  Bio pem(BIO_new_mem_buf(ca.data(), static_cast<int>(ca.size())));
  int count = 0;
  while (Cert one{PEM_read_bio_X509_AUX(pem.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(store.get(), one.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) {
    return fail(ErrorCode::kInvalid, "the CA file holds no certificate in PEM form");
  }
  return store;
}

std::string library_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "no reason was given";
}

}  // namespace

struct HandshakeCallbacks {
  // OpenSSL's own verification, with what it found written down. 1: go on.
  static int verify(X509_STORE_CTX* store, void* argument) {
    Handshake& self = *static_cast<Handshake*>(argument);
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(store);
    const std::string& name = self.host_;
    if (is_ip_address(name)) {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
    } else {
      X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size());
    }
    const bool verified = X509_verify_cert(store) == 1;
    wire::TlsFacts& facts = self.facts_.emplace();
    facts.verified = verified;
    if (!verified) {
      facts.verify_code = X509_STORE_CTX_get_error(store);
      facts.verify_error = X509_verify_cert_error_string(facts.verify_code);
    }
    facts.chain = chain_of(store);
    facts.presented =
        static_cast<std::uint32_t>(std::max(0, sk_X509_num(X509_STORE_CTX_get0_untrusted(store))));
    return verified || !self.wish_.verify ? 1 : 0;
  }

  static void progress(const SSL* ssl, int where, int /*result*/) {
    if ((where & SSL_CB_HANDSHAKE_DONE) == 0) return;
    auto* self = static_cast<Handshake*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (!self->facts_ || self->ended_) return;  // a ticket that comes later looks like an end, too
    self->ended_ = os::read_clocks().steady;
    self->facts_->version = SSL_get_version(ssl);
    self->facts_->cipher = SSL_get_cipher_name(ssl);
  }
};

Handshake::Handshake(wire::TlsWish wish, std::string host)
    : wish_(std::move(wish)), host_(std::move(host)) {
  if (!wish_.server_name.empty()) host_ = wish_.server_name;
  // A fully qualified name is written without its dot in certificates.
  if (host_.ends_with('.')) host_.pop_back();
}

Result<void> Handshake::watch(void* ssl_ctx) {
  auto* context = static_cast<SSL_CTX*>(ssl_ctx);
  auto store = store_of(wish_.ca);
  if (!store) return std::unexpected(store.error());
  SSL_CTX_set_cert_store(context, store->release());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, HandshakeCallbacks::verify, this);
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_info_callback(context, HandshakeCallbacks::progress);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return {};
}

bool Handshake::refused() const {
  return wish_.verify && facts_ && !facts_->verified;
}

struct TlsStream::Parts {
  Parts(const wire::TlsWish& wish, const std::string& host)
      : handshake(wish, host), context(SSL_CTX_new(TLS_client_method())) {}
  Handshake handshake;
  Context context;
  Session session;
};

TlsStream::TlsStream(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;
TlsStream::~TlsStream() = default;

Result<TlsStream> TlsStream::make(int fd, const wire::TlsWish& wish, const std::string& host) {
  auto parts = std::make_unique<Parts>(wish, host);
  HAMMOCK_TRY(parts->handshake.watch(parts->context.get()));
  parts->session.reset(SSL_new(parts->context.get()));
  SSL* ssl = parts->session.get();
  const std::string& name = wish.server_name.empty() ? host : wish.server_name;
  if (!is_ip_address(name)) {
    const std::string sni = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
    SSL_set_tlsext_host_name(ssl, sni.c_str());
  }
  SSL_set_fd(ssl, fd);
  SSL_set_connect_state(ssl);
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return TlsStream(std::move(parts));
}

TlsStream::Moved TlsStream::after(int result) {
  const int errno_value = errno;
  if (result > 0) return {Step::kDone, static_cast<std::size_t>(result), 0, 0, {}};
  switch (SSL_get_error(parts_->session.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Step::kWantsRead, 0, 0, 0, {}};
    case SSL_ERROR_WANT_WRITE:
      return {Step::kWantsWrite, 0, 0, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {Step::kClosed, 0, 0, 0, {}};
    case SSL_ERROR_SYSCALL:
      if (errno_value == 0 || result == 0) return {Step::kClosed, 0, 0, 0, {}};
      return {Step::kFailed, 0, 0, errno_value, std::strerror(errno_value)};
    default:
      break;
  }
  const unsigned long code = ERR_peek_last_error();
  // The peer closed the connection without saying so in TLS.
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {Step::kClosed, 0, 0, 0, {}};
  }
  return {Step::kFailed, 0, static_cast<long>(code), 0, library_error()};
}

TlsStream::Moved TlsStream::handshake() {
  ERR_clear_error();
  errno = 0;
  return after(SSL_do_handshake(parts_->session.get()));
}

TlsStream::Moved TlsStream::read(std::span<char> into) {
  ERR_clear_error();
  errno = 0;
  const auto size = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
  return after(SSL_read(parts_->session.get(), into.data(), size));
}

TlsStream::Moved TlsStream::write(std::string_view bytes) {
  ERR_clear_error();
  errno = 0;
  const auto size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
  return after(SSL_write(parts_->session.get(), bytes.data(), size));
}

const Handshake& TlsStream::watched() const {
  return parts_->handshake;
}

}  // namespace hammock::courier
