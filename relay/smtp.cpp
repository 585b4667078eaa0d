#include "relay/smtp.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <system_error>

#include "registration/ascii.hpp"

namespace regdata::relay {
namespace {

/// One line of a file that others cannot read. The buffer is wiped by the caller.
Expected<std::string> read_secret(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int code = errno;
    if (descriptor >= 0) ::close(descriptor);
    return make_error(Errc::configuration, "cannot read " + file.string() + ": " + std::generic_category().message(code));
  }
  std::array<char, 1024> text{};
  const ssize_t size = ::read(descriptor, text.data(), text.size());
  ::close(descriptor);
  if ((status.st_mode & S_IRWXO) != 0)
    return make_error(Errc::configuration, file.string() + " can be read by everybody", "chmod 0600 it");
  const char* end =
      std::find_if(text.data(), text.data() + std::max<ssize_t>(size, 0), [](char c) { return c == '\n' || c == '\r'; });
  std::string line(text.data(), static_cast<std::size_t>(end - text.data()));
  sodium_memzero(text.data(), text.size());
  if (line.empty()) return make_error(Errc::configuration, file.string() + " is empty", "one line");
  return line;
}

/// "RCPT TO" of "RCPT TO:<a@b>\r\n": the verb, and no address.
std::string_view verb_of(std::string_view command) {
  for (const std::string_view verb : {"RCPT TO", "MAIL FROM", "DATA", "EHLO", "HELO", "AUTH", "STARTTLS"}) {
    if (command.starts_with(verb)) return verb;
  }
  return {};
}

/// The conversation as libcurl shows it. Keeps the verb of the last command and the last reply: no address, no secret.
struct Conversation {
  std::string verb;
  std::string reply;
  std::string_view rest;
  bool over = false;                              ///< libcurl says good-bye when a command failed: the reply to that is no news
  std::chrono::steady_clock::time_point since{};  ///< of the whole mail, then of its end
  bool ended = false;                             ///< all of the mail is on its way
};

/// RFC 5321 §4.5.3.2.6: a server that has the whole mail may take its time, and whoever hangs up early sends twice.
constexpr std::chrono::minutes wait_for_the_last_reply{10};

int watch(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  auto& conversation = *static_cast<Conversation*>(user);
  const std::string_view text(data, size);
  if (type == CURLINFO_HEADER_OUT && (text.starts_with("QUIT") || text.starts_with("RSET"))) conversation.over = true;
  if (conversation.over) return 0;
  if (type == CURLINFO_HEADER_OUT && !verb_of(text).empty()) {
    conversation.verb = verb_of(text);
    conversation.reply.clear();
  }
  if (type == CURLINFO_DATA_OUT) conversation.verb = "DATA";
  if (type == CURLINFO_HEADER_IN && text.size() >= 3) conversation.reply = text.substr(0, 64);
  return 0;
}

std::size_t give(char* to, std::size_t size, std::size_t count, void* user) {
  auto& rest = static_cast<Conversation*>(user)->rest;
  const std::size_t amount = std::min(size * count, rest.size());
  std::memcpy(to, rest.data(), amount);
  rest.remove_prefix(amount);
  if (amount == 0) {
    auto& conversation = *static_cast<Conversation*>(user);
    conversation.ended = true;
    conversation.since = std::chrono::steady_clock::now();
  }
  return amount;
}

/// "5.1.1" behind the reply code (RFC 3463 §2); empty: none.
std::string_view enhanced_code(std::string_view reply) {
  if (reply.size() < 9 || !is_digit(reply[4]) || reply[5] != '.') return {};
  std::size_t end = 4;
  unsigned dots = 0;
  while (end < reply.size() && end < 14 && (is_digit(reply[end]) || reply[end] == '.')) dots += reply[end++] == '.' ? 1U : 0U;
  return dots == 2 && is_digit(reply[end - 1]) ? reply.substr(4, end - 4) : std::string_view();
}

/// A refusal of RCPT that tells of our standing with the server and not of the address (RFC 3463 §3.8). Servers without
/// enhanced codes say it in words: "550 relay not permitted". In doubt it is no fault of the address: that opens an accuracy
/// note.
bool is_policy(std::string_view reply, std::string_view enhanced) {
  if (enhanced.starts_with("5.7.")) return true;
  if (!enhanced.empty()) return false;
  for (const std::string_view code : {"530", "535", "554"}) {
    if (reply.starts_with(code)) return true;
  }
  for (const std::string_view word : {"relay", "prohibit", "denied", "policy", "blocked", "spam", "authent"}) {
    if (contains_ignoring_case(reply, word)) return true;
  }
  return false;
}

}  // namespace

