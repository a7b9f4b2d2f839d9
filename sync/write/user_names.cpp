#include "sync/write/user_names.hpp"

#include "schema/operation_catalogue.hpp"
#include "sync/write/looks.hpp"

#include <optional>

namespace pcmirror {
namespace {

/// The mirror may be hours old: the API must agree that the user has this name, unless a job has
/// just changed the user, which reads may not show yet. Empty: nobody has it.
asio::awaitable<std::string>
user_named(JobStore& store, LiveItems& items, std::string customer_id, std::string name) {
    const std::optional<MirroredUser> known = co_await store.user_of_name(customer_id, name);
    if (known) {
        const std::optional<Document> user =
            co_await items.item("/v1/customers/" + customer_id + "/users/" + known->user_id);
        // Who is deleted keeps the name, which somebody else may have by now.
        const bool has_name = user && same_name(user->text_at("/userPrincipalName"), name) &&
                              !same_name(user->text_at("/state"), "inactive");
        if (has_name || (!user && known->touched))
            co_return known->user_id;
        if (known->touched)
            throw Error(
                Recovery::retry_later,
                "the API still shows the user \"" + name + "\" under another name"
            );
    }
    const std::optional<Document> found = co_await find_user(items, customer_id, name);
    co_return found ? found->text_at("/id") : std::string();
}

} // namespace

asio::awaitable<std::string>
name_user(JobStore& store, LiveItems& items, FilledOperation& filled, Job& job) {
    const PayloadField* id = field_of(*filled.operation, "user_id");
    const Document* name = filled.payload.find("/user_principal_name");
    if (id == nullptr || name == nullptr || filled.payload.find("/user_id") != nullptr)
        co_return std::string();
    const std::string wanted = name->text();
    // A second one must not be changed because the first has lost the name since.
    const bool is_known = !job.meant_user.empty() && (job.silent_for || job.answered);
    if (!is_known)
        job.meant_user = co_await user_named(store, items, filled.customer_id, wanted);
    if (job.meant_user.empty())
        co_return "the customer has no user \"" + wanted + "\"";
    filled.payload.set("/user_id", Document::text(job.meant_user));
    // It named the user, and is no change.
    std::erase_if(filled.payload.members(), [](const Document::Member& member) {
        return member.first == "user_principal_name";
    });
    co_return std::string();
}

} // namespace pcmirror
