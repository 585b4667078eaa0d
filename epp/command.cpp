#include "epp/command.hpp"

#include <algorithm>
#include <array>

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

struct CommandForm {
  std::string_view name;
  CommandClass of_class;
};
/// In the order of the variant.
constexpr std::array<CommandForm, std::variant_size_v<Command>> forms{{{"hello", CommandClass::session},
                                                                       {"login", CommandClass::session},
                                                                       {"logout", CommandClass::session},
                                                                       {"poll request", CommandClass::poll},
                                                                       {"poll acknowledgement", CommandClass::poll},
                                                                       {"domain:check", CommandClass::query},
                                                                       {"domain:info", CommandClass::query},
                                                                       {"domain:create", CommandClass::transform},
                                                                       {"domain:update", CommandClass::transform},
                                                                       {"domain:renew", CommandClass::transform},
                                                                       {"domain:transfer", CommandClass::transform},
                                                                       {"domain:delete", CommandClass::transform},
                                                                       {"host:check", CommandClass::query},
                                                                       {"host:info", CommandClass::query},
                                                                       {"host:create", CommandClass::transform},
                                                                       {"host:update", CommandClass::transform},
                                                                       {"host:delete", CommandClass::transform},
                                                                       {"contact:check", CommandClass::query},
                                                                       {"contact:info", CommandClass::query},
                                                                       {"contact:create", CommandClass::transform},
                                                                       {"contact:update", CommandClass::transform},
                                                                       {"contact:delete", CommandClass::transform},
                                                                       {"org:check", CommandClass::query},
                                                                       {"org:info", CommandClass::query},
                                                                       {"org:create", CommandClass::transform},
                                                                       {"org:update", CommandClass::transform},
                                                                       {"org:delete", CommandClass::transform},
                                                                       {"maintenance:info", CommandClass::query},
                                                                       {"raw", CommandClass::transform}}};

/// Local names of what nobody may read later.
constexpr std::array<std::string_view, 4> secret_names{"pw", "newPW", "ext", "allocationToken"};
/// RFC 5733 §2; the country is kept.
constexpr std::array<std::string_view, 9> personal_names{"name", "org", "street", "city", "sp", "pc", "voice", "fax", "email"};

bool is_masked(std::string_view name, Masks what) {
  const auto colon = name.find(':');
  if (colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return what == Masks::secrets ? std::ranges::find(secret_names, name) != secret_names.end()
                                : std::ranges::find(personal_names, name) != personal_names.end();
}

bool is_number(std::string_view name) {
  const auto colon = name.find(':');
  if (colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return name == "voice" || name == "fax";
}

}  // namespace

CommandClass class_of(const Command& command) noexcept {
  const auto* const transfer = std::get_if<DomainTransfer>(&command);
  if (transfer != nullptr && transfer->operation == TransferOperation::query) return CommandClass::query;
  const auto* const raw = std::get_if<RawCommand>(&command);
  if (raw != nullptr && !raw->changes_something) return CommandClass::query;
  return forms.at(command.index()).of_class;
}

std::string_view name_of(const Command& command) noexcept { return forms.at(command.index()).name; }

std::vector<std::string_view> extensions_of(const Command& command) {
  ExtensionUris uris;
  std::visit([&](const auto& body) { extensions_of(body, uris); }, command);
  return uris;
}

std::string_view object_in(const Command& command) noexcept {
  return std::visit(
      []<class Body>(const Body& body) -> std::string_view {
        if constexpr (requires { body.names; }) return body.names.empty() ? std::string_view() : body.names.front();
        if constexpr (requires { body.ids; }) return body.ids.empty() ? std::string_view() : body.ids.front();
        if constexpr (requires { body.name; }) return body.name;
        if constexpr (requires { body.object; }) return body.object;
        if constexpr (requires { body.id; } && !std::is_same_v<Body, PollAcknowledgement> &&
                      !std::is_same_v<Body, MaintenanceInfo>)
          return body.id;
        return {};
      },
      command);
}

Expected<std::string> write(const Command& command, std::string_view client_id, std::string_view sub_product) {
  const bool has_none = class_of(command) == CommandClass::session || class_of(command) == CommandClass::poll ||
                        std::holds_alternative<RawCommand>(command) || std::holds_alternative<MaintenanceInfo>(command);
  if (has_none) sub_product = {};
  XmlWriter xml;
  xml.open("epp", {{"xmlns", epp_namespace}});
  std::visit(
      [&]<class Body>(const Body& body) {
        if constexpr (std::is_same_v<Body, Hello>) {
          xml.empty("hello");
        } else {
          xml.open("command");
          write_body(xml, body);
          ExtensionUris uris;
          extensions_of(body, uris);
          if (!uris.empty() || !sub_product.empty()) {
            xml.open("extension");
            write_extension(xml, body);
            if (!sub_product.empty()) {
              xml.open("namestoreExt:namestoreExt", {{"xmlns:namestoreExt", name_store_namespace}});
              xml.element("namestoreExt:subProduct", sub_product);
              xml.close();
            }
            xml.close();
          }
          xml.element("clTRID", client_id);
          xml.close();
        }
      },
      command);
  xml.close();
  if (!xml.is_good())
    return make_error(Errc::invalid,
                      std::string(name_of(command)) + ": a value holds a character that XML has not (XML 1.0 §2.2)");
  return xml.take();
}

std::string masked(std::string_view xml, Masks what) {
  std::string text;
  while (!xml.empty()) {
    const auto open = xml.find('<');
    const auto behind = open == std::string_view::npos ? open : behind_tag(xml, open);
    if (behind == std::string_view::npos)
      return text + std::string(xml.substr(0, std::min(open, xml.size())));  // no half of a tag
    const std::string_view tag = xml.substr(open + 1, behind - open - 2);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
    text += xml.substr(0, open);
    if (what == Masks::persons && is_number(name))  // its extension is an attribute (RFC 5733 §2.5)
      text += "<" + std::string(name) + (tag.ends_with('/') ? "/>" : ">");
    else
      text += xml.substr(open, behind - open);
    xml.remove_prefix(behind);
    if (tag.starts_with('/') || tag.ends_with('/') || !is_masked(name, what)) continue;
    const std::string end = "</" + std::string(name);
    const auto closing = xml.find(end);
    text += "…";
    if (closing == std::string_view::npos) return text;  // what follows may still be the secret
    xml.remove_prefix(closing);
  }
  return text;
}

Expected<std::string> evidence_of(const Command& command) {
  auto frame = write(command, "DRY-RUN");
  if (!frame) return frame;
  const bool holds_data = std::holds_alternative<ContactCreate>(command) || std::holds_alternative<ContactUpdate>(command);
  const std::string secret = masked(*frame);
  return holds_data ? masked(secret, Masks::persons) : secret;
}

}  // namespace regdata::epp
