// Seals for programs that nobody here wrote (openpgp_strangers_test.py): what they think of it is the test.
//
//   openpgp_tool keys DIR 4|6              signer.asc (secret), signer.pub.asc, recipient.asc (secret), recipient.pub.asc
//   openpgp_tool messages DIR COUNT SEED   N.plain and N.pgp: from the signer to the recipient, sizes around every edge
//   openpgp_tool seal DIR CERTIFICATE IN OUT
//   openpgp_tool open DIR IN               the content, to standard output
//   openpgp_tool part DIR ROWS             a deposit's file of the rows in a JSON array of arrays of three texts; prints the
//   line
//                                          of the hash file
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "escrow/deposit_part.hpp"
#include "escrow/openpgp/armor.hpp"
#include "tests/escrow/openpgp_world.hpp"

namespace regdata::escrow::openpgp {
namespace {

Bytes slurp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return {text.begin(), text.end()};
}

void put(const std::string& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

template <class T>
T need(Expected<T> value) {
  if (!value) throw std::runtime_error(value.error().context);
  return std::move(*value);
}

UtcTime now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

void make_keys(const std::string& place, std::uint8_t version) {
  for (const std::string name : {"signer", "recipient"}) {
    const auto identity =
        need(SigningIdentity::generate(version, name + " <" + name + "@registrar.example>", now() - std::chrono::hours(1),
                                       std::chrono::hours(24 * 30), real_random()));
    put(place + '/' + name + ".asc", armored(identity.secret_bytes().bytes, "PGP PRIVATE KEY BLOCK", version == 4));
    put(place + '/' + name + ".pub.asc", armored(identity.public_bytes(), "PGP PUBLIC KEY BLOCK", version == 4));
  }
}

Bytes seal_to(const SigningIdentity& signer, const std::vector<const PublicKey*>& recipients, const std::string& content,
              std::size_t piece, const std::string& name, int zip_level = 0) {
  MemorySink sink;
  const PublicKey* key = need(signer.certificate().signing_key(now()));
  auto writer = need(MessageWriter::begin(
      {.recipients = recipients, .signer = signer.secret(*key), .file_name = name, .now = now(), .zip_level = zip_level},
      real_random(), sink));
  for (ByteView rest = as_bytes(content); !rest.empty();) {
    const ByteView part = rest.first(std::min(piece, rest.size()));
    writer->write(part).value();
    rest = rest.subspan(part.size());
  }
  writer->finish().value();
  return sink.bytes();
}

void make_messages(const std::string& place, std::size_t count, unsigned seed) {
  const auto signer = need(SigningIdentity::read(slurp(place + "/signer.asc")));
  const auto recipient = need(Certificate::read(slurp(place + "/recipient.pub.asc")));
  const auto version = static_cast<std::uint8_t>(recipient.primary().version());
  const auto other = need(SigningIdentity::generate(version, "Other", now() - std::chrono::hours(1), {}, real_random()));
  const PublicKey* to = need(recipient.encryption_key(now()));
  const PublicKey* also = need(other.certificate().encryption_key(now()));
  std::mt19937 chance(seed);
  constexpr std::array<std::size_t, 14> edges{0,     1,     191,        192,    512,         1024,   8384,
                                              32768, 65536, 65536 - 64, 131072, 131072 - 90, 196608, 262144};
  for (std::size_t number = 0; number < count; ++number) {
    const std::size_t edge = edges[number % edges.size()];
    const std::size_t away = chance() % 128;
    const std::size_t size = chance() % 2 == 0 ? edge + away : edge - std::min(edge, away);
    std::string content(size, '\0');
    for (char& octet : content) octet = static_cast<char>(number % 2 == 0 ? chance() : chance() % 4);
    std::vector<const PublicKey*> recipients{to};
    if (chance() % 3 == 0) recipients.insert(chance() % 2 == 0 ? recipients.begin() : recipients.end(), also);
    if (recipients.size() == 2 && chance() % 2 == 0) recipients.push_back(also);
    const std::string name = number % 5 == 0 ? "" : "9999_RDE_2026-11-26_full_" + std::to_string(number) + ".csv.gz";
    put(place + '/' + std::to_string(number) + ".plain", content);
    put(place + '/' + std::to_string(number) + ".pgp",
        as_text(seal_to(signer, recipients, content, 1 + chance() % 100000, name, number % 3 == 2 ? 6 : 0)));
  }
}

void make_part(const std::string& place, const std::string& rows) {
  const auto signer = need(SigningIdentity::read(slurp(place + "/signer.asc")));
  const auto recipient = need(Certificate::read(slurp(place + "/recipient.pub.asc")));
  const PublicKey* key = need(signer.certificate().signing_key(now()));
  const Sealing sealing{.recipients = {need(recipient.encryption_key(now()))},
                        .signer = signer.secret(*key),
                        .random = real_random(),
                        .now = now()};
  const DepositPart::Layout layout{.header = {"domain", "rt-name", "rt-street"}, .columns = 3};
  auto part = need(DepositPart::begin(place, "9999_RDE_2026-11-26_full_1.csv", layout, sealing, {}));
  CsvRecord record(layout.dialect);
  const Bytes text = slurp(rows);
  const boost::json::value parsed = boost::json::parse(as_text(text));
  for (const auto& row : parsed.as_array()) {
    record.clear();
    for (const auto& field : row.as_array()) record.add(std::string_view(field.as_string()));
    record.end();
    part->add(record).value();
  }
  const PartFacts facts = need(part->finish()).front();
  part->put_in_place().value();
  std::string digest = upper_hex(facts.content_sha256);
  for (char& digit : digest) digit = static_cast<char>(std::tolower(digit));
  std::cout << digest << "  " << facts.content_name << '\n';
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "keys") {
    make_keys(words[1], words[2] == "6" ? 6 : 4);
  } else if (words.size() == 4 && words[0] == "messages") {
    make_messages(words[1], std::stoul(words[2]), static_cast<unsigned>(std::stoul(words[3])));
  } else if (words.size() == 5 && words[0] == "seal") {
    const auto signer = need(SigningIdentity::read(slurp(words[1] + "/signer.asc")));
    const auto certificate = need(Certificate::read(slurp(words[2])));
    const Bytes content = slurp(words[3]);
    put(words[4],
        as_text(seal_to(signer, {need(certificate.encryption_key(now()))}, std::string(as_text(content)), 65536, "")));
  } else if (words.size() == 3 && words[0] == "open") {
    const auto recipient = need(SigningIdentity::read(slurp(words[1] + "/recipient.asc")));
    const auto signer = need(Certificate::read(slurp(words[1] + "/signer.pub.asc")));
    const SecretKey* key = recipient.secret(*need(recipient.certificate().encryption_key(now())));
    std::cout << need(open(slurp(words[2]), with_secret_keys({key}), *need(signer.signing_key(now()))));
  } else if (words.size() == 3 && words[0] == "part") {
    make_part(words[1], words[2]);
  } else {
    std::cerr << "usage: openpgp_tool keys|messages|seal|open|part …\n";
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace regdata::escrow::openpgp

int main(int count, char** words) {
  try {
    return regdata::escrow::openpgp::run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "openpgp_tool: " << error.what() << '\n';
    return 1;
  }
}
