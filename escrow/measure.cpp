#include "escrow/measure.hpp"

#include <algorithm>

namespace regdata::escrow {

namespace {

Digest as_digest(const Bytes& bytes) {
  Digest digest{};
  std::copy_n(bytes.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

Digest sha256(ByteView bytes) { return as_digest(openpgp::digest_of(openpgp::HashAlgorithm::sha256, bytes)); }

Digest Measure::digest() { return as_digest(hash_.digest()); }

void Measure::pass(ByteView bytes) {
  hash_.update(bytes);
  size_ += bytes.size();
}

Expected<void> MeasuringSink::write(ByteView bytes) {
  pass(bytes);
  return behind_.write(bytes);
}

Expected<std::size_t> MeasuringSource::read(std::span<std::uint8_t> into) {
  auto size = from_.read(into);
  if (size) pass(into.first(*size));
  return size;
}

Expected<FileMeasure> measure_file(const std::filesystem::path& file, FileSource::Memory memory) {
  auto on_disk = FileSource::open(file, memory);
  if (!on_disk) return on_disk.error();
  MeasuringSource passing(*on_disk);
  Bytes block(65536);
  while (true) {
    const auto got = passing.read(block);
    if (!got) return got.error();
    if (*got == 0) return FileMeasure{passing.size(), passing.digest()};
  }
}

}  // namespace regdata::escrow
