// hammock-gauge newest PATTERN: the files that match a pattern, the newest first.
//
// The pattern is an absolute path. Each component is matched by fnmatch(3): `*`, `?` and `[...]`; a
// component `**` stands for any number of folders, also none, and at the end for any file below. As
// in a shell a leading dot is matched by a dot only, so what is still being copied (".dump.gz.Xa3f"
// of rsync) is not the newest backup. A file counts once, however many ways the pattern leads to
// it.
//
// Only regular files count. A symbolic link counts as what it points to, for files and for folders
// that a component names or matches; `**` does not go through links, so it comes to an end. What
// vanishes while we look is skipped. What cannot be looked at is an error that names it: the newest
// file might be there.
//
//   {"files":[{"path":"/b/2.dump","modified":"2026-12-01T03:00:00.000Z","bytes":12345}],"count":57}
//
// `files` are at most kNewestMax, `count` is of all. Equally old files stand in the order of their
// paths.
#pragma once

#include <time.h>

#include <cstddef>

#include "gauge/kind.h"

namespace hammock::gauge {

inline constexpr std::size_t kNewestMax = 11;
inline constexpr std::size_t kPatternBytesMax = 4096;

// "2026-12-01T03:00:00.000Z"; the second nearest to it when the year is not of 0 to 9999, which
// some file systems can hold.
std::string modified_text(const struct timespec& modified);

Result<std::string> look_newest(Arguments arguments);

}  // namespace hammock::gauge
