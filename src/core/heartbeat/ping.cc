#include "core/heartbeat/ping.h"

namespace hammock::heartbeat {

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == '-'
                          ? text[i] == '-'
                          : std::string_view("0123456789abcdefABCDEF").contains(text[i]);
    if (!fits) return false;
  }
  return true;
}

}  // namespace hammock::heartbeat
