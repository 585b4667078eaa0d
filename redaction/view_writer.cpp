// The write side: opening, and changes to the generation in force.
#include "redaction/view_writer.hpp"

#include <utility>

namespace regdata::redaction {

EncodedBatch::EncodedBatch(const ViewWriter::Batch& batch) : gone_views(batch.remove), resume(batch.resume) {
  views.reserve(batch.put.size());
  for (const PublicView& view : batch.put) views.emplace_back(view->name, ViewCodec::encode(view));
  hosts.reserve(batch.put_hosts.size());
  for (const PublicHost& host : batch.put_hosts) hosts.emplace_back(host_key(host.name), ViewCodec::encode(host));
  for (const std::string& name : batch.remove_hosts) gone_hosts.push_back(host_key(name));
  if (batch.texts) texts = ViewCodec::encode(*batch.texts);
}

int write_batch(const ViewEnvironment& env, ViewEnvironment::Write& write, const EncodedBatch& batch,
                const StoredState& state) {
  int code = 0;
  // Removals first: a name in both lists is there afterwards.
  for (auto name = batch.gone_views.begin(); code == 0 && name != batch.gone_views.end(); ++name) {
    code = write.remove(env.views, *name);
  }
  for (auto key = batch.gone_hosts.begin(); code == 0 && key != batch.gone_hosts.end(); ++key) {
    code = write.remove(env.hosts, *key);
  }
  for (auto view = batch.views.begin(); code == 0 && view != batch.views.end(); ++view) {
    code = write.put(env.views, view->first, view->second);
  }
  for (auto host = batch.hosts.begin(); code == 0 && host != batch.hosts.end(); ++host) {
    code = write.put(env.hosts, host->first, host->second);
  }
  if (code == 0 && batch.texts) code = write.put(env.meta, meta_key::texts, *batch.texts);
  if (code == 0 && batch.resume) code = write.put(env.meta, meta_key::resume, *batch.resume);
  if (code == 0) code = write.put(env.meta, meta_key::state, state.encode());
  return code;
}

StoredState state_after(StoredState state, const ViewWriter::Batch& batch) {
  if (batch.sequence) state.sequence = *batch.sequence;
  if (batch.applied_until) state.applied_until = *batch.applied_until;
  if (batch.heartbeat) state.heartbeat = *batch.heartbeat;
  if (batch.publication) state.publication = *batch.publication;
  if (batch.seen) state.seen = *batch.seen;
  if (batch.texts) ++state.texts_serial;
  if (batch.hides && !state.hidden_since) state.hidden_since = batch.at;
  return state;
}

ViewWriter::ViewWriter() = default;
ViewWriter::~ViewWriter() {
  if (impl_ && impl_->compaction) impl_->discard();
}

Expected<std::unique_ptr<ViewWriter>> ViewWriter::open(const std::filesystem::path& directory) {
  std::unique_ptr<ViewWriter> writer(new ViewWriter);
  writer->impl_ = std::make_unique<Impl>(directory);
  Impl& impl = *writer->impl_;
  if (auto prepared = impl.files.prepare(); !prepared) return prepared.error();
  auto lock = impl.files.lock_publisher();
  if (!lock) return lock.error();
  impl.lock = std::move(*lock);
  if (auto opened = impl.open_current(); !opened) return opened.error();
  return writer;
}

Expected<void> ViewWriter::Impl::open_current() {
  const auto current = files.current();
  if (!current && current.error().code != Errc::damaged) return current.error();
  if (current && !*current) return start_empty();
  number = current ? **current : 0;
  // What a killed compaction or rebuild left behind.
  files.remove_others(current ? std::optional(number) : std::nullopt);
  const auto opened = current ? in_force() : current.error();
  if (opened) return {};
  switch (opened.error().code) {
    case Errc::damaged:
    case Errc::version:
    case Errc::not_found:
      // A view store can always be made again. Servers keep what they have until the rebuild, which `publication` 0 asks for.
      unusable = opened.error();
      state = {};
      return {};
    default:
      return opened.error();
  }
}

Expected<void> ViewWriter::Impl::start_empty() {
  files.remove_others(std::nullopt);
  auto made = create(1, ViewEnvironment::default_map_size);
  if (!made) return made.error();
  auto written = write_growing(
      **made, [&](ViewEnvironment::Write& write) { return write.put((*made)->meta, meta_key::state, StoredState{}.encode()); });
  if (!written) return written;
  return switch_to(1, std::move(*made), StoredState{});
}

Expected<std::shared_ptr<ViewEnvironment>> ViewWriter::Impl::in_force() {
  if (unusable) return *unusable;
  if (env) return env;
  auto opened = ViewEnvironment::open(files.generation(number), ViewEnvironment::Access::write);
  if (!opened) return opened.error();
  const auto read = (*opened)->read();
  if (!read) return read.error();
  const auto bytes = read->get((*opened)->meta, meta_key::state);
  if (!bytes) return bytes.error();
  if (!*bytes) return make_error(Errc::damaged, "view store: the state record is missing", "run `regdata publish --rebuild`");
  auto stored = StoredState::decode(**bytes);
  if (!stored) return stored.error();
  state = *stored;
  env = std::move(*opened);
  return env;
}

Expected<void> ViewWriter::apply(const Batch& batch) {
  const auto env = impl_->in_force();
  if (!env) return env.error();
  (*env)->retire_dead_readers();
  const EncodedBatch encoded(batch);
  const StoredState next = state_after(impl_->state, batch);
  auto written = write_growing(**env, [&](ViewEnvironment::Write& write) { return write_batch(**env, write, encoded, next); });
  if (!written) {
    // Opened anew with the next call: after a failed write of its own page LMDB refuses all work in this environment.
    impl_->env.reset();
    return written;
  }
  impl_->state = next;
  if (Impl::Compaction* copy = impl_->compaction.get()) {
    for (const auto& [name, bytes] : encoded.views) copy->touched_views.insert(name);
    for (const auto& [key, bytes] : encoded.hosts) copy->touched_hosts.insert(key);
    copy->touched_views.insert(encoded.gone_views.begin(), encoded.gone_views.end());
    copy->touched_hosts.insert(encoded.gone_hosts.begin(), encoded.gone_hosts.end());
    if (batch.hides && !copy->hidden_since) copy->hidden_since = batch.at;
  }
  return {};
}

Expected<ViewStoreState> ViewWriter::state() {
  if (impl_->unusable) return ViewStoreState{};
  const auto env = impl_->in_force();
  if (!env) return env.error();
  const auto read = (*env)->read();
  if (!read) return read.error();
  const StoredState& stored = impl_->state;
  ViewStoreState state;
  state.sequence = stored.sequence;
  state.applied_until = stored.applied_until;
  state.heartbeat = stored.heartbeat;
  state.generation = impl_->number;
  state.views = read->entries((*env)->views);
  state.publication = stored.publication;
  state.seen = stored.seen;
  return state;
}

Expected<std::optional<PublicView>> ViewWriter::find(std::string_view name) {
  if (name.empty() || name.size() > 253) return std::optional<PublicView>{};
  const auto env = impl_->in_force();
  if (!env) return env.error();
  const auto read = (*env)->read();
  if (!read) return read.error();
  const auto bytes = read->get((*env)->views, name);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<PublicView>{};
  auto view = ViewCodec::decode(**bytes);
  if (!view) return view.error();
  return std::optional(std::move(*view));
}

Expected<std::optional<PublicHost>> ViewWriter::find_host(std::string_view name) {
  if (name.empty() || name.size() > 253) return std::optional<PublicHost>{};
  const auto env = impl_->in_force();
  if (!env) return env.error();
  const auto read = (*env)->read();
  if (!read) return read.error();
  const auto bytes = read->get((*env)->hosts, host_key(name));
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<PublicHost>{};
  auto host = ViewCodec::decode_host(**bytes);
  if (!host) return host.error();
  return std::optional(std::move(*host));
}

Expected<std::optional<PublicTexts>> ViewWriter::texts() {
  const auto env = impl_->in_force();
  if (!env) return env.error();
  const auto read = (*env)->read();
  if (!read) return read.error();
  const auto bytes = read->get((*env)->meta, meta_key::texts);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<PublicTexts>{};
  auto texts = ViewCodec::decode_texts(**bytes);
  if (!texts) return texts.error();
  return std::optional(std::move(*texts));
}

Expected<std::vector<std::string>> ViewWriter::hosts_below(std::string_view name) {
  const auto env = impl_->in_force();
  if (!env) return env.error();
  const auto read = (*env)->read();
  if (!read) return read.error();
  const std::string from = host_key(name);
  std::vector<std::string> names;
  // "test.example" itself, then everything that begins with "test.example."; "test.example-2" sorts between the two.
  const auto walked = read->walk((*env)->hosts, from, [&](std::string_view key, std::string_view) -> Expected<bool> {
    if (!key.starts_with(from)) return false;
    if (key.size() == from.size() || key[from.size()] == '.') names.push_back(host_key(key));
    return true;
  });
  if (!walked) return walked.error();
  return names;
}

Expected<std::string> ViewWriter::resume_note() {
  if (impl_->unusable) return std::string();
  const auto env = impl_->in_force();
  if (!env) return env.error();
  const auto read = (*env)->read();
  if (!read) return read.error();
  const auto bytes = read->get((*env)->meta, meta_key::resume);
  if (!bytes) return bytes.error();
  return std::string(bytes->value_or(std::string_view()));
}

Expected<std::optional<UtcTime>> ViewWriter::hides_pending_since() { return impl_->state.hidden_since; }

Expected<std::uint64_t> ViewWriter::reader_lag() {
  const auto env = impl_->in_force();
  if (!env) return env.error();
  return (*env)->reader_lag();
}

}  // namespace regdata::redaction
