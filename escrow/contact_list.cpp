#include "escrow/contact_list.hpp"

#include <sodium.h>

#include <array>

namespace regdata::escrow {
namespace {

constexpr std::size_t mark_size = 8;
constexpr std::size_t list_block = 64 * 1024;  // a multiple of it
using Mark = std::array<std::uint8_t, mark_size>;

/// BLAKE2b, cut to 64 bits: of a million contacts one answers for another once in 10^13 questions.
Mark mark_of(const Digest& key, std::string_view handle) {
  std::array<std::uint8_t, crypto_generichash_BYTES_MIN> whole{};
  crypto_generichash(whole.data(), whole.size(), as_bytes(handle).data(), handle.size(), key.data(), key.size());
  Mark mark{};
  std::copy_n(whole.begin(), mark.size(), mark.begin());
  return mark;
}

}  // namespace

Expected<std::unique_ptr<ContactList>> ContactList::begin(const std::filesystem::path& directory, const Digest& key) {
  auto file = PartFile::create(directory / contact_list_name);
  if (!file) return file.error();
  return std::unique_ptr<ContactList>(new ContactList(std::move(*file), key));
}

Expected<void> ContactList::add(std::string_view handle) {
  const Mark mark = mark_of(facts_.key, handle);
  block_.insert(block_.end(), mark.begin(), mark.end());
  return block_.size() < list_block ? Expected<void>() : flush();
}

Expected<void> ContactList::flush() {
  auto written = measured_.write(block_);
  block_.clear();
  return written;
}

Expected<ContactListFacts> ContactList::finish() {
  if (auto written = flush(); !written) return written.error();
  if (auto done = measured_.finish(); !done) return done.error();
  facts_.bytes = measured_.size();
  facts_.sha256 = measured_.digest();
  if (auto placed = file_.put_in_place(); !placed) return placed.error();
  return facts_;
}

Expected<bool> holds_contact(const std::filesystem::path& directory, const ContactListFacts& facts, std::string_view handle) {
  auto file = FileSource::open(directory / contact_list_name);
  if (!file) return file.error();
  MeasuringSource measured(*file);
  const Mark wanted = mark_of(facts.key, handle);
  bool found = false;
  Bytes block(list_block);
  while (true) {
    std::size_t filled = 0;
    while (filled < block.size()) {
      const auto size = measured.read(std::span(block).subspan(filled));
      if (!size) return size.error();
      if (*size == 0) break;
      filled += *size;
    }
    for (std::size_t at = 0; at + mark_size <= filled && !found; at += mark_size)
      found = std::equal(wanted.begin(), wanted.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
    if (filled < block.size()) break;
  }
  if (measured.size() != facts.bytes || measured.digest() != facts.sha256)
    return make_error(Errc::damaged, (directory / contact_list_name).string() + " is not the list that the manifest names");
  return found;
}

}  // namespace regdata::escrow
