#include "escrow/openpgp/encrypted_data.hpp"

#include <sodium.h>

#include <algorithm>

namespace regdata::escrow::openpgp {
namespace {

constexpr std::uint8_t ocb_mode = 2;
constexpr std::uint8_t chunk_octet = 10;    ///< 2^(10+6) = 64 KiB
constexpr std::uint8_t largest_chunk = 16;  ///< 4 MiB: the most that §5.13.2 allows
constexpr std::size_t salt_octets = 32;
constexpr std::size_t tag = Ocb::tag_size;
constexpr std::size_t prefix_size = 18;  ///< version 1: a block of random octets and two of them again
constexpr std::size_t code_size = 22;    ///< the packet with the modification code
constexpr std::array<std::uint8_t, 2> code_header{0xD3, 0x14};

Error damaged() {
  return make_error(Errc::damaged, "openpgp: the encrypted data were changed, cut off, or sealed under another key");
}

/// §5.13.2: what all chunks of one packet have in common.
class ChunkKeys {
 public:
  ChunkKeys(const SessionKey& key, ByteView salt, std::uint8_t chunk)
      : information_{0xD2, 2, aes256, ocb_mode, chunk}, derived_() {
    hkdf_sha256(key.bytes(), salt, information_, derived_.bytes());
    std::copy_n(derived_.bytes().begin() + 32, 7, nonce_.begin());
  }
  [[nodiscard]] std::span<const std::uint8_t, 32> key() const { return derived_.bytes().first<32>(); }
  [[nodiscard]] ByteView information() const { return information_; }
  /// The vector of the chunk with this number.
  std::span<const std::uint8_t, Ocb::nonce_size> nonce(std::uint64_t index) {
    for (std::size_t octet = 0; octet < 8; ++octet)
      nonce_[Ocb::nonce_size - 1 - octet] = static_cast<std::uint8_t>(index >> (8 * octet));
    return nonce_;
  }
  /// What the last tag covers besides.
  [[nodiscard]] Bytes with_total(std::uint64_t total) const {
    Bytes data(information_.begin(), information_.end());
    append_number(data, total);
    return data;
  }

 private:
  std::array<std::uint8_t, 5> information_;
  SecretBytes<39> derived_;
  std::array<std::uint8_t, Ocb::nonce_size> nonce_{};
};

class SinkV2 final : public ByteSink {
 public:
  ~SinkV2() override { wipe(held_); }
  SinkV2(ByteSink& behind, const SessionKey& key, const Bytes& salt)
      : behind_(behind), keys_(key, salt, chunk_octet), ocb_(Ocb::Direction::seal, keys_.key()) {
    held_.reserve(chunk_size);
    out_ = {2, aes256, ocb_mode, chunk_octet};
    append(out_, salt);
  }

  Expected<void> write(ByteView bytes) override {
    while (!bytes.empty()) {
      if (held_.empty() && bytes.size() >= chunk_size) {  // no need to copy what is a chunk already
        if (auto sent = seal(bytes.first(chunk_size)); !sent) return sent;
        bytes = bytes.subspan(chunk_size);
        continue;
      }
      const std::size_t size = std::min(bytes.size(), chunk_size - held_.size());
      append(held_, bytes.first(size));
      bytes = bytes.subspan(size);
      if (held_.size() == chunk_size) {
        if (auto sent = seal(held_); !sent) return sent;
        held_.clear();
      }
    }
    return {};
  }

  Expected<void> finish() override {
    if (!held_.empty())
      if (auto sent = seal(held_); !sent) return sent;
    wipe(held_);
    ocb_.seal(keys_.nonce(index_), keys_.with_total(total_), {}, out_);
    return behind_.write(out_);
  }

 private:
  static constexpr std::size_t chunk_size = std::size_t{1} << (chunk_octet + 6);

  Expected<void> seal(ByteView chunk) {
    ocb_.seal(keys_.nonce(index_++), keys_.information(), chunk, out_);
    total_ += chunk.size();
    auto sent = behind_.write(out_);
    out_.clear();
    return sent;
  }

