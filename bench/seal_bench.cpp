// Sealing a large file: our writer with version 6 keys against gpg with version 4 keys, in turns, both to /dev/null.
//   seal_bench [MEGABYTES] [ROUNDS]
#include <fmt/format.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "escrow/openpgp/armor.hpp"
#include "escrow/openpgp/message.hpp"
#include "escrow/openpgp/signing_identity.hpp"
#include "escrow/part_file.hpp"

namespace {

namespace fs = std::filesystem;
using namespace regdata::escrow;
using Clock = std::chrono::steady_clock;

const openpgp::Random chance = [](std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); };

regdata::UtcTime now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

class Counting final : public ByteSink {
 public:
  regdata::Expected<void> write(ByteView bytes) override {
    size += bytes.size();
    return {};
  }
  regdata::Expected<void> finish() override { return {}; }
  std::uint64_t size = 0;
};

double cpu_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](timeval time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void make_csv(const fs::path& file, std::uint64_t bytes) {
  std::ofstream out(file, std::ios::binary);
  std::mt19937_64 random(1);
  for (std::uint64_t written = 0; written < bytes;) {
    const std::uint64_t number = random();
    const std::string row = fmt::format(
        "name-{0:x}.example,2027-0{1}-01T00:00:00Z,9999,Person {0:x},\"Street {2}, No. {1}\",City "
        "{3},State,{2:05},DE,+49.30{2:06},"
        "p{0:x}@mail.example,Person {0:x}\n",
        number, number % 9 + 1, number % 90000, number % 977);
    out << row;
    written += row.size();
  }
}

struct Spent {
  double wall = 0, cpu = 0;
};

Spent seal(const openpgp::SigningIdentity& us, const fs::path& file) {
  const auto began = Clock::now();
  const double cpu = cpu_of(RUSAGE_SELF);
  Counting out;
  const auto* key = us.certificate().signing_key(now()).value();
  auto writer = openpgp::MessageWriter::begin({.recipients = {us.certificate().encryption_key(now()).value()},
                                               .signer = us.secret(*key),
                                               .file_name = "deposit.csv",
                                               .now = now()},
                                              chance, out)
                    .value();
  auto source = FileSource::open(file).value();
  Bytes block(262144);
  while (const std::size_t size = source.read(block).value()) writer->write(ByteView(block).first(size)).value();
  writer->finish().value();
  return {std::chrono::duration<double>(Clock::now() - began).count(), cpu_of(RUSAGE_SELF) - cpu};
}

Spent run(const std::string& command) {
  const auto began = Clock::now();
  const double cpu = cpu_of(RUSAGE_CHILDREN);
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  return {std::chrono::duration<double>(Clock::now() - began).count(), cpu_of(RUSAGE_CHILDREN) - cpu};
}

}  // namespace

int main(int count, char** words) {
  const std::uint64_t megabytes = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1000;
  const int rounds = count > 2 ? std::atoi(words[2]) : 3;
  std::string place = (fs::temp_directory_path() / "seal-bench-XXXXXX").string();
  if (sodium_init() < 0 || ::mkdtemp(place.data()) == nullptr) return 1;
  const fs::path file = fs::path(place) / "deposit.csv";
  make_csv(file, megabytes * 1'000'000);
  const auto v6 = openpgp::SigningIdentity::generate(6, "Registrar", now() - std::chrono::hours(1), {}, chance).value();
  const std::string gpg = "GNUPGHOME=" + place + " gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' ";
  run(gpg + "--quick-generate-key r@registrar.example future-default default never 2>/dev/null");
  const std::string reference =
      gpg + "--trust-model always --compress-algo none -r r@registrar.example -u r@registrar.example --sign --encrypt -o - " +
      file.string() + " > /dev/null";
  Spent ours{1e9, 1e9}, theirs{1e9, 1e9};
  seal(v6, file);  // both find the file in memory
  for (int round = 0; round < rounds; ++round) {
    const Spent sealed = seal(v6, file);
    const Spent by_gpg = run(reference);
    ours = {std::min(ours.wall, sealed.wall), std::min(ours.cpu, sealed.cpu)};
    theirs = {std::min(theirs.wall, by_gpg.wall), std::min(theirs.cpu, by_gpg.cpu)};
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto rate = [&](const Spent& spent) { return static_cast<double>(megabytes) / spent.wall; };
  fmt::print("sealing {} MB, version 6, to /dev/null: {:.0f} MB/s; gpg, version 4: {:.0f} MB/s\n", megabytes, rate(ours),
             rate(theirs));
  fmt::print("ratio: {:.2f}x throughput, {:.2f}x CPU; memory {} MiB\n", rate(ours) / rate(theirs), ours.cpu / theirs.cpu,
             usage.ru_maxrss / 1024);
  run("GNUPGHOME=" + place + " gpgconf --kill all");
  fs::remove_all(place);
  return 0;
}
