#include "sync/write/batch_memory.hpp"

#include "sync/records/normal.hpp"

#include <fmt/format.h>
#include <functional>

namespace pcmirror {
namespace {

std::uint64_t hash_of(const std::string& text) {
    return std::hash<std::string>()(text);
}

const BatchCause*
found_in(const std::unordered_map<std::string, BatchCause>& causes, const std::string& thing) {
    const auto found = causes.find(thing);
    return found == causes.end() ? nullptr : &found->second;
}

} // namespace

std::string BatchCause::text() const {
    return line > 0 ? fmt::format("line {}", line)
                    : fmt::format("job {}, which is queued,", job_id);
}

std::string thing_of(const std::string& customer, const char* kind, const std::string& which) {
    return fmt::format("{}/{}/{}", customer, kind, which);
}

void BatchMemory::take_in(const PendingJob& job) {
    if (!taken_in_.insert(job.job_id).second)
        return;
    const BatchCause cause{0, job.job_id};
    const auto text = [&](const char* pointer) { return lower_text_at(job.payload, pointer); };
    const std::string user_id = text("/user_id");
    const std::string user_name = text("/user_principal_name");
    if (job.operation == "remove_reseller_relationship")
        remove(thing_of(job.customer_id, "customer", ""), cause);
    else if (job.operation == "create_customer")
        make(thing_of("", "domain", text("/company_profile/domain")), cause);
    else if (job.operation == "create_user")
        make(thing_of(job.customer_id, "named", user_name), cause);
    else if (job.operation == "delete_user" && user_id.empty())
        remove(thing_of(job.customer_id, "named", user_name), cause);
    else if (job.operation == "delete_user")
        remove(thing_of(job.customer_id, "user", user_id), cause);
    else if (const Document* id = job.payload.find("/subscription_id"))
        remove(thing_of(job.customer_id, "subscription", fold_guid(id->text())), cause);
}

BatchMemory::Change BatchMemory::set(
    const std::string& field,
    const std::string& value,
    const std::optional<std::string>& before,
    std::uint64_t line
) {
    const Set now{hash_of(value), line};
    const auto [at, is_first] = fields_.try_emplace(hash_of(field), now);
    if (is_first)
        return {before != value, 0, 0};
    const Set earlier = at->second;
    if (earlier.value == now.value)
        return {false, earlier.line, 0};
    at->second = now;
    return {true, 0, earlier.line};
}

std::optional<BatchMemory::KeyOwner>
BatchMemory::claim_key(const std::string& key, const std::string& job, std::uint64_t line) {
    const Set now{hash_of(job), line};
    const auto [at, is_first] = keys_.try_emplace(hash_of(key), now);
    if (is_first)
        return std::nullopt;
    return KeyOwner{at->second.line, at->second.value == now.value};
}

const BatchCause* BatchMemory::maker_of(const std::string& thing) const {
    return found_in(made_, thing);
}

void BatchMemory::make(const std::string& thing, BatchCause cause) {
    made_.try_emplace(thing, cause);
}

const BatchCause* BatchMemory::remover_of(const std::string& thing) const {
    return found_in(removed_, thing);
}

void BatchMemory::remove(const std::string& thing, BatchCause cause) {
    removed_.try_emplace(thing, cause);
    restored_.erase(thing);
}

void BatchMemory::restore(const std::string& thing) {
    removed_.erase(thing);
    restored_.insert(thing);
}

bool BatchMemory::restored(const std::string& thing) const {
    return restored_.contains(thing);
}

} // namespace pcmirror