  ByteSink& behind_;
  ChunkKeys keys_;
  Ocb ocb_;
  Bytes held_;
  Bytes out_;
  std::uint64_t index_ = 0;
  std::uint64_t total_ = 0;
};

class SinkV1 final : public ByteSink {
 public:
  SinkV1(ByteSink& behind, const SessionKey& key, const Random& random)
      : behind_(behind), cfb_(Cfb::Direction::encrypt, key.bytes()), code_(HashAlgorithm::sha1), out_{1} {
    Bytes prefix(prefix_size);
    random(std::span(prefix).first(16));
    prefix[16] = prefix[14];
    prefix[17] = prefix[15];
    encrypt(prefix);
  }

  Expected<void> write(ByteView bytes) override {
    encrypt(bytes);
    return send();
  }

  Expected<void> finish() override {
    code_.update(code_header);
    Bytes end(code_header.begin(), code_header.end());
    append(end, code_.digest());
    const std::size_t before = out_.size();
    out_.resize(before + end.size());
    cfb_.update(end, out_.data() + before);
    return send();
  }

 private:
  void encrypt(ByteView plain) {
    code_.update(plain);
    const std::size_t before = out_.size();
    out_.resize(before + plain.size());
    cfb_.update(plain, out_.data() + before);
  }
  Expected<void> send() {
    auto sent = behind_.write(out_);
    out_.clear();
    return sent;
  }

  ByteSink& behind_;
  Cfb cfb_;
  Hash code_;
  Bytes out_;
};

/// Fills `into` as far as the source goes.
Expected<std::size_t> fill(ByteSource& from, std::span<std::uint8_t> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    auto size = from.read(into.subspan(filled));
    if (!size) return size;
    if (*size == 0) break;
    filled += *size;
  }
  return filled;
}

/// Gives out a block that a derived source makes; wipes it when it goes.
class BlockSource : public ByteSource {
 public:
  ~BlockSource() override { wipe(plain_); }

  Expected<std::size_t> read(std::span<std::uint8_t> into) override {
    while (given_ == plain_.size()) {
      if (ended_) return std::size_t{0};
      given_ = 0;
      wipe(plain_);
      if (auto more = next(); !more) return more.error();
    }
    const std::size_t size = std::min(into.size(), plain_.size() - given_);
    std::copy_n(plain_.begin() + static_cast<std::ptrdiff_t>(given_), size, into.begin());
    given_ += size;
    return size;
  }

 protected:
  /// Puts the next bytes into plain_, or sets ended_ once everything was checked.
  virtual Expected<void> next() = 0;

  Bytes plain_;
  bool ended_ = false;

 private:
  std::size_t given_ = 0;
};

class SourceV2 final : public BlockSource {
 public:
  SourceV2(ByteSource& from, const SessionKey& key, ByteView salt, std::uint8_t chunk)
      : from_(from),
        keys_(key, salt, chunk),
        ocb_(Ocb::Direction::open, keys_.key()),
        sealed_((std::size_t{1} << (chunk + 6)) + 2 * tag) {}

 private:
  Expected<void> next() override {
    const auto more = fill(from_, std::span(sealed_).subspan(held_));
    if (!more) return more.error();
    held_ += *more;
    if (held_ == sealed_.size()) {  // a whole chunk, and behind it at least the last tag
      const std::size_t chunk = sealed_.size() - tag;
      if (auto opened = open(ByteView(sealed_).first(chunk)); !opened) return opened;
      std::copy(sealed_.begin() + static_cast<std::ptrdiff_t>(chunk), sealed_.end(), sealed_.begin());
      held_ = tag;
      return {};
    }
    if (held_ < tag) return damaged();
    const std::size_t rest = held_ - tag;
    if (rest > 0 && !last_opened_) {
      last_opened_ = true;
      if (rest <= tag) return damaged();
      if (auto opened = open(ByteView(sealed_).first(rest)); !opened) return opened;
      std::copy_n(sealed_.begin() + static_cast<std::ptrdiff_t>(rest), tag, sealed_.begin());
      held_ = tag;
      return {};
    }
    Bytes nothing;
    if (!ocb_.open(keys_.nonce(index_), keys_.with_total(total_), ByteView(sealed_).first(tag), nothing)) return damaged();
    ended_ = true;
    return {};
  }

