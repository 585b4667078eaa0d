#include "escrow/gzip.hpp"

#include <zlib.h>

#include <stdexcept>

namespace regdata::escrow {
namespace {

constexpr std::size_t gzip_block = 262144;
/// Bits of the window, and how zlib is told what stands around the data.
constexpr int with_gzip_header = 15 + 16;
constexpr int without_header = -15;

class GzipSink final : public ByteSink {
 public:
  GzipSink(ByteSink& behind, int level, int window) : behind_(behind), out_(gzip_block) {
    if (deflateInit2(&stream_, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib: no memory");
  }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;
  ~GzipSink() override { deflateEnd(&stream_); }

  Expected<void> write(ByteView bytes) override {
    while (!bytes.empty()) {
      const ByteView part = bytes.first(std::min<std::size_t>(bytes.size(), 1U << 30));
      stream_.next_in = const_cast<Bytef*>(part.data());  // zlib only reads it
      stream_.avail_in = static_cast<uInt>(part.size());
      bytes = bytes.subspan(part.size());
      if (auto sent = pump(Z_NO_FLUSH); !sent) return sent;
    }
    return {};
  }

  Expected<void> finish() override {
    if (auto sent = pump(Z_FINISH); !sent) return sent;
    return behind_.finish();
  }

 private:
  /// Until zlib has taken all input, or at the end given all output.
  Expected<void> pump(int flush) {
    int state = Z_OK;
    do {
      stream_.next_out = out_.data();
      stream_.avail_out = static_cast<uInt>(out_.size());
      state = deflate(&stream_, flush);
      if (state == Z_STREAM_ERROR) return make_error(Errc::internal, "gzip: the stream is in disorder");
      const ByteView made = ByteView(out_).first(out_.size() - stream_.avail_out);
      if (!made.empty())
        if (auto sent = behind_.write(made); !sent) return sent;
    } while (stream_.avail_out == 0 || (flush == Z_FINISH && state != Z_STREAM_END));
    return {};
  }

  ByteSink& behind_;
  z_stream stream_{};
  Bytes out_;
};

class GunzipSource final : public ByteSource {
 public:
  GunzipSource(ByteSource& from, int window) : from_(from), in_(gzip_block) {
    if (inflateInit2(&stream_, window) != Z_OK) throw std::runtime_error("zlib: no memory");
  }
  GunzipSource(const GunzipSource&) = delete;
  GunzipSource& operator=(const GunzipSource&) = delete;
  ~GunzipSource() override { inflateEnd(&stream_); }

  Expected<std::size_t> read(std::span<std::uint8_t> into) override {
    if (ended_) return std::size_t{0};
    const std::size_t room = std::min<std::size_t>(into.size(), 1U << 30);
    stream_.next_out = into.data();
    stream_.avail_out = static_cast<uInt>(room);
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) {
        const auto size = from_.read(in_);
        if (!size) return size.error();
        if (*size == 0) return damaged();  // before its end
        stream_.next_in = in_.data();
        stream_.avail_in = static_cast<uInt>(*size);
      }
      const int state = inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END) {
        if (auto alone = nothing_follows(); !alone) return alone.error();
        ended_ = true;
        break;
      }
      if (state != Z_OK && state != Z_BUF_ERROR) return damaged();
    }
    return room - stream_.avail_out;
  }

 private:
  static Error damaged() { return make_error(Errc::damaged, "what was compressed is damaged or cut off"); }

  Expected<void> nothing_follows() {
    if (stream_.avail_in != 0) return damaged();
    const auto size = from_.read(in_);  // reaches what the source checks at its end
    if (!size) return size.error();
    return *size == 0 ? Expected<void>() : damaged();
  }

  ByteSource& from_;
  z_stream stream_{};
  Bytes in_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSink> gzip_into(ByteSink& behind, int level) {
  return std::make_unique<GzipSink>(behind, level, with_gzip_header);
}

std::unique_ptr<ByteSource> gunzip_from(ByteSource& from) { return std::make_unique<GunzipSource>(from, with_gzip_header); }

std::unique_ptr<ByteSink> deflate_into(ByteSink& behind, int level) {
  return std::make_unique<GzipSink>(behind, level, without_header);
}

std::unique_ptr<ByteSource> inflate_from(ByteSource& from) { return std::make_unique<GunzipSource>(from, without_header); }

}  // namespace regdata::escrow
