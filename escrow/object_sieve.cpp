#include "escrow/object_sieve.hpp"

#include <utility>
#include <vector>

namespace regdata::escrow {
namespace {

constexpr std::string_view gone_list_name = "gone.list";

/// What the base has, met in the order of a walk.
class Former {
 public:
  static Expected<Former> open(const DepositBase& base) {
    auto reader = ObjectListReader::open(base.directory / object_list_name, base.objects);
    if (!reader) return reader.error();
    Former former(std::move(*reader));
    if (auto begun = former.step(); !begun) return begun.error();
    return former;
  }

  /// Whether `object` is not there, or was another. What stands before it and was not met goes to `gone`.
  Expected<bool> is_news(const ListedObject& object, ObjectList& gone) {
    if (auto passed = pass(&object, gone); !passed) return passed.error();
    if (!next_ || stands_before(object, *next_)) return true;
    const bool differs = next_->mark != object.mark;
    if (auto done = step(); !done) return done.error();
    return differs;
  }

  /// Everything before `object`, or all of it.
  Expected<void> pass(const ListedObject* object, ObjectList& gone) {
    while (next_ && (object == nullptr || stands_before(*next_, *object))) {
      if (auto added = gone.add(*next_); !added) return added;
      if (auto done = step(); !done) return done;
    }
    return {};
  }

 private:
  explicit Former(ObjectListReader reader) : reader_(std::move(reader)) {}
  Expected<void> step() {
    auto next = reader_.next();
    if (!next) return next.error();
    next_ = std::move(*next);
    return {};
  }

  ObjectListReader reader_;
  std::optional<ListedObject> next_;
};

}  // namespace

struct ObjectSieve::State {
  explicit State(ObjectList kept) : list(std::move(kept)) {}

  ObjectList list;
  std::optional<Former> former;    ///< empty: no base
  std::optional<ObjectList> gone;  ///< lies in a file that never gets a name
  ListFacts gone_facts;
  std::uint64_t gone_count = 0;
  std::optional<ListFacts> facts;  ///< once the first walk has ended
  std::vector<bool> passed;        ///< of a difference
  std::size_t next = 0;            ///< in `passed`
};

ObjectSieve::ObjectSieve() = default;
ObjectSieve::ObjectSieve(std::unique_ptr<State> state) : state_(std::move(state)) {}
ObjectSieve::ObjectSieve(ObjectSieve&& other) noexcept = default;
ObjectSieve& ObjectSieve::operator=(ObjectSieve&& other) noexcept = default;
ObjectSieve::~ObjectSieve() = default;

Expected<ObjectSieve> ObjectSieve::begin(const std::filesystem::path& directory, const std::optional<DepositBase>& base,
                                         const openpgp::Random& random) {
  Digest key{};
  if (base)
    key = base->objects.key;
  else
    random(key);
  auto list = ObjectList::begin(directory / object_list_name, key);
  if (!list) return list.error();
  auto state = std::make_unique<State>(std::move(*list));
  if (base) {
    auto former = Former::open(*base);
    if (!former) return former.error();
    auto gone = ObjectList::begin(directory / gone_list_name, key);
    if (!gone) return gone.error();
    state->former = std::move(*former);
    state->gone = std::move(*gone);
  }
  return ObjectSieve(std::move(state));
}

Expected<bool> ObjectSieve::passes(ObjectKind kind, std::string_view id, std::string_view text) {
  if (!state_) return true;
  const ListedObject object{.kind = kind, .id = std::string(id), .mark = mark_of(state_->list.key(), text)};
  if (auto added = state_->list.add(object); !added) return added.error();
  if (!state_->former) return true;
  auto news = state_->former->is_news(object, *state_->gone);
  if (news) state_->passed.push_back(*news);
  return news;
}

void ObjectSieve::walk_again() noexcept {
  if (state_) state_->next = 0;
}

bool ObjectSieve::passes_again() noexcept {
  if (!state_ || !state_->former) return true;
  return state_->next < state_->passed.size() && state_->passed[state_->next++];
}

Expected<void> ObjectSieve::end_walk() {
  if (!state_) return {};
  State& state = *state_;
  if (state.former) {
    if (auto passed = state.former->pass(nullptr, *state.gone); !passed) return passed;
    const auto gone = state.gone->end();
    if (!gone) return gone.error();
    state.gone_facts = *gone;
    auto counted = each_gone([&](const ListedObject&) {
      ++state.gone_count;
      return Expected<void>();
    });
    if (!counted) return counted;
  }
  const auto facts = state.list.end();
  if (!facts) return facts.error();
  state.facts = *facts;
  return {};
}

std::uint64_t ObjectSieve::gone() const noexcept { return state_ ? state_->gone_count : 0; }

Expected<void> ObjectSieve::each_gone(const std::function<Expected<void>(const ListedObject&)>& each) const {
  if (!state_ || !state_->gone) return {};
  auto reader = ObjectListReader::open(state_->gone->part_path(), state_->gone_facts);
  if (!reader) return reader.error();
  while (true) {
    const auto object = reader->next();
    if (!object) return object.error();
    if (!*object) return {};
    if (auto done = each(**object); !done) return done;
  }
}

Expected<std::optional<ListFacts>> ObjectSieve::finish() {
  if (!state_) return std::optional<ListFacts>();
  state_->gone.reset();  // its file goes
  if (auto placed = state_->list.put_in_place(); !placed) return placed.error();
  return state_->facts;
}

}  // namespace regdata::escrow
