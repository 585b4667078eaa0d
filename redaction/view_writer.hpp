// What the view writer's files share: the generation in force, the one in the making, and how records get into either.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "redaction/view_environment.hpp"
#include "redaction/view_files.hpp"
#include "redaction/view_store.hpp"

namespace regdata::redaction {

/// A batch as keys and bytes: made before the transaction begins, kept while it is tried again with a larger map.
struct EncodedBatch {
  explicit EncodedBatch(const ViewWriter::Batch& batch);

  using Record = std::pair<std::string, std::string>;
  std::vector<Record> views;
  std::vector<Record> hosts;
  std::vector<std::string> gone_views;
  std::vector<std::string> gone_hosts;
  std::optional<std::string> texts;
  std::optional<std::string> resume;
};

/// Writes a batch and the state that it leads to; LMDB's code.
[[nodiscard]] int write_batch(const ViewEnvironment& env, ViewEnvironment::Write& write, const EncodedBatch& batch,
                              const StoredState& state);
/// The state after a batch.
StoredState state_after(StoredState state, const ViewWriter::Batch& batch);

/// Runs `work` in write transactions until the map is large enough for it; commits. `work` returns LMDB's code.
template <class Work>
Expected<void> write_growing(ViewEnvironment& env, Work&& work) {
  for (;;) {
    int code = 0;
    {
      auto write = env.write();
      if (!write) return write.error();
      code = work(*write);
      if (code == 0) code = write->commit();
    }
    if (code == 0) return {};
    if (code != MDB_MAP_FULL) return lmdb_error(code, "cannot write");
    if (auto grown = env.grow(); !grown) return grown.error();
  }
}

struct ViewWriter::Impl {
  explicit Impl(std::filesystem::path directory) : files(std::move(directory)) {}

  /// A copy in the making. Records are read afresh for each slice; what changes behind the copied part is kept by name.
  struct Compaction {
    std::uint64_t number = 0;
    std::shared_ptr<ViewEnvironment> target;
    bool hosts = false;  ///< views are through
    std::string last;    ///< key copied last
    std::set<std::string> touched_views;
    std::set<std::string> touched_hosts;
    std::optional<UtcTime> hidden_since;  ///< first hide since the copy began: its bytes may be in the copy
  };

  /// The environment in force; opened anew after a failure. Errc::damaged, Errc::version: only a rebuild helps.
  Expected<std::shared_ptr<ViewEnvironment>> in_force();
  /// Empty when there is none that can be used.
  Expected<void> open_current();
  Expected<void> start_empty();
  /// An empty generation beside the one in force.
  Expected<std::shared_ptr<ViewEnvironment>> create(std::uint64_t number, std::size_t map_size);
  /// Puts `target` in force and lets go of the others.
  Expected<void> switch_to(std::uint64_t to, std::shared_ptr<ViewEnvironment> target, const StoredState& as);
  /// Gives up a generation in the making.
  void discard();

  Expected<void> begin_compaction();
  /// True: all records are through.
  Expected<bool> copy_slice(std::size_t records);
  Expected<void> finish_compaction();

  ViewFiles files;
  OwnedFd lock;
  std::shared_ptr<ViewEnvironment> env;
  std::uint64_t number = 0;
  StoredState state;
  std::optional<Error> unusable;  ///< why the generation in force cannot be written or read
  std::unique_ptr<Compaction> compaction;
};

}  // namespace regdata::redaction
