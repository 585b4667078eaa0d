#include "escrow/list_file.hpp"

#include <sodium.h>

#include <algorithm>

namespace regdata::escrow {
namespace {

constexpr std::size_t flush_at = 64 * 1024;

}  // namespace

Mark mark_of(const Digest& key, std::string_view text) {
  std::array<std::uint8_t, crypto_generichash_BYTES_MIN> whole{};
  crypto_generichash(whole.data(), whole.size(), as_bytes(text).data(), text.size(), key.data(), key.size());
  Mark mark{};
  std::copy_n(whole.begin(), mark.size(), mark.begin());
  return mark;
}

Expected<ListFile> ListFile::create(const std::filesystem::path& file, const Digest& key) {
  auto part = PartFile::create(file);
  if (!part) return part.error();
  return ListFile(std::make_unique<State>(std::move(*part), key));
}

Expected<void> ListFile::add(ByteView entry) {
  state_->block.insert(state_->block.end(), entry.begin(), entry.end());
  return state_->block.size() < flush_at ? Expected<void>() : flush();
}

Expected<void> ListFile::flush() {
  auto written = state_->measured.write(state_->block);
  state_->block.clear();
  return written;
}

Expected<ListFacts> ListFile::end() {
  if (auto written = flush(); !written) return written.error();
  if (auto done = state_->measured.finish(); !done) return done.error();
  state_->facts.bytes = state_->measured.size();
  state_->facts.sha256 = state_->measured.digest();
  return state_->facts;
}

Expected<void> check_list(const std::filesystem::path& file, MeasuringSource& read, const ListFacts& facts) {
  if (read.size() == facts.bytes && read.digest() == facts.sha256) return {};
  return make_error(Errc::damaged, file.string() + " is not the list that the manifest names");
}

}  // namespace regdata::escrow
