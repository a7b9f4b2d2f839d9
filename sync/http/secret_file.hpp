#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// A new version of a secret file in the making: a temporary file beside it, mode 0600, with room
/// for the content, so that what can't be written is known before a token is asked for that could
/// not be kept. Follows a symbolic link; a root process keeps the owner of the file it replaces.
class SecretFile {
  public:
    /// Whose the file becomes when root makes one that was not there, or was root's own.
    enum class NewOwner { caller, owner_of_directory };

    /// Throws `Error` (fix_config) that names the file and what to do.
    explicit SecretFile(const std::filesystem::path& file, NewOwner new_owner = NewOwner::caller);
    ~SecretFile();

    SecretFile(const SecretFile&) = delete;
    SecretFile& operator=(const SecretFile&) = delete;

    /// Replaces the file; durable on return. Once. Throws like the constructor.
    void commit(std::string_view content);

  private:
    void discard() noexcept;
    void keep_owner() const;
    [[noreturn]] void fail(std::string_view doing, int error) const;

    std::filesystem::path file_;
    NewOwner new_owner_;
    std::string temporary_;
    int descriptor_ = -1;
};

/// The symbolic links that lead from a path to the file: the path itself where it is one, and those
/// after it.
std::vector<std::filesystem::path> links_from(const std::filesystem::path& file);

/// The file itself, or what it links to, whether that is there or not.
std::filesystem::path real_file_of(const std::filesystem::path& file);

/// The directory that it is in.
std::filesystem::path real_directory_of(const std::filesystem::path& file);

/// Changes whenever the file is rewritten, replaced, created or removed.
std::string fingerprint(const std::filesystem::path& file);

} // namespace pcmirror
