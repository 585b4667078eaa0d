#include "tests/redaction/view_store_place.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace regdata::testing {
namespace fs = std::filesystem;

Child::Child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) {
    ::close(ends[0]);
    std::string failure;
    try {
      failure = work();
    } catch (const std::exception& error) {
      failure = error.what();
    }
    const bool told = ::write(ends[1], failure.data(), failure.size()) == static_cast<ssize_t>(failure.size());
    ::_exit(told && failure.empty() ? 0 : 1);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

Child::~Child() { kill(); }

void Child::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  if (pipe_ >= 0) ::close(pipe_);
  pipe_ = -1;
}

std::string Child::wait() {
  std::string failure;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = ::read(pipe_, buffer.data(), buffer.size())) > 0;) {
    failure.append(buffer.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (failure.empty() && status != 0) failure = "the process ended with status " + std::to_string(status);
  return failure;
}

std::string in_child(const std::function<std::string()>& work) { return Child(work).wait(); }

std::vector<std::string> files_with(const fs::path& directory, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (bytes.find(text) != std::string::npos) found.push_back(fs::relative(entry.path(), directory).string());
  }
  return found;
}

std::size_t rounds(std::size_t usual, std::size_t many) { return std::getenv("REGDATA_LONG") != nullptr ? many : usual; }

}  // namespace regdata::testing
