// Requests are read in one way or refused: nothing that a proxy and we could read differently (RFC 9112 §11.2).
#include "whois/http_request.hpp"

#include <gtest/gtest.h>

#include "tests/registration/vectors.hpp"

namespace regdata::whois {
namespace {

using State = RequestRead::State;

std::string_view word(HttpMethod method) {
  switch (method) {
    case HttpMethod::get:
      return "GET";
    case HttpMethod::head:
      return "HEAD";
    case HttpMethod::options:
      return "OPTIONS";
    case HttpMethod::post:
      return "POST";
    case HttpMethod::other:
      break;
  }
  return "other";
}

/// "GET /x" for each request in order, then the status of a refusal or "more".
std::string read_all(RequestReader& reader, std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const RequestRead read = reader.read(bytes);
    if (!out.empty()) out += ", ";
    if (read.state == State::more) return out + "more";
    if (read.state == State::refused) return out + std::to_string(read.status);
    out += std::string(word(read.request.method)) + " " + std::string(read.request.target);
    if (!read.request.body.empty()) out += " (" + std::string(read.request.body) + ")";
    bytes.remove_prefix(read.consumed);
  }
  return out;
}

TEST(HttpRequests, Vectors) {
  RequestReader reader;
  for (const auto& vector : testing::read_vectors("tests/whois/vectors/http_request.vec"))
    EXPECT_EQ(read_all(reader, vector.input()), vector.expected()) << vector.where;
}

// However the bytes arrive, the same is read: a beginning waits or agrees with the whole.
TEST(HttpRequests, PiecesSayTheSameAsTheWhole) {
  RequestReader reader;
  for (const auto& vector : testing::read_vectors("tests/whois/vectors/http_request.vec")) {
    const std::string& bytes = vector.input();
    const RequestRead whole = reader.read(bytes);
    const State state = whole.state;
    const std::size_t consumed = whole.consumed;
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      const RequestRead read = reader.read(std::string_view(bytes).substr(0, length));
      if (read.state == State::more) continue;
      ASSERT_EQ(read.state, state) << vector.where << " after " << length << " bytes";
      ASSERT_EQ(read.consumed, consumed) << vector.where << " after " << length << " bytes";
    }
  }
}

std::string with_header(const std::string& line) { return "GET /x HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n"; }

TEST(HttpRequests, HeadsAreBounded) {
  RequestReader reader;
  EXPECT_EQ(read_all(reader, with_header("X: " + std::string(max_head_bytes - 100, 'a'))), "GET /x");
  EXPECT_EQ(read_all(reader, with_header("X: " + std::string(max_head_bytes, 'a'))), "431");
  EXPECT_EQ(read_all(reader, "GET /" + std::string(max_head_bytes, 'a')), "431");
  std::string many = "GET /x HTTP/1.1\r\nHost: a\r\n";
  while (many.size() <= max_head_bytes) many += "X: y\r\n";
  EXPECT_EQ(read_all(reader, many), "431") << "without an end";
}

TEST(HttpRequests, BodiesAreBounded) {
  RequestReader reader;
  const auto post = [](std::size_t length, std::size_t sent) {
    return "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + std::string(sent, 'b');
  };
  EXPECT_EQ(reader.read(post(max_body_bytes, max_body_bytes)).state, State::request);
  EXPECT_EQ(reader.read(post(max_body_bytes, 10)).state, State::more);
  const RequestRead large = reader.read(post(max_body_bytes + 1, 10));
  EXPECT_EQ(large.state, State::refused);
  EXPECT_EQ(large.status, 413);
}

TEST(HttpRequests, TellsWhatAnswersNeed) {
  RequestReader reader;
  const auto gzip = [&](const std::string& value) {
    return reader.read(with_header("Accept-Encoding: " + value)).request.gzip;
  };
  for (const char* yes : {"gzip", "GZIP", "deflate, gzip", "gzip;q=0.001", "*", "br, *;q=0.1"}) EXPECT_TRUE(gzip(yes)) << yes;
  for (const char* no : {"identity", "gzip;q=0", "gzip;q=0.000", "br", ""}) EXPECT_FALSE(gzip(no)) << no;
  EXPECT_EQ(
      reader.read(with_header("X-Forwarded-For: 192.0.2.1\r\nx-forwarded-for: 2001:db8::1, 192.0.2.2")).request.forwarded_for,
      "192.0.2.1,2001:db8::1, 192.0.2.2");
  EXPECT_TRUE(reader.read(with_header("X: y")).request.keep_alive);
  EXPECT_FALSE(reader.read(with_header("Connection: close")).request.keep_alive);
  EXPECT_FALSE(reader.read("GET /x HTTP/1.0\r\n\r\n").request.keep_alive);
  EXPECT_EQ(reader.read(with_header("If-None-Match: W/\"1\"")).request.if_none_match, "W/\"1\"");
}

}  // namespace
}  // namespace regdata::whois
