// regdata deposit make | verify | send
#include <fmt/format.h>

#include <memory>

#include "app/commands/deposit.hpp"
#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"

namespace regdata::app {
namespace {

using escrow::DepositEntry;
using escrow::DepositState;

/// The deposit and its agent.
struct Named {
  DepositEntry entry;
  const Config::EscrowAgent* settings = nullptr;
  escrow::Agent agent;
};

Expected<Named> named(const Config& config, escrow::Ledger& ledger, const std::string& text) {
  auto entry = deposit_argument(ledger, text);
  if (!entry) return entry.error();
  const auto settings = agent_settings(config, entry->agent);
  if (!settings) return settings.error();
  auto agent = make_agent(config, **settings);
  if (!agent) return agent.error();
  return Named{std::move(*entry), *settings, std::move(*agent)};
}

boost::json::object told(const DepositEntry& entry, const std::filesystem::path& directory) {
  boost::json::object object = deposit_json(entry);
  object["directory"] = directory.string();
  return object;
}

struct MakeArguments {
  std::string agent;
  std::string kind = "full";
  bool again = false;
  std::string resend;
};

/// The deposit whose next revision is wanted: the agent has refused it, or had nothing of it.
Expected<escrow::DepositMaker::Request> resend_request(const Config& config, escrow::Ledger& ledger, MakeArguments& arguments) {
  const auto former = named(config, ledger, arguments.resend);
  if (!former) return former.error();
  const DepositEntry& entry = former->entry;
  if (!arguments.agent.empty() && arguments.agent != entry.agent)
    return make_error(Errc::usage, fmt::format("deposit {} is of agent {}", entry.id, entry.agent));
  if (entry.state != DepositState::rejected && entry.state != DepositState::missing)
    return make_error(Errc::conflict,
                      fmt::format("deposit {} is {}: nobody asked for it once more", entry.id, to_string(entry.state)),
                      "the agent's verdict comes first: `regdata deposit verdict`");
  arguments.agent = entry.agent;
  return escrow::DepositMaker::Request{
      .kind = entry.kind, .again = entry.state == DepositState::missing || arguments.again, .date = entry.date};
}

Outcome make(Context& context, MakeArguments arguments) {
  const auto kind = deposit_kind(arguments.kind);
  if (!kind)
    return make_error(Errc::usage, "--kind " + arguments.kind + ": no kind of deposit", "full, incremental or differential");
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  Expected<escrow::DepositMaker::Request> request(escrow::DepositMaker::Request{.kind = *kind, .again = arguments.again});
  if (!arguments.resend.empty()) request = resend_request(*config, **ledger, arguments);
  if (!request) return request.error();
  request->tell = [&](const std::string& what) { context.output.warn(what); };
  request->progress = [&](std::uint64_t rows) { context.output.progress("names", rows, 0); };
  const auto settings = agent_settings(*config, arguments.agent);
  if (!settings) return settings.error();
  const auto agent = make_agent(*config, **settings);
  if (!agent) return agent.error();
  const auto keys = EscrowKeys::open(*config, **settings, context.clock());
  if (!keys) return keys.error();
  for (const auto& ending : keys->endings(context.clock())) context.output.warn(told(ending, context.clock()));
  const auto made = make_deposit(*config, **settings, *keys, **ledger, context.clock, *request);
  context.output.progress_end();
  if (!made) return made.error();
  const auto directory = agent->directory / directory_name(*made);
  context.output.line(
      fmt::format("deposit {}: {} names, {} bytes, {}", made->id, made->rows, made->file_bytes, to_string(made->state)));
  context.output.line(directory.string());
  if (made->state == DepositState::held) {
    const auto held =
        make_error(Errc::conflict, fmt::format("deposit {} is held: {}", made->id, made->reason),
                   fmt::format("mend the data and make it again, or `regdata deposit send {} --accept-drift`", made->id));
    return {Exit::partly, held};
  }
  return {Exit::done, told(*made, directory)};
}

Outcome verify(Context& context, const std::string& number) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto deposit = named(*config, **ledger, number);
  if (!deposit) return deposit.error();
  if (deposit->entry.manifest.empty())
    return make_error(Errc::not_found, fmt::format("deposit {} is {}: there is nothing to verify", deposit->entry.id,
                                                   to_string(deposit->entry.state)));
  const auto manifest = escrow::read_manifest(deposit->entry.manifest);
  if (!manifest) return manifest.error();
  const auto signer = signing_certificate(*config, deposit->agent.registrar.id, manifest->signer);
  if (!signer) return signer.error();
  const auto directory = deposit->agent.directory / directory_name(deposit->entry);
  if (auto same = escrow::compare_with_manifest(directory, deposit->entry.manifest, **signer); !same) return same.error();
  if (auto chained = escrow::check_chain(**ledger, *manifest); !chained) return chained.error();
  context.output.line(fmt::format("deposit {}: {} files, {} names, as the signed manifest says", deposit->entry.id,
                                  escrow::files_for_agent(*manifest).size(), manifest->facts.names));
  return {Exit::done, told(deposit->entry, directory)};
}

struct SendArguments {
  std::string number;
  bool accept_drift = false;
};

Outcome send(Context& context, const SendArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto deposit = named(*config, **ledger, arguments.number);
  if (!deposit) return deposit.error();
  if (deposit->entry.manifest.empty())
    return make_error(Errc::conflict,
                      fmt::format("deposit {} is {} and is not sent", deposit->entry.id, to_string(deposit->entry.state)));
  if (deposit->entry.state == DepositState::held && arguments.accept_drift) {
    auto accepted = (*ledger)->advance(deposit->entry.id, DepositState::held, DepositState::verified,
                                       {.reason = "drift accepted: " + deposit->entry.reason}, context.clock());
    if (!accepted) return accepted.error();
  }
  const auto sent = send_deposit(*config, *deposit->settings, **ledger, deposit->entry, context.clock);
  if (!sent) return sent.error();
  if (deposit->entry.state == DepositState::sent) {
    context.output.line(fmt::format("deposit {}: was sent to {} already", sent->id, sent->agent));
    context.output.note(
        fmt::format("where the agent says that nothing came: `regdata deposit verdict {} missing`, then send it", sent->id));
    return {Exit::done, told(*sent, deposit->agent.directory / directory_name(*sent))};
  }
  context.output.line(fmt::format("deposit {}: sent to {}", sent->id, sent->agent));
  const auto retired = retire_deposits(*config, *deposit->settings, **ledger, context.clock);
  if (!retired) context.output.warn("files of old deposits stay: " + retired.error().context);
  if (retired)
    for (const std::uint64_t id : *retired) context.output.note(fmt::format("deposit {}: its files were removed here", id));
  return {Exit::done, told(*sent, deposit->agent.directory / directory_name(*sent))};
}

}  // namespace

