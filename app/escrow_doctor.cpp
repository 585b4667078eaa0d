#include "app/escrow_doctor.hpp"

#include <fmt/format.h>

#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>
#include <limits>

#include <algorithm>

#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"
#include "escrow/deposit_copies.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/ledger_clock.hpp"
#include "escrow/manifest.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows_examined = 64;

class AgentExamination : private Findings {
 public:
  AgentExamination(const Config& config, const Config::EscrowAgent& settings, const Clock& clock)
      : config_(config), settings_(settings), now_(clock()) {}

  std::vector<Finding> run() {
    ledger();
    agreement();
    keys();
    door();
    disk();
    time();
    mapping();
    verdicts();
    schedule();
    return take();
  }

 private:
  [[nodiscard]] std::string at(const char* what) const { return fmt::format("{}: {}", settings_.id, what); }

  void ledger() {
    const auto opened = open_ledger(config_);
    const auto rows =
        opened ? (*opened)->list(settings_.id, rows_examined) : Expected<std::vector<escrow::DepositEntry>>(opened.error());
    if (!rows) return bad(at("ledger"), rows.error());
    rows_ = *rows;
    forgotten(**opened);
    if (rows_.empty()) return warning(at("ledger"), "no deposit was ever made", "`regdata deposit make`");
    const auto& last = rows_.front();
    good(at("ledger"), fmt::format("the last deposit is of {}, {}", escrow::date_text(last.date), to_string(last.state)));
  }

  /// An older database was put back: what left since is not in it.
  void forgotten(escrow::Ledger& ledger) {
    const auto all = ledger.list(settings_.id, std::numeric_limits<std::int64_t>::max());
    if (!all) return bad(at("ledger"), all.error());
    const auto unknown = escrow::left_unknown(config_.escrow.deposits / settings_.id, settings_.id, *all,
                                              [](const escrow::DepositEntry&) { return true; });
    if (!unknown) return bad(at("ledger"), unknown.error());
    for (const escrow::DepositEntry& one : *unknown)
      warning(
          at("ledger"),
          escrow::directory_name(one) +
              " lies in the directory of deposits and has left, or began to, and the ledger does not know so",
          "an older database was put back, or `send` was cut off: ask the agent what it has; then take the file `left` out of "
          "that directory");
  }

  void agreement() {
    const auto agent = make_agent(config_, settings_);
    if (!agent) return bad(at("agreement"), agent.error());
    if (const auto may = check_transfer(*agent); !may) return bad(at("agreement"), may.error());
    good(at("agreement"), fmt::format("{}, deposits are kept in {}", agent->agreement, agent->region));
  }

  void keys() {
    const auto keys = EscrowKeys::open(config_, settings_, now_);
    if (!keys) return bad(at("keys"), keys.error());
    std::string names;
    for (const std::string& one : keys->recipients()) names += (names.empty() ? "" : " and ") + one;
    const unsigned version = keys->signer().version();
    good(at("keys"), fmt::format("sealed to {}, signed by {}, version {}", names,
                                 escrow::upper_hex(keys->signer().fingerprint()), version));
    for (const auto& ending : keys->endings(now_))
      warning(at("keys"), told(ending, now_), "make or ask for the new one now: an agent takes days to take a certificate");
    if (version == 4 && settings_.switch_on.empty())
      warning(at("keys"), "version 4 (RSA): the largest agent takes version 6 (RFC 9580) alone from 2027-01-21 on",
              "`regdata deposit keys`, then former_certificate, certificate and switch_on (docs/escrow.md, keys)");
  }

  void door() {
    const auto door = open_delivery(settings_);
    if (!door) return bad(at("door"), door.error());
    if (const auto seen = (*door)->look(); !seen) return bad(at("door"), seen.error());
    good(at("door"), settings_.sftp.empty() ? settings_.folder.string() + " can be written to"
                                            : settings_.sftp + ": the host key is the right one, and ours is taken");
  }

  /// What one deposit takes, and half as much again.
  void disk() {
    std::uint64_t wanted = 1'000'000;
    for (const auto& row : rows_) wanted = std::max(wanted, row.file_bytes + row.file_bytes / 2);
    fs::path place = config_.escrow.deposits;
    struct statvfs space {};
    std::error_code failure;
    const auto type = fs::symlink_status(place, failure).type();
    if (type != fs::file_type::not_found && !fs::is_directory(place, failure))
      return bad(at("disk"), make_error(Errc::configuration, place.string() + " is no directory",
                                        "[escrow] deposits names one; is the disk mounted that a link leads to?"));
    if (type == fs::file_type::not_found && !rows_.empty())
      return bad(at("disk"), make_error(Errc::unavailable, place.string() + " is not there, and deposits were made",
                                        "[escrow] deposits; is its disk mounted?"));
    const auto is_here = [&](const escrow::DepositEntry& row) {
      return fs::exists(place / settings_.id / escrow::directory_name(row), failure);
    };
    const auto waits = [](const escrow::DepositEntry& row) {
      return row.state == escrow::DepositState::verified || row.state == escrow::DepositState::held;
    };
    if (std::ranges::any_of(rows_, waits) && std::ranges::none_of(rows_, is_here))
      return bad(at("disk"), make_error(Errc::unavailable, place.string() + " holds none of the deposits that wait here",
                                        "is its disk mounted?"));
    if (::statvfs(place.c_str(), &space) != 0) place = place.parent_path();
    if (::statvfs(place.c_str(), &space) != 0)
      return bad(at("disk"), make_error(Errc::configuration, place.string() + " is not there", "[escrow] deposits names it"));
    const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
    if (free < wanted)
      return bad(at("disk"), make_error(Errc::unavailable,
                                        fmt::format("{}: {} MB are free, a deposit takes {}", place.string(), free / 1'000'000,
                                                    wanted / 1'000'000),
                                        "take old deposits away, or give [escrow] deposits another disk"));
    good(at("disk"), fmt::format("{} MB are free", free / 1'000'000));
  }

