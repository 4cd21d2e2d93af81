#include "core/probe/config.h"

#include "base/variant.h"

namespace hammock::probe {

std::string target_text(const Target& target) {
  return match(
      target, [](const Http& http) { return http.url.substr(0, http.url.find_first_of("?#")); },
      [](const Tcp& tcp) {
        const bool is_v6 = tcp.host.find(':') != std::string::npos;
        std::string text(tcp.tls ? "tls " : "tcp ");
        text += is_v6 ? "[" + tcp.host + "]" : tcp.host;
        return text + ":" + std::to_string(tcp.port);
      },
      [](const Dns& dns) { return "dns " + dns.name + " " + dns.type; },
      [](const Command& command) { return "command " + command.command.front(); });
}

}  // namespace hammock::probe
