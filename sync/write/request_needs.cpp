#include "sync/write/request_needs.hpp"

#include <algorithm>
#include <string>

namespace pcmirror {
namespace {

std::uint64_t readings_after(const Operation& operation, const Refresh& refresh) {
    switch (refresh.how) {
    case Refresh::How::answer:
    case Refresh::How::due:
    case Refresh::How::gone:
        return 0;
    case Refresh::How::item:
        // What is deleted is looked for among the inactive ones, too.
        return operation.look == Look::item_gone ? 2 : 1;
    case Refresh::How::rows:
    case Refresh::How::listed:
        return 1;
    }
    return 0;
}

} // namespace

RequestNeeds& RequestNeeds::operator+=(const RequestNeeds& other) {
    before += other.before;
    writes += other.writes;
    after += other.after;
    return *this;
}

bool reads_first(const Operation& operation, const Document& payload) {
    return operation.body == Body::whole || !operation.copied.empty() ||
           payload.find("/expect") != nullptr;
}

SignIn sign_in_of(const Operation& operation, const Document& payload) {
    const bool wants_user = std::ranges::any_of(operation.fields, [&](const PayloadField& field) {
        return field.wants_user && payload.find('/' + std::string(field.name)) != nullptr;
    });
    return wants_user ? SignIn::user : operation.sign_in;
}

RequestNeeds needs_of(const Operation& operation, const Document& payload) {
    RequestNeeds needs{reads_first(operation, payload) ? 1U : 0U, 1, 0};
    for (const Refresh& refresh : operation.refreshes)
        needs.after += readings_after(operation, refresh);
    return needs;
}

} // namespace pcmirror
