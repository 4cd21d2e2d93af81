// The files of `env_file`: strict KEY=value lines, the part of the shell's grammar that means the
// same everywhere.
//
//   # a comment                      blank lines and comments are skipped
//   PORT=8000                        unquoted: up to a space; ' #' begins a comment
//   export MODE=fast                 'export' is allowed, so that a shell can read the file, too
//   GREETING='as it is: $HOME \n'    single quotes: every byte as written, line breaks too
//   MOTTO="two\nlines, 5\$"          double quotes: \n \t \r \\ \" \$ and line breaks
//
// Nothing is expanded. What a shell would expand or split ($, `, spaces, backslashes outside
// quotes) is an error, not a surprise. Names are given once. Lines end with LF or CRLF. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hammock::resolve {

inline constexpr std::size_t kEnvFileBytesMax = 1
                                                << 20;  // a bigger file is refused by who reads it

struct EnvEntry {
  std::string name;
  std::string value;
  std::size_t offset = 0;  // of the name
  friend bool operator==(const EnvEntry&, const EnvEntry&) = default;
};

// begin..end are byte offsets into the text. `first` is the earlier definition of a duplicate name,
// which is as long as the fault.
struct EnvFault {
  std::string code;
  std::string message;
  std::string help;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t first = std::string::npos;
  friend bool operator==(const EnvFault&, const EnvFault&) = default;
};

struct EnvFile {
  std::vector<EnvEntry> entries;
  std::vector<EnvFault> faults;  // in order of position; at most one a line
};

EnvFile parse_env_file(std::string_view text);

}  // namespace hammock::resolve
