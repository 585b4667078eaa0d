// How a deposit's files reach an agent.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "escrow/row_digest.hpp"
#include "registration/error.hpp"

namespace regdata::escrow {

/// SHA-256 of what we may have brought under one name.
using Contents = std::set<Digest>;
using ContentsByName = std::map<std::string, Contents>;

/// One agent's door. Used by one thread.
class Delivery {
 public:
  virtual ~Delivery() = default;
  /// Brings one file there: under a name that nobody takes for a deposit's, its size compared, and only then renamed. What is
  /// there already is read: the same content is left alone, one of `former` replaced. Errors: conflict (there is another one
  /// of that name), unavailable (break it off and try again later), refused (the other side is not who it should be).
  virtual Expected<void> put(const std::filesystem::path& file, const Contents& former) = 0;
  /// Takes a file away whose content is one of `ours`. One that is not there is no error. Errors as put().
  virtual Expected<void> take_back(const std::string& name, const Contents& ours) = 0;
  /// Takes away what attempts that were broken off left of these files. Errors as put().
  virtual Expected<void> clear(const ContentsByName& files) = 0;
  /// Goes as far as the folder and changes nothing. Errors as put().
  virtual Expected<void> look() = 0;
};

/// A directory as the agent: for rehearsals, and for those whose transfer is another program's business.
class FolderDelivery final : public Delivery {
 public:
  explicit FolderDelivery(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Expected<void> put(const std::filesystem::path& file, const Contents& former) override;
  Expected<void> take_back(const std::string& name, const Contents& ours) override;
  Expected<void> clear(const ContentsByName& files) override;
  Expected<void> look() override;

 private:
  std::filesystem::path directory_;
};

}  // namespace regdata::escrow
