#include "wire/spec.h"

#include <cstring>

#include "base/hash.h"
#include "wire/spec_view.h"

namespace hammock::wire {
namespace {

// Lays the image out: the SpecImage, all lists, then all strings. Lists are reserved first so that
// they stay aligned; strings follow, so that the last byte is a terminator.
class Builder {
 public:
  Builder() : bytes_(sizeof(SpecImage), '\0') {}

  SpecList reserve(std::size_t count, std::size_t entry_bytes) {
    bytes_.resize((bytes_.size() + 7) / 8 * 8, '\0');
    SpecList list{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(count)};
    bytes_.resize(bytes_.size() + count * entry_bytes, '\0');
    return list;
  }
  template <class T>
  void set(SpecList list, std::size_t index, const T& entry) {
    std::memcpy(bytes_.data() + list.offset + index * sizeof(T), &entry, sizeof entry);
  }
  std::uint32_t text(std::string_view value) {
    auto offset = static_cast<std::uint32_t>(bytes_.size());
    // An interior NUL would cut the string for the program without anybody noticing; the schema
    // refuses it long before.
    bytes_ += value.substr(0, value.find('\0'));
    bytes_ += '\0';
    return offset;
  }
  void texts(SpecList list, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      set(list, i, text(values[i]));
  }
  std::string finish(SpecImage image) {
    image.bytes = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &image, sizeof image);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

template <class T, class U>
void put(const std::optional<T>& value, SpecBits bit, SpecImage& image, U SpecImage::* field) {
  if (!value) return;
  image.bits |= bit;
  image.*field = static_cast<U>(*value);
}

void put_plain_fields(const Spec& spec, SpecImage& image) {
  put(spec.uid, kSpecUid, image, &SpecImage::uid);
  put(spec.gid, kSpecGid, image, &SpecImage::gid);
  put(spec.nice, kSpecNice, image, &SpecImage::nice);
  put(spec.oom_score, kSpecOomScore, image, &SpecImage::oom_score);
  put(spec.capabilities, kSpecCapabilities, image, &SpecImage::capabilities);
  put(spec.notify_fd, kSpecNotifyFd, image, &SpecImage::notify_fd);
  put(spec.memory_max, kSpecMemoryMax, image, &SpecImage::memory_max);
  put(spec.processes_max, kSpecProcessesMax, image, &SpecImage::processes_max);
  put(spec.cpu_percent, kSpecCpuPercent, image, &SpecImage::cpu_percent);
  if (spec.no_new_privileges) image.bits |= kSpecNoNewPrivileges;
  if (spec.notify) image.bits |= kSpecNotify;
  if (spec.is_array) image.bits |= kSpecArray;
  image.file_mode_mask = spec.file_mode_mask;
  image.notify_access = spec.notify_access;
  image.stored_fds_max = spec.stored_fds_max;
  image.watchdog_us = spec.watchdog_us;
  image.log_segment_bytes = spec.log_segment_bytes;
}

template <class T, class U>
void take(const SpecView& view, SpecBits bit, U SpecImage::* field, std::optional<T>& value) {
  if (view.has(bit)) value = static_cast<T>(view.image().*field);
}

}  // namespace

std::string encode_spec(const Spec& spec) {
  static_assert(std::has_unique_object_representations_v<SpecImage>);
  Builder builder;
  SpecImage image;
  put_plain_fields(spec, image);
  image.command = builder.reserve(spec.command.size(), sizeof(std::uint32_t));
  image.environment = builder.reserve(spec.environment.size(), sizeof(std::uint32_t));
  image.listen_names = builder.reserve(spec.listen_names.size(), sizeof(std::uint32_t));
  image.secrets = builder.reserve(spec.secrets.size(), sizeof(SpecSecretEntry));
  image.limits = builder.reserve(spec.limits.size(), sizeof(SpecLimitEntry));
  image.groups = builder.reserve(spec.groups.size(), sizeof(std::uint32_t));
  for (std::size_t i = 0; i < spec.limits.size(); ++i) {
    const SpecLimit& limit = spec.limits[i];
    builder.set(image.limits, i, SpecLimitEntry{limit.resource, limit.soft, limit.hard});
  }
  for (std::size_t i = 0; i < spec.groups.size(); ++i)
    builder.set(image.groups, i, spec.groups[i]);
  builder.texts(image.command, spec.command);
  builder.texts(image.environment, spec.environment);
  builder.texts(image.listen_names, spec.listen_names);
  for (std::size_t i = 0; i < spec.secrets.size(); ++i) {
    SpecSecretEntry entry{builder.text(spec.secrets[i].name), builder.text(spec.secrets[i].source)};
    builder.set(image.secrets, i, entry);
  }
  image.directory = builder.text(spec.directory);
  return builder.finish(image);
}

std::uint64_t spec_hash(std::string_view image) {
  std::uint64_t hash = fnv1a(image);
  return hash == 0 ? 1 : hash;
}

Result<Spec> decode_spec(std::string_view bytes) {
  // A copy whose start is aligned, wherever the caller's bytes come from.
  std::vector<std::uint64_t> aligned((bytes.size() + 7) / 8);
  if (!bytes.empty()) std::memcpy(aligned.data(), bytes.data(), bytes.size());
  auto view = SpecView::open({reinterpret_cast<const char*>(aligned.data()), bytes.size()});
  if (!view) return fail(ErrorCode::kCorrupt, "the spec is damaged");
  const SpecImage& image = view->image();
  Spec spec;
  for (std::uint32_t i = 0; i < image.command.count; ++i)
    spec.command.push_back(view->command(i));
  for (std::uint32_t i = 0; i < image.environment.count; ++i) {
    spec.environment.push_back(view->environment(i));
  }
  for (std::uint32_t i = 0; i < image.listen_names.count; ++i) {
    spec.listen_names.push_back(view->listen_name(i));
  }
  for (std::uint32_t i = 0; i < image.secrets.count; ++i) {
    spec.secrets.push_back({view->secret_name(i), view->secret_source(i)});
  }
  for (std::uint32_t i = 0; i < image.limits.count; ++i) {
    const SpecLimitEntry& limit = view->limit(i);
    spec.limits.push_back({static_cast<int>(limit.resource), limit.soft, limit.hard});
  }
  spec.groups.assign(view->groups(), view->groups() + image.groups.count);
  spec.directory = view->directory();
  take(*view, kSpecUid, &SpecImage::uid, spec.uid);
  take(*view, kSpecGid, &SpecImage::gid, spec.gid);
  take(*view, kSpecNice, &SpecImage::nice, spec.nice);
  take(*view, kSpecOomScore, &SpecImage::oom_score, spec.oom_score);
  take(*view, kSpecCapabilities, &SpecImage::capabilities, spec.capabilities);
  take(*view, kSpecNotifyFd, &SpecImage::notify_fd, spec.notify_fd);
  take(*view, kSpecMemoryMax, &SpecImage::memory_max, spec.memory_max);
  take(*view, kSpecProcessesMax, &SpecImage::processes_max, spec.processes_max);
  take(*view, kSpecCpuPercent, &SpecImage::cpu_percent, spec.cpu_percent);
  spec.no_new_privileges = view->has(kSpecNoNewPrivileges);
  spec.notify = view->has(kSpecNotify);
  spec.is_array = view->has(kSpecArray);
  spec.file_mode_mask = image.file_mode_mask;
  spec.notify_access = image.notify_access;
  spec.stored_fds_max = image.stored_fds_max;
  spec.watchdog_us = image.watchdog_us;
  spec.log_segment_bytes = image.log_segment_bytes;
  return spec;
}

}  // namespace hammock::wire
