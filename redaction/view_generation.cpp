// New generations: a compacted copy of the one in force, and a rebuild from nothing.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "redaction/view_writer.hpp"

namespace regdata::redaction {
namespace {

/// A slice of a copy ends at this many bytes, whatever the count: it is one transaction, and holds changes up.
constexpr std::size_t slice_bytes = std::size_t{8} << 20U;
/// What a rebuild hands to its writing thread at a time, and how much may wait.
constexpr std::size_t chunk_bytes = std::size_t{2} << 20U;
constexpr std::size_t chunks_waiting = 2;

/// Records of a rebuild on their way to the writing thread, end to end in one buffer.
struct Chunk {
  struct Record {
    std::uint32_t key = 0;
    std::uint32_t value = 0;
    bool host = false;
  };
  std::string bytes;
  std::vector<Record> records;
};

/// Takes records in the caller's thread and writes them in its own: redaction and B-tree share the work.
class PipelinedFiller final : public ViewWriter::Filler {
 public:
  explicit PipelinedFiller(std::shared_ptr<ViewEnvironment> env) : env_(std::move(env)), writer_([this] { write_chunks(); }) {}
  ~PipelinedFiller() override { (void)finish(); }

  Expected<void> put(const PublicView& view) override {
    if (view->name <= last_) return make_error(Errc::internal, "view store: a rebuild must go in order of name");
    last_ = view->name;
    return add(view->name, view, false);
  }
  Expected<void> put_host(const PublicHost& host) override { return add(host_key(host.name), host, true); }

  /// Waits for the writing thread; whether everything was written.
  Expected<void> finish() {
    if (writer_.joinable()) {
      hand_over();
      {
        const std::lock_guard lock(mutex_);
        closed_ = true;
      }
      changed_.notify_all();
      writer_.join();
    }
    if (failure_) return *failure_;
    return {};
  }

 private:
  template <class Record>
  Expected<void> add(std::string_view key, const Record& record, bool host) {
    chunk_.bytes.append(key);
    const std::size_t before = chunk_.bytes.size();
    ViewCodec::append(chunk_.bytes, record);
    const std::size_t size = chunk_.bytes.size() - before;
    chunk_.records.push_back({static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(size), host});
    return before + size < chunk_bytes ? Expected<void>() : hand_over();
  }

  Expected<void> hand_over() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < chunks_waiting || failure_; });
    if (failure_) return *failure_;
    waiting_.push_back(std::exchange(chunk_, std::move(spare_)));
    lock.unlock();
    changed_.notify_all();
    chunk_.bytes.reserve(chunk_bytes + chunk_bytes / 8);
    return {};
  }

  void write_chunks() {
    for (;;) {
      Chunk chunk;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !waiting_.empty() || closed_; });
        if (waiting_.empty()) return;
        chunk = std::move(waiting_.front());
        waiting_.pop_front();
      }
      changed_.notify_all();
      const auto written = write_growing(*env_, [&](ViewEnvironment::Write& write) { return write_chunk(write, chunk); });
      const std::lock_guard lock(mutex_);
      chunk.bytes.clear();
      chunk.records.clear();
      spare_ = std::move(chunk);  // its memory is used again
      if (!written) {
        failure_ = written.error();
        changed_.notify_all();
        return;
      }
    }
  }

  int write_chunk(ViewEnvironment::Write& write, const Chunk& chunk) const {
    ViewEnvironment::Write::Cursor views;
    ViewEnvironment::Write::Cursor hosts;
    int code = write.open(env_->views, views);
    if (code == 0) code = write.open(env_->hosts, hosts);
    if (code != 0) return code;
    std::string_view rest = chunk.bytes;
    for (const Chunk::Record& record : chunk.records) {
      const std::string_view key = rest.substr(0, record.key);
      const std::string_view value = rest.substr(record.key, record.value);
      rest.remove_prefix(record.key + record.value);
      // Views come in order and go to the end of the tree; hosts lie by their labels from the right and go where they belong.
      code = record.host ? hosts.put(key, value) : views.put(key, value, MDB_APPEND);
      if (code != 0) return code;
    }
    return 0;
  }

  std::shared_ptr<ViewEnvironment> env_;
  std::string last_;
  Chunk chunk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> waiting_;
  Chunk spare_;
  bool closed_ = false;
  std::optional<Error> failure_;
  std::thread writer_;
};

}  // namespace

