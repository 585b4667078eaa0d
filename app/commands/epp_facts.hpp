// Rows of what a registry told of an object.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "app/command_line.hpp"
#include "app/table.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

template <class All>
boost::json::array json_texts(const All& all) {
  boost::json::array array;
  for (const std::string& one : all) array.emplace_back(one);
  return array;
}

template <class All>
std::string in_a_line(const All& all) {
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : " ") + one;
  return text;
}

inline std::string time_or_nothing(const std::optional<UtcTime>& time) { return time ? format_rfc3339(*time) : std::string(); }

/// Rows of what was told; what is empty is left out.
class EppFacts {
 public:
  void add(const char* what, const std::string& told) {
    if (told.empty()) return;
    table_.add({what, told});
    object_[what] = told;
  }
  template <class All>
  void list(const char* what, const All& told) {
    for (const std::string& one : told) table_.add({what, one});
    if (!told.empty()) object_[what] = json_texts(told);
  }
  /// What every object has.
  template <class Data>
  void history(const Data& data) {
    add("sponsor", data.sponsor);
    add("created", time_or_nothing(data.created));
    add("updated", time_or_nothing(data.updated));
    add("transferred", time_or_nothing(data.transferred));
  }
  Outcome end(Context& context) {
    table_.print(context.output);
    return {Exit::done, std::move(object_)};
  }

 private:
  Table table_{{"WHAT", "TOLD"}};
  boost::json::object object_;
};

}  // namespace regdata::app
