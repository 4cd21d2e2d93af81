#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/state.h"
#include "os/cgroup.h"
#include "os/file.h"
#include "os/folder.h"

namespace hammock::keeper {
namespace {

bool usable(const char* folder) {
  return ::access((os::Path(folder, "/cgroup.procs")).c_str(), W_OK) == 0 &&
         ::access((os::Path(folder, "/cgroup.kill")).c_str(), W_OK) == 0;
}

void hand_on_controllers(const char* folder) {
  for (const char* controller : {"memory", "pids", "cpu"})
    os::cgroup_hand_on(folder, controller);
}

constexpr int kGroupsDeep = 16;

// Groups that the program made below its own (systemd, container runtimes) are empty when it is:
// they go with it.
bool remove_group(os::Path& path, int depth) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  if (errno != EBUSY || depth == kGroupsDeep) return false;
  bool gone = true;
  os::for_each_entry(path.c_str(), [&](const char* name, unsigned char type) {
    if (type != DT_DIR) return;
    os::Path below(path.view(), "/", name);
    gone = below.fits() && remove_group(below, depth + 1) && gone;
  });
  return gone && (::rmdir(path.c_str()) == 0 || errno == ENOENT);
}

}  // namespace

// The folder is remembered in R/cgroup: the next keeper may be started from another cgroup, and
// must find the programs all the same.
void find_groups(Keeper& k) {
  const std::string note = std::string(k.runtime.view()) + "/cgroup";
  if (auto noted = os::read_file(note, 512); noted && usable(noted->c_str())) {
    k.groups.add(*noted);
  } else {
    auto own = os::own_cgroup();
    if (!own) return;
    os::Path folder(*own, "/hammock-");
    folder.add_hex(k.identity);
    if (!folder.fits()) return;
    hand_on_controllers(own->c_str());
    k.groups_are_new = ::mkdir(folder.c_str(), 0755) == 0;
    if (!k.groups_are_new && errno != EEXIST) return;
    if (!usable(folder.c_str())) return;
    if (auto written = os::write_file(note, folder.view(), 0600); !written) {
      ::rmdir(folder.c_str());
      return say(written.error().message, "; going on without cgroups");
    }
    k.groups = folder;
  }
  hand_on_controllers(k.groups.c_str());
  k.group_memory = os::cgroup_has_controller(k.groups.c_str(), "memory");
}

void leaf_path(const Keeper& k, std::uint32_t slot, os::Path& path) {
  path.add(k.groups.view()).add("/").add(slot);
}

bool leaf_populated(const Keeper& k, std::uint32_t slot) {
  os::Path leaf;
  leaf_path(k, slot, leaf);
  return os::cgroup_value(leaf.c_str(), "cgroup.events", "populated").value_or(0) != 0;
}

std::uint64_t leaf_oom_kills(const Keeper& k, std::uint32_t slot) {
  if (!k.group_memory) return 0;
  os::Path leaf;
  leaf_path(k, slot, leaf);
  return os::cgroup_value(leaf.c_str(), "memory.events", "oom_kill").value_or(0);
}

// An open descriptor of the empty leaf, or -1: then the program goes without.
int make_leaf(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (k.groups.view().empty()) return -1;
  if (s.leaf_spoiled && !remove_leaf(k, slot)) return -1;
  os::Path leaf;
  leaf_path(k, slot, leaf);
  if (!s.leaf_exists) {
    if (!leaf.fits() || (::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST)) return -1;
    s.leaf_exists = true;
    if (k.group_memory) os::cgroup_write(leaf.c_str(), "memory.oom.group", "1");
  }
  return ::open(leaf.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// A child born into a group that was once killed dies at birth on some kernels: such a group is
// never used again.
bool remove_leaf(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (!s.leaf_exists) return true;
  os::Path leaf;
  leaf_path(k, slot, leaf);
  if (!remove_group(leaf, 0)) return false;
  s.leaf_exists = s.leaf_spoiled = s.in_leaf = false;
  return true;
}

// When nothing runs any more. Until the note is gone as well, the next keeper finds what is left.
void remove_groups(const Keeper& k) {
  if (k.groups.view().empty()) return;
  os::Path folder(k.groups.view());
  if (remove_group(folder, 0)) ::unlink(os::Path(k.runtime.view(), "/cgroup").c_str());
}

}  // namespace hammock::keeper
