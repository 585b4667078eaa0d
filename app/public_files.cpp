#include "app/public_files.hpp"

#include "app/contact_options.hpp"
#include "app/http_options.hpp"
#include "app/page_options.hpp"

namespace regdata::app {

Expected<PublicFiles> check_public_files(const Config& config) {
  PublicFiles found;
  const auto& http = config.http;
  if (http.listen.empty() && http.listen_plain.empty() && http.redirect.empty()) return found;
  const auto options = http_options(http);
  if (!options) return options.error();
  if (options->tls) found.certificate_until = options->tls->not_after();
  if (!config.page.offered) return found;
  if (const auto texts = page_texts(config.page); !texts) return texts.error();
  if (const auto desk = contact_desk(config.contact); !desk) return desk.error();
  return found;
}

}  // namespace regdata::app
