#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "keeper/child.h"

namespace hammock::keeper {
namespace {

// Pointers to all that a spec can list, the names of all sockets twice, and the rest of Extras.
static_assert(kChildBytesMax >= std::size_t{2} * wire::kSpecListMax * sizeof(char*) +
                                    2 * kPassedMax * wire::kHoldNameBytes + 65'536);

constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Memory that lives until exec: the child may not use the keeper's heap, and needs no free(). What
// stood in it before is still there.
class Arena {
 public:
  explicit Arena(std::span<char> memory) : memory_(memory) {}
  template <class T>
  T* array(std::size_t count) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.data());
    take(-at % alignof(T));
    return reinterpret_cast<T*>(take(count * sizeof(T)));
  }
  char* text(std::initializer_list<std::string_view> parts) {
    std::size_t size = 1;
    for (std::string_view part : parts)
      size += part.size();
    char* start = take(size);
    char* at = start;
    for (std::string_view part : parts)
      at = std::copy(part.begin(), part.end(), at);
    *at = '\0';
    return start;
  }

 private:
  char* take(std::size_t bytes) {
    HAMMOCK_ASSERT(bytes <= memory_.size());
    char* start = memory_.data();
    memory_ = memory_.subspan(bytes);
    return start;
  }
  std::span<char> memory_;
};

// What Hammock adds; the same names in the spec's environment are overruled.
class Extras {
 public:
  void add(Arena& arena, std::string_view name, std::string_view value) {
    HAMMOCK_ASSERT(items_.push(arena.text({name, "=", value})));
  }
  void add(Arena& arena, std::string_view name, std::integral auto value) {
    add(arena, name, os::FixedText<24>(value).view());
  }
  bool names(const char* entry) const {
    return std::any_of(items_.begin(), items_.end(), [&](const char* item) {
      const char* equals = std::strchr(item, '=');
      return std::strncmp(item, entry, static_cast<std::size_t>(equals - item) + 1) == 0;
    });
  }
  const BoundedVector<char*, 24>& items() const { return items_; }

 private:
  BoundedVector<char*, 24> items_;
};

void add_sockets(const ChildPlan& plan, Arena& arena, Extras& extras) {
  if (plan.passed.empty()) return;
  std::size_t bytes = 1;
  for (const Passed& passed : plan.passed)
    bytes += std::strlen(passed.name.data()) + 1;
  char* names = arena.array<char>(bytes);
  char* at = names;
  for (const Passed& passed : plan.passed) {
    if (at != names) *at++ = ':';
    at = std::copy_n(passed.name.data(), std::strlen(passed.name.data()), at);
  }
  extras.add(arena, "LISTEN_FDS", plan.passed.size());
  extras.add(arena, "LISTEN_PID", ::getpid());
  extras.add(arena, "LISTEN_FDNAMES",
             std::string_view(names, static_cast<std::size_t>(at - names)));
}

void add_extras(const ChildPlan& plan, Arena& arena, Extras& extras) {
  const wire::SpecImage& image = plan.spec.image();
  add_sockets(plan, arena, extras);
  if (!plan.notify.view().empty()) extras.add(arena, "NOTIFY_SOCKET", plan.notify.view());
  if (image.watchdog_us != 0) {
    extras.add(arena, "WATCHDOG_USEC", image.watchdog_us);
    extras.add(arena, "WATCHDOG_PID", ::getpid());
  }
  if (image.stored_fds_max != 0) extras.add(arena, "FDSTORE", image.stored_fds_max);
  if (image.secrets.count != 0) {
    extras.add(arena, "CREDENTIALS_DIRECTORY", plan.secrets.view());
    extras.add(arena, "HAMMOCK_SECRETS", plan.secrets.view());
  }
  extras.add(arena, "HAMMOCK_SERVICE", plan.entry->data.name());
  extras.add(arena, "HAMMOCK_INSTANCE", plan.entry->data.instance);
  if (plan.spec.has(wire::kSpecArray)) {
    extras.add(arena, "HAMMOCK_TASK", plan.entry->data.instance - 1);
  }
  os::FixedText<64> id;
  id.add_hex(plan.identity).add(":").add(plan.slot).add(":").add(plan.generation);
  extras.add(arena, "HAMMOCK_ID", id.view());
}

std::string_view search_path(const ChildPlan& plan) {
  for (std::uint32_t i = 0; i < plan.spec.image().environment.count; ++i) {
    std::string_view entry = plan.spec.environment(i);
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return kDefaultPath;
}

// As execvpe(3), without a shell for files that are no programs. A found program that may not be
// executed is a better reason than "not found" in the last folder.
int execute(const ChildPlan& plan, char** arguments, char** environment) {
  std::string_view name = plan.spec.command(0);
  if (name.empty()) return ENOENT;
  if (name.find('/') != std::string_view::npos) {
    ::execve(plan.spec.command(0), arguments, environment);
    return errno;
  }
  int reason = ENOENT;
  std::string_view path = search_path(plan);
  while (true) {
    std::size_t end = std::min(path.find(':'), path.size());
    std::string_view folder = end == 0 ? "." : path.substr(0, end);
    os::FixedText<4096> candidate(folder, "/", name);
    if (candidate.fits()) {
      ::execve(candidate.c_str(), arguments, environment);
      if (errno != ENOENT && errno != ENOTDIR) reason = errno;
      if (reason != ENOENT && reason != EACCES) return reason;
    }
    if (end == path.size()) return reason;
    path.remove_prefix(end + 1);
  }
}

}  // namespace

int become_program(const ChildPlan& plan) {
  const wire::SpecImage& image = plan.spec.image();
  Arena arena(plan.memory);
  char** arguments = arena.array<char*>(image.command.count + 1);
  for (std::uint32_t i = 0; i < image.command.count; ++i) {
    arguments[i] = const_cast<char*>(plan.spec.command(i));
  }
  arguments[image.command.count] = nullptr;
  Extras extras;
  add_extras(plan, arena, extras);
  char** environment = arena.array<char*>(image.environment.count + extras.items().size() + 1);
  char** at = environment;
  for (std::uint32_t i = 0; i < image.environment.count; ++i) {
    if (!extras.names(plan.spec.environment(i)))
      *at++ = const_cast<char*>(plan.spec.environment(i));
  }
  for (char* item : extras.items())
    *at++ = item;
  *at = nullptr;
  return execute(plan, arguments, environment);
}

}  // namespace hammock::keeper
