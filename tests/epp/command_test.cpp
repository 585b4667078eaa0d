// What we say: valid by the published schemas, and as it was looked at by a person.
#include "epp/command.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "epp/namespaces.hpp"
#include "tests/epp/schemas.hpp"

namespace regdata::epp {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::reference;

const std::string uri_of_domains(domain_namespace);

Login login_of(std::string password, std::string new_password = {}) {
  Login login;
  login.client_id = "REG-TEST";
  login.password = Password(std::move(password));
  login.new_password = Password(std::move(new_password));
  login.services = {{uri_of_domains, std::string(contact_namespace), std::string(host_namespace)},
                    {std::string(rgp_namespace), std::string(sec_dns_namespace)}};
  return login;
}

Login secured(std::string password, std::string new_password = {}) {
  Login login = login_of(std::move(password), std::move(new_password));
  login.is_secured = true;
  login.services.extensions.insert(std::string(login_sec_namespace));
  login.software = "regdata 0.1.0";
  return login;
}

PostalInfo postal(const char* type, const char* name) {
  PostalInfo info;
  info.type = type;
  info.name = PersonalText(name);
  info.organization = PersonalText("Blue Hen & Sons");
  info.street = {PersonalText("Henway 1"), PersonalText("2nd floor")};
  info.city = PersonalText("Berlin");
  info.state = PersonalText("BE");
  info.postal_code = PersonalText("10115");
  info.country = "DE";
  return info;
}

ContactCreate new_contact() {
  ContactCreate create;
  create.id = "C-17";
  create.postal = {postal("int", "O'Brien <\"Hen\">"), postal("loc", "陈伟 𠮷")};
  create.voice = PersonalText("+49.301234567");
  create.voice_ext = PersonalText("17");
  create.fax = PersonalText("+49.301234568");
  create.email = PersonalText("hen+_@bluehen.example");
  create.auth_info = Password("s3cr3t-of-17");
  create.disclosure = Disclosure{.shows = false, .elements = {true, true, true, true, true, true, true, true, true}};
  return create;
}

ContactUpdate changed_contact() {
  ContactUpdate update;
  update.id = "C-17";
  update.add_statuses = {"clientDeleteProhibited"};
  update.remove_statuses = {"clientUpdateProhibited"};
  update.postal = {postal("loc", "陈伟")};
  update.email = PersonalText("hen@bluehen.example");
  update.disclosure = Disclosure{.shows = true, .elements = {false, false, true, false, false, false, false, false, true}};
  return update;
}

DomainCreate new_domain() {
  DomainCreate create;
  create.name = "bluehen.example";
  create.period = Period{2, false};
  create.servers.servers = {{"ns1.bluehen.example", {}}, {"ns2.other.example", {}}};
  create.registrant = "C-17";
  create.contacts = {{"admin", "C-17"}, {"tech", "C-18"}};
  create.auth_info = Password("s3cr3t-of-name");
  create.ds = {{12345, 13, 2, std::string(64, 'A')}};
  return create;
}

DomainUpdate changed_domain() {
  DomainUpdate update;
  update.name = "bluehen.example";
  update.add.servers.servers = {{"ns3.other.example", {}}};
  update.add.statuses = {"clientHold"};
  update.remove.contacts = {{"tech", "C-18"}};
  update.remove.statuses = {"clientTransferProhibited"};
  update.registrant = "C-19";
  update.auth_info = Password();
  update.remove_ds = {{12345, 13, 2, std::string(64, 'A')}};
  update.add_ds = {{23456, 8, 4, std::string(96, 'B')}};
  return update;
}

DomainCreate minimum_domain() {
  DomainCreate create;
  create.name = "xn--bcher-kva.example";
  create.servers = {{{"ns1.bluehen.example", {"192.0.2.1", "2001:db8::1"}}}, true};
  return create;
}

DomainUpdate restored_domain() {
  DomainUpdate update;
  update.name = "bluehen.example";
  update.restores = true;
  return update;
}

DomainUpdate unsigned_domain() {
  DomainUpdate update;
  update.name = "bluehen.example";
  update.removes_all_ds = true;
  return update;
}

DomainInfo foreign_name() {
  DomainInfo info;
  info.name = "redfox.example";
  info.hosts = "none";
  info.auth_info = Password("2fooBAR");
  return info;
}

DomainTransfer transfer(TransferOperation operation, const char* word = "") {
  DomainTransfer command;
  command.operation = operation;
  command.name = "bluehen.example";
  command.auth_info = Password(word);
  if (operation == TransferOperation::request) command.period = Period{1, false};
  return command;
}

/// With what registries want beside them (RFC 8748, 8334, 8495, 8544, idn-1.0, sync-1.0).
std::vector<Command> extended_commands() {
  std::vector<Command> all;
  const UtcTime time = parse_rfc3339("2026-12-01T00:00:00Z").value();
  all.emplace_back(DomainCheck{
      {"bluehen.example"}, FeeQuestion{"EUR", {{"create", Period{1, false}}, {"restore", {}}}}, {}, Password("s3cr3t-token")});
  all.emplace_back(DomainCheck{{"bluehen.example"}, {}, ClaimsQuestion{LaunchPhase{"claims", {}}}, {}});
  const LaunchTerms claims{{"claims", {}}, {{"49FD46E6C4B45C55D4AC", "tmch", time, time}, {"4711", {}, time, time}}};
  for (const LaunchTerms& launch : {claims, LaunchTerms{{"custom", "founders"}, {}}}) {
    DomainCreate create = new_domain();
    create.fee = FeeTerms{"EUR", "12.50"};
    create.launch = launch;
    create.token = Password("s3cr3t-token");
    create.idn = IdnTerms{"de", "bücher.example"};
    create.organizations = {{"reseller", "RES-7"}, {"privacyproxy", "P-1"}};
    all.emplace_back(std::move(create));
  }
  DomainUpdate update;
  update.name = "bluehen.example";
  update.organizations = {{{"reseller", "RES-8"}}, {{"privacyproxy", "P-1"}}, {{"billing", "B-1"}}};
  update.expires_on = ExpiryDay{2, 29};
  all.emplace_back(std::move(update));
  DomainUpdate restored = restored_domain();
  restored.fee = FeeTerms{{}, "40"};
  all.emplace_back(std::move(restored));
  DomainRenew renew{"bluehen.example", "2027-01-31", Period{1, false}};
  renew.fee = FeeTerms{"EUR", "10.00"};
  all.emplace_back(std::move(renew));
  DomainTransfer wanted = transfer(TransferOperation::request, "2fooBAR");
  wanted.fee = FeeTerms{"EUR", "10.00"};
  wanted.token = Password("s3cr3t-token");
  all.emplace_back(std::move(wanted));
  return all;
}

/// Every kind of command, and what stands in them.
OrganizationCreate new_organization() {
  OrganizationCreate create{"shop-1", {{"reseller"}, {"registrar", "9999"}}};
  create.statuses = {"clientLinkProhibited"};
  create.facts.parent = "shop-9";
  create.facts.postal.push_back({"loc",
                                 PersonalText("Händler & Söhne"),
                                 {},
                                 {PersonalText("Gasse 1")},
                                 PersonalText("Köln"),
                                 PersonalText("NRW"),
                                 PersonalText("50667"),
                                 "DE"});
  create.facts.voice = PersonalText("+49.221555");
  create.facts.voice_ext = PersonalText("12");
  create.facts.fax = PersonalText("+49.221556");
  create.facts.email = PersonalText("shop@shop.example");
  create.facts.url = "https://shop.example/?a=1&b=2";
  create.contacts = {{"tech", "C-17"}};
  return create;
}

OrganizationUpdate changed_organization() {
  OrganizationUpdate update{.id = "shop-1"};
  update.add = {{{"admin", "C-18"}}, {{"proxy"}}, {"hold"}};
  update.remove = {{{"tech", "C-17"}}, {{"registrar"}}, {"clientLinkProhibited"}};
  update.change.postal.push_back({"loc", PersonalText("Händlerin"), {}, {}, {}, {}, {}, ""});
  update.change.email = PersonalText("other@shop.example");
  return update;
}

std::vector<Command> all_commands() {
  std::vector<Command> all;
  all.emplace_back(Hello{});
  all.emplace_back(login_of("s3cr3t", "n3w-s3cr3t"));
  all.emplace_back(secured("a s3cr3t that is longer than sixteen", "another s3cr3t, as long as that"));
  all.emplace_back(secured("short-s3cr3t"));
  all.emplace_back(Logout{});
  all.emplace_back(PollRequest{});
  all.emplace_back(PollAcknowledgement{"10072612074-2018"});
  all.emplace_back(DomainCheck{{"bluehen.example", "xn--bcher-kva.example"}});
  all.emplace_back(DomainInfo{"bluehen.example", "all", {}});
  all.emplace_back(foreign_name());
  all.emplace_back(new_domain());
  all.emplace_back(minimum_domain());
  all.emplace_back(changed_domain());
  all.emplace_back(restored_domain());
  all.emplace_back(unsigned_domain());
  all.emplace_back(DomainRenew{"bluehen.example", "2027-01-31", Period{1, false}});
  for (const auto operation :
       {TransferOperation::query, TransferOperation::approve, TransferOperation::reject, TransferOperation::cancel})
    all.emplace_back(transfer(operation));
  all.emplace_back(transfer(TransferOperation::request, "2fooBAR"));
  all.emplace_back(DomainDelete{"bluehen.example"});
  all.emplace_back(HostCheck{{"ns1.bluehen.example"}});
  all.emplace_back(HostInfo{"ns1.bluehen.example"});
  all.emplace_back(HostCreate{"ns1.bluehen.example", {"192.0.2.1", "2001:db8::1"}});
  all.emplace_back(HostUpdate{
      "ns1.bluehen.example", {{"192.0.2.2"}, {"clientUpdateProhibited"}}, {{"192.0.2.1"}, {}}, "ns9.bluehen.example"});
  all.emplace_back(HostDelete{"ns1.bluehen.example"});
  all.emplace_back(ContactCheck{{"C-17", "C-18"}});
  all.emplace_back(ContactInfo{"C-17", {}});
  all.emplace_back(new_contact());
  all.emplace_back(changed_contact());
  all.emplace_back(ContactDelete{"C-17"});
  all.emplace_back(OrganizationCheck{{"shop-1", "shop-2"}});
  all.emplace_back(OrganizationInfo{"shop-1"});
  all.emplace_back(new_organization());
  all.emplace_back(changed_organization());
  all.emplace_back(OrganizationDelete{"shop-1"});
  all.emplace_back(MaintenanceInfo{});
  all.emplace_back(MaintenanceInfo{"2e6df9b0-4092-4491-bcc8-9fb2166dcee6"});
  all.emplace_back(
      read_raw_command("<e:epp xmlns:e=\"urn:ietf:params:xml:ns:epp-1.0\"><e:command><e:check><d:check "
                       "xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"><d:name>a.example</d:name></d:check></e:check>"
                       "<e:clTRID>THEIRS</e:clTRID></e:command></e:epp>")
          .value());
  for (Command& command : extended_commands()) all.push_back(std::move(command));
  return all;
}

TEST(Commands, AreValidByTheSchemas) {
  if (!reference()) GTEST_SKIP() << "REGDATA_REFERENCE is not set: no schemas here";
  const testing::Schemas schemas;
  std::set<std::size_t> kinds;
  for (const Command& command : all_commands()) {
    kinds.insert(command.index());
    const std::string xml = write(command, "RD-1-00000001").value();
    EXPECT_THAT(schemas.problems(xml), IsEmpty()) << xml;
    const std::string with_product = write(command, "RD-1-00000001", "dotCOM").value();
    EXPECT_THAT(schemas.problems(with_product), IsEmpty()) << with_product;
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Command>) << "each kind is tried";
  std::string broken = write(new_domain(), "RD-1-00000001").value();
  broken.replace(broken.find("<domain:hostObj>"), 16, "<domain:hostObX>");
  EXPECT_THAT(schemas.problems(broken), Not(IsEmpty()));
  EXPECT_THAT(schemas.problems(write(DomainRenew{"a.example", "31.1.2027", {}}, "RD-1").value()), Not(IsEmpty()));
}

/// UPDATE_GOLDEN=1 writes the file anew.
TEST(Commands, AreAsTheyWereLookedAt) {
  std::string text;
  for (const Command& command : all_commands()) {
    const std::string xml = write(command, "RD-1-00000001").value();
    text += "== " + std::string(name_of(command)) + "\n" + xml.substr(xml.find('\n') + 1) + "\n";
  }
  const std::filesystem::path file = std::filesystem::path(REGDATA_SOURCE_DIR) / "tests/epp/golden/commands.txt";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(file) << text;
  EXPECT_EQ(text, testing::file_text(file)) << "UPDATE_GOLDEN=1 writes " << file;
}

TEST(Commands, SecretsAreMaskedInWhatIsKept) {
  for (const Command& command : all_commands()) {
    const std::string xml = write(command, "RD-1-00000001").value();
    const std::string shown = masked(xml);
    for (const char* word : {"s3cr3t", "2fooBAR"}) EXPECT_THAT(shown, Not(HasSubstr(word))) << shown;
    EXPECT_THAT(shown, HasSubstr("</epp>"));
  }
  EXPECT_EQ(masked("<x:pw a=\"1\">s3cr3t</x:pw><pw/><y>z</y><q:newPW>n</q:newPW>"),
            "<x:pw a=\"1\">…</x:pw><pw/><y>z</y><q:newPW>…</q:newPW>");
  EXPECT_EQ(masked("<pw a=\"x/>y\">s3cr3t</pw>"), "<pw a=\"x/>y\">…</pw>");
  EXPECT_EQ(masked("<pw>s3cr3t without an end"), "<pw>…");
  EXPECT_EQ(masked("<a>1</a><pw s3cr3t"), "<a>1</a>");
  EXPECT_EQ(masked("<c:voice x=\"4711\">+49.301</c:voice><c:fax x='1'/><c:name type=\"int\"/>", Masks::persons),
            "<c:voice>…</c:voice><c:fax/><c:name type=\"int\"/>")
      << "the extension is the person's too";
}

TEST(Commands, AValueThatXmlCannotHoldIsNotSent) {
  const auto xml = write(DomainCheck{{"a\x01.example"}}, "RD-1");
  ASSERT_FALSE(xml);
  EXPECT_EQ(xml.error().code, Errc::invalid);
  EXPECT_THAT(xml.error().context, HasSubstr("domain:check"));
}

TEST(Commands, AnUpdateWithDnssecAloneHasAnEmptyChange) {
  EXPECT_THAT(write(restored_domain(), "RD-1").value(), HasSubstr("<domain:chg/>"));
  EXPECT_THAT(write(changed_domain(), "RD-1").value(), HasSubstr("<domain:null/>")) << "authInfo is unset by null";
}

}  // namespace
}  // namespace regdata::epp
