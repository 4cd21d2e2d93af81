#include "gauge/gauge.h"

#include <gmock/gmock.h>

namespace hammock::gauge {
namespace {

TEST(Gauge, WhatItDoesNotKnowIsARefusalInWords) {
  const std::array<std::string_view, 1> arguments = {"weather"};
  const Printed printed = run(arguments);
  EXPECT_EQ(printed.exit_code, 64);
  EXPECT_EQ(printed.output, "");
  EXPECT_THAT(printed.error, testing::StartsWith("usage:"));
}

}  // namespace
}  // namespace hammock::gauge
