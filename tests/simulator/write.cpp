#include "tests/simulator/write.hpp"

#include "tests/simulator/customers.hpp"

namespace pcmirror::simulator {

std::string Write::customer() const {
    return customer_id(seed(), call.customer);
}

void Write::done(std::string target, bool changed, std::string customer) {
    effects.push_back(
        {.customer = std::move(customer), .target = std::move(target), .changed = changed}
    );
}

void refuse_stale(const Call& call) {
    const auto status = static_cast<int>(call.switches[Switch::stale_etag]);
    if (status == 400)
        throw Refused(problems::stale_etag);
    throw Refused(refuse_with_status(status, 1));
}

std::optional<std::string> if_match(const Request& request, std::string_view etag) {
    std::string_view given = request.header("If-Match");
    if (given.empty())
        return {};
    if (given != etag && given.size() > 1 && given.front() == '"' && given.back() == '"') {
        given.remove_prefix(1);
        given.remove_suffix(1);
    }
    return std::string(given);
}

Reply with_status(Reply reply, int status) {
    reply.status = status;
    return reply;
}

void answer_also(Item& item, std::string_view member, const nlohmann::json& value) {
    item.unknown.push_back({"", std::string(member), value.dump()});
}

} // namespace pcmirror::simulator