Expected<std::shared_ptr<ViewEnvironment>> ViewWriter::Impl::create(std::uint64_t to, std::size_t map_size) {
  if (auto created = files.create_generation(to); !created) return created.error();
  return ViewEnvironment::open(files.generation(to), ViewEnvironment::Access::write, map_size);
}

Expected<void> ViewWriter::Impl::switch_to(std::uint64_t to, std::shared_ptr<ViewEnvironment> target, const StoredState& as) {
  auto set = files.set_current(to);
  if (!set) {
    // When only the last sync failed, CURRENT may name the new generation already: then that one is in force, and the old one
    // stays beside it in case the rename is lost with the power.
    const auto named = files.current();
    if (!named || *named != to) return set;
  }
  env = std::move(target);
  number = to;
  state = as;
  unusable.reset();
  if (set) files.remove_others(number);
  return {};
}

void ViewWriter::Impl::discard() {
  compaction.reset();
  files.remove_others(number == 0 ? std::nullopt : std::optional(number));
}

Expected<void> ViewWriter::compact(UtcTime now) {
  for (;;) {
    const auto done = compact_some(now, std::numeric_limits<std::size_t>::max());
    if (!done) return done.error();
    if (*done) return {};
  }
}

Expected<bool> ViewWriter::compact_some(UtcTime /*now*/, std::size_t records) {
  const auto work = [&]() -> Expected<bool> {
    if (!impl_->compaction) {
      if (auto begun = impl_->begin_compaction(); !begun) return begun.error();
    }
    const auto copied = impl_->copy_slice(std::max<std::size_t>(records, 1));
    if (!copied) return copied.error();
    if (!*copied) return false;
    if (auto finished = impl_->finish_compaction(); !finished) return finished.error();
    return true;
  };
  auto done = work();
  if (!done) impl_->discard();
  return done;
}

bool ViewWriter::compacting() const noexcept { return impl_->compaction != nullptr; }

Expected<void> ViewWriter::Impl::begin_compaction() {
  const auto source = in_force();
  if (!source) return source.error();
  files.remove_others(number);
  auto copy = std::make_unique<Compaction>();
  copy->number = std::max(files.highest(), number) + 1;
  auto target = create(copy->number, (*source)->map_size());
  if (!target) return target.error();
  copy->target = std::move(*target);
  compaction = std::move(copy);
  return {};
}

Expected<bool> ViewWriter::Impl::copy_slice(std::size_t records) {
  const auto source = in_force();
  if (!source) return source.error();
  const auto read = (*source)->read();
  if (!read) return read.error();
  Compaction& copy = *compaction;
  std::string last;
  bool hosts = false;
  bool through = false;
  const auto written = write_growing(*copy.target, [&](ViewEnvironment::Write& write) {
    last = copy.last;
    hosts = copy.hosts;
    through = false;
    std::size_t count = 0;
    std::size_t bytes = 0;
    int code = 0;
    while (code == 0 && !through && count < records && bytes < slice_bytes) {
      bool end = true;
      const auto walked = read->walk(hosts ? (*source)->hosts : (*source)->views, last,
                                     [&](std::string_view key, std::string_view value) -> Expected<bool> {
                                       if (key == last) return true;  // copied with the slice before
                                       // One by one and in order: a copied page would carry along what was freed on it.
                                       code =
                                           write.put(hosts ? copy.target->hosts : copy.target->views, key, value, MDB_APPEND);
                                       if (code != 0) return false;
                                       last = key;
                                       bytes += key.size() + value.size();
                                       end = ++count < records && bytes < slice_bytes;
                                       return end;
                                     });
      if (!walked) return MDB_CORRUPTED;
      if (code != 0 || !end) break;
      through = hosts;
      hosts = true;
      last.clear();
    }
    return code;
  });
  if (!written) return written.error();
  copy.last = std::move(last);
  copy.hosts = hosts;
  return through;
}

