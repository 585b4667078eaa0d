#include "store/nonce.hpp"

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace regdata::store {

void fill_nonce(std::span<std::uint8_t, 24> nonce) {
  constexpr std::size_t nonces = 64;
  struct Pool {
    std::array<std::array<std::uint8_t, 24>, nonces> drawn{};
    std::size_t used = nonces;
    pid_t owner = 0;
  };
  thread_local Pool pool;
  const pid_t process = ::getpid();
  if (pool.used >= nonces || pool.owner != process) {
    randombytes_buf(pool.drawn.data(), sizeof pool.drawn);
    pool.used = 0;
    pool.owner = process;
  }
  std::ranges::copy(pool.drawn[pool.used++], nonce.begin());
}

}  // namespace regdata::store