void add_deposit_making(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "make", "make a deposit of what is registered now, and verify it; nothing is sent");
  auto making = std::make_shared<MakeArguments>();
  app.option("AGENT", making->agent, "id of an [[escrow_agent]]; none: the only one");
  app.option("--kind", making->kind,
             "full; incremental: only what became different since the last full one; differential: since the last of any kind")
      .called("KIND");
  app.option("--resend", making->resend,
             "of this deposit, which the agent rejected or missed, with its date: the next revision")
      .called("NUMBER");
  app.flag("--again", making->again, "although there is one of today: once more, or as the next revision of what was sent");
  line.does(app, [making](Context& context) { return make(context, *making); });

  app = line.verb_of(noun, "verify", "compare a deposit's files with its signed manifest");
  auto number = std::make_shared<std::string>();
  app.option("NUMBER", *number, "of the deposit").required();
  line.does(app, [number](Context& context) { return verify(context, *number); });

  app = line.verb_of(noun, "send", "send a verified deposit; after a break: go on");
  auto sending = std::make_shared<SendArguments>();
  app.option("NUMBER", sending->number, "of the deposit").required();
  app.flag("--accept-drift", sending->accept_drift, "also one that is held because it differs from the one before");
  line.does(app, [sending](Context& context) { return send(context, *sending); });
}

}  // namespace regdata::app
