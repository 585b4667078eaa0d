// The only file that includes Beast: it takes longest of all to compile. Its parser is used without its streams.
#include "whois/http_request.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

namespace regdata::whois {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

HttpMethod method_of(http::verb verb) noexcept {
  switch (verb) {
    case http::verb::get:
      return HttpMethod::get;
    case http::verb::head:
      return HttpMethod::head;
    case http::verb::options:
      return HttpMethod::options;
    case http::verb::post:
      return HttpMethod::post;
    default:
      return HttpMethod::other;
  }
}

/// RFC 9110 §12.5.3: "gzip" or "*" with a weight above zero.
bool accepts_gzip(beast::string_view accept_encoding) {
  for (const auto& coding : http::ext_list(accept_encoding)) {
    if (!beast::iequals(coding.first, "gzip") && coding.first != "*") continue;
    bool zero = false;
    for (const auto& parameter : coding.second) {
      if (!beast::iequals(parameter.first, "q")) continue;
      zero = parameter.second.find_first_not_of("0.") == beast::string_view::npos;
    }
    return !zero;
  }
  return false;
}

/// RFC 9112 §5.2: a line that goes on in the next. Beast joins them; a proxy before us may have read them otherwise.
bool has_folded_line(std::string_view head) noexcept {
  return head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

struct RequestReader::Impl {
  RequestRead refused(std::uint16_t status) const {
    RequestRead read;
    read.state = RequestRead::State::refused;
    read.status = status;
    return read;
  }
  RequestRead whole(std::size_t consumed);

  std::optional<http::request_parser<http::string_body>> parser;
  std::string forwarded;
};

RequestReader::RequestReader() : impl_(std::make_unique<Impl>()) {}
RequestReader::~RequestReader() = default;

RequestRead RequestReader::read(std::string_view bytes) {
  // RFC 9112 §2.2: an empty line before the request line is to be ignored; one will do
  if (bytes == "\r") return {};
  const std::size_t skipped = bytes.starts_with("\r\n") ? 2 : 0;
  const std::string_view rest = bytes.substr(skipped);
  if (rest.empty()) return {};
  auto& parser = impl_->parser;
  parser.emplace();
  parser->header_limit(max_head_bytes);
  parser->body_limit(max_body_bytes);
  parser->eager(true);
  beast::error_code error;
  std::size_t used = parser->put(boost::asio::buffer(rest.data(), rest.size()), error);
  if (error == http::error::need_more) {
    if (!parser->is_header_done()) return rest.size() > max_head_bytes ? impl_->refused(431) : RequestRead{};
    error = {};
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return impl_->refused(431);
  if (error == http::error::body_limit) return impl_->refused(413);
  if (error == http::error::bad_version) return impl_->refused(505);
  if (error) return impl_->refused(400);
  if (!parser->is_header_done()) return {};
  if (has_folded_line(rest.substr(0, rest.find("\r\n\r\n")))) return impl_->refused(400);
  const auto& message = parser->get();
  if (message.find(http::field::transfer_encoding) != message.end()) return impl_->refused(501);  // RFC 9112 §6.1
  if (!parser->is_done()) return rest.size() > max_head_bytes + max_body_bytes ? impl_->refused(413) : RequestRead{};
  return impl_->whole(skipped + used);
}

RequestRead RequestReader::Impl::whole(std::size_t consumed) {
  const auto& message = parser->get();
  // RFC 9112 §3.2: exactly one Host in HTTP/1.1
  const std::size_t hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() >= 11)) return refused(400);
  RequestRead read;
  read.state = RequestRead::State::request;
  read.consumed = consumed;
  HttpRequest& request = read.request;
  request.method = method_of(message.method());
  request.target = view(message.target());
  request.gzip = accepts_gzip(message[http::field::accept_encoding]);
  request.if_none_match = view(message[http::field::if_none_match]);
  request.accept_language = view(message[http::field::accept_language]);
  request.content_type = view(message[http::field::content_type]);
  request.body = message.body();
  request.keep_alive = parser->keep_alive();
  forwarded.clear();
  const auto lines = message.equal_range("X-Forwarded-For");
  for (auto line = lines.first; line != lines.second; ++line) {
    if (!forwarded.empty()) forwarded.push_back(',');
    forwarded.append(view(line->value()));
  }
  request.forwarded_for = forwarded;
  return read;
}

}  // namespace regdata::whois
