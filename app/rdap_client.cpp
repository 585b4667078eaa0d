#include "app/rdap_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <string_view>

#include "registration/ascii.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t most_bytes = 4 * 1024 * 1024;
constexpr long patience_ms = 20'000;

struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

List list_of(const std::string& line) {
  List list(curl_slist_append(nullptr, line.c_str()));
  if (list == nullptr) throw std::bad_alloc();
  return list;
}

std::size_t take_body(char* data, std::size_t, std::size_t size, void* into) {
  auto& response = *static_cast<RdapResponse*>(into);
  if (response.body.size() + size > most_bytes) return 0;  // libcurl gives up
  response.body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* into) {
  auto& response = *static_cast<RdapResponse*>(into);
  const std::string_view line(data, size);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const std::string_view name = line.substr(0, colon);
  const std::string value(trim(line.substr(colon + 1), " \t\r\n"));
  if (same_ignoring_case(name, "content-type")) response.content_type = value;
  if (same_ignoring_case(name, "access-control-allow-origin")) response.allow_origin = value;
  if (same_ignoring_case(name, "content-length")) response.content_length = value;
  if (same_ignoring_case(name, "location")) response.location = value;
  if (same_ignoring_case(name, "retry-after")) std::from_chars(value.data(), value.data() + value.size(), response.retry_after);
  return size;
}

/// Ciphers of TLS 1.2 that the Response Profile's checkers refuse (rules.md §4.1), and security levels that let them be tried.
constexpr const char* weak_ciphers =
    "ALL:!aNULL:!eNULL:!ECDHE-ECDSA-AES128-GCM-SHA256:!ECDHE-ECDSA-AES256-GCM-SHA384:"
    "!ECDHE-RSA-AES128-GCM-SHA256:!ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0";
constexpr const char* old_ciphers = "ALL:@SECLEVEL=0";

void set_versions(CURL* curl, long least, long most) { curl_easy_setopt(curl, CURLOPT_SSLVERSION, least | most); }

void set_offer(CURL* curl, TlsOffer offer) {
  switch (offer) {
    case TlsOffer::usual:
      set_versions(curl, CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_DEFAULT);
      return;
    case TlsOffer::tls12_only:
      set_versions(curl, CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_2);
      return;
    case TlsOffer::before_tls12:
      set_versions(curl, CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_1);
      curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, old_ciphers);
      return;
    case TlsOffer::weak_ciphers:
      set_versions(curl, CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_2);
      curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, weak_ciphers);
      return;
  }
}

}  // namespace

struct RdapClient::Impl {
  Options options;
  CURL* curl = nullptr;

  [[nodiscard]] const std::string& connect_of(IpFamily family) const noexcept {
    return family == IpFamily::v6 ? options.connect_v6 : options.connect_v4;
  }
};

RdapClient::RdapClient(Options options) : impl_(std::make_unique<Impl>()) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  impl_->options = std::move(options);
  impl_->curl = global == CURLE_OK ? curl_easy_init() : nullptr;
  if (impl_->curl == nullptr) throw std::bad_alloc();
}

RdapClient::~RdapClient() { curl_easy_cleanup(impl_->curl); }

Expected<RdapResponse> RdapClient::ask(const RdapRequest& request) {
  CURL* curl = impl_->curl;
  RdapResponse response;
  std::string words(CURL_ERROR_SIZE, '\0');
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "regdata-selftest");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, patience_ms);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(curl, CURLOPT_NOBODY, request.head ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, impl_->options.self_signed ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  const long resolve = request.family == IpFamily::v4 ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_V6;
  curl_easy_setopt(curl, CURLOPT_IPRESOLVE, resolve);
  set_offer(curl, request.offer);
  // a handshake is what is looked at: none may be remembered from another request
  if (request.offer != TlsOffer::usual) {
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  }
  const List headers = list_of(request.accept.empty() ? "Accept:" : "Accept: " + request.accept);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  List connect;
  if (const std::string& to = impl_->connect_of(request.family); !to.empty()) {
    connect = list_of("::" + to);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect.get());
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    const std::string_view told = words.c_str();
    return make_error(Errc::unavailable, std::string(told.empty() ? curl_easy_strerror(code) : told));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<std::uint16_t>(status);
  return response;
}

}  // namespace regdata::app