std::string reach(const std::string& server, std::chrono::milliseconds patience) {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const std::unique_ptr<CURL, decltype([](CURL* handle) { curl_easy_cleanup(handle); })> handle(started ? curl_easy_init()
                                                                                                        : nullptr);
  if (handle == nullptr) return "libcurl does not start";
  const std::string url = "http://" + server;  // of a connection without a word the scheme does not matter
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(patience.count()));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return {};
  std::string why = curl_easy_strerror(code);
  if (!why.empty()) why.front() = lower(why.front());
  return why;
}

Sent read_reply(std::string_view command, std::string_view reply) {
  const std::string_view verb = verb_of(command);
  const bool code = reply.size() >= 3 && is_digit(reply[0]) && is_digit(reply[1]) && is_digit(reply[2]);
  Sent sent;
  sent.status = code ? std::string(reply.substr(0, 3)) : "no reply";
  const std::string_view enhanced = code ? enhanced_code(reply) : std::string_view();
  if (!enhanced.empty()) sent.status.append(" ").append(enhanced);
  const bool about_mail = verb == "RCPT TO" || verb == "DATA";
  if (!about_mail) return sent;
  // Also where the connection ends behind it: what this mail does to the server it does not do to others.
  sent.kind = Sent::Kind::later;
  if (!code || reply[0] != '5') return sent;
  if (verb == "DATA")
    sent.kind = Sent::Kind::refused;
  else
    sent.kind = is_policy(reply, enhanced) ? Sent::Kind::unwilling : Sent::Kind::no_such;
  return sent;
}

struct SmtpMailer::Impl {
  /// libcurl asks about once a second; anything but 0 ends the transfer.
  static int may_go_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& impl = *static_cast<const Impl*>(user);
    const auto passed = std::chrono::steady_clock::now() - impl.conversation.since;
    const std::chrono::nanoseconds limit = impl.conversation.ended ? wait_for_the_last_reply : impl.before_the_end;
    return passed > limit ? 1 : 0;
  }

  ~Impl() {
    curl_easy_cleanup(handle);
    sodium_memzero(password.data(), password.size());
  }
  CURL* handle = nullptr;
  std::string url;
  std::string user;
  std::string password;
  Conversation conversation;
  std::chrono::nanoseconds before_the_end{};  ///< for all but the last reply
};

SmtpMailer::SmtpMailer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SmtpMailer::~SmtpMailer() = default;

Expected<std::unique_ptr<SmtpMailer>> SmtpMailer::make(const SmtpSettings& settings) {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  auto impl = std::make_unique<Impl>();
  impl->handle = started ? curl_easy_init() : nullptr;
  if (impl->handle == nullptr) throw std::bad_alloc();
  if (!settings.user_file.empty()) {
    auto user = read_secret(settings.user_file);
    if (!user) return user.error();
    auto password = read_secret(settings.password_file);
    if (!password) return password.error();
    impl->user = std::move(*user);
    impl->password = std::move(*password);
  }
  impl->url = (settings.tls == SmtpTls::implicit ? "smtps://" : "smtp://") + settings.server + "/" +
              (settings.hello.empty() ? "localhost" : settings.hello);
  CURL* curl = impl->handle;
  curl_easy_setopt(curl, CURLOPT_URL, impl->url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // whatever the environment says
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(settings.tls == SmtpTls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // else the system's authorities count as well
  }
  if (!impl->user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, impl->user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, impl->password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  impl->before_the_end = settings.timeout * 2;
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Impl::may_go_on);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, impl.get());
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   static_cast<long>(std::chrono::seconds(wait_for_the_last_reply).count()));
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &impl->conversation);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &impl->conversation);
  return std::unique_ptr<SmtpMailer>(new SmtpMailer(std::move(impl)));
}

Sent SmtpMailer::send(std::string_view from, std::string_view to, std::string_view message) {
  CURL* curl = impl_->handle;
  impl_->conversation = {{}, {}, message, false, std::chrono::steady_clock::now(), false};
  const std::string sender(from);
  curl_slist* recipients = curl_slist_append(nullptr, std::string(to).c_str());
  if (recipients == nullptr) throw std::bad_alloc();
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
  const CURLcode done = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, nullptr);
  curl_slist_free_all(recipients);
  if (done == CURLE_OK) return {Sent::Kind::taken, "250"};
  switch (done) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Sent::Kind::cannot_deliver, "the server's name does not resolve"};
    case CURLE_COULDNT_CONNECT:
      return {Sent::Kind::cannot_deliver, "the server does not accept connections"};
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_OPERATION_TIMEDOUT:
      return {Sent::Kind::cannot_deliver, "the server does not answer in time"};
    case CURLE_USE_SSL_FAILED:
      return {Sent::Kind::cannot_deliver, "the server offers no STARTTLS"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return {Sent::Kind::cannot_deliver, "the server's certificate is not accepted"};
    case CURLE_LOGIN_DENIED:
      return {Sent::Kind::cannot_deliver, "the server refuses the log-in"};
    default:
      return read_reply(impl_->conversation.verb, impl_->conversation.reply);
  }
}

}  // namespace regdata::relay
