// What hides something is done when the public cannot see it any more.
#pragma once

#include <string>
#include <string_view>

#include "app/context.hpp"
#include "registration/registration_store.hpp"

namespace regdata::app {

/// A change of a contact that stands in the store.
struct RecordedChange {
  std::string handle;
  std::uint64_t sequence = 0;  ///< in the change feed; 0: it stood there already, and the last change is waited for
  std::string_view recorded;   ///< for a person: "recorded", "erased"
  std::string done;            ///< for a person, once it is published
};

/// Sees the change through to the public view, as long as a person waits for a command. Done, with `done` printed; or exit 6:
/// it stands, and is not yet in the view. `data` goes into the envelope, with "published" added.
Outcome see_through(Context& context, const Config& config, RegistrationStore& store, const RecordedChange& change,
                    boost::json::object data);

}  // namespace regdata::app
