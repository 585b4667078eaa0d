#include "tests/whois/cast_views.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "app/publication.hpp"
#include "redaction/redact.hpp"
#include "tests/fixtures/import_file.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata::testing {
namespace {

/// fixtures/registrar.toml with a port in place.
redaction::Publication demo_publication() {
  std::ifstream file(REGDATA_SOURCE_DIR "/fixtures/registrar.toml", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (std::size_t at = text.find("@PORT@"); at != std::string::npos; at = text.find("@PORT@", at)) text.replace(at, 6, "4343");
  const TemporaryDirectory place;
  std::ofstream(place.path() / "regdata.toml") << text;
  const auto loaded = app::load_config(place.path() / "regdata.toml", nullptr, app::Scope::everything);
  auto publication = app::load_publication(loaded.config);
  if (!publication) throw std::runtime_error(publication.error().context);
  return std::move(*publication);
}

class Cast {
 public:
  Cast() : puts_(read_registrations("fixtures/cast.jsonl")) {
    for (const RegistrationPut& put : puts_) {
      for (const Contact& contact : put.contacts) contacts_[contact.handle] = contact;
      for (const ChoiceEntry& choice : put.choices) choices_[choice.handle].push_back(choice);
    }
  }

  [[nodiscard]] std::vector<RegistrationData> registrations() const {
    std::vector<RegistrationData> all;
    for (const RegistrationPut& put : puts_) {
      if (put.registration.ended) continue;
      RegistrationData data{put.registration, {}, put.hosts, "k3jq7v2m5xk3jq7v"};
      for (const Role role : all_roles) {
        const std::string& handle = handle_of(put.registration, role);
        if (handle.empty()) continue;
        RoleContact contact;
        contact.role = role;
        contact.state = ContactState::opened;
        contact.contact = contacts_.at(handle);
        if (const auto found = choices_.find(handle); found != choices_.end())
          contact.choices = ContactChoices::fold(found->second);
        data.contacts.push_back(std::move(contact));
      }
      all.push_back(std::move(data));
    }
    return all;
  }

 private:
  std::vector<RegistrationPut> puts_;
  std::map<std::string, Contact> contacts_;
  std::map<std::string, std::vector<ChoiceEntry>> choices_;
};

CastViews made() {
  redaction::Publication publication = demo_publication();
  publication.context.catalog = &publication.catalog;
  CastViews cast;
  cast.texts = publication.texts;
  const UtcTime now = parse_rfc3339("2026-11-23T21:06:52Z").value();
  for (const RegistrationData& data : Cast().registrations()) {
    const Tld* tld = nullptr;
    for (const Tld& one : publication.catalog.tlds)
      if (data.registration.name.ascii().ends_with("." + one.name) && (tld == nullptr || one.name.size() > tld->name.size()))
        tld = &one;
    if (tld == nullptr) throw std::runtime_error("no TLD for " + data.registration.name.ascii());
    cast.views.push_back(redaction::redact(data, publication.policies.at(tld->policy), publication.context, now).view);
  }
  return cast;
}

}  // namespace

const CastViews& cast_views() {
  static const CastViews cast = made();
  return cast;
}

}  // namespace regdata::testing
