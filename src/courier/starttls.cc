#include "courier/starttls.h"

#include <utility>

#include "base/text.h"

namespace hammock::courier {
namespace {

using Protocol = wire::StartTls;

// Its length, and the number that stands for it (80877103), both in network order.
constexpr std::string_view kSslRequest("\0\0\0\x08\x04\xd2\x16\x2f", 8);
constexpr std::size_t kShownMost = 100;

bool begins_with(std::string_view line, std::string_view word) {
  return to_upper(line.substr(0, word.size())) == word;
}

}  // namespace

StartTls::StartTls(Protocol protocol) : protocol_(protocol) {
  if (protocol_ == Protocol::kPostgres) unsent_ = kSslRequest;
}

void StartTls::feed(std::string_view bytes) {
  taken_ += bytes.size();
  bytes_ += bytes;
  if (protocol_ == Protocol::kPostgres && !bytes_.empty()) {
    agreed_ = bytes_ == "S";
    if (!agreed_) fail_with(bytes_ == "N" ? "it is built or configured without TLS" : bytes_);
    return;
  }
  while (!agreed_ && !failure_) {
    const std::size_t end = bytes_.find('\n');
    if (end == std::string::npos) break;
    const std::string line(trim(std::string_view(bytes_).substr(0, end)));
    bytes_.erase(0, end + 1);
    take_line(line);
  }
  // What comes before TLS, and is read as if it had come within, may be of anybody.
  if (agreed_ && !bytes_.empty()) {
    agreed_ = false;
    failure_ = "the server said more before TLS than it was asked";
  }
  if (!agreed_ && !failure_ && taken_ > kBytesMax) {
    failure_ = "the server does not come to TLS within " + std::to_string(kBytesMax) + " bytes";
  }
}

void StartTls::take_line(std::string_view line) {
  switch (protocol_) {
    case Protocol::kSmtp:
      return take_smtp(line);
    case Protocol::kImap:
      return take_tagged(line, "* OK", "A OK");
    case Protocol::kPop3:
      return take_tagged(line, "+OK", "+OK");
    case Protocol::kNone:
    case Protocol::kPostgres:
      break;
  }
}

// "220 mail ESMTP", our EHLO, "250-mail" … "250 HELP", our STARTTLS, "220 go on".
void StartTls::take_smtp(std::string_view line) {
  const std::string_view expected = greeted_ && !asked_ ? "250" : "220";
  if (!line.starts_with(expected)) return fail_with(line);
  if (line.substr(3).starts_with('-')) return;  // more lines follow
  if (asked_) {
    agreed_ = true;
  } else if (!greeted_) {
    greeted_ = true;
    unsent_ = "EHLO hammock\r\n";
  } else {
    asked_ = true;
    unsent_ = "STARTTLS\r\n";
  }
}

void StartTls::take_tagged(std::string_view line, std::string_view greeting,
                           std::string_view good) {
  const bool is_imap = protocol_ == Protocol::kImap;
  if (!asked_) {
    if (!begins_with(line, greeting)) return fail_with(line);
    asked_ = true;
    unsent_ = is_imap ? "a STARTTLS\r\n" : "STLS\r\n";
    return;
  }
  if (is_imap && line.starts_with("* ")) return;  // whatever else it has to say
  if (!begins_with(line, good)) return fail_with(line);
  agreed_ = true;
}

void StartTls::fail_with(std::string_view line) {
  failure_ = "the server does not go on in TLS: " + printable(line.substr(0, kShownMost));
}

}  // namespace hammock::courier
