#include "whois/http_response.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <memory>

#include "registration/ascii.hpp"

namespace regdata::whois {
namespace {

/// Shorter bodies fit into one packet anyway.
constexpr std::size_t compress_from = 1024;
/// gzip framing for deflateInit2 (zlib's manual): 15 bits of window and the 16 that ask for it.
constexpr int gzip_window = 15 + 16;

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string imf_date(UtcTime time) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

struct ResponseWriter::Impl {
  z_stream stream{};
  bool sound = false;
  std::string body;

  ~Impl() {
    if (sound) deflateEnd(&stream);
  }
};

ResponseWriter::ResponseWriter() : impl_(std::make_unique<Impl>()) {}
ResponseWriter::~ResponseWriter() = default;

std::string_view ResponseWriter::encoded(const HttpResponse& response, bool gzip, bool& compressed) {
  compressed = false;
  if (!gzip || response.body.size() < compress_from) return response.body;
  z_stream& stream = impl_->stream;
  if (!impl_->sound) {
    impl_->sound = deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    if (!impl_->sound) return response.body;
  }
  deflateReset(&stream);
  std::string& out = impl_->body;
  out.resize(deflateBound(&stream, static_cast<uLong>(response.body.size())));
  // zlib's interface predates const
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(response.body.data()));
  stream.avail_in = static_cast<uInt>(response.body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return response.body;
  compressed = true;
  return std::string_view(out).substr(0, out.size() - stream.avail_out);
}

void ResponseWriter::append(std::string& out, const HttpResponse& response, bool head_only, bool gzip, bool keep_alive,
                            UtcTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (date_.empty() || UtcTime(second) != date_of_) {
    date_ = imf_date(second);
    date_of_ = second;
  }
  bool compressed = false;
  const std::string_view body = encoded(response, gzip, compressed);
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ").append(date_);
  if (!response.content_type.empty()) out.append("\r\nContent-Type: ").append(response.content_type);
  // RFC 9110 §8.6: neither has a body, and a length of 0 would say that the GET answer has none
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    out.append("\r\nContent-Length: ");
    append_number(out, body.size());
  }
  if (compressed) out.append("\r\nContent-Encoding: gzip");
  if (!response.etag.empty()) out.append("\r\nETag: ").append(response.etag);
  if (!keep_alive) out.append("\r\nConnection: close");
  out.append("\r\n").append(response.headers).append("\r\n");
  if (!head_only && !bodiless) out.append(body);
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  if (etag.empty()) return false;
  if (trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    const std::size_t end = std::min(if_none_match.find(','), if_none_match.size());
    if (opaque(trim(if_none_match.substr(0, end))) == opaque(etag)) return true;
    if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
  }
  return false;
}

std::string_view reason_phrase(std::uint16_t status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace regdata::whois
