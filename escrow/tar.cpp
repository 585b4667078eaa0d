#include "escrow/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace regdata::escrow {
namespace {

constexpr std::size_t block_size = 512;
constexpr std::uint64_t most_octal = (std::uint64_t{1} << 33) - 1;  // eleven octal digits

struct TarField {
  std::size_t at;
  std::size_t size;
};
constexpr TarField name_field{0, 100};
constexpr TarField mode_field{100, 8};
constexpr TarField owner_field{108, 8};
constexpr TarField group_field{116, 8};
constexpr TarField size_field{124, 12};
constexpr TarField time_field{136, 12};
constexpr TarField sum_field{148, 8};
constexpr TarField type_field{156, 1};
constexpr TarField magic_field{257, 8};
constexpr std::string_view magic("ustar\00000", 8);

void put(std::string& block, TarField field, std::string_view text) { block.replace(field.at, text.size(), text); }

void put_octal(std::string& block, TarField field, std::uint64_t number) {
  put(block, field, fmt::format("{:0{}o}", number, field.size - 1));
}

/// Of all bytes, those of the sum itself counted as blanks.
std::uint64_t tar_sum(std::string_view block) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < block.size(); ++at) {
    const bool own = at >= sum_field.at && at < sum_field.at + sum_field.size;
    sum += own ? ' ' : static_cast<unsigned char>(block[at]);
  }
  return sum;
}

std::string_view field_of(std::string_view block, TarField field) { return block.substr(field.at, field.size); }

/// Octal digits, ended by a blank or NUL; or, where the first bit is set, a binary number (what octal digits cannot hold).
std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  if (!text.empty() && static_cast<unsigned char>(text.front()) == 0x80) {
    for (const char octet : text.substr(1)) {
      if (number > (UINT64_MAX >> 8)) return std::nullopt;
      number = (number << 8) | static_cast<unsigned char>(octet);
    }
    return number;
  }
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin);
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '7')
    number = number * 8 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0 || (digits < text.size() && text[digits] != ' ' && text[digits] != '\0')) return std::nullopt;
  return number;
}

Error damaged_archive(const char* why) { return make_error(Errc::damaged, std::string("tar: ") + why); }

/// Fills `into`; false: nothing at all was left.
Expected<bool> read_whole(ByteSource& from, std::span<std::uint8_t> into) {
  for (std::size_t filled = 0; filled < into.size();) {
    const auto size = from.read(into.subspan(filled));
    if (!size) return size.error();
    if (*size == 0) return filled == 0 ? Expected<bool>(false) : damaged_archive("is cut off");
    filled += *size;
  }
  return true;
}

}  // namespace

Expected<std::string> tar_header(const TarEntry& entry) {
  if (entry.name.empty() || entry.name.size() > name_field.size)
    return make_error(Errc::internal, "tar: a name that does not fit");
  std::string block(block_size, '\0');
  put(block, name_field, entry.name);
  put_octal(block, mode_field, 0600);
  put_octal(block, owner_field, 0);
  put_octal(block, group_field, 0);
  if (entry.size <= most_octal) {
    put_octal(block, size_field, entry.size);
  } else {  // as GNU tar and pax read it
    block[size_field.at] = '\x80';
    for (std::size_t i = 0; i < 8; ++i)
      block[size_field.at + size_field.size - 1 - i] = static_cast<char>((entry.size >> (8 * i)) & 0xFF);
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(entry.modified).time_since_epoch().count();
  put_octal(block, time_field, static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
  put(block, type_field, "0");
  put(block, magic_field, magic);
  put(block, sum_field, fmt::format("{:06o}", tar_sum(block)));
  block[sum_field.at + 6] = '\0';
  block[sum_field.at + 7] = ' ';
  return block;
}

std::string tar_filling(std::uint64_t size) {
  return std::string(static_cast<std::size_t>((block_size - size % block_size) % block_size), '\0');
}

std::string tar_end(std::uint64_t size) { return tar_filling(size) + std::string(2 * block_size, '\0'); }

Expected<void> TarReader::take_header(std::string_view block) {
  if (!field_of(block, magic_field).starts_with("ustar")) return damaged_archive("is none");
  if (number_in(field_of(block, sum_field)) != tar_sum(block)) return damaged_archive("a header does not hold");
  const char type = block[type_field.at];
  if (type != '0' && type != '\0') return damaged_archive("holds something else than files");
  const auto size = number_in(field_of(block, size_field));
  if (!size) return damaged_archive("a header has no size");
  const std::string_view name = field_of(block, name_field);
  name_ = name.substr(0, name.find('\0'));
  size_ = left_ = *size;
  return {};
}

/// At least two blocks, one of which was read already, and none with something in it.
Expected<void> TarReader::check_end() {
  std::array<std::uint8_t, block_size> bytes{};
  for (std::size_t blocks = 1;; ++blocks) {
    const auto more = read_whole(from_, bytes);
    if (!more) return more.error();
    if (!*more) return blocks >= 2 ? Expected<void>() : damaged_archive("is cut off");
    if (!std::ranges::all_of(bytes, [](std::uint8_t octet) { return octet == 0; }))
      return damaged_archive("has something behind its end");
  }
}

Expected<bool> TarReader::next() {
  if (ended_) return false;
  std::array<std::uint8_t, 8 * block_size> over{};
  while (left_ > 0) {
    const auto size = read(over);
    if (!size) return size.error();
  }
  const auto filled = read_whole(from_, std::span(over).first(tar_filling(size_).size()));
  if (!filled) return filled.error();
  if (!*filled && !tar_filling(size_).empty()) return damaged_archive("is cut off");
  const auto block = std::span(over).first(block_size);
  const auto any = read_whole(from_, block);
  if (!any) return any.error();
  if (!*any) return damaged_archive(begun_ ? "is cut off" : "is none");
  if (std::ranges::all_of(block, [](std::uint8_t octet) { return octet == 0; })) {
    if (!begun_) return damaged_archive("has no file");
    ended_ = true;
    size_ = left_ = 0;
    if (auto good = check_end(); !good) return good.error();
    return false;
  }
  begun_ = true;
  if (auto taken = take_header(as_text(block)); !taken) return taken.error();
  return true;
}

Expected<std::size_t> TarReader::read(std::span<std::uint8_t> into) {
  if (left_ == 0) return std::size_t{0};
  auto size = from_.read(into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_))));
  if (!size) return size;
  if (*size == 0) return damaged_archive("is cut off");
  left_ -= *size;
  return size;
}

Expected<std::size_t> TarSource::read(std::span<std::uint8_t> into) {
  if (!std::exchange(begun_, true))
    if (const auto any = reader_.next(); !any) return any.error();
  auto size = reader_.read(into);
  if (!size || *size > 0) return size;
  const auto more = reader_.next();
  if (!more) return more.error();
  return *more ? damaged_archive("has something behind its file") : Expected<std::size_t>(std::size_t{0});
}

}  // namespace regdata::escrow