  Expected<void> open(ByteView sealed) {
    if (!ocb_.open(keys_.nonce(index_++), keys_.information(), sealed, plain_)) return damaged();
    total_ += plain_.size();
    return {};
  }

  ByteSource& from_;
  ChunkKeys keys_;
  Ocb ocb_;
  Bytes sealed_;
  std::size_t held_ = 0;
  std::uint64_t index_ = 0;
  std::uint64_t total_ = 0;
  bool last_opened_ = false;
};

class SourceV1 final : public BlockSource {
 public:
  ~SourceV1() override { wipe(held_); }
  SourceV1(ByteSource& from, const SessionKey& key)
      : from_(from), cfb_(Cfb::Direction::decrypt, key.bytes()), code_(HashAlgorithm::sha1) {}

 private:
  Expected<void> next() override {
    constexpr std::size_t block = 65536;
    const std::size_t before = held_.size();
    held_.resize(before + block);
    const auto size = fill(from_, std::span(held_).subspan(before));
    if (!size) return size.error();
    held_.resize(before + *size);
    cfb_.update(ByteView(held_).subspan(before), held_.data() + before);
    // the last 22 octets are the code, and where the end is only the end tells
    const bool at_end = *size < block;
    if (held_.size() < code_size) return damaged();
    const std::size_t ready = held_.size() - code_size;
    code_.update(ByteView(held_).first(ready));
    if (!prefix_gone_ && ready >= prefix_size) {
      prefix_gone_ = true;
      plain_.assign(held_.begin() + prefix_size, held_.begin() + static_cast<std::ptrdiff_t>(ready));
    } else {
      plain_.assign(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(ready));
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(ready));
    if (!prefix_gone_) return damaged();
    return at_end ? check_code() : Expected<void>();
  }

  Expected<void> check_code() {
    code_.update(code_header);
    const Bytes digest = code_.digest();
    const bool holds = std::equal(code_header.begin(), code_header.end(), held_.begin()) &&
                       sodium_memcmp(digest.data(), held_.data() + code_header.size(), digest.size()) == 0;
    if (!holds) {
      plain_.clear();
      return damaged();
    }
    ended_ = true;
    return {};
  }

  ByteSource& from_;
  Cfb cfb_;
  Hash code_;
  Bytes held_;
  bool prefix_gone_ = false;
};

}  // namespace

std::unique_ptr<ByteSink> encrypt_v1(const SessionKey& key, const Random& random, ByteSink& behind) {
  return std::make_unique<SinkV1>(behind, key, random);
}

std::unique_ptr<ByteSink> encrypt_v2(const SessionKey& key, const Random& random, ByteSink& behind) {
  Bytes salt(salt_octets);
  random(salt);
  return std::make_unique<SinkV2>(behind, key, salt);
}

Expected<std::unique_ptr<ByteSource>> decrypt(const SessionKey& key, std::uint8_t version, ByteSource& from) {
  std::array<std::uint8_t, 4 + salt_octets> header{};
  if (const auto size = fill(from, std::span(header).first(1)); !size) return size.error();
  if (header[0] != version)  // RFC 9580 §10.3.2.1: it goes with the version of the session keys
    return make_error(Errc::invalid, "openpgp: session keys and encrypted data are of different versions");
  if (version == 1) return std::unique_ptr<ByteSource>(std::make_unique<SourceV1>(from, key));
  const auto size = fill(from, std::span(header).subspan(1));
  if (!size) return size.error();
  if (header[1] != aes256 || header[2] != ocb_mode || header[3] > largest_chunk)
    return make_error(Errc::invalid, "openpgp: the data are encrypted in a way that is not spoken; AES-256 with OCB is");
  if (*size != header.size() - 1) return damaged();
  return std::unique_ptr<ByteSource>(std::make_unique<SourceV2>(from, key, ByteView(header).subspan(4), header[3]));
}

}  // namespace regdata::escrow::openpgp
