// The letter form: how the public reaches a holder who is not named.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "whois/contact_desk.hpp"
#include "whois/contact_form.hpp"
#include "whois/page_layout.hpp"
#include "whois/web_pages.hpp"

namespace regdata::whois {

/// /contact?d=NAME&r=ROLE, the confirmation that is mailed to senders without JavaScript, and the script. Looks nothing up: a
/// name that nobody holds gets the same pages, in the same time.
class ContactPages final : public WebPages {
 public:
  ContactPages(std::shared_ptr<ContactDesk> desk, std::shared_ptr<const PageTexts> texts)
      : desk_(std::move(desk)), layout_(std::move(texts)) {}

  [[nodiscard]] bool owns(std::string_view first) const noexcept override { return first == "contact"; }
  Answer answer(const HttpRequest& request, const ClientAddress& client, const RateLimits& limits, UtcTime now,
                Answerer::Instant moment, HttpResponse& response) override;
  void limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) override;
  void failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) override;

 private:
  struct Asked;
  Answer show_form(const Asked& asked, const ContactForm& form, std::string_view fault, std::uint16_t status);
  Answer take_form(const Asked& asked);
  Answer take_confirmation(const Asked& asked, std::string_view query);
  Answer show(const Asked& asked, std::string_view page, std::uint16_t status);
  Answer refuse(const Asked& asked, std::string_view problem, std::uint16_t status, std::uint32_t seconds = 0);
  Answer send_script(const Asked& asked);

  std::shared_ptr<ContactDesk> desk_;
  PageLayout layout_;
};

}  // namespace regdata::whois
