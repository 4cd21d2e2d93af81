// Gauges: what only this machine can tell about what will go off by itself. Each look is a process
// of its own, `hammock-gauge KIND ARGUMENT…`: it looks once, prints one JSON object on one line,
// and exits. So a file system that hangs, a database that does not answer or a folder with a
// million files can neither stop nor fatten whoever asked, who gives it time, and kills it then.
//
// It measures and does not judge: when something goes off, and who is to be told, is decided
// elsewhere. What cannot be found out is said in words: {"unknown":"open /srv: No such file …"}.
//
// Exit status: 0 with an object on the output, also when it is unknown; 64 for arguments that make
// no sense, with a sentence on the error output.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hammock::gauge {

struct Printed {
  int exit_code = 0;
  std::string output;  // with its newline
  std::string error;
};
Printed run(std::span<const std::string_view> arguments);

}  // namespace hammock::gauge
