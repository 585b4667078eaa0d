#include "epp/greeting.hpp"

#include <fmt/format.h>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

std::vector<std::string> texts(const XmlElement& parent, std::string_view name) {
  std::vector<std::string> all;
  parent.each_child(name, [&](const XmlElement& one) { all.push_back(one.text()); });
  return all;
}

void compare(std::string_view what, const std::set<std::string>& before, const std::set<std::string>& now,
             std::vector<std::string>& lines) {
  for (const std::string& one : now)
    if (!before.contains(one)) lines.push_back(fmt::format("{} {}: new", what, one));
  for (const std::string& one : before)
    if (!now.contains(one)) lines.push_back(fmt::format("{} {}: gone", what, one));
}

}  // namespace

Expected<Greeting> read_greeting(const XmlDocument& document) {
  const XmlElement greeting = document.root().child("greeting");
  if (document.root().local_name() != "epp" || !greeting) return make_error(Errc::invalid, "what came is no greeting");
  Greeting read;
  read.server_id = greeting.child("svID").text();
  read.server_date = greeting.child("svDate").text();
  const XmlElement menu = greeting.child("svcMenu");
  read.versions = texts(menu, "version");
  read.languages = texts(menu, "lang");
  for (std::string& uri : texts(menu, "objURI")) read.services.objects.insert(std::move(uri));
  for (std::string& uri : texts(menu.child("svcExtension"), "extURI")) read.services.extensions.insert(std::move(uri));
  read.access = greeting.child("dcp").child("access").first_child().local_name();
  read.raw = document.root().raw();
  return read;
}

std::vector<std::string> changes(const Greeting& before, const Greeting& now) {
  std::vector<std::string> lines;
  if (before.server_id != now.server_id)
    lines.push_back(fmt::format("server id: \"{}\", it was \"{}\"", now.server_id, before.server_id));
  const auto as_set = [](const std::vector<std::string>& all) { return std::set<std::string>(all.begin(), all.end()); };
  compare("version", as_set(before.versions), as_set(now.versions), lines);
  compare("language", as_set(before.languages), as_set(now.languages), lines);
  compare("object", before.services.objects, now.services.objects, lines);
  compare("extension", before.services.extensions, now.services.extensions, lines);
  if (before.access != now.access) lines.push_back(fmt::format("access: \"{}\", it was \"{}\"", now.access, before.access));
  return lines;
}

}  // namespace regdata::epp
