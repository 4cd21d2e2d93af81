// The brain's dealings with the keeper: the greeting, hints, sockets held for programs, and a new
// keeper when the old one has died.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "os/file.h"
#include "os/process.h"
#include "shell/brain.h"
#include "shell/listen.h"

namespace hammock::shell {
namespace {

constexpr Duration kLookAgainAfter = std::chrono::milliseconds(5);
constexpr Duration kKeeperRetryFirst = std::chrono::milliseconds(50);
constexpr Duration kKeeperRetryMost = std::chrono::seconds(5);
constexpr unsigned kBusyTriesMost = 5;
constexpr int kExitBusy = 75;

std::optional<service::KeeperOrder> keeper_order(wire::Order order) {
  switch (order) {
    case wire::Order::kDefine:
      return service::KeeperOrder::kDefine;
    case wire::Order::kForget:
      return service::KeeperOrder::kForget;
    case wire::Order::kSpawn:
      return service::KeeperOrder::kSpawn;
    case wire::Order::kSignal:
      return service::KeeperOrder::kSignal;
    case wire::Order::kSignalGroup:
      return service::KeeperOrder::kSignalGroup;
    case wire::Order::kKill:
      return service::KeeperOrder::kKill;
    case wire::Order::kArm:
      return service::KeeperOrder::kArm;
    case wire::Order::kDropStored:
      return service::KeeperOrder::kDropStored;
    case wire::Order::kHello:
    case wire::Order::kHold:
    case wire::Order::kHoldsDone:
    case wire::Order::kRelease:
    case wire::Order::kRotate:
    case wire::Order::kShutdown:
    case wire::Order::kPing:
    case wire::Order::kTaken:
      break;
  }
  return std::nullopt;
}

bool main_process_lives(const wire::SlotCopy& slot) {
  const std::uint32_t pid = wire::life_pid(slot.life);
  if (pid == 0 || pid == wire::kRevoked) return false;
  return os::process_lives(static_cast<pid_t>(pid), {slot.data.pidfs_inode, slot.data.start_ticks});
}

}  // namespace

void Brain::open_link(os::UniqueFd socket) {
  link_ = Link(std::move(socket));
  link_writable_awaited_ = false;
  keeper_ready_ = false;
  defining_.clear();
  to_define_.clear();
  epoll_.add(link_.descriptor(), EPOLLIN, kTagLink);
  holds_.forget_who_knows();
  link_.send(hello_order());
}

void Brain::receive_hints() {
  for (ReceivedHint& hint : link_.receive())
    take_hint(std::move(hint));
  watch_link();
  if (!link_.is_open()) lost_keeper();
}

// Writability is awaited only while orders are queued.
void Brain::watch_link() {
  if (!link_.is_open() || link_.has_unsent() == link_writable_awaited_) return;
  link_writable_awaited_ = link_.has_unsent();
  epoll_.change(link_.descriptor(), link_writable_awaited_ ? EPOLLIN | EPOLLOUT : EPOLLIN,
                kTagLink);
}

void Brain::take_hint(ReceivedHint hint) {
  const wire::HintMessage& message = hint.message;
  switch (message.hint) {
    case wire::Hint::kHello:
      if (message.value != wire::kLinkVersion) {
        log_.say(Level::kError, "the keeper speaks another version of the link",
                 {{"version", std::to_string(message.value)}});
      }
      break;
    case wire::Hint::kHold:
      if (hint.fd) holds_.keep(message.hold, std::move(hint.fd), true);
      break;
    case wire::Hint::kReleased:
      holds_.drop(message.hold);
      break;
    case wire::Hint::kHoldsDone:
      greeted();
      break;
    case wire::Hint::kChanged:
      if (keeper_ready_) look(message.slot);
      break;
    case wire::Hint::kRefused:
      refused(message);
      break;
    case wire::Hint::kPong:
      break;
    case wire::Hint::kStopRequested: {
      to_acknowledge_.push_back(message.hint);
      service::CommandGiven command;
      command.id = "signal-" + std::to_string(message.value) + "-" +
                   std::to_string(now_.steady.time_since_epoch().count());
      command.verb = service::Verb::kDown;
      command.by = "signal " + std::to_string(message.value) + " to the keeper";
      happened(std::move(command));
      break;
    }
    case wire::Hint::kAlive:
      to_acknowledge_.push_back(message.hint);
      break;
    case wire::Hint::kReloadRequested:
      to_acknowledge_.push_back(message.hint);
      if (auto proof = store_->prove(now_); !proof) {
        log_.say(Level::kError, "the configuration is not applied",
                 {{"why", proof.error().message}});
        break;
      }
      apply_file("signal-HUP-" + std::to_string(now_.steady.time_since_epoch().count()));
      break;
  }
}

// After what they ask for has been decided. What could not be recorded is told to the next brain as
// well, should this one die.
void Brain::acknowledge() {
  for (wire::Hint hint : std::exchange(to_acknowledge_, {})) {
    const std::uint64_t durable = recorded_ && services().house.stop ? 1 : 0;
    link_.send(simple_order(wire::Order::kTaken, 0, durable, static_cast<std::int64_t>(hint)));
  }
}

void Brain::look(std::uint32_t slot) {
  defining_.erase(slot);  // whatever came of it
  if (auto event = slots_.look(ledger_, slot, monotonic_behind_)) {
    if (std::holds_alternative<service::SlotSeen>(*event))
      pipes_.keep(slot);
    else
      pipes_.drop(slot);
    happened(std::move(*event));
  }
  if (!slots_.torn().empty() && !look_again_) look_again_ = now_.steady + kLookAgainAfter;
}

// First of all, because the keeper may die at any moment.
void Brain::keep_pipes() {
  std::uint32_t end = std::min(ledger_.header().slots_used.load(), ledger_.capacity());
  for (std::uint32_t slot = 0; slot < end; ++slot) {
    if (wire::read_slot(ledger_.slot(slot)).data.phase == wire::Phase::kFree) continue;
    pipes_.begin(slot, [&] { return main_process_lives(wire::read_slot(ledger_.slot(slot))); });
  }
}

void Brain::refused(const wire::HintMessage& hint) {
  auto [service, instance] = slots_.owner(hint.slot);
  auto order = keeper_order(hint.about);
  if (!order || service.empty()) {
    log_.say(Level::kWarning, "the keeper refused",
             {{"order", std::to_string(static_cast<unsigned>(hint.about))},
              {"why", std::strerror(static_cast<int>(hint.value))}});
    return;
  }
  service::OrderRefused refusal{std::string(service), instance, hint.generation, *order,
                                static_cast<std::int32_t>(hint.value)};
  if (*order == service::KeeperOrder::kDefine) {
    slots_.release(hint.slot);
    defining_.erase(hint.slot);
  }
  happened(std::move(refusal));
}

// The keeper has given what it holds. It gets what it lacks, and from here on takes orders.
void Brain::greeted() {
  auto ledger = os::LedgerFile::read(options_.runtime + "/ledger");
  if (!ledger) {
    log_.say(Level::kError, "the ledger cannot be read", {{"why", ledger.error().message}});
    return link_.close();
  }
  ledger_file_ = std::move(*ledger);
  ledger_ = ledger_file_.ledger();
  service::LedgerRead read;
  read.boot_id = boot_id_;
  read.slots = slots_.read_all(ledger_, monotonic_behind_);
  keep_pipes();
  read.by_up = first_greeting_ && is_by_up();
  came_by_up_ |= read.by_up;
  keeper_ready_ = true;
  keeper_failures_ = 0;
  bind_sockets();
  if (!plan_.digest.empty()) release_sockets();  // of services that are no more
  send_holds();
  link_.send(simple_order(wire::Order::kHoldsDone));
  if (!slots_.torn().empty()) look_again_ = now_.steady + kLookAgainAfter;
  happened(std::move(read));
  keep_listening();
  upward_.ready();
  first_greeting_ = false;
}

void Brain::lost_keeper() {
  link_ = Link();
  if (leaving_ || exit_code_) {
    exit_code_ = 0;
    return;
  }
  if (keeper_ready_) {
    log_.say(Level::kError, "the keeper is gone; a new one is started");
    happened(service::KeeperLost{});
  }
  keeper_ready_ = false;
  keeper_retry_ = now_.steady;
  if (keeper_failures_ > 0) {
    auto factor = 1U << std::min(keeper_failures_ - 1, 10U);
    keeper_retry_ = now_.steady + std::min(kKeeperRetryFirst * factor, kKeeperRetryMost);
  }
}

void Brain::restart_keeper() {
  keeper_retry_.reset();
  ++keeper_failures_;
  auto keeper = start_keeper(binaries_, options_.runtime, options_.state, options_.config);
  if (!keeper) {
    log_.say(Level::kError, "no new keeper", {{"why", keeper.error().message}});
    return lost_keeper();
  }
  keeper_child_ = keeper->pid;
  open_link(std::move(keeper->link));
}

// It found that another keeper lives, which will start a brain of its own: this one is too many.
// The old keeper's lock may also just not be gone yet, so one answer is not enough.
void Brain::keeper_exited(int wait_status) {
  keeper_child_ = 0;
  bool busy = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == kExitBusy;
  if (busy && keeper_failures_ >= kBusyTriesMost) {
    log_.say(Level::kError, "another keeper is at work; this brain leaves");
    exit_code_ = kExitBusy;
  }
}

void Brain::bind_sockets() {
  for (const ServicePlan& service : plan_.services) {
    if (!service.listen.empty()) ensure_sockets(service);
  }
}

bool Brain::ensure_sockets(const ServicePlan& service) {
  bool all = true;
  for (std::uint32_t i = 0; i < service.listen.size(); ++i)
    all &= ensure_socket(service, i);
  if (all) obstacles_.erase(service.name);
  return all;
}

bool Brain::ensure_socket(const ServicePlan& service, std::uint32_t index) {
  const std::string& address = service.listen[index];
  wire::Hold hold = listen_hold(service.name, index, service.name);
  int held = holds_.find(hold);
  if (held >= 0 && is_bound_to(held, address)) return true;
  auto socket = listen_on(address);
  if (!socket && socket.error().code == ErrorCode::kBusy) {
    // Brain and keeper may have died together, and its programs have the socket still.
    std::vector<pid_t> programs;
    for (std::uint32_t n = 1; n <= service::kInstancesMax + 1; ++n) {
      auto slot = slots_.find(service.name, n);
      if (!slot) continue;
      pid_t pid = view_of(*slot, wire::read_slot(ledger_.slot(*slot)), {}).pid;
      if (pid > 0) programs.push_back(pid);
    }
    auto recovered = recover_listening(address, programs);
    if (recovered) socket = std::move(recovered);
  }
  if (!socket) {
    obstructed(service.name, socket.error().message);
    return false;
  }
  holds_.keep(hold, std::move(*socket), false);
  return true;
}

void Brain::send_holds() {
  holds_.give([&](const wire::Hold& hold, int fd) {
    wire::OrderMessage order = simple_order(wire::Order::kHold, hold.slot);
    order.hold = hold;
    link_.send(order, fd);
  });
}

void Brain::release_sockets() {
  auto dropped = holds_.drop_listening([&](std::string_view name, std::uint32_t index) {
    if (name == kPingsHeldAs) {
      const int held = holds_.find(listen_hold(kPingsHeldAs, 0, kPingsHeldAs));
      return wants_pings() && held >= 0 && is_bound_to(held, plan_.listen);
    }
    const ServicePlan* service = plan_.find(name);
    return service != nullptr && index < service->listen.size();
  });
  // First the manager: the next brain learns from the keeper what there is to be dropped.
  if (!dropped.empty()) give_holds_upward();
  for (const wire::Hold& hold : dropped) {
    wire::OrderMessage order = simple_order(wire::Order::kRelease);
    order.hold = hold;
    link_.send(order);
  }
}

void Brain::remove_unused_specs() {
  std::unordered_set<std::uint64_t> used;
  for (const Plan* plan : {&plan_, offered_ ? &*offered_ : &plan_}) {
    for (const ServicePlan& service : plan->services)
      used.insert(service.spec);
  }
  std::uint32_t end = std::min(ledger_.header().slots_used.load(), ledger_.capacity());
  for (std::uint32_t slot = 0; slot < end; ++slot) {
    wire::SlotCopy copy = wire::read_slot(ledger_.slot(slot));
    used.insert(copy.data.spec);
    used.insert(copy.data.reflex_spec);
  }
  specs_.remove_others(used);
}

// True for the first brain of a `hammock up`: its keeper was not started by a brain, and no brain
// has greeted this keeper before.
bool Brain::is_by_up() const {
  auto arguments =
      os::read_file("/proc/" + std::to_string(ledger_.header().keeper_pid) + "/cmdline");
  if (!arguments || arguments->contains("--adopt")) return false;
  auto greeted_before = os::read_file(options_.runtime + "/up");
  return greeted_before.value_or("") != std::to_string(ledger_.header().keeper_started_us);
}

void Brain::remember_up() const {
  auto written = os::write_file(options_.runtime + "/up",
                                std::to_string(ledger_.header().keeper_started_us), 0600);
  (void)written;  // without it the next brain of this keeper opens an open house: harmless
}

}  // namespace hammock::shell
