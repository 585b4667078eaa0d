#include "escrow/content_file.hpp"

#include "escrow/gzip.hpp"
#include "escrow/openpgp/message.hpp"
#include "escrow/part_series.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

/// Takes one of the ends off the name; false: it has none of them.
bool take_end(std::string& name, std::initializer_list<std::string_view> ends) {
  for (const std::string_view end : ends) {
    if (name.size() <= end.size() || !name.ends_with(end)) continue;
    name.resize(name.size() - end.size());
    return true;
  }
  return false;
}

bool take_sealing(std::string& name) { return name.ends_with(".ryde") || take_end(name, {".gpg", ".pgp"}); }
bool take_compression(std::string& name) { return take_end(name, {".gz"}); }

class Layers final : public ContentFile {
 public:
  explicit Layers(std::unique_ptr<SeriesSource> files) : files_(std::move(files)), top_(files_.get()) {}

  Expected<void> unseal(const openpgp::SessionKeyFinder& find, const openpgp::PublicKey& signer) {
    auto message = openpgp::MessageReader::open(*top_, find, signer);
    if (!message) return message.error();
    message_ = std::move(*message);
    top_ = message_.get();
    return {};
  }
  void decompress() {
    plain_ = gunzip_from(*top_);
    top_ = plain_.get();
  }

  [[nodiscard]] ByteSource& content() noexcept override { return *top_; }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return files_->bytes_read(); }

 private:
  std::unique_ptr<SeriesSource> files_;
  std::unique_ptr<ByteSource> message_;
  std::unique_ptr<ByteSource> plain_;
  ByteSource* top_;
};

Expected<std::unique_ptr<Layers>> open_layers(const fs::path& file) {
  auto source = SeriesSource::open(series_of(file));
  if (!source) return source.error();
  return std::make_unique<Layers>(std::move(*source));
}

/// By the first of the signers who signed it. Their keys are of different versions, and so are messages.
Expected<std::unique_ptr<Layers>> open_sealed(const fs::path& file, const OpeningKeys& keys) {
  if (keys.secrets.empty() || keys.signers.empty())
    return make_error(Errc::usage, file.string() + " is sealed: a key that opens it and the one that signed it are wanted",
                      "--key and --signer name their files");
  const auto find = openpgp::with_secret_keys(keys.secrets);
  for (const openpgp::PublicKey* signer : keys.signers) {
    auto layers = open_layers(file);
    if (!layers) return layers;
    const auto opened = (*layers)->unseal(find, *signer);
    if (opened) return layers;
    // only of another signer can the next one be; what does not decrypt stays so
    if (opened.error().code != Errc::invalid)
      return make_error(opened.error().code, file.string() + ": " + opened.error().context, opened.error().hint);
  }
  return make_error(Errc::invalid, file.string() + ": is no deposit that is signed by one of the keys at hand",
                    "--signer names the certificate of who made it");
}

}  // namespace

std::string content_name_of(const fs::path& file) {
  std::string name = file.filename().string();
  take_sealing(name);
  take_compression(name);
  return name;
}

bool is_sealed(const fs::path& file) {
  std::string name = file.filename().string();
  return take_sealing(name);
}

Expected<std::unique_ptr<ContentFile>> ContentFile::open(const fs::path& file, const OpeningKeys& keys) {
  std::string name = file.filename().string();
  auto layers = take_sealing(name) ? open_sealed(file, keys) : open_layers(file);
  if (!layers) return layers.error();
  if (take_compression(name)) (*layers)->decompress();
  return std::unique_ptr<ContentFile>(std::move(*layers));
}

}  // namespace regdata::escrow
