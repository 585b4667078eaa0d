// Bytes handed from one thread to another: a deposit keeps two cores busy, and its memory flat.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "escrow/stream.hpp"

namespace regdata::escrow {

/// A few blocks between one who gives and one who takes. What passes may be personal data: it is wiped when it was taken.
class BlockQueue {
 public:
  BlockQueue() = default;
  BlockQueue(const BlockQueue&) = delete;
  BlockQueue& operator=(const BlockQueue&) = delete;
  ~BlockQueue();

  /// Waits for a place. False: nobody takes any more.
  bool give(Bytes block);
  /// Nothing follows; with an error: because of it.
  void end(std::optional<Error> why = {});
  /// Waits for a block. Empty: the end, see why().
  std::optional<Bytes> take();
  /// Why it ended; empty: all is there. After take() gave nothing.
  [[nodiscard]] std::optional<Error> why() const;
  /// Nobody takes any more: give() lets go.
  void close();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Bytes> blocks_;
  std::optional<Error> why_;
  bool ended_ = false;
  bool closed_ = false;
};

/// Writes into the sink behind in a thread of its own, each piece as it was given. An error of that sink is told by a later
/// call, by finish() at the latest. Going without finish(), it waits for the block in hand.
class ThreadedSink final : public ByteSink {
 public:
  explicit ThreadedSink(ByteSink& behind);
  ~ThreadedSink() override;

  Expected<void> write(ByteView bytes) override;
  Expected<void> finish() override;

 private:
  void run();

  ByteSink& behind_;
  BlockQueue queue_;
  Bytes block_;
  Expected<void> outcome_{};  ///< of the thread; read when it has ended
  std::thread thread_;
};

/// Reads ahead of whoever asks, in a thread of its own.
class ThreadedSource final : public ByteSource {
 public:
  explicit ThreadedSource(ByteSource& from);
  ~ThreadedSource() override;

  Expected<std::size_t> read(std::span<std::uint8_t> into) override;

 private:
  void run();

  ByteSource& from_;
  BlockQueue queue_;
  Bytes block_;
  std::size_t given_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace regdata::escrow
