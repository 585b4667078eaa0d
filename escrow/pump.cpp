#include "escrow/pump.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace regdata::escrow {
namespace {

constexpr std::size_t pumped_block = 128 * 1024;
constexpr std::size_t most_blocks = 4;

}  // namespace

BlockQueue::~BlockQueue() {
  for (Bytes& block : blocks_) wipe(block);
}

bool BlockQueue::give(Bytes block) {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [this] { return closed_ || blocks_.size() < most_blocks; });
  if (closed_) {
    wipe(block);
    return false;
  }
  blocks_.push_back(std::move(block));
  changed_.notify_all();
  return true;
}

void BlockQueue::end(std::optional<Error> why) {
  const std::lock_guard guard(mutex_);
  ended_ = true;
  why_ = std::move(why);
  changed_.notify_all();
}

std::optional<Bytes> BlockQueue::take() {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [this] { return closed_ || ended_ || !blocks_.empty(); });
  if (closed_ || blocks_.empty()) return std::nullopt;
  Bytes block = std::move(blocks_.front());
  blocks_.pop_front();
  changed_.notify_all();
  return block;
}

std::optional<Error> BlockQueue::why() const {
  const std::lock_guard guard(mutex_);
  return why_;
}

void BlockQueue::close() {
  const std::lock_guard guard(mutex_);
  closed_ = true;
  changed_.notify_all();
}

ThreadedSink::ThreadedSink(ByteSink& behind) : behind_(behind) {
  block_.reserve(pumped_block);
  thread_ = std::thread([this] { run(); });
}

ThreadedSink::~ThreadedSink() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
  wipe(block_);
}

void ThreadedSink::run() {
  while (auto block = queue_.take()) {
    ByteView rest = *block;
    while (!rest.empty() && outcome_) {
      std::uint32_t size = 0;
      std::memcpy(&size, rest.data(), sizeof size);
      outcome_ = behind_.write(rest.subspan(sizeof size, size));
      rest = rest.subspan(sizeof size + size);
    }
    wipe(*block);
    if (!outcome_) return queue_.close();
  }
}

Expected<void> ThreadedSink::write(ByteView bytes) {
  // its size before each piece: a block is taken apart as it was put together
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (!block_.empty() && block_.size() + sizeof size + bytes.size() > pumped_block) {
    if (!queue_.give(std::exchange(block_, {}))) return finish();  // says why
    block_.reserve(pumped_block);
  }
  const auto* const head = reinterpret_cast<const std::uint8_t*>(&size);
  block_.insert(block_.end(), head, head + sizeof size);
  block_.insert(block_.end(), bytes.begin(), bytes.end());
  return {};
}

Expected<void> ThreadedSink::finish() {
  if (!block_.empty()) queue_.give(std::exchange(block_, {}));
  queue_.end();
  if (thread_.joinable()) thread_.join();
  return outcome_ ? behind_.finish() : outcome_;
}

ThreadedSource::ThreadedSource(ByteSource& from) : from_(from) {
  thread_ = std::thread([this] { run(); });
}

ThreadedSource::~ThreadedSource() {
  queue_.close();
  thread_.join();
  wipe(block_);
}

void ThreadedSource::run() {
  while (true) {
    Bytes block(pumped_block);
    std::size_t filled = 0;
    while (filled < block.size()) {
      const auto size = from_.read(std::span(block).subspan(filled));
      if (!size) {
        wipe(block);
        return queue_.end(size.error());
      }
      if (*size == 0) break;
      filled += *size;
    }
    const bool last = filled < block.size();
    block.resize(filled);
    if (filled > 0 && !queue_.give(std::move(block))) return;
    if (last) return queue_.end();
  }
}

Expected<std::size_t> ThreadedSource::read(std::span<std::uint8_t> into) {
  if (given_ == block_.size() && !ended_) {
    wipe(block_);
    given_ = 0;
    auto block = queue_.take();
    if (block)
      block_ = std::move(*block);
    else
      ended_ = true;
  }
  if (given_ == block_.size()) {
    if (const auto why = queue_.why()) return *why;
    return std::size_t{0};
  }
  const std::size_t size = std::min(into.size(), block_.size() - given_);
  std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(given_), size, into.begin());
  given_ += size;
  return size;
}

}  // namespace regdata::escrow
