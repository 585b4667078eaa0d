#include "tests/escrow/openpgp_world.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace regdata::escrow::openpgp {

Random real_random() {
  if (sodium_init() < 0) throw std::runtime_error("no random bytes");
  return [](std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); };
}

UtcTime test_time() { return parse_rfc3339("2026-11-26T12:00:00Z").value(); }

namespace {

SigningIdentity make(int version, std::string_view name) {
  return SigningIdentity::generate(static_cast<std::uint8_t>(version), name, test_time() - std::chrono::hours(24),
                                   std::chrono::hours(24 * 365), real_random())
      .value();
}

}  // namespace

const SigningIdentity& test_identity(int version) {
  static const SigningIdentity v4 = make(4, "Sandbox Registrar (IANA 9999) <escrow@registrar.example>");
  static const SigningIdentity v6 = make(6, "Sandbox Registrar (IANA 9999) <escrow@registrar.example>");
  return version == 4 ? v4 : v6;
}

const SigningIdentity& other_identity(int version) {
  static const SigningIdentity v4 = make(4, "Somebody Else <else@registrar.example>");
  static const SigningIdentity v6 = make(6, "Somebody Else <else@registrar.example>");
  return version == 4 ? v4 : v6;
}

const PublicKey& encryption_key_of(const SigningIdentity& identity) {
  return *identity.certificate().encryption_key(test_time()).value();
}

Sealed seal(const SigningIdentity& signer, const std::vector<const PublicKey*>& recipients, std::string_view content,
            std::size_t piece, int zip_level, std::string_view name) {
  MemorySink sink;
  const PublicKey* key = signer.certificate().signing_key(test_time()).value();
  const SealOptions options{.recipients = recipients,
                            .signer = signer.secret(*key),
                            .file_name = std::string(name),
                            .now = test_time(),
                            .zip_level = zip_level};
  auto writer = MessageWriter::begin(options, real_random(), sink).value();
  for (ByteView rest = as_bytes(content); !rest.empty();) {
    const ByteView part = rest.first(std::min(piece, rest.size()));
    writer->write(part).value();
    rest = rest.subspan(part.size());
  }
  writer->finish().value();
  return {sink.bytes(), writer->take_key()};
}

Expected<std::string> drain(ByteSource& source, std::size_t piece) {
  std::string content;
  Bytes part(piece);
  while (true) {
    const auto size = source.read(part);
    if (!size) return size.error();
    if (*size == 0) return content;
    content += as_text(ByteView(part).first(*size));
  }
}

Expected<std::string> open(ByteView message, const SessionKeyFinder& find, const PublicKey& signer) {
  MemorySource source(message);
  auto reader = MessageReader::open(source, find, signer);
  if (!reader) return reader.error();
  return drain(**reader);
}

Expected<std::size_t> SlowSource::read(std::span<std::uint8_t> into) {
  const std::size_t size = std::min({into.size(), rest_.size(), most_});
  std::copy_n(rest_.begin(), size, into.begin());
  rest_ = rest_.subspan(size);
  return size;
}

}  // namespace regdata::escrow::openpgp
