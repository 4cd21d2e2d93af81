// The spec images in R/spec, each named by its hash: what the keeper's child maps when it starts a
// program.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "base/result.h"
#include "wire/spec.h"

namespace hammock::shell {

class SpecFiles {
 public:
  explicit SpecFiles(std::string folder) : folder_(std::move(folder)) {}

  // Writes the image unless it is there, whole or not at all; gives its hash.
  Result<std::uint64_t> keep(const std::string& image) const;
  bool is_there(std::uint64_t hash) const;
  Result<wire::Spec> read(std::uint64_t hash) const;
  // Removes what nobody refers to any more.
  void remove_others(const std::unordered_set<std::uint64_t>& used) const;

 private:
  std::string path_of(std::uint64_t hash) const;
  std::string folder_;
};

}  // namespace hammock::shell
