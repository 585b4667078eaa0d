// Deposits that are restored from.
#pragma once

#include <set>

#include "escrow/tar.hpp"
#include "tests/app/deposit_place.hpp"

namespace regdata::app {

/// Somebody who has lost everything but deposits and a key.
class Restoring : public Deposits {
 protected:
  Restoring() { place.write("agent.key", secret_of(agent)), fs::permissions(key(), fs::perms(0600)); }
  static std::string secret_of(const escrow::openpgp::SigningIdentity& of) {
    const auto bytes = of.secret_bytes();
    return {bytes.bytes.begin(), bytes.bytes.end()};
  }
  std::string key() const { return (place / "agent.key").string(); }
  /// Makes a deposit, and gives its directory.
  std::string deposited() const {
    const Said done = deposit({"make"});
    EXPECT_EQ(done.code, 0) << done.err;
    return made("2026-11-23_full_R0").string();
  }
  Said restore(std::vector<std::string> words) const {
    words.insert(words.begin(), "restore");
    words.insert(words.end(), {"--into", (place / "new").string(), "--key", key()});
    return deposit(std::move(words));
  }
  /// From here on the configuration means the restored store.
  void use_restored() const {
    fs::remove_all(place / "rd/store");
    fs::remove_all(place / "rd/keys");
    fs::create_directory(place / "rd/store");
    fs::create_directory(place / "rd/keys");
    fs::rename(place / "new/registrations.db", place / "rd/store/registrations.db");
    fs::rename(place / "new/keys.db", place / "rd/keys/keys.db");
  }
  /// The plain content, as an agent that opened it hands it back.
  std::string plain_part(const std::string& directory, const std::string& name) const {
    const auto rows = opened(fs::path(directory) / name, agent);
    std::string text;
    escrow::CsvRecord record(escrow::CsvDialect{});
    for (const auto& column : escrow::columns_of_2024()) record.add(column.name);
    record.end();
    text += record.text();
    for (const auto& row : rows) {
      record.clear();
      for (const auto& field : row) record.add(field);
      record.end();
      text += record.text();
    }
    return text;
  }
  /// One bit of every byte that is `step` behind another.
  void refuses_flips(const std::string& sealed, const std::string& file, std::size_t step) const {
    for (std::size_t at = 0; at < sealed.size(); at += step) {
      std::string changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      place.write(file, changed);
      EXPECT_NE(restore({(place / "bad").string()}).code, 0) << "byte " << at;
      nothing_was_made();
    }
  }
  void nothing_was_made() const {
    EXPECT_FALSE(fs::exists(place / "new"));
    EXPECT_FALSE(fs::exists(place / ".new.part"));
  }
  /// What the agent finds in the document, without archive and seal.
  std::string document_in(const fs::path& document) const {
    const std::string bytes = archive_in(document);
    escrow::MemorySource source(escrow::as_bytes(bytes));
    escrow::TarSource archive(source);
    return all_of(archive);
  }
  /// Without the seal.
  std::string archive_in(const fs::path& document) const {
    const auto secret = *agent.certificate().encryption_key(time_of_commands());
    const Said ours = deposit({"keys"});
    const auto us = escrow::openpgp::Certificate::read(escrow::as_bytes(ours.out)).value();
    auto file = escrow::FileSource::open(document).value();
    auto message = escrow::openpgp::MessageReader::open(file, escrow::openpgp::with_secret_keys({agent.secret(*secret)}),
                                                        *us.signing_key(time_of_commands()).value())
                       .value();
    return all_of(*message);
  }
  static std::string all_of(escrow::ByteSource& source) {
    std::string text;
    escrow::Bytes piece(65536);
    for (auto size = source.read(piece).value(); size > 0; size = source.read(piece).value())
      text += escrow::as_text(escrow::ByteView(piece).first(size));
    return text;
  }
  /// Of a document, but the one with its identifier, which is drawn anew each time.
  static std::multiset<std::string> lines_in(const std::string& text) {
    std::multiset<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      std::string line = text.substr(at, text.find('\n', at) - at);
      if (!line.starts_with("<rde:deposit ")) lines.insert(std::move(line));
    }
    return lines;
  }
};

}  // namespace regdata::app
