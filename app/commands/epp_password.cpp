// regdata epp password
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <memory>

#include "app/commands/epp.hpp"
#include "app/registry_desk.hpp"
#include "app/registry_password.hpp"

namespace regdata::app {
namespace {

struct PasswordArguments {
  std::string registry;
  std::string file;
};

Outcome change(Context& context, const PasswordArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  if ((*settings)->account.empty())
    return make_error(Errc::configuration, fmt::format("registry {} has no account", (*settings)->id),
                      "[[registry]] account and password");
  auto to = arguments.file.empty() ? Expected<epp::Password>(random_password()) : epp::read_password(arguments.file);
  if (!to) return to.error();
  if (auto done = change_password(**settings, *to, context.clock); !done) return done.error();
  context.output.line(fmt::format("the password of {} at {} was changed; it is in {}", (*settings)->account, (*settings)->id,
                                  (*settings)->password.string()));
  return {Exit::done, boost::json::object{{"registry", (*settings)->id}, {"account", (*settings)->account}}};
}

}  // namespace

void add_epp_password(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "password", "change the password of our account, at the registry and in its file");
  auto arguments = std::make_shared<PasswordArguments>();
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("--new", arguments->file, "file with the new one in its first line, mode 0600; none: one is made by chance")
      .called("FILE");
  line.does(app, [arguments](Context& context) { return change(context, *arguments); });
}

}  // namespace regdata::app
