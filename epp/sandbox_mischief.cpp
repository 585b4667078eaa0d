#include "epp/sandbox_mischief.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "epp/frame.hpp"
#include "epp/namespaces.hpp"
#include "epp/xml_writer.hpp"

namespace regdata::epp {
namespace {

/// In the order of the enumeration.
constexpr std::array<std::string_view, 22> mischief_words{
    "close-at-once", "plain-text", "close-before", "close-after", "cut",      "fail-before", "fail-after", "close-2500",
    "limit",         "late",       "dribble",      "large",       "wrong-id", "no-id",       "no-result",  "not-well-formed",
    "undeclared",    "order",      "mark",         "length",      "utf16",    "doctype"};

/// An answer without data, as registries give it that have no idea.
std::string bare(unsigned code, const std::string& client_id) {
  XmlWriter xml;
  xml.open("epp", {{"xmlns", epp_namespace}});
  xml.open("response");
  const std::string text = std::to_string(code);
  xml.open("result", {{"code", text}});
  xml.element("msg", "Command failed");
  xml.close();
  xml.open("trID");
  xml.element_if("clTRID", client_id);
  xml.element("svTRID", "SANDBOX-0");
  xml.close();
  xml.close();
  xml.close();
  return xml.take();
}

/// From `open` up to and with `close`; empty: not there.
std::string_view piece(const std::string& xml, std::string_view open, std::string_view close) {
  const auto begin = xml.find(open);
  const auto end = begin == std::string::npos ? begin : xml.find(close, begin);
  if (end == std::string::npos) return {};
  return std::string_view(xml).substr(begin, end + close.size() - begin);
}

std::string without(std::string xml, std::string_view gone) {
  if (const auto at = gone.empty() ? std::string::npos : xml.find(gone); at != std::string::npos) xml.erase(at, gone.size());
  return xml;
}

std::string behind(std::string xml, std::string_view before, const std::string& added) {
  if (const auto at = xml.find(before); at != std::string::npos) xml.insert(at + before.size(), added);
  return xml;
}

/// Little-endian, with a mark. ASCII stays what it is; all else is replaced: the sandbox's own answers hold little of it.
std::string in_utf16(const std::string& xml) {
  std::string wide = "\xFF\xFE";
  for (const char octet : xml) {
    wide += static_cast<unsigned char>(octet) < 0x80 ? octet : '?';
    wide += '\0';
  }
  return wide;
}

}  // namespace

std::string_view to_string(Mischief mischief) noexcept { return mischief_words.at(static_cast<std::size_t>(mischief)); }

Expected<MischiefPlan> MischiefPlan::parse(const std::vector<std::string>& words) {
  MischiefPlan plan;
  for (const std::string& word : words) {
    const auto colon = word.find(':');
    const std::string name = word.substr(0, colon);
    std::size_t at = 0;
    while (at < mischief_words.size() && mischief_words[at] != name) ++at;
    Turn turn;
    bool good = at < mischief_words.size();
    if (good && colon != std::string::npos) {
      const auto [end, failure] = std::from_chars(word.data() + colon + 1, word.data() + word.size(), turn.every);
      good = failure == std::errc{} && end == word.data() + word.size() && turn.every > 0;
    }
    if (!good) {
      std::string known;
      for (const std::string_view one : mischief_words) known += (known.empty() ? "" : ", ") + std::string(one);
      return make_error(Errc::usage, fmt::format("the sandbox has no misbehaviour \"{}\"", word.substr(0, 64)),
                        "WORD or WORD:N for every Nth command, of " + known);
    }
    plan.turns_[static_cast<Mischief>(at)] = turn;
  }
  return plan;
}

std::optional<Mischief> MischiefPlan::at_connect() {
  for (auto& [mischief, turn] : turns_) {
    if (mischief != Mischief::close_at_once && mischief != Mischief::plain_text) continue;
    if (++turn.count % turn.every == 0) return mischief;
  }
  return std::nullopt;
}

std::optional<Mischief> MischiefPlan::at_command(bool is_login) {
  std::optional<Mischief> chosen;
  for (auto& [mischief, turn] : turns_) {
    if (mischief == Mischief::close_at_once || mischief == Mischief::plain_text) continue;
    if ((mischief == Mischief::limit) != is_login) continue;  // logins are let in otherwise, or nothing would be rehearsed
    if (++turn.count % turn.every == 0 && !chosen) chosen = mischief;
  }
  return chosen;
}

Delivery twisted(Mischief mischief, std::string xml, const std::string& client_id) {
  const auto framed = [](const std::string& text) { return Delivery{frame_of(text), false}; };
  switch (mischief) {
    case Mischief::close_at_once:
    case Mischief::close_before:
    case Mischief::close_after:
      return {"", true};
    case Mischief::plain_text:
      return {"closing session, unknown ip address\r\n", true};
    case Mischief::cut: {
      std::string half = frame_of(xml);
      half.resize(half.size() / 2);
      return {std::move(half), true};
    }
    case Mischief::fail_before:
    case Mischief::fail_after:
      return framed(bare(2400, client_id));
    case Mischief::close_2500:
      return {frame_of(bare(2500, client_id)), true};
    case Mischief::limit:
      return {frame_of(bare(2502, client_id)), true};
    case Mischief::late:
    case Mischief::dribble:
      break;
    case Mischief::large:
      return framed(behind(std::move(xml), "</result>", "<!--" + std::string(20'000, ' ') + "-->"));
    case Mischief::wrong_id:
      return framed(behind(std::move(xml), "<clTRID>", "X"));
    case Mischief::no_id:
      return framed(without(xml, piece(xml, "<trID>", "</trID>")));
    case Mischief::no_result:
      return framed(without(xml, piece(xml, "<result", "</result>")));
    case Mischief::not_well_formed:
      return framed(xml.substr(0, xml.size() / 2));
    case Mischief::undeclared:
      return framed(behind(std::move(xml), "</msg>", "<value><epp:poll op=\"ack\"/></value>"));
    case Mischief::order: {
      const std::string data(piece(xml, "<resData>", "</resData>"));
      return framed(behind(without(xml, data), "</trID>", data));
    }
    case Mischief::mark:
      return framed("\xEF\xBB\xBF \r\n" + xml);
    case Mischief::length: {
      std::string octets = frame_of(xml);
      const auto shorter = static_cast<std::uint32_t>(xml.size());
      for (unsigned i = 0; i < 4; ++i) octets[i] = static_cast<char>(shorter >> (24 - 8 * i));
      return {std::move(octets), false};
    }
    case Mischief::utf16:
      return framed(in_utf16(without(xml, piece(xml, "<?xml", "?>"))));
    case Mischief::doctype:
      return framed("<!DOCTYPE epp [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>" +
                    without(xml, piece(xml, "<?xml", "?>")));
  }
  return framed(xml);
}

}  // namespace regdata::epp
