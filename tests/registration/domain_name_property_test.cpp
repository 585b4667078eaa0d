// What holds for every text, not only for the vectors.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "registration/domain_name.hpp"

namespace regdata {
namespace {

/// Texts near the edges: pieces that mean something to a parser of names, glued at random.
rc::Gen<std::string> near_name() {
  const auto piece =
      rc::gen::elementOf(std::vector<std::string>{"a",
                                                  "Z",
                                                  "0",
                                                  "-",
                                                  "--",
                                                  ".",
                                                  ".",
                                                  ".",
                                                  "xn--",
                                                  "XN--",
                                                  "bcher-kva",
                                                  "fa-hia",
                                                  "4dbcd",
                                                  "_",
                                                  " ",
                                                  "\xc3\xbc",
                                                  "\xc3\x9f",
                                                  "\xd7\x90\xd7\x91",
                                                  "\xd9\xa1",
                                                  "\xe3\x80\x82",
                                                  "\xef\xbd\xa1",
                                                  "\xe2\x80\x8d",
                                                  "\xe2\x80\x8c",
                                                  "\xcc\x81",
                                                  "\xe4\xbe\x8b",
                                                  "\xe2\x98\x83",
                                                  "\xf0\x9f\x92\xa9",
                                                  "\xff",
                                                  "\xc3",
                                                  std::string(1, '\0'),
                                                  "\xef\xbd\x98\xef\xbd\x8e--",
                                                  "example",
                                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
  const auto few = rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 6), [piece](std::size_t count) {
    return rc::gen::container<std::vector<std::string>>(count, piece);
  });
  return rc::gen::map(rc::gen::tuple(few, rc::gen::elementOf(std::vector<std::string>{".example", "a.example", ""})),
                      [](const std::tuple<std::vector<std::string>, std::string>& parts) {
                        std::string text;
                        for (const auto& part : std::get<0>(parts)) text += part;
                        return text + std::get<1>(parts);
                      });
}

void holds_the_invariant(const DomainName& name) {
  const std::string& ascii = name.ascii();
  RC_ASSERT(ascii.size() >= 3 && ascii.size() <= 253);
  RC_ASSERT(std::ranges::all_of(
      ascii, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }));
  // Every form of a name reads back as the same name.
  for (const std::string& form : {ascii, ascii + ".", name.unicode()}) {
    const auto again = DomainName::parse(form);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == name);
  }
  RC_ASSERT(DomainName::from_stored(ascii).value() == name);
  RC_ASSERT(name.is_at_or_below(name));
}

RC_GTEST_PROP(DomainNameProperty, ReadsBackInEveryForm, ()) {
  const auto name = DomainName::parse(*near_name());
  RC_CLASSIFY(name.has_value(), "a name");
  if (name) holds_the_invariant(*name);
}

RC_GTEST_PROP(DomainNameProperty, SurvivesAnyBytes, (const std::string& text)) {
  if (const auto name = DomainName::parse(text)) holds_the_invariant(*name);
}

RC_GTEST_PROP(DomainNameProperty, DoesNotMindTheCaseOfAscii, ()) {
  const std::string text = *near_name();
  std::string upper = text;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto one = DomainName::parse(text);
  const auto other = DomainName::parse(upper);
  RC_ASSERT(one.has_value() == other.has_value());
  if (one) RC_ASSERT(*one == *other);
}

}  // namespace
}  // namespace regdata
