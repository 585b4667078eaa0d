#include "escrow/contact_list.hpp"

#include <algorithm>

namespace regdata::escrow {
namespace {

constexpr std::size_t list_block = 64 * 1024;  // a multiple of a mark's size

}  // namespace

Expected<ContactList> ContactList::begin(const std::filesystem::path& directory, const Digest& key) {
  auto file = ListFile::create(directory / contact_list_name, key);
  if (!file) return file.error();
  return ContactList(std::move(*file));
}

Expected<void> ContactList::add(std::string_view handle) { return file_.add(mark_of(file_.key(), handle)); }

Expected<ListFacts> ContactList::finish() {
  auto facts = file_.end();
  if (!facts) return facts;
  if (auto placed = file_.put_in_place(); !placed) return placed.error();
  return facts;
}

Expected<bool> holds_contact(const std::filesystem::path& directory, const ListFacts& facts, std::string_view handle) {
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
    for (std::size_t at = 0; at + wanted.size() <= filled && !found; at += wanted.size())
      found = std::equal(wanted.begin(), wanted.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
    if (filled < block.size()) break;
  }
  if (auto good = check_list(directory / contact_list_name, measured, facts); !good) return good.error();
  return found;
}

}  // namespace regdata::escrow
