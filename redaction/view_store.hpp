// Redacted views at rest: LMDB, written by one publisher, read by any number of servers.
//
// On disk: DIR/CURRENT names the generation in force ("gen-000007"); DIR/gen-000007/ is one LMDB environment with the
// databases `view` (A-label name → view record), `host` (labels from the right → host record) and `meta`. A generation is
// either written in place by the publisher or replaced by a new one beside it; CURRENT is switched by rename and the old
// generation loses its name at once (docs/decisions/0003). DIR/locks/ holds the LMDB lock files, DIR/publisher.lock the
// writer's.
//
// Rights: data files 0640, CURRENT 0640, lock files 0660, directories 2750, whatever the umask says. Servers of another user
// are in the directory's group: they read everything, write the files in DIR/locks/ and create nothing.
//
// One process may open a store any number of times, for reading and writing, as long as the writer comes first: LMDB allows
// one environment a file and process, so all of them share it. Not to be used across fork() without exec.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redaction/public_text.hpp"
#include "redaction/public_view.hpp"
#include "registration/error.hpp"
#include "registration/feed_mark.hpp"
#include "registration/utc_time.hpp"

namespace regdata::redaction {

/// State of a view store as of one read transaction.
struct ViewStoreState {
  std::uint64_t sequence = 0;  ///< last change feed sequence applied
  UtcTime applied_until{};     ///< the feed is applied up to here: "last update of the database"
  UtcTime heartbeat{};         ///< when the publisher last said that it is alive and caught up
  std::uint64_t generation = 0;
  std::uint64_t views = 0;        ///< how many names
  std::uint64_t publication = 0;  ///< digest of the configuration that the views were made with; 0: made with none
  FeedMark seen{};                ///< nothing in here is of a later state of the registration store
};

/// Compact binary form of a PublicView: format version, then fields. The only other maker of PublicViews. One byte string
/// for one value: what decode() accepts, encode() writes back the same.
struct ViewCodec {
  static std::string encode(const PublicView& view);
  /// Errc::damaged for anything that encode() did not write. Total: any bytes in, a view or an error out.
  static Expected<PublicView> decode(std::string_view bytes);
  /// The same view with every contact element that is held withheld by `rule`: for a name whose data cannot be read.
  static PublicView withhold_contacts(const PublicView& view, RuleId rule);
  static std::string encode(const PublicHost& host);
  static Expected<PublicHost> decode_host(std::string_view bytes);
  static std::string encode(const PublicTexts& texts);
  /// encode() into a buffer that is there already.
  static void append(std::string& bytes, const PublicView& view);
  static void append(std::string& bytes, const PublicHost& host);
  static Expected<PublicTexts> decode_texts(std::string_view bytes);
};

/// Read side. Thread-safe: any thread may call; each call has an LMDB reader slot to itself. Follows a switch of generation
/// within a second, on a call: an idle server calls state() every few seconds, so that it lets go of a replaced generation.
/// Opens data read-only and takes part in locking (house.md §1).
///
/// Errors of all calls: unavailable (no slot, no memory), damaged, version (written by another version of the program).
class ViewReader {
 public:
  /// Errc::unavailable: nothing was published yet. Errc::configuration: files are there and may not be read, or the lock
  /// files not written.
  static Expected<std::unique_ptr<ViewReader>> open(const std::filesystem::path& directory);
  ~ViewReader();
  ViewReader(const ViewReader&) = delete;
  ViewReader& operator=(const ViewReader&) = delete;

  /// The view of a name; empty: no match. `name` is an A-label form as DomainName::ascii gives it.
  Expected<std::optional<PublicView>> find(std::string_view name);
  Expected<std::optional<PublicHost>> find_host(std::string_view name);
  /// The shared texts; the pointer stays valid for as long as the caller holds it. Re-read only when they changed.
  Expected<std::shared_ptr<const PublicTexts>> texts();
  Expected<ViewStoreState> state();
  /// All views in order of name, one read transaction; `visit` returns false to stop. For tools and tests: `visit` must not
  /// write to the store.
  Expected<void> for_each(const std::function<bool(std::string_view name, const PublicView&)>& visit);

