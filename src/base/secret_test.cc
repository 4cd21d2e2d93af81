#include "base/secret.h"

#include <gtest/gtest.h>

#include "base/sha1.h"

namespace hammock {
namespace {

TEST(Secret, OnlyTheWholeOneIsTheSame) {
  EXPECT_TRUE(is_same_secret("sesame", "sesame"));
  for (std::string_view other :
       {"", "s", "sesam", "sesame ", "Sesame", "sesamf", "tesame", "sesamesesame"})
    EXPECT_FALSE(is_same_secret(other, "sesame")) << other;
  EXPECT_FALSE(is_same_secret(std::string_view("sesame\0", 7), "sesame"));
}

TEST(Secret, NothingIsTheSameAsNone) {
  EXPECT_FALSE(is_same_secret("", ""));
  EXPECT_FALSE(is_same_secret("a", ""));
}

// The vectors of RFC 3174, and lengths around the end of a block.
TEST(Sha1, IsThatOfTheStandard) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  EXPECT_EQ(sha1_hex(std::string(55, 'a')), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
  EXPECT_EQ(sha1_hex(std::string(64, 'a')), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
}

}  // namespace
}  // namespace hammock
