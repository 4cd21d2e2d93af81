#include "wire/spec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "wire/spec_view.h"

namespace hammock::wire {
namespace {

Spec small_spec(std::string command) {
  Spec spec;
  spec.command = {std::move(command)};
  return spec;
}

Spec full_spec() {
  Spec spec;
  spec.command = {"postgres", "-D", "/srv/pg", ""};
  spec.environment = {"PATH=/usr/bin:/bin", "EMPTY="};
  spec.directory = "/srv";
  spec.listen_names = {"http", "https"};
  spec.secrets = {{"key", "/etc/key"}, {"token", "/etc/token"}};
  spec.limits = {{7, 4096, 8192}, {4, 0, ~0ULL}};
  spec.groups = {4, 24};
  spec.uid = 33;
  spec.gid = 0;
  spec.file_mode_mask = 077;
  spec.nice = -5;
  spec.oom_score = -900;
  spec.no_new_privileges = false;
  spec.capabilities = 1ULL << 10;
  spec.notify = true;
  spec.is_array = true;
  spec.notify_access = 3;
  spec.notify_fd = 3;
  spec.watchdog_us = 30'000'000;
  spec.stored_fds_max = 5;
  spec.memory_max = 512ULL << 20;
  spec.processes_max = 64;
  spec.cpu_percent = 150;
  spec.log_segment_bytes = 1000;
  return spec;
}

TEST(Spec, SurvivesEncoding) {
  for (const Spec& spec : {full_spec(), small_spec("true")}) {
    auto back = decode_spec(encode_spec(spec));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, spec);
  }
}

TEST(Spec, BytesDependOnTheSpecAlone) {
  EXPECT_EQ(encode_spec(full_spec()), encode_spec(full_spec()));
  Spec other = full_spec();
  other.environment[1] = "EMPTY=0";
  EXPECT_NE(spec_hash(encode_spec(other)), spec_hash(encode_spec(full_spec())));
  EXPECT_NE(spec_hash(""), 0U);
}

TEST(Spec, AnAbsentNumberIsNotZero) {
  Spec spec = small_spec("true");
  spec.uid = 0;
  auto back = decode_spec(encode_spec(spec));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->uid, 0U);
  EXPECT_EQ(back->gid, std::nullopt);
}

TEST(Spec, TextIsCutAtNul) {
  Spec spec = small_spec(std::string("a\0b", 3));
  EXPECT_EQ(decode_spec(encode_spec(spec))->command[0], "a");
}

TEST(Spec, RefusesWhatIsCutOrEmpty) {
  std::string image = encode_spec(full_spec());
  for (std::size_t keep = 0; keep < image.size(); ++keep) {
    EXPECT_FALSE(decode_spec(std::string_view(image).substr(0, keep))) << keep;
  }
  EXPECT_FALSE(decode_spec(encode_spec(Spec{})));  // a program needs a command
}

// Any flipped byte is either refused or read without leaving the image; the sanitizers watch.
TEST(Spec, NoDamageLeavesTheImage) {
  const std::string image = encode_spec(full_spec());
  for (std::size_t at = 0; at < image.size(); ++at) {
    for (char value : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string damaged = image;
      damaged[at] = value;
      auto spec = decode_spec(damaged);
      EXPECT_TRUE(!spec || !spec->command.empty());
    }
  }
}

TEST(SpecView, ReadsInPlace) {
  std::string image = encode_spec(full_spec());
  std::vector<std::uint64_t> aligned(image.size() / 8 + 1);
  std::memcpy(aligned.data(), image.data(), image.size());
  auto view = SpecView::open({reinterpret_cast<char*>(aligned.data()), image.size()});
  ASSERT_TRUE(view);
  EXPECT_STREQ(view->command(2), "/srv/pg");
  EXPECT_STREQ(view->environment(0), "PATH=/usr/bin:/bin");
  EXPECT_STREQ(view->listen_name(1), "https");
  EXPECT_STREQ(view->secret_name(1), "token");
  EXPECT_STREQ(view->secret_source(0), "/etc/key");
  EXPECT_EQ(view->limit(0).hard, 8192U);
  EXPECT_EQ(view->groups()[1], 24U);
  EXPECT_STREQ(view->directory(), "/srv");
  EXPECT_FALSE(view->has(kSpecNoNewPrivileges));
  EXPECT_FALSE(SpecView::open({reinterpret_cast<char*>(aligned.data()) + 1, image.size() - 1}));
}

}  // namespace
}  // namespace hammock::wire
