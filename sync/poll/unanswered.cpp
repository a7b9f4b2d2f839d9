#include "sync/poll/unanswered.hpp"

#include "schema/error.hpp"

#include <fmt/format.h>

namespace pcmirror {
namespace {

constexpr std::size_t limit_at_first = 20;
constexpr std::size_t limit_later = 100;

} // namespace

void Unanswered::count_or_give_up(std::string_view customer_id, const std::string& message) {
    ++in_a_row_;
    const bool whole_list = customer_id.empty();
    if (!whole_list && in_a_row_ < (any_answered_ ? limit_later : limit_at_first))
        return;
    const std::string extent =
        whole_list ? "" : fmt::format(", not to the last {} customers either", in_a_row_);
    throw Error(
        Recovery::fix_api,
        "the API gives no usable answer" + extent + ": " + message,
        "check partner_center.api_url, the proxy, and Partner Center's service health"
    );
}

} // namespace pcmirror
