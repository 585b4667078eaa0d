// How a deposit's files reach an agent.
#pragma once

#include <filesystem>
#include <string>

#include "registration/error.hpp"

namespace regdata::escrow {

/// One agent's door. Used by one thread.
class Delivery {
 public:
  virtual ~Delivery() = default;
  /// Brings one file there: under a name that nobody takes for a deposit's, its size compared, and only then renamed. A file
  /// that is there already with the same content is left alone: it is read back for that. Errors: conflict (there is another
  /// one of that name, and `replaces` is false), unavailable (break it off and try again later), refused (the other side is not
  /// who it should be).
  virtual Expected<void> put(const std::filesystem::path& file, bool replaces) = 0;
  /// Takes a file of ours away, which another revision has not any more. One that is not there is no error. Errors as put().
  virtual Expected<void> take_back(const std::string& name) = 0;
  /// Goes as far as the folder and changes nothing. Errors as put().
  virtual Expected<void> look() = 0;
};

/// A directory as the agent: for rehearsals, and for those whose transfer is another program's business.
class FolderDelivery final : public Delivery {
 public:
  explicit FolderDelivery(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Expected<void> put(const std::filesystem::path& file, bool replaces) override;
  Expected<void> take_back(const std::string& name) override;
  Expected<void> look() override;

 private:
  std::filesystem::path directory_;
};

}  // namespace regdata::escrow
