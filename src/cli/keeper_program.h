// Where the keeper is: beside the program that we are.
#pragma once

#include <string>

namespace hammock::cli {

inline std::string keeper_beside(const std::string& program) {
  return program.substr(0, program.rfind('/') + 1) + "hammock-keeper";
}

}  // namespace hammock::cli