 private:
  ViewReader();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Write side: one per store, held by the publisher's lock file. Not thread-safe.
class ViewWriter {
 public:
  /// Opens for writing, making an empty first generation where there is none. Errc::conflict: another publisher holds it.
  static Expected<std::unique_ptr<ViewWriter>> open(const std::filesystem::path& directory);
  ~ViewWriter();
  ViewWriter(const ViewWriter&) = delete;
  ViewWriter& operator=(const ViewWriter&) = delete;

  /// One atomic change: views, hosts, texts, resume note and state together or not at all.
  /// Errc::unavailable when the disk is full; nothing is changed then.
  struct Batch {
    std::vector<PublicView> put;
    std::vector<std::string> remove;  ///< names
    std::vector<PublicHost> put_hosts;
    std::vector<std::string> remove_hosts;
    std::optional<PublicTexts> texts;
    std::optional<std::string> resume;  ///< publisher's note for resuming a fan-out; empty string clears it
    std::optional<std::uint64_t> sequence;
    std::optional<UtcTime> applied_until;
    std::optional<UtcTime> heartbeat;
    bool hides = false;                        ///< something is taken out of view: a new generation is due within five minutes
    std::optional<std::uint64_t> publication;  ///< see ViewStoreState
    std::optional<FeedMark> seen;              ///< see ViewStoreState
    UtcTime at{};                              ///< now; with `hides`: from when on a new generation is due
  };
  Expected<void> apply(const Batch& batch);

  Expected<ViewStoreState> state();
  Expected<std::optional<PublicView>> find(std::string_view name);
  Expected<std::optional<PublicHost>> find_host(std::string_view name);
  Expected<std::optional<PublicTexts>> texts();
  /// Names of the host records at or below a domain name, in no order that means anything.
  Expected<std::vector<std::string>> hosts_below(std::string_view name);
  Expected<std::string> resume_note();
  /// When the first hide since the last new generation was applied; empty: no hide since.
  Expected<std::optional<UtcTime>> hides_pending_since();

  /// Writes all live records into a new generation beside this one, record by record (copied pages would carry freed bytes
  /// along), and switches to it. The old generation loses its name at once; readers that have it open keep it until they
  /// follow. Errc::unavailable when the disk is full: the old generation stays in force.
  Expected<void> compact(UtcTime now);
  /// The same in slices of about `records`, so that changes need not wait: apply() may be called between slices and its
  /// changes are carried over. True: switched.
  Expected<bool> compact_some(UtcTime now, std::size_t records);
  [[nodiscard]] bool compacting() const noexcept;

  /// How many transactions lie behind the oldest reader that is still inside a read; 0: none is behind. Such a reader keeps
  /// replaced pages from being used again; a new generation leaves it behind.
  Expected<std::uint64_t> reader_lag();
  /// Removes what earlier removals could not (a directory in use, an error of the disk). Called by open, compact and rebuild.
  Expected<void> remove_retired();

  /// A rebuild: a new, empty generation that `fill` writes to in order of name; servers go on with the old one until it
  /// returns without error and the switch is made. Texts and configuration digest that `finish` leaves out are carried over.
  /// The one way to mend a store whose generation is damaged or of another format.
  class Filler {
   public:
    virtual ~Filler() = default;
    /// Names must rise strictly, else Errc::internal.
    virtual Expected<void> put(const PublicView& view) = 0;
    virtual Expected<void> put_host(const PublicHost& host) = 0;
  };
  Expected<void> rebuild(const std::function<Expected<void>(Filler&)>& fill, const Batch& finish);

 private:
  ViewWriter();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::redaction
