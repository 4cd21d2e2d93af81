#include "gauge/certificate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "gauge/gauge_testing.h"

namespace hammock::gauge {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;

struct Wish {
  std::string name = "shop.example";
  std::string alternatives = {};  // as openssl writes them: "DNS:a,IP:::1"
  const char* not_before = "20261101000000Z";
  const char* not_after = "20270130123456Z";
};

const EVP_PKEY* key() {
  static const Key made(EVP_EC_gen("P-256"));
  return made.get();
}

void set_name(X509_NAME* name, const std::string& common) {
  const auto add = [&](const char* field, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  };
  add("O", "Acme, Inc.");
  add("CN", common);
}

Cert make(const Wish& wish) {
  Cert made(X509_new());
  X509* x = made.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
  ASN1_TIME_set_string(X509_getm_notBefore(x), wish.not_before);
  ASN1_TIME_set_string(X509_getm_notAfter(x), wish.not_after);
  set_name(X509_get_subject_name(x), wish.name);
  set_name(X509_get_issuer_name(x), "Acme CA");
  if (!wish.alternatives.empty()) {
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wish.alternatives.c_str());
    EXPECT_NE(names, nullptr);
    X509_add_ext(x, names, -1);
    X509_EXTENSION_free(names);
  }
  X509_set_pubkey(x, const_cast<EVP_PKEY*>(key()));
  EXPECT_GT(X509_sign(x, const_cast<EVP_PKEY*>(key()), EVP_sha256()), 0);
  return made;
}

std::string content(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}
std::string pem(const X509* x) {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), x);
  return content(out.get());
}
std::string pem(const Wish& wish) {
  return pem(make(wish).get());
}
std::string der(const Wish& wish) {
  const Bio out(BIO_new(BIO_s_mem()));
  i2d_X509_bio(out.get(), make(wish).get());
  return content(out.get());
}
// One that is encrypted, as hardly anybody does; "secret" opens it.
std::string locked_pem(const Wish& wish) {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_ASN1_write_bio(reinterpret_cast<i2d_of_void*>(i2d_X509), PEM_STRING_X509, out.get(),
                     make(wish).get(), EVP_aes_128_cbc(),
                     reinterpret_cast<const unsigned char*>("secret"), 6, nullptr, nullptr);
  return content(out.get());
}
// In the old form, whose encryption stands in the headers of the block, when there is a passphrase.
std::string key_pem(const char* passphrase) {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey_traditional(out.get(), key(),
                                       passphrase != nullptr ? EVP_aes_128_cbc() : nullptr, nullptr,
                                       0, nullptr, const_cast<char*>(passphrase));
  return content(out.get());
}

std::string look_at(std::string_view bytes) {
  const Folder folder;
  return look({"certificate", folder.file("c.pem", bytes)});
}
// What is unknown, without the folder.
std::string why(std::string_view bytes) {
  const std::string json = look_at(bytes);
  EXPECT_THAT(json, StartsWith(R"({"unknown":")"));
  const auto at = json.find("c.pem");
  return at == std::string::npos ? json : json.substr(at, json.size() - at - 2);
}
std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Certificate, OneInPem) {
  const Cert made = make({.alternatives = "DNS:shop.example,DNS:*.shop.example,IP:192.0.2.1,"
                                          "IP:2001:db8::1,email:a@shop.example"});
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  unsigned char* encoded = nullptr;
  const int encoded_size = i2d_X509(made.get(), &encoded);
  EVP_Digest(encoded, static_cast<std::size_t>(encoded_size), digest, &size, EVP_sha256(), nullptr);
  OPENSSL_free(encoded);
  std::string sha256;
  for (unsigned i = 0; i < size; ++i)
    sha256.append(fmt::format("{:02x}", digest[i]));
  EXPECT_EQ(look_at(pem(made.get())),
            fmt::format(R"({{"certificates":[{{"subject":"CN=shop.example,O=Acme\\, Inc.",)"
                        R"("issuer":"CN=Acme CA,O=Acme\\, Inc.",)"
                        R"("names":["shop.example","*.shop.example","192.0.2.1","2001:db8::1"],)"
                        R"("not_before":"2026-11-01T00:00:00.000Z",)"
                        R"("not_after":"2027-01-30T12:34:56.000Z","sha256":"{}"}}]}})",
                        sha256));
  EXPECT_EQ(sha256.size(), 64U);
}

TEST(Certificate, TimesOfOtherCenturies) {
  EXPECT_THAT(look_at(pem(Wish{.not_before = "19500101000000Z", .not_after = "20380119031408Z"})),
              HasSubstr(R"("not_before":"1950-01-01T00:00:00.000Z",)"
                        R"("not_after":"2038-01-19T03:14:08.000Z")"));
  EXPECT_THAT(look_at(pem(Wish{.not_after = "21060207062816Z"})),
              HasSubstr(R"("not_after":"2106-02-07T06:28:16.000Z")"));
  EXPECT_THAT(look_at(pem(Wish{.not_after = "99991231235959Z"})),
              HasSubstr(R"("not_after":"9999-12-31T23:59:59.000Z")"));
}

