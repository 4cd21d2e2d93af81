#include "wire/spec_view.h"

#include "base/assert.h"

namespace hammock::wire {
namespace {

template <class T>
const T* entries(const char* base, SpecList list) {
  return reinterpret_cast<const T*>(base + list.offset);
}

}  // namespace

std::optional<SpecView> SpecView::open(std::string_view bytes) {
  if (bytes.size() < sizeof(SpecImage) || bytes.size() > kSpecBytesMax) return std::nullopt;
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(SpecImage) != 0) return std::nullopt;
  SpecView view(bytes.data());  // NOLINT(bugprone-suspicious-stringview-data-usage): sized within
  if (view.image_->magic != kSpecMagic || view.image_->bytes != bytes.size()) return std::nullopt;
  if (!view.sound()) return std::nullopt;
  return view;
}

bool SpecView::list_fits(SpecList list, std::size_t entry_bytes) const {
  if (list.count == 0) return true;
  return list.count <= kSpecListMax && list.offset % 8 == 0 && list.offset >= sizeof(SpecImage) &&
         list.offset < image_->bytes && list.count * entry_bytes <= image_->bytes - list.offset;
}

// The last byte is NUL, so every offset inside the image is the start of a terminated string.
bool SpecView::sound() const {
  const SpecImage& image = *image_;
  if (base()[image.bytes - 1] != '\0' || (image.bits & ~std::uint64_t{kSpecBitsAll}) != 0) {
    return false;
  }
  if (image.command.count == 0 || !text_fits(image.directory)) return false;
  for (SpecList list : {image.command, image.environment, image.listen_names}) {
    if (!list_fits(list, sizeof(std::uint32_t))) return false;
    for (std::uint32_t i = 0; i < list.count; ++i) {
      if (!text_fits(entries<std::uint32_t>(base(), list)[i])) return false;
    }
  }
  if (!list_fits(image.secrets, sizeof(SpecSecretEntry)) ||
      !list_fits(image.limits, sizeof(SpecLimitEntry)) ||
      !list_fits(image.groups, sizeof(std::uint32_t))) {
    return false;
  }
  for (std::uint32_t i = 0; i < image.secrets.count; ++i) {
    const SpecSecretEntry& entry = entries<SpecSecretEntry>(base(), image.secrets)[i];
    if (!text_fits(entry.name) || !text_fits(entry.source)) return false;
  }
  return true;
}

const char* SpecView::string_at(SpecList list, std::uint32_t i) const {
  HAMMOCK_ASSERT(i < list.count);
  return text(entries<std::uint32_t>(base(), list)[i]);
}

const char* SpecView::secret_name(std::uint32_t i) const {
  HAMMOCK_ASSERT(i < image_->secrets.count);
  return text(entries<SpecSecretEntry>(base(), image_->secrets)[i].name);
}

const char* SpecView::secret_source(std::uint32_t i) const {
  HAMMOCK_ASSERT(i < image_->secrets.count);
  return text(entries<SpecSecretEntry>(base(), image_->secrets)[i].source);
}

const SpecLimitEntry& SpecView::limit(std::uint32_t i) const {
  HAMMOCK_ASSERT(i < image_->limits.count);
  return entries<SpecLimitEntry>(base(), image_->limits)[i];
}

const std::uint32_t* SpecView::groups() const {
  return entries<std::uint32_t>(base(), image_->groups);
}

}  // namespace hammock::wire
