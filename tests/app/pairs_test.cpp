// Non-interference over the wire: two registrars hold the same names, and registrations that differ in withheld values only.
// Through import, publication and server every answer of the one is the other's, byte for byte, and so is what is counted.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <thread>

#include "app/context.hpp"
#include "app/publication.hpp"
#include "app/store_access.hpp"
#include "redaction/holder.hpp"
#include "redaction/redact.hpp"
#include "tests/app/place.hpp"
#include "tests/store/import_samples.hpp"
#include "tests/whois/running_server.hpp"
#include "whois/server.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;
using redaction::Outcome;

std::size_t pair_count() { return std::getenv("REGDATA_LONG") != nullptr ? 20'000 : 400; }

/// Every line that port 43 can print of a contact.
constexpr const char* every_line = R"(
[publication]
layout = ["full-tech", "legacy-admin", "print-empty", "registry-expiry", "ds-data"]
)";

/// A registrar of its own: store, views, server on loopback.
class World {
 public:
  explicit World(const std::vector<RegistrationPut>& puts) {
    must(say({"init", "--directory", (place_ / "rd").string()}));
    const std::string registrar = read_file(fs::path(REGDATA_SOURCE_DIR) / "fixtures/registrar.toml");
    place_.write("rd/conf.d/registrar.toml", std::regex_replace(registrar, std::regex("@PORT@"), "0"));
    place_.write("rd/conf.d/z.toml", every_line);
    std::string lines;
    for (const RegistrationPut& put : puts) lines += store::samples::to_line(put) + "\n";
    place_.write("in.jsonl", lines);
    must(command({"import", (place_ / "in.jsonl").string(), "--label", "pairs"}));
    must(command({"publish"}));
    start();
  }
  ~World() {
    server_->drain(std::chrono::milliseconds(0));
    thread_.join();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const whois::WhoisCounters& counters() const { return server_->counters(); }
  [[nodiscard]] Config config() const {
    return config_or_error(load_config(place_ / "rd/regdata.toml", nullptr, Scope::everything)).value();
  }

 private:
  static void must(const Said& said) {
    if (said.code != 0) throw std::runtime_error(said.err);
  }
  Said command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", (place_ / "rd/regdata.toml").string()});
    return say(arguments);
  }
  void start() {
    std::shared_ptr<redaction::ViewReader> views = redaction::ViewReader::open(config().views.directory).value();
    server_ = std::make_unique<whois::WhoisServer>(views, testing::unlimited(), [] { return time_of_commands(); });
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    port_ = server_->listen(reinterpret_cast<const sockaddr*>(&address), sizeof address).value();
    thread_ = std::thread([this] { (void)server_->run(); });
  }

