// The tables of a deposit by RFC 9022, CSV model, joined to the objects that they describe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "escrow/rde_reader.hpp"
#include "escrow/stream.hpp"

namespace regdata::escrow {

/// A definition, as it stands in a document.
struct RdeTableDefinition {
  std::string name;                 ///< "domainContacts"
  std::vector<std::string> fields;  ///< in their order: "csvDomain:fName", "csvContact:fStreet1"
  char separator = ',';
  std::string registrant_required{};  ///< `isRequired` of fRegistrant, as it stands there; empty: it does not
  struct File {
    std::string name;
    std::string sum;         ///< hexadecimal digits
    bool is_sha256 = false;  ///< else CRC-32
  };
  std::vector<File> files;
};

/// A document of the CSV model.
struct RdeTableDocument {
  RdeDeposit frame;
  std::string registrar;  ///< IANA id in the header, as it stands there
  struct Count {
    std::string uri;
    std::string tld;  ///< may be empty
    std::string count;
  };
  std::vector<Count> counts;
  std::vector<RdeTableDefinition> deletes{};  ///< keys of what is gone
  std::vector<RdeTableDefinition> tables{};
};

/// Empty: the document is of the XML model, or none. `document`: all of it.
std::optional<RdeTableDocument> read_table_document(std::string_view document);

/// Opens the file of a table, from its beginning.
using TableOpener = std::function<Expected<std::unique_ptr<ByteSource>>(const std::string& name)>;

/// The same deposit as a document of the XML model, made while it is read. Rows of tables that belong to objects must stand in
/// the order of these: so memory does not grow. Errc::invalid: they do not, or a table has not the fields it needs
/// (RDE_INVALID_CSV). Errors of the opener, and of CsvRecords.
std::unique_ptr<ByteSource> objects_of_tables(const RdeTableDocument& document, TableOpener open);

}  // namespace regdata::escrow
