#include "escrow/measure.hpp"

#include <algorithm>

namespace regdata::escrow {

Digest take_digest(openpgp::Hash& hash) {
  const Bytes bytes = hash.digest();
  Digest digest{};
  std::copy_n(bytes.begin(), digest.size(), digest.begin());
  return digest;
}

Digest sha256(ByteView bytes) {
  openpgp::Hash hash(openpgp::HashAlgorithm::sha256);
  hash.update(bytes);
  return take_digest(hash);
}

Expected<void> MeasuringSink::write(ByteView bytes) {
  hash_.update(bytes);
  size_ += bytes.size();
  return behind_.write(bytes);
}

Expected<std::size_t> MeasuringSource::read(std::span<std::uint8_t> into) {
  auto size = from_.read(into);
  if (!size) return size;
  hash_.update(into.first(*size));
  size_ += *size;
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
