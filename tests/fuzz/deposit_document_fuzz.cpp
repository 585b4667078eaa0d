// A deposit by RFC 9022 that comes back from somewhere: any bytes give objects that can be written again, or an error.
#include <cstdint>

#include "escrow/rde_check.hpp"
#include "escrow/rde_reader.hpp"
#include "escrow/tar.hpp"

namespace {

using namespace regdata;
using namespace regdata::escrow;

/// What is taken is valid, and can stand in a document.
void check(const RdeObject& object, const RdeOrigin& origin) {
  RdeObjects objects({.roid_suffix = "REGDATA", .iana_id = 9999});
  if (object.kind() == RdeObject::Kind::contact) {
    const auto contact = rde_contact(object, origin);
    if (!contact) return;
    objects.contact(*contact);
  } else if (object.kind() == RdeObject::Kind::domain) {
    const auto put = rde_domain(object, origin);
    if (!put) return;
    objects.domain({put->registration, {}, {}, {}});
  } else if (object.kind() == RdeObject::Kind::host) {
    const auto host = rde_host(object, origin);
    if (!host) return;
    objects.host(*host, true);
  } else if (object.kind() == RdeObject::Kind::header) {
    static_cast<void>(rde_header_counts(object));
    return;
  } else if (object.kind() == RdeObject::Kind::deletes) {
    static_cast<void>(rde_keys(object));
    return;
  } else {
    return;
  }
  if (!fits_xml(objects.line()) || objects.line().find('\n') != objects.line().size() - 1) __builtin_trap();
}

void read(ByteSource& from, const RdeOrigin& origin) {
  RdeReader reader(from);
  RdeCheck rules({}, [](const RdeFinding& finding) {
    if (finding.code.empty() || finding.object.find('\n') != std::string::npos) __builtin_trap();
  });
  while (true) {
    const auto object = reader.next();
    if (!object || !*object) break;
    check(**object, origin);
    rules.take(**object, reader.line(), reader.deposit());
  }
  rules.finish(reader.deposit());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Catalog catalog;
  catalog.registrars.emplace_back().id = "example";
  catalog.tlds.push_back({.name = "example", .registry = "r", .policy = "p"});
  const RdeOrigin origin{.catalog = &catalog, .provenance = {}, .registrars = {{"iana-9999", "example"}}};
  MemorySource plain({data, size});
  read(plain, origin);
  MemorySource packed({data, size});
  TarSource archive(packed);
  read(archive, origin);
  return 0;
}
