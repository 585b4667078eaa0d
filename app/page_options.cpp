#include "app/page_options.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t max_file = 256 * 1024;

/// Editors leave "x.html~" and ".x.html.swp" behind; a README is nobody's mistake.
bool is_page_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  const bool known =
      extension == ".html" || extension == ".toml" || extension == ".css" || extension == ".svg" || extension == ".js";
  return known && !path.filename().string().starts_with('.');
}

}  // namespace

Expected<whois::PageFiles> read_page_files(const Config::Page& config) {
  whois::PageFiles files;
  if (config.templates.empty()) return files;
  std::error_code error;
  fs::directory_iterator directory(config.templates, error);
  if (error) {
    return make_error(Errc::configuration, fmt::format("[page] templates: {}: {}", config.templates.string(), error.message()),
                      "a directory that the public server may read; docs/page.md");
  }
  for (const auto& item : directory) {
    if (!is_page_file(item.path())) continue;
    const auto wrong = [&](std::string_view what) {
      return make_error(Errc::configuration, fmt::format("[page] templates: {}: {}", item.path().string(), what));
    };
    if (!item.is_regular_file(error)) return wrong("is not a file");
    if (item.file_size(error) > max_file) return wrong("is larger than 256 KiB");
    std::ifstream file(item.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file || text.size() > max_file) return wrong("cannot be read");
    files.emplace(item.path().filename().string(), std::move(text));
  }
  return files;
}

Expected<std::shared_ptr<const whois::PageTexts>> page_texts(const Config::Page& config) {
  const auto files = read_page_files(config);
  if (!files) return files.error();
  return whois::PageTexts::make(*files, config.language);
}

}  // namespace regdata::app
