#include "daemon/commands.hpp"
#include "systemd/manual/completions.hpp"
#include "systemd/manual/pages.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

// Writes manual pages and completions of the program it was built with into a directory.

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream)
        throw std::runtime_error("can't write " + file.string());
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw std::runtime_error("can't read " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_all(const std::filesystem::path& yaml, const std::filesystem::path& directory) {
    const auto commands = pcmirror::commands();
    std::filesystem::create_directories(directory);
    write(directory / "pcmirror.1", pcmirror::manual::command_page(commands));
    write(directory / "pcmirror.yaml.5", pcmirror::manual::config_page(content_of(yaml)));
    write(directory / "pcmirror.bash", pcmirror::manual::bash_completion(commands));
    write(directory / "pcmirror.zsh", pcmirror::manual::zsh_completion(commands));
    write(directory / "pcmirror.fish", pcmirror::manual::fish_completion(commands));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: pcmirror-manual PCMIRROR.YAML DIRECTORY\n";
        return EXIT_FAILURE;
    }
    try {
        write_all(argv[1], argv[2]);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "pcmirror-manual: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
