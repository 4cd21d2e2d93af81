#include "wire/hold_name.h"

#include <algorithm>
#include <charconv>

namespace hammock::wire {
namespace {

constexpr std::size_t kNameBytesMax =
    255 - kFdTokenBytes - 1;  // FDNAME_MAX of systemd, and the token

bool is_fd_name(std::string_view name) {
  auto fits = [](char c) { return c >= ' ' && c < 0x7f && c != ':'; };
  return name.size() <= kNameBytesMax && std::ranges::all_of(name, fits);
}

// Takes "NUMBER/" from the front.
bool take_number(std::string_view& text, std::uint32_t& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits == text.size() || text[digits] != '/') return false;
  text.remove_prefix(digits + 1);
  return true;
}

// Takes "TEXT/" from the front; `text` stays as it is when there is no slash.
std::string_view take_word(std::string_view& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view word = text.substr(0, slash);
  text.remove_prefix(slash + 1);
  return word;
}

template <std::size_t kBytes>
bool put(std::array<char, kBytes>& into, std::string_view text) {
  if (text.empty() || text.size() >= kBytes) return false;
  std::ranges::copy(text, into.begin());
  return true;
}

}  // namespace

std::string name_of_hold(const Hold& hold) {
  std::string name;
  if (hold.kind == HoldKind::kListen) {
    name = "listen/" + std::to_string(hold.index) + "/" + hold.service.data();
  } else if (hold.kind == HoldKind::kStored) {
    name = "stored/" + std::to_string(hold.slot) + "/" + hold.service.data() + "/" +
           std::to_string(hold.index) + "/" + std::to_string(hold.flags) + "/" + hold.name.data();
  }
  return is_fd_name(name) ? name : "";
}

std::optional<Hold> hold_of_name(std::string_view name) {
  constexpr std::string_view kListen = "listen/";
  constexpr std::string_view kStored = "stored/";
  Hold hold;
  if (name.starts_with(kListen)) {
    hold.kind = HoldKind::kListen;
    name.remove_prefix(kListen.size());
    if (!take_number(name, hold.index) || !put(hold.service, name)) return std::nullopt;
    put(hold.name, name);
    return hold;
  }
  if (!name.starts_with(kStored)) return std::nullopt;
  hold.kind = HoldKind::kStored;
  name.remove_prefix(kStored.size());
  if (!take_number(name, hold.slot) || !put(hold.service, take_word(name))) return std::nullopt;
  if (!take_number(name, hold.index) || !take_number(name, hold.flags)) return std::nullopt;
  if (!put(hold.name, name)) return std::nullopt;
  return hold;
}

}  // namespace hammock::wire
