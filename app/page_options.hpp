// The operator's own page files: [page] templates.
#pragma once

#include "app/config.hpp"
#include "whois/page_texts.hpp"

namespace regdata::app {

/// Reads the files of the directory that [page] names, once: the server that faces the public opens none of them again. An
/// empty path: none. Errc::configuration: the directory or a file cannot be read, a file is larger than 256 KiB.
Expected<whois::PageFiles> read_page_files(const Config::Page& config);

/// Templates and messages as [page] wants them, checked.
Expected<std::shared_ptr<const whois::PageTexts>> page_texts(const Config::Page& config);

}  // namespace regdata::app
