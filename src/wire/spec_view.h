// A spec read in place: for the keeper and its child, which may not allocate.
//
// The image begins with a SpecImage, then arrays and NUL-terminated strings that it points to by
// offset from the start. SpecView::open checks every offset, count and terminator once; afterwards
// all accessors are plain reads. docs/formats/spec.md is the page of the format.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hammock::wire {

inline constexpr std::uint64_t kSpecMagic = 0x3143505348;  // "HSPC1"
inline constexpr std::uint32_t kSpecBytesMax = 4U << 20;
inline constexpr std::uint32_t kSpecListMax = 65536;  // entries of any one list

struct SpecList {
  std::uint32_t offset = 0;  // of the first entry; a multiple of 8
  std::uint32_t count = 0;
};

struct SpecLimitEntry {
  std::int64_t resource = 0;
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

struct SpecSecretEntry {
  std::uint32_t name = 0;
  std::uint32_t source = 0;
};

// Which optional fields are there, and the flags.
enum SpecBits : std::uint64_t {
  kSpecUid = 1,
  kSpecGid = 2,
  kSpecNice = 4,
  kSpecOomScore = 8,
  kSpecNoNewPrivileges = 16,
  kSpecCapabilities = 32,
  kSpecNotify = 64,
  kSpecNotifyFd = 128,
  kSpecMemoryMax = 256,
  kSpecProcessesMax = 512,
  kSpecCpuPercent = 1024,
  kSpecArray = 2048,
};
inline constexpr std::uint64_t kSpecBitsAll = 4095;

struct SpecImage {
  std::uint64_t magic = kSpecMagic;
  std::uint32_t bytes = 0;  // of the whole image
  std::uint32_t directory = 0;
  std::uint64_t bits = 0;
  SpecList command;       // u32 offsets of strings
  SpecList environment;   // the same
  SpecList listen_names;  // the same
  SpecList secrets;       // SpecSecretEntry
  SpecList limits;        // SpecLimitEntry
  SpecList groups;        // u32
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t file_mode_mask = 0;
  std::int32_t nice = 0;
  std::int32_t oom_score = 0;
  std::int32_t notify_access = 0;
  std::int32_t notify_fd = 0;
  std::uint32_t stored_fds_max = 0;
  std::uint64_t capabilities = 0;
  std::uint64_t watchdog_us = 0;
  std::uint64_t memory_max = 0;
  std::uint64_t processes_max = 0;
  std::uint64_t cpu_percent = 0;
  std::uint64_t log_segment_bytes = 0;
};

class SpecView {
 public:
  // Nothing when the image is damaged. The bytes must stay, and be aligned to 8.
  static std::optional<SpecView> open(std::string_view bytes);

  const SpecImage& image() const { return *image_; }
  bool has(SpecBits bit) const { return (image_->bits & bit) != 0; }
  const char* directory() const { return text(image_->directory); }
  const char* command(std::uint32_t i) const { return string_at(image_->command, i); }
  const char* environment(std::uint32_t i) const { return string_at(image_->environment, i); }
  const char* listen_name(std::uint32_t i) const { return string_at(image_->listen_names, i); }
  const char* secret_name(std::uint32_t i) const;
  const char* secret_source(std::uint32_t i) const;
  const SpecLimitEntry& limit(std::uint32_t i) const;
  const std::uint32_t* groups() const;  // image().groups.count of them

 private:
  explicit SpecView(const char* base) : image_(reinterpret_cast<const SpecImage*>(base)) {}
  const char* base() const { return reinterpret_cast<const char*>(image_); }
  const char* text(std::uint32_t offset) const { return base() + offset; }
  const char* string_at(SpecList list, std::uint32_t i) const;
  bool sound() const;
  bool list_fits(SpecList list, std::size_t entry_bytes) const;
  bool text_fits(std::uint32_t offset) const { return offset < image_->bytes; }

  const SpecImage* image_;
};

}  // namespace hammock::wire
