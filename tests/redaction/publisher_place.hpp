// A publisher between a store in memory and a view store on disk, with a clock of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "redaction/publisher.hpp"
#include "tests/redaction/feed_store.hpp"
#include "tests/redaction/random_registration.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata::testing {

inline redaction::Publication test_publication() {
  redaction::Publication publication;
  publication.catalog = test_catalog();
  publication.context = test_context(publication.catalog);
  publication.policies.emplace("icann-gtld", shipped("icann-gtld"));
  publication.policies.emplace("cctld-example", shipped("cctld-example", {}, 500));
  publication.texts.redacted_text = "REDACTED";
  return publication;
}

inline std::string numbered(std::size_t i) {
  const std::string digits = std::to_string(i);
  return "name" + std::string(6 - digits.size(), '0') + digits + ".example";
}

/// A registration whose registrant `handle` chose to show everything; its e-mail is "planted-NAME@person.example".
inline RegistrationData open_registration(const std::string& name, const std::string& handle) {
  RegistrationData data = random_registration(7, name);
  data.registration.privacy_service.clear();
  data.registration.ended.reset();
  data.subordinate_hosts.clear();
  RoleContact contact;
  contact.role = Role::registrant;
  contact.state = ContactState::opened;
  contact.contact.handle = handle;
  contact.contact.name = PersonalText("Planted Person " + handle);
  contact.contact.country = "AT";
  contact.contact.email = PersonalText("planted-" + name + "@person.example");
  contact.choices = uniform_choices(handle, ChoiceAct::given);
  data.contacts = {contact};
  data.registration.registrant = handle;
  return data;
}

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    open();
    restart();
  }

  void open() {
    auto opened = redaction::ViewWriter::open(place.path() / "views");
    if (!opened) throw std::runtime_error(opened.error().context);
    views = std::move(*opened);
  }
  /// As after a kill: nothing of the publisher's memory is left.
  void restart() {
    publisher.reset();
    views.reset();
    open();
    publisher = std::make_unique<redaction::Publisher>(store, *views, publication, [this] { return now; });
  }

  redaction::PublishReport step(std::size_t limit = 1000) {
    auto report = publisher->step(limit);
    if (!report) throw std::runtime_error(report.error().context);
    return *report;
  }
  redaction::PublishReport run(std::size_t limit = 1000) {
    redaction::PublishReport sum;
    for (int steps = 0; steps < 10'000; ++steps) {
      const redaction::PublishReport one = step(limit);
      sum.published += one.published;
      sum.removed += one.removed;
      sum.problems.insert(sum.problems.end(), one.problems.begin(), one.problems.end());
      if (one.caught_up) return sum;
    }
    throw std::runtime_error("never caught up");
  }

  std::optional<redaction::PublicView> view(const std::string& name) { return views->find(name).value(); }
  std::string email(const std::string& name) {
    const auto found = view(name);
    if (!found || (*found)->contacts.empty()) return "(none)";
    const auto* shown = (*found)->contacts.front().email.shown();
    return shown != nullptr ? shown->value : "(withheld)";
  }
  std::map<std::string, redaction::PublicView> published() {
    std::map<std::string, redaction::PublicView> all;
    const auto reader = redaction::ViewReader::open(place.path() / "views");
    const auto done = (*reader)->for_each([&](std::string_view name, const redaction::PublicView& one) {
      all.emplace(name, one);
      return true;
    });
    EXPECT_TRUE(done.has_value());
    return all;
  }
  std::map<std::string, redaction::PublicView> wanted() {
    redaction::Publication same = publication;
    same.context.catalog = &same.catalog;
    std::map<std::string, redaction::PublicView> all;
    for (const auto& [name, data] : store.registrations) {
      const Tld* tld = same.catalog.tld_of(data.registration.name);
      if (data.registration.ended || tld == nullptr) continue;
      all.emplace(name, redact_view(data, same.policies.at(tld->policy), same.context, now).view);
    }
    return all;
  }

  TemporaryDirectory place{memory_directory()};
  FeedStore store;
  redaction::Publication publication = test_publication();
  UtcTime now = test_now();
  std::unique_ptr<redaction::ViewWriter> views;
  std::unique_ptr<redaction::Publisher> publisher;
};

}  // namespace regdata::testing