Expected<void> ViewWriter::Impl::finish_compaction() {
  const auto source = in_force();
  if (!source) return source.error();
  const auto read = (*source)->read();
  if (!read) return read.error();
  Compaction& copy = *compaction;
  StoredState next = state;
  next.hidden_since = copy.hidden_since;
  std::optional<Error> failed;
  auto written = write_growing(*copy.target, [&](ViewEnvironment::Write& write) {
    const auto carry = [&](MDB_dbi from, MDB_dbi to, std::string_view key) {
      const auto value = read->get(from, key);
      if (!value) {
        failed = value.error();
        return MDB_CORRUPTED;
      }
      return *value ? write.put(to, key, **value) : write.remove(to, key);
    };
    int code = 0;
    for (const std::string& key : copy.touched_views) {
      if (code == 0) code = carry((*source)->views, copy.target->views, key);
    }
    for (const std::string& key : copy.touched_hosts) {
      if (code == 0) code = carry((*source)->hosts, copy.target->hosts, key);
    }
    if (code == 0) code = carry((*source)->meta, copy.target->meta, meta_key::texts);
    if (code == 0) code = carry((*source)->meta, copy.target->meta, meta_key::resume);
    if (code == 0) code = write.put(copy.target->meta, meta_key::state, next.encode());
    return code;
  });
  if (failed) return *failed;
  if (!written) return written;
  auto switched = switch_to(copy.number, copy.target, next);
  if (switched) compaction.reset();
  return switched;
}

Expected<void> ViewWriter::remove_retired() {
  std::optional<std::uint64_t> keep;
  if (impl_->number != 0) keep = impl_->number;
  if (!impl_->compaction) impl_->files.remove_others(keep);
  return {};
}

Expected<void> ViewWriter::rebuild(const std::function<Expected<void>(Filler&)>& fill, const Batch& finish) {
  Impl& impl = *impl_;
  impl.discard();
  const std::uint64_t to = std::max(impl.files.highest(), impl.number) + 1;
  StoredState base;
  std::optional<std::string> texts;
  std::size_t map_size = ViewEnvironment::default_map_size;
  if (const auto source = impl.in_force()) {
    map_size = (*source)->map_size();
    base = impl.state;
    const auto read = (*source)->read();
    if (!read) return read.error();
    if (const auto bytes = read->get((*source)->meta, meta_key::texts); bytes && *bytes) texts = std::string(**bytes);
  }
  base.hidden_since.reset();
  const auto work = [&]() -> Expected<void> {
    auto target = impl.create(to, map_size);
    if (!target) return target.error();
    (*target)->set_lazy(true);
    {
      PipelinedFiller filler(*target);
      const auto filled = fill(filler);
      const auto drained = filler.finish();
      if (!drained) return drained.error();  // the cause; `fill` failed with it
      if (!filled) return filled.error();
    }
    EncodedBatch encoded(finish);
    const StoredState next = state_after(base, finish);
    if (!encoded.texts) encoded.texts = std::move(texts);
    if (!encoded.resume) encoded.resume = "";
    auto written =
        write_growing(**target, [&](ViewEnvironment::Write& write) { return write_batch(**target, write, encoded, next); });
    if (!written) return written;
    (*target)->set_lazy(false);
    if (auto synced = (*target)->sync(); !synced) return synced;
    return impl.switch_to(to, std::move(*target), next);
  };
  auto done = work();
  if (!done) impl.discard();
  return done;
}

}  // namespace regdata::redaction
