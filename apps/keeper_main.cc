#include "keeper/keeper.h"

#include <cstdio>

int main(int count, char** values) {
  auto options = hammock::keeper::parse_arguments(count, values);
  if (!options) {
    std::fprintf(stderr, "hammock-keeper: %s\n", options.error().message.c_str());
    return 64;
  }
  return hammock::keeper::run(*options);
}
