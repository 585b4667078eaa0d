// The public lookup page: what is asked by a person with a browser, from the same views as port 43 and RDAP.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "redaction/view_store.hpp"
#include "whois/page_domain.hpp"
#include "whois/page_input.hpp"
#include "whois/page_layout.hpp"
#include "whois/web_pages.hpp"

namespace regdata::whois {

/// `/`, `/lookup?name=`, `/limits`, `/terms` and `/assets/…`. GET and HEAD.
class LookupPages final : public WebPages {
 public:
  /// `views` outlives the pages.
  LookupPages(redaction::ViewReader& views, std::shared_ptr<const PageTexts> texts);

  [[nodiscard]] bool owns(std::string_view first) const noexcept override;
  Answer answer(const HttpRequest& request, const ClientAddress& client, const RateLimits& limits, UtcTime now,
                Answerer::Instant moment, HttpResponse& response) override;
  void limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) override;
  void failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) override;

 private:
  /// What was asked and cannot be answered; `detail` fills the problem's own placeholder.
  struct Trouble {
    PageProblem problem;
    std::string asked;
    std::string detail;
    std::uint16_t status = 0;  ///< 0: the problem's own
  };

  bool refresh(Answerer::Instant moment);
  Answer lookup(std::string_view query, const PageRequest& page, UtcTime now, Answerer::Instant moment, HttpResponse& response);
  Answer found(const redaction::PublicView& view, std::string_view typed, bool host_below, const PageRequest& page, UtcTime now,
               Answerer::Instant moment, HttpResponse& response);
  void start(const PageRequest& page, HttpResponse& response);
  void limits_page(const RateLimits& limits, const PageRequest& page, HttpResponse& response);
  Answer terms(const PageRequest& page, Answerer::Instant moment, HttpResponse& response);
  void asset(std::string_view name, const HttpRequest& request, HttpResponse& response);
  void trouble(const Trouble& trouble, PageRequest page, HttpResponse& response);

  redaction::ViewReader& views_;
  PageLayout layout_;
  std::shared_ptr<const redaction::PublicTexts> texts_;
  redaction::ViewStoreState state_;
  Answerer::Instant refreshed_{};
};

}  // namespace regdata::whois
