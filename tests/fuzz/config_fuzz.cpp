// Any bytes are a configuration or a list of what is wrong with it.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "app/config.hpp"
#include "app/endpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::app;
  const int file = ::memfd_create("regdata.toml", MFD_CLOEXEC);
  if (file < 0) return 0;
  if (size > 0 && ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  const char* environment[] = {nullptr};
  const auto loaded = load_config("/proc/self/fd/" + std::to_string(file), environment, Scope::everything);
  ::close(file);
  for (const auto& problem : loaded.problems)
    if (problem.context.empty()) std::abort();
  static_cast<void>(parse_endpoint({reinterpret_cast<const char*>(data), size}));
  return 0;
}
