#include "config/read.hpp"

#include "schema/letters.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace pcmirror {

namespace {

/// Spellings that mean one word compare equal: `tenantId`, `tenant-id`, `TENANT_ID`.
std::string bare(std::string_view word) {
    std::string letters;
    for (const char letter : word)
        if (letter != '_' && letter != '-' && letter != ' ')
            letters += lower_letter(letter);
    return letters;
}

/// Edits that turn one word into the other; swapping two neighbours is one.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> steps(
        left.size() + 1, std::vector<std::size_t>(right.size() + 1)
    );
    for (std::size_t i = 0; i <= left.size(); ++i)
        for (std::size_t j = 0; j <= right.size(); ++j) {
            if (i == 0 || j == 0) {
                steps[i][j] = i + j;
                continue;
            }
            const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            steps[i][j] =
                std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, steps[i - 1][j - 1] + change});
            const bool swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped)
                steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
        }
    return steps[left.size()][right.size()];
}

/// `warning` for `warn`, `tenant` for `tenant_id`.
bool starts_alike(std::string_view left, std::string_view right) {
    constexpr std::size_t shortest = 4;
    const std::size_t length = std::min(left.size(), right.size());
    return length >= shortest && left != right && left.substr(0, length) == right.substr(0, length);
}

} // namespace

std::string nearest(std::string_view word, std::span<const std::string> known) {
    // Nobody mistypes a word this long, and the table of steps is quadratic.
    constexpr std::size_t longest = 64;
    const std::string wanted = bare(word);
    if (wanted.empty() || wanted.size() > longest)
        return {};
    std::string best;
    std::size_t best_distance = std::numeric_limits<std::size_t>::max();
    for (const std::string& candidate : known) {
        const std::string letters = bare(candidate);
        const std::size_t edits = starts_alike(wanted, letters) ? 1 : distance(wanted, letters);
        const std::size_t tolerated = std::max<std::size_t>(1, letters.size() / 3);
        if (edits <= tolerated && edits < best_distance) {
            best = candidate;
            best_distance = edits;
        }
    }
    return best;
}

} // namespace pcmirror
