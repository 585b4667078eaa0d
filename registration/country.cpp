// ISO 3166-1 alpha-2: the officially assigned codes. A code that is only reserved (UK, EU) is no country of a postal address.
#include <algorithm>

#include "registration/contact.hpp"

namespace regdata {
namespace {

// 249 codes, a row per letter, each followed by a space.
constexpr std::string_view assigned =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ "
    "BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ "
    "DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET "
    "FI FJ FK FM FO FR "
    "GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY "
    "HK HM HN HR HT HU "
    "ID IE IL IM IN IO IQ IR IS IT "
    "JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ "
    "LA LB LC LI LK LR LS LT LU LV LY "
    "MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ "
    "NA NC NE NF NG NI NL NO NP NR NU NZ "
    "OM "
    "PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA "
    "RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ "
    "TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ "
    "UA UG UM US UY UZ "
    "VA VC VE VG VI VN VU "
    "WF WS "
    "YE YT "
    "ZA ZM ZW ";

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

Expected<std::string> check_country(std::string_view text) {
  std::string code(text.substr(0, 3));
  std::ranges::transform(code, code.begin(), upper);
  if (code.size() == 2 && code[0] != ' ' && code[1] != ' ') {
    if (assigned.find(code) != std::string_view::npos) return code;
    if (code == "UK") {
      return make_error(Errc::invalid, "country: not an assigned code", "ISO 3166-1 writes the United Kingdom as GB");
    }
  }
  return make_error(Errc::invalid, "country: not an assigned code", "expected two letters by ISO 3166-1, such as DE");
}

}  // namespace regdata
