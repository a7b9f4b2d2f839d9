#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace pcmirror {

/// A file without a name: written once from front to back, read any number of times, gone with its
/// owner however that ends. Throws `Error` (retry_later) that names the directory.
class SpoolFile {
  public:
    explicit SpoolFile(std::filesystem::path directory);
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;
    SpoolFile(SpoolFile&&) = delete;
    SpoolFile& operator=(SpoolFile&&) = delete;
    ~SpoolFile();

    void append(std::string_view bytes);

    /// Appends to `piece` what stands from there on, up to a quarter of a megabyte; returns how
    /// many bytes that were, none at the end.
    std::size_t read(std::uint64_t from, std::string& piece) const;

  private:
    std::filesystem::path directory_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

} // namespace pcmirror
