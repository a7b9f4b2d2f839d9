#include "config/files.hpp"

#include "config/secret_file.hpp"
#include "schema/error.hpp"

#include <fmt/format.h>
#include <system_error>
#include <vector>

namespace pcmirror {

namespace {

using std::filesystem::path;

std::vector<path> candidates(const Context& context, const path& name) {
    if (name.is_absolute())
        return {name};
    std::vector<path> found;
    const auto credentials = context.environment("CREDENTIALS_DIRECTORY");
    if (credentials && !credentials->empty())
        found.push_back(path(*credentials) / name);
    found.push_back(context.file.parent_path() / name);
    return found;
}

/// Only the folders are named: a secret pasted in place of its file's name must not show.
std::string folders_of(const std::vector<path>& files) {
    std::vector<std::string> folders;
    for (const path& file : files) {
        const std::string folder = file.parent_path().string();
        folders.push_back(folder.empty() ? "." : folder);
    }
    return listed(folders);
}

void check_content(const path& file, Content content) {
    if (content == Content::secret) {
        read_secret_file(file);
        return;
    }
    const std::string pem = read_small_file(file);
    const bool certificate = pem.find("-----BEGIN CERTIFICATE-----") != std::string::npos ||
                             pem.find("-----BEGIN TRUSTED CERTIFICATE-----") != std::string::npos;
    if (!certificate)
        throw Error(Recovery::fix_config, "holds no PEM certificate");
    if (content == Content::certificate_and_key &&
        pem.find("PRIVATE KEY-----") == std::string::npos)
        throw Error(Recovery::fix_config, "holds no PEM private key");
}

std::optional<path> read_existing(const Place& place, Content content) {
    const std::string* name = text_of(place);
    if (name == nullptr)
        return std::nullopt;
    if (name->empty())
        return path();
    const std::vector<path> files = candidates(place.context, *name);
    const bool absolute = path(*name).is_absolute();
    for (const path& file : files) {
        std::error_code unknown;
        if (!std::filesystem::exists(file, unknown) && !unknown && file != files.back())
            continue;
        try {
            check_content(file, content);
            return file;
        } catch (const Error& error) {
            place.wrong(
                absolute ? fmt::format("{} {}", found(place.node), error.what())
                         : fmt::format("the file {} in {}", error.what(), folders_of(files)),
                error.hint()
            );
            return std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace

Value<path> path_beside(std::string accepted) {
    return {
        std::move(accepted),
        [](const Place& place) -> std::optional<path> {
            const std::string* name = text_of(place);
            if (name == nullptr)
                return std::nullopt;
            return name->empty() ? path() : place.context.file.parent_path() / *name;
        },
        [](const path& file) { return file.string(); }};
}

Value<path> existing_file(std::string accepted, Content content) {
    return {
        std::move(accepted),
        [=](const Place& place) { return read_existing(place, content); },
        [](const path& file) { return file.string(); }};
}

} // namespace pcmirror
