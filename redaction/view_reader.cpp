// The read side: one snapshot a call, and an eye on CURRENT.
#include <chrono>
#include <mutex>
#include <utility>

#include "redaction/view_environment.hpp"
#include "redaction/view_files.hpp"
#include "redaction/view_store.hpp"

namespace regdata::redaction {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// How often a reader looks whether another generation is in force: a tenth of the second that it has (view_store.hpp).
constexpr auto look_every = std::chrono::milliseconds(100);
/// A generation may be replaced between reading CURRENT and opening it; again and again it may not.
constexpr int open_tries = 20;

Error nothing_published(const ViewFiles& files) {
  return make_error(Errc::unavailable, "view store: nothing was published to " + files.directory().string() + " yet",
                    "run `regdata publish` or `regdata run`");
}

template <class T>
std::optional<T> nothing() {
  return std::nullopt;
}

}  // namespace

struct ViewReader::Impl {
  explicit Impl(std::filesystem::path directory) : files(std::move(directory)) {}

  struct Generation {
    std::shared_ptr<ViewEnvironment> env;
    std::uint64_t number = 0;
  };
  /// The texts as last read; good for the generation and serial that they were read with.
  struct CachedTexts {
    std::shared_ptr<const PublicTexts> texts;
    std::uint64_t serial = 0;
    std::uint64_t generation = 0;
    SteadyTime looked{};
  };

  /// The generation in force. One that cannot be opened leaves the old one in use: old answers are better than none, and the
  /// heartbeat tells the server how old they are.
  Expected<Generation> current() {
    const SteadyTime now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    if (generation.env && now < next_look) return generation;
    next_look = now + look_every;
    const std::optional<FileStamp> seen = files.current_stamp();
    if (generation.env && (!seen || seen == stamp)) return generation;
    auto opened = open();
    if (opened) {
      generation = std::move(*opened);
      stamp = seen;
    } else if (!generation.env) {
      return opened.error();
    }
    return generation;
  }

  Expected<Generation> open() const {
    Error last = nothing_published(files);
    for (int tries = 0; tries < open_tries; ++tries) {
      const auto number = files.current();
      if (!number) return number.error();
      if (!*number) return nothing_published(files);
      auto env = ViewEnvironment::open(files.generation(**number), ViewEnvironment::Access::read);
      if (!env) {
        last = env.error();
        continue;
      }
      // A generation of another format is refused before one of its records is read.
      if (const auto state = read_state(**env); !state) return state.error();
      return Generation{std::move(*env), **number};
    }
    return last;
  }

  static Expected<StoredState> read_state(ViewEnvironment& env) {
    const auto read = env.read();
    if (!read) return read.error();
    return read_state(env, *read);
  }

  static Expected<StoredState> read_state(const ViewEnvironment& env, const ViewEnvironment::Read& read) {
    const auto bytes = read.get(env.meta, meta_key::state);
    if (!bytes) return bytes.error();
    if (!*bytes) return make_error(Errc::damaged, "view store: the state record is missing", "run `regdata publish --rebuild`");
    return StoredState::decode(**bytes);
  }

  ViewFiles files;
  std::mutex mutex;
  Generation generation;
  std::optional<FileStamp> stamp;
  SteadyTime next_look{};
  std::mutex texts_mutex;
  CachedTexts cached;
};

ViewReader::ViewReader() = default;
ViewReader::~ViewReader() = default;

Expected<std::unique_ptr<ViewReader>> ViewReader::open(const std::filesystem::path& directory) {
  std::unique_ptr<ViewReader> reader(new ViewReader);
  reader->impl_ = std::make_unique<Impl>(directory);
  if (auto current = reader->impl_->current(); !current) return current.error();
  return reader;
}

Expected<std::optional<PublicView>> ViewReader::find(std::string_view name) {
  if (name.empty() || name.size() > 253) return nothing<PublicView>();
  const auto current = impl_->current();
  if (!current) return current.error();
  const auto read = current->env->read();
  if (!read) return read.error();
  const auto bytes = read->get(current->env->views, name);
  if (!bytes) return bytes.error();
  if (!*bytes) return nothing<PublicView>();
  auto view = ViewCodec::decode(**bytes);
  if (!view) return view.error();
  if ((**view).name != name) return make_error(Errc::damaged, "view store: a view lies under another name");
  return std::optional(std::move(*view));
}

Expected<std::optional<PublicHost>> ViewReader::find_host(std::string_view name) {
  if (name.empty() || name.size() > 253) return nothing<PublicHost>();
  const auto current = impl_->current();
  if (!current) return current.error();
  const auto read = current->env->read();
  if (!read) return read.error();
  const auto bytes = read->get(current->env->hosts, host_key(name));
  if (!bytes) return bytes.error();
  if (!*bytes) return nothing<PublicHost>();
  auto host = ViewCodec::decode_host(**bytes);
  if (!host) return host.error();
  if (host->name != name) return make_error(Errc::damaged, "view store: a host lies under another name");
  return std::optional(std::move(*host));
}

Expected<std::shared_ptr<const PublicTexts>> ViewReader::texts() {
  const auto current = impl_->current();
  if (!current) return current.error();
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::lock_guard lock(impl_->texts_mutex);
  Impl::CachedTexts& cached = impl_->cached;
  if (cached.texts && cached.generation == current->number && now < cached.looked + look_every) return cached.texts;
  const auto read = current->env->read();
  if (!read) return read.error();
  const auto state = Impl::read_state(*current->env, *read);
  if (!state) return state.error();
  cached.looked = now;
  if (cached.texts && cached.generation == current->number && cached.serial == state->texts_serial) return cached.texts;
  const auto bytes = read->get(current->env->meta, meta_key::texts);
  if (!bytes) return bytes.error();
  Expected<PublicTexts> texts = *bytes ? ViewCodec::decode_texts(**bytes) : PublicTexts{};
  if (!texts) return texts.error();
  cached.texts = std::make_shared<const PublicTexts>(std::move(*texts));
  cached.serial = state->texts_serial;
  cached.generation = current->number;
  return cached.texts;
}

Expected<ViewStoreState> ViewReader::state() {
  const auto current = impl_->current();
  if (!current) return current.error();
  const auto read = current->env->read();
  if (!read) return read.error();
  const auto stored = Impl::read_state(*current->env, *read);
  if (!stored) return stored.error();
  ViewStoreState state;
  state.sequence = stored->sequence;
  state.applied_until = stored->applied_until;
  state.heartbeat = stored->heartbeat;
  state.generation = current->number;
  state.views = read->entries(current->env->views);
  state.publication = stored->publication;
  return state;
}

Expected<void> ViewReader::for_each(const std::function<bool(std::string_view name, const PublicView&)>& visit) {
  const auto current = impl_->current();
  if (!current) return current.error();
  const auto read = current->env->read();
  if (!read) return read.error();
  return read->walk(current->env->views, {}, [&](std::string_view name, std::string_view bytes) -> Expected<bool> {
    const auto view = ViewCodec::decode(bytes);
    if (!view) return view.error();
    return visit(name, *view);
  });
}

}  // namespace regdata::redaction
