// Sockets that have their answer and the end of it, while their clients may still be sending.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace regdata::whois {

/// Closing a socket on unread input, or before the input comes, answers that input with a reset, and a reset can cost the
/// client the answer that it has not read yet (RFC 1122 §4.2.2.13). So each socket is half-closed and its input read and thrown
/// away, until the client closes its side too, the time is up or too much has come. Not thread-safe.
///
/// The sockets are looked at in sweeps and waited for by nobody: a client that behaves costs one read and no registration. At
/// most `most` are held: when there are more, those that have waited longest are closed first, which shortens the wait under
/// load and refuses nobody.
class HalfClosed {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// How often sweep() is meant to be called while there are any.
  static constexpr std::chrono::milliseconds sweep_interval{25};
  /// Input after which a client is cut.
  static constexpr std::uint32_t most_input = 4U << 20;

  explicit HalfClosed(std::size_t most);
  ~HalfClosed();
  HalfClosed(const HalfClosed&) = delete;
  HalfClosed& operator=(const HalfClosed&) = delete;

  /// Takes `socket` over and ends its sending side. At `now + patience` it is closed whatever happens.
  void add(int socket, Time now, std::chrono::milliseconds patience) noexcept;
  /// Reads what has come, closes what has ended. Returns the bytes read.
  std::uint64_t sweep(Time now) noexcept;
  [[nodiscard]] bool empty() const noexcept { return sockets_.empty(); }
  void close_all() noexcept;

 private:
  struct Socket {
    int descriptor;
    std::uint32_t input;
    Time until;
  };
  void close_ended(Time now) noexcept;
  bool has_ended(Socket& socket, Time now) noexcept;
  void close_oldest(std::size_t count) noexcept;

  std::size_t most_;
  std::vector<Socket> sockets_;  ///< oldest first; never more than its capacity
  std::unique_ptr<char[]> bin_;  ///< where input goes; never written, so it takes no memory
  std::uint64_t input_ = 0;      ///< since the last sweep()
};

}  // namespace regdata::whois
