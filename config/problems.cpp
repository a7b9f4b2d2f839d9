#include "config/problems.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {

std::string join_path(std::string_view path, std::string_view key) {
    constexpr std::size_t longest = 60;
    constexpr std::string_view of_keys =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-<";
    key = key.substr(0, std::min(longest, key.find_first_not_of(of_keys)));
    if (key.empty())
        key = "?";
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

void Problems::add(Problem problem) {
    // What an alias names is read wherever the alias stands, but is wrong only once.
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
        problems_.push_back(std::move(problem));
}

void Problems::add(const Problems& others) {
    for (const Problem& problem : others.problems_)
        add(problem);
}

std::string Problems::text(const std::filesystem::path& file) const {
    std::vector<Problem> sorted = problems_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& left, const Problem& right) {
        return left.at < right.at;
    });
    std::string text;
    for (const Problem& problem : sorted) {
        if (!text.empty())
            text += '\n';
        text += fmt::format("{}:{}:{}: ", file.string(), problem.at.line, problem.at.column);
        if (!problem.path.empty())
            text += problem.path + ": ";
        text += problem.what;
        if (!problem.hint.empty())
            text += "\n  hint: " + problem.hint;
    }
    return text;
}

} // namespace pcmirror
