// regdata relay deliver | keys
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/relay_desk.hpp"
#include "app/store_access.hpp"
#include "relay/bounce.hpp"
#include "relay/key_file.hpp"

namespace regdata::app {
namespace {

/// For a mail server that pipes mail to us, the exit code is the answer (sysexits(3)).
constexpr Exit exit_as(int code) noexcept { return static_cast<Exit>(code); }

/// All of standard input, one byte more than a mail may have at most. Empty: it cannot be read.
Expected<std::string> read_mail_from(int descriptor) {
  std::string mail;
  std::array<char, 65536> piece{};
  while (mail.size() <= relay::largest_mail) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return make_error(Errc::unavailable, "standard input cannot be read");
    if (got == 0) break;
    mail.append(piece.data(), static_cast<std::size_t>(got));
  }
  return mail;
}

/// A mail server may show what we print to whoever sent the mail: no word about names or contacts.
int code_of(relay::Inbound inbound) {
  switch (inbound) {
    case relay::Inbound::forwarded:
    case relay::Inbound::booked:
    case relay::Inbound::ignored:
      return EX_OK;
    case relay::Inbound::no_user:
      return EX_NOUSER;
    case relay::Inbound::no_mail:
      return EX_DATAERR;
    case relay::Inbound::busy:
      return EX_TEMPFAIL;
  }
  return EX_SOFTWARE;
}

Expected<relay::Inbound> take(Context& context, const std::string& recipient) {
  auto mail = read_mail_from(STDIN_FILENO);  // first: a writer whose reader goes away would see a broken pipe
  if (!mail) return mail.error();
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = inbound_settings(*config);
  if (!relay::recipient_of(recipient, settings.patterns, settings.bounce_domain)) return relay::Inbound::no_user;
  const auto access = open_outbox(*config);
  if (!access) return access.error();
  return relay::take_inbound(recipient, *mail, settings, *access->store, *access->outbox, context.clock());
}

/// Whatever breaks here, out of memory too: the mail server keeps the mail.
Expected<relay::Inbound> take_or_fail(Context& context, const std::string& recipient) {
  try {
    return take(context, recipient);
  } catch (const std::exception&) {
    return make_error(Errc::unavailable, "this mail cannot be taken now");
  }
}

Outcome deliver(Context& context, std::string recipient) {
  // Exim refuses to put what strangers wrote into a command, and gives it in the environment.
  const char* given = variable(context.environment, "RECIPIENT");
  if (recipient.empty() && given != nullptr) recipient = given;
  if (recipient.empty())
    return {
        exit_as(EX_TEMPFAIL),  // the mail server is set up wrongly: no reason to bounce what people write
        make_error(Errc::usage, "no recipient", "name the address, or let the mail server set RECIPIENT in the environment")};
  const auto taken = take_or_fail(context, recipient);
  // Whatever is wrong with us, the mail server keeps the mail and tries again: a wrong setting must not bounce people's mail.
  if (taken) return exit_as(code_of(*taken));
  const Errc code = taken.error().code;
  const bool tells_nothing = code == Errc::configuration || code == Errc::unavailable || code == Errc::version;
  return tells_nothing ? Outcome(exit_as(EX_TEMPFAIL), taken.error()) : Outcome(exit_as(EX_TEMPFAIL));
}

Outcome make_keys(Context& context) {
  const auto config = context.config();
  if (!config) return config.error();
  if (auto made = relay::SecretKey::create(config->relay.secret_key, config->contact.public_key); !made) return made.error();
  if (auto handed = hand_over(config->relay.secret_key); !handed) return handed.error();
  context.output.line(fmt::format("secret key: {} (for the worker only)", config->relay.secret_key.string()));
  context.output.line(fmt::format("public key: {}", config->contact.public_key.string()));
  return {Exit::done, boost::json::object{{"secretKey", config->relay.secret_key.string()},
                                          {"publicKey", config->contact.public_key.string()}}};
}

}  // namespace

void add_relay(CommandLine& line) {
  Verb noun = line.noun("relay", "mail to holders who are not named: deliver, keys", "operation");
  Verb app = line.verb_of(noun, "deliver", "take a mail from standard input, piped by the mail server");
  auto recipient = std::make_shared<std::string>();
  app.option("RECIPIENT", *recipient, "address that the mail is for: a relay address or a bounce address; none: $RECIPIENT");
  app.footer(
      "exit codes are those of sysexits(3): 0 taken, 65 not a mail, 67 no such address,\n75 try again; nothing is printed "
      "about a mail");
  line.does(app, [recipient](Context& context) { return deliver(context, *recipient); });
  line.does(line.verb_of(noun, "keys", "make the key pair of the letter spool where there is none"), make_keys);
}

}  // namespace regdata::app