TEST(Certificate, AnotherAlphabetAndNamesThatWouldPaint) {
  EXPECT_THAT(look_at(pem(Wish{.name = "Büro"})), HasSubstr(R"("subject":"CN=Büro,O)"));
  EXPECT_THAT(look_at(pem(Wish{.name = "a\x1b[1m"})), HasSubstr(R"("subject":"CN=a\\1B[1m,)"));
}

TEST(Certificate, OneInDer) {
  const std::string bytes = der({});
  EXPECT_THAT(look_at(bytes), HasSubstr(R"("subject":"CN=shop.example,)"));
  EXPECT_EQ(why(bytes + "x"), "c.pem: something follows its certificate");
  EXPECT_THAT(why(std::string_view(bytes).substr(0, bytes.size() - 1)),
              StartsWith("c.pem: expected PEM, or DER"));
}

TEST(Certificate, AChainWithTextAndKeys) {
  const std::string plain = key_pem(nullptr);
  const std::string locked = key_pem("secret");
  ASSERT_THAT(locked, HasSubstr("ENCRYPTED"));
  const std::string json =
      look_at("# made by hand\n" + plain + pem(Wish{.name = "one"}) + "-- between --\n" + locked +
              pem(Wish{.name = "two"}) + "the end");
  EXPECT_THAT(json, testing::ContainsRegex("CN=one,.*CN=two,"));
  EXPECT_EQ(count(json, "\"subject\""), 2U);
  // A line of the key is enough to give it away.
  const std::string line = plain.substr(plain.find('\n') + 1, 40);
  EXPECT_THAT(json, Not(HasSubstr(line)));
  EXPECT_THAT(json, Not(HasSubstr("PRIVATE")));
}

TEST(Certificate, AFileWithoutOne) {
  for (const std::string& bytes : {std::string(), std::string("hello\n"), key_pem(nullptr)}) {
    const std::string said = why(bytes);
    EXPECT_THAT(said, StartsWith("c.pem: expected PEM, or DER"));
    if (bytes.size() > 100) {
      EXPECT_THAT(said, Not(HasSubstr(bytes.substr(40, 20))));
    }
  }
  const Folder folder;
  EXPECT_EQ(look({"certificate", folder.file("k")}),
            fmt::format(R"({{"unknown":"there is no certificate in {}/k: expected PEM, or DER"}})",
                        folder.path()));
  EXPECT_THAT(look({"certificate", folder / "none"}), HasSubstr("No such file or directory"));
  EXPECT_THAT(look({"certificate", folder.path()}), HasSubstr("Is a directory"));
  EXPECT_THAT(look({"certificate", folder.file("h", std::string((8 << 20) + 1, 'x'))}),
              HasSubstr("is longer than 8MiB"));
}

// The good ones before it say nothing about those that could not be read.
TEST(Certificate, ABrokenOneIsNotPassedOver) {
  const std::string good = pem(Wish{});
  std::string damaged = good;
  damaged.replace(damaged.find('\n') + 1, 8, "AAAAAAAA");
  EXPECT_THAT(why(good + damaged + good),
              StartsWith("c.pem: what follows certificate 1 cannot be read: "));
  EXPECT_THAT(why(good + good.substr(0, 300)),
              StartsWith("c.pem: what follows certificate 1 cannot be read: "));
  EXPECT_EQ(why(locked_pem({})),
            "c.pem: what follows certificate 0 cannot be read: bad password read");
  std::string timeless = der({});
  const auto at = timeless.find("270130123456Z");
  ASSERT_NE(at, std::string::npos);
  timeless.replace(at, 4, "2713");
  EXPECT_EQ(why(timeless), "c.pem: certificate 1: its time of validity cannot be read");
}

TEST(Certificate, MoreThanTheMostIsSaid) {
  const std::string one = pem(Wish{});
  std::string bundle;
  for (std::size_t i = 0; i < kCertificatesMax; ++i)
    bundle += one;
  EXPECT_EQ(count(look_at(bundle), "\"subject\""), kCertificatesMax);
  EXPECT_EQ(why(bundle + one), "c.pem: more than 200 certificates: name a file with fewer of them");
}

TEST(Certificate, Arguments) {
  EXPECT_THAT(refusal({"certificate"}), HasSubstr("expected one file, got 0 arguments"));
  EXPECT_THAT(refusal({"certificate", "/a", "/b"}), HasSubstr("got 2 arguments"));
  EXPECT_THAT(refusal({"certificate", ""}), HasSubstr("expected one file"));
}

}  // namespace
}  // namespace hammock::gauge