  /// The date of a deposit is its name, and due dates are by the clock.
  void time() {
    if (const auto* const row = escrow::from_the_future(rows_, now_)) {
      const std::string what = fmt::format("the clock says {}, and deposit {} is of {}", format_rfc3339(now_), row->id,
                                           format_rfc3339(row->watermark));
      const std::string way_out =
          fmt::format("have the agent drop it, then `regdata deposit verdict {} rejected`: it serves no due time", row->id);
      if (row->id != rows_.front().id) return warning(at("clock"), what + ", made under a clock that was ahead", way_out);
      return bad(at("clock"),
                 make_error(Errc::unavailable, what,
                            has_left(row->state)
                                ? "set it if it is behind; if it is right, " + way_out
                                : "set it if it is behind; if it is right, `regdata deposit make` makes one of today"));
    }
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR || (static_cast<unsigned>(state.status) & STA_UNSYNC) != 0)
      return warning(at("clock"), format_rfc3339(now_) + ", and nothing keeps it", "run chrony or systemd-timesyncd");
    good(at("clock"), format_rfc3339(now_) + ", kept by NTP");
  }

  void mapping() {
    const auto agent = make_agent(config_, settings_);
    if (!agent) return;  // was told
    if (settings_.specification != "2024")
      return good(at("mapping"), "only the specification of 2024 has a header mapping file");
    std::vector<std::string> columns;
    for (const auto& column : agent->plan.columns) columns.emplace_back(column.name);
    const auto before = std::ranges::find_if(rows_, [](const auto& row) { return has_left(row.state); });
    const auto manifest = before == rows_.end() ? Expected<escrow::Manifest>(make_error(Errc::not_found, ""))
                                                : escrow::read_manifest(before->manifest);
    if (manifest && manifest->columns != columns)
      return warning(at("mapping"), fmt::format("{} columns, and not those of deposit {}", columns.size(), before->id),
                     "upload `regdata deposit header-map` to the agent again, and mail it to ICANN");
    if (!manifest)
      return warning(at("mapping"), fmt::format("{} columns; nothing was sent yet", columns.size()),
                     "upload `regdata deposit header-map` to the agent before the first deposit, and mail it to ICANN");
    good(at("mapping"), fmt::format("{} columns, as in the deposit before", columns.size()));
  }

  void verdicts() {
    if (settings_.verdicts.empty())
      return warning(at("verdicts"), "are noted by hand alone", "[[escrow_agent]] verdicts, or `regdata deposit verdict`");
    if (::access(settings_.verdicts.c_str(), R_OK | W_OK | X_OK) != 0)
      return bad(at("verdicts"), escrow::file_error("take files out of", settings_.verdicts, errno));
    std::error_code failure;
    if (fs::directory_iterator(settings_.verdicts / "not-taken", failure) != fs::directory_iterator())
      return warning(at("verdicts"), "files lie in not-taken/", "look at them, and take them away");
    good(at("verdicts"), settings_.verdicts.string());
  }

  void schedule() {
    const auto schedule = make_schedule(settings_);
    const auto next = next_step(schedule, rows_, now_);
    if (next.step == escrow::Step::wait_for_person)
      return bad(at("schedule"), make_error(Errc::conflict, fmt::format("deposit {} waits for a person", next.deposit),
                                            fmt::format("`regdata deposit show {}`", next.deposit)));
    if (next.overdue)
      return bad(at("schedule"), make_error(Errc::unavailable, fmt::format("overdue since {}", format_rfc3339(*next.due)),
                                            "does `regdata run` run? Its log says what keeps it"));
    const auto due = next_due(schedule, now_);
    if (!due) return warning(at("schedule"), "deposits are made by hand alone", "[[escrow_agent]] every, weekday, at");
    good(at("schedule"), "the next one is due at " + format_rfc3339(*due));
  }

  const Config& config_;
  const Config::EscrowAgent& settings_;
  UtcTime now_;
  std::vector<escrow::DepositEntry> rows_;
};

}  // namespace

std::vector<Finding> examine_agent(const Config& config, const Config::EscrowAgent& settings, const Clock& clock) {
  return AgentExamination(config, settings, clock).run();
}

}  // namespace regdata::app
