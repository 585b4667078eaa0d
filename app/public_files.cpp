#include "app/public_files.hpp"

#include <unistd.h>

#include <cerrno>

#include "app/contact_options.hpp"
#include "app/http_options.hpp"
#include "app/page_options.hpp"

namespace regdata::app {
namespace {

/// The first of the files that is there, and closed to this user.
std::string closed_file(const Config& config) {
  for (const auto& file : {config.http.certificate, config.http.private_key, config.page.templates,
                           config.contact.form ? config.contact.public_key : ""}) {
    if (!file.empty() && ::access(file.c_str(), R_OK) != 0 && errno == EACCES) return file.string();
  }
  return {};
}

}  // namespace

Expected<PublicFiles> check_public_files(const Config& config) {
  PublicFiles found;
  const auto& http = config.http;
  if (http.listen.empty() && http.listen_plain.empty() && http.redirect.empty()) return found;
  found.closed = closed_file(config);
  if (!found.closed.empty()) return found;
  const auto options = http_options(http);
  if (!options) return options.error();
  if (options->tls) found.certificate_until = options->tls->not_after();
  if (!config.page.offered) return found;
  if (const auto texts = page_texts(config.page); !texts) return texts.error();
  if (const auto desk = contact_desk(config.contact); !desk) return desk.error();
  return found;
}

Expected<void> check_own_public_files(const Config& config) {
  const auto found = check_public_files(config);
  if (!found) return found.error();
  if (found->closed.empty()) return {};
  return make_error(Errc::configuration, found->closed + " cannot be read by this user",
                    "the public server runs as the user who starts it; or two units with two users (docs/install.md)");
}

}  // namespace regdata::app