  Place place_;
  std::unique_ptr<whois::WhoisServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// A value of the same kind that is another one, and of another length.
class Replacing {
 public:
  void personal(Element element, PersonalText& value) {
    if (!value.empty()) value = PersonalText(fresh(element));
  }
  void plain(Element element, std::string& value) {
    if (!value.empty()) value = fresh(element);
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::string fresh(Element element) {
    const std::string number = std::to_string(++count_);
    switch (element) {
      case Element::contact_id:
        return "OTHER" + number + "-TEST";
      case Element::country:
        return "UY";
      case Element::postal_code:
        return "77" + number;
      case Element::phone:
      case Element::fax:
        return "+999.7" + number;
      case Element::phone_ext:
      case Element::fax_ext:
        return number;
      case Element::email:
        return "other." + number + "@somewhere-else-altogether.example";
      default:
        return "Something else altogether, number " + number;
    }
  }
  std::size_t count_ = 0;
};

using Hidden = std::map<std::pair<std::string, Element>, bool>;  ///< handle, element → withheld wherever the contact stands

/// What the program decides for everything that the store holds.
std::map<std::string, Hidden> hidden_in(const World& world) {
  const Config config = world.config();
  auto publication = load_publication(config).value();
  publication.context.catalog = &publication.catalog;
  const auto store = open_store(config).value();
  std::map<std::string, Hidden> all;
  const auto walked = store->for_each({}, [&](const RegistrationData& data) {
    const auto& policy = publication.policies.at(publication.catalog.tld_of(data.registration.name)->policy);
    const auto result = redaction::redact(data, policy, publication.context, time_of_commands());
    const bool service = redaction::holder_of(data, &publication.catalog, Role::registrant).service != nullptr;
    Hidden& hidden = all[data.registration.name.ascii()];
    for (const auto& decision : result.decisions) {
      if (!decision.role) continue;
      const bool shown = decision.outcome == Outcome::shown && !(service && *decision.role == Role::registrant);
      const auto [place, fresh] = hidden.try_emplace({handle_of(data.registration, *decision.role), decision.element}, true);
      place->second = place->second && !shown;
    }
    return true;
  });
  if (!walked) throw std::runtime_error(walked.error().context);
  return all;
}

std::size_t replace_hidden(RegistrationPut& put, const Hidden& hidden, Replacing& replacing) {
  const std::size_t before = replacing.count();
  for (Contact& contact : put.contacts) {
    const auto is_hidden = [&](Element element) {
      const auto found = hidden.find({contact.handle, element});
      return found != hidden.end() && found->second;
    };
    for (const auto& [element, value] : {std::pair{Element::contact_id, &contact.roid}, {Element::country, &contact.country}}) {
      if (is_hidden(element)) replacing.plain(element, *value);
    }
    for (const auto& [element, value] : {std::pair{Element::name, &contact.name},
                                         {Element::organization, &contact.organization},
                                         {Element::city, &contact.city},
                                         {Element::state, &contact.state},
                                         {Element::postal_code, &contact.postal_code},
                                         {Element::phone, &contact.phone},
                                         {Element::phone_ext, &contact.phone_ext},
                                         {Element::fax, &contact.fax},
                                         {Element::fax_ext, &contact.fax_ext},
                                         {Element::email, &contact.email}}) {
      if (is_hidden(element)) replacing.personal(element, *value);
    }
    if (!contact.street.empty() && is_hidden(Element::street)) {
      contact.street.resize(1);
      replacing.personal(Element::street, contact.street.front());
    }
  }
  return replacing.count() - before;
}

/// Relay addresses are drawn at random for each name when it is first stored, and have nothing to do with its data.
std::string without_tokens(const std::string& text) {
  static const std::regex token("[a-z2-7]{16}(-t)?@");
  return std::regex_replace(text, token, "TOKEN$1@");
}

std::vector<std::uint64_t> held_back(const whois::WhoisCounters& counters) {
  std::vector<std::uint64_t> cells;
  for (const auto& reasons : counters.redacted) {
    for (const auto& count : reasons) cells.push_back(count.load());
  }
  return cells;
}

/// The samples live half a day later than the commands: what they state then would be of the future.
void bring_into_the_past(RegistrationPut& put) {
  const auto earlier = [](UtcTime& time) {
    if (time >= time_of_commands()) time -= std::chrono::hours(24);
  };
  earlier(put.registration.provenance.as_of);
  for (Contact& contact : put.contacts) earlier(contact.provenance.as_of);
  for (Host& host : put.hosts) earlier(host.provenance.as_of);
  for (ChoiceEntry& choice : put.choices) earlier(choice.at);
}

TEST(Pairs, WhatIsWithheldMovesNoByteOnTheWire) {
  std::vector<RegistrationPut> puts;
  for (std::size_t i = 0; i < pair_count(); ++i) {
    puts.push_back(store::samples::random_put(1000 + i, 20261123));
    bring_into_the_past(puts.back());
    // affiliated, not affiliated, none
    if (i % 3 == 1 && !puts.back().registration.privacy_service.empty()) puts.back().registration.privacy_service = "faraway";
  }
  const World one(puts);
  const auto hidden = hidden_in(one);
  std::vector<RegistrationPut> others = puts;
  Replacing replacing;
  std::size_t changed = 0;
  for (RegistrationPut& put : others) {
    changed += replace_hidden(put, hidden.at(put.registration.name.ascii()), replacing) > 0 ? 1 : 0;
  }
  ASSERT_GT(changed, puts.size() * 9 / 10) << "the pairs hardly differ: nothing was tested";
  const World other(others);
  std::size_t longest = 0;
  for (const RegistrationPut& put : puts) {
    std::vector<std::string> queries{put.registration.name.ascii()};
    for (const DomainName& host : put.registration.hosts) queries.push_back("nameserver " + host.ascii());
    for (const std::string& query : queries) {
      const std::string first = without_tokens(testing::ask(one.port(), query + "\r\n"));
      ASSERT_EQ(first, without_tokens(testing::ask(other.port(), query + "\r\n"))) << query;
      longest = std::max(longest, first.size());
    }
  }
  EXPECT_GT(longest, 1000U) << "no name was found";
  EXPECT_EQ(held_back(one.counters()), held_back(other.counters()));
  // the comparison can fail: a shown value that differs is seen
  RegistrationPut moved = puts.front();
  moved.registration.roid = "DMOVED-TEST";
  const World third({moved});
  const std::string name = moved.registration.name.ascii() + "\r\n";
  EXPECT_NE(without_tokens(testing::ask(one.port(), name)), without_tokens(testing::ask(third.port(), name)));
}

}  // namespace
}  // namespace regdata::app
