// Reading ahead: one thread reads the next pieces of a walk while another one looks at this one.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "registration/error.hpp"

namespace regdata::store {

/// A few pieces in memory, however long the walk is. What `read` touches belongs to its thread until this object goes.
template <class Item>
class PiecesAhead {
 public:
  using Piece = std::vector<Item>;
  /// Fills a piece that is empty; false: nothing follows. What it throws is thrown by next().
  using Read = std::function<Expected<bool>(Piece& piece)>;

  explicit PiecesAhead(Read read) : read_(std::move(read)), thread_([this] { run(); }) {}
  PiecesAhead(const PiecesAhead&) = delete;
  PiecesAhead& operator=(const PiecesAhead&) = delete;
  /// Waits for the piece that is being read.
  ~PiecesAhead() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Waits for the next one; empty: there are no more. An error, or an exception, of the read, once its pieces were given.
  Expected<Piece> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !pieces_.empty() || has_ended_; });
    if (pieces_.empty()) {
      if (thrown_) std::rethrow_exception(thrown_);
      return failed_ ? Expected<Piece>(*failed_) : Expected<Piece>(Piece());
    }
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return piece;
  }

 private:
  static constexpr std::size_t most = 3;

  void run() {
    try {
      while (read_one()) {
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      thrown_ = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      has_ended_ = true;
    }
    changed_.notify_all();
  }

  bool read_one() {
    Piece piece;
    const auto more = read_(piece);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return pieces_.size() < most || is_over_; });
    if (is_over_) return false;
    if (!piece.empty()) pieces_.push_back(std::move(piece));
    if (!more) failed_ = more.error();
    lock.unlock();
    changed_.notify_all();
    return more && *more;
  }

  Read read_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;
  std::optional<Error> failed_;
  std::exception_ptr thrown_;
  bool has_ended_ = false;  ///< nothing more is read
  bool is_over_ = false;    ///< nobody looks any more
  std::thread thread_;      ///< the last member: it uses the others
};

}  // namespace regdata::store
