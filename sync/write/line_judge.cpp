#include "sync/write/line_judge.hpp"

#include "schema/operation_catalogue.hpp"
#include "sync/records/normal.hpp"
#include "sync/write/payload_leaves.hpp"

#include <fmt/format.h>

namespace pcmirror {

void LineJudge::run() {
    const std::string customer = thing_of(customer_, "customer", "");
    if (const BatchCause* end = memory_.remover_of(customer)) {
        find(FindingKind::conflict, end->text() + " ends the relationship with this customer");
        return;
    }
    if (operation_.name == "remove_reseller_relationship")
        memory_.remove(customer, {job_.line, 0});
    else if (operation_.name == "create_customer")
        take_domain("/company_profile/domain");
    else if (operation_.name == "add_verified_domain")
        take_domain("/verified_domain_name");
    else if (operation_.name == "create_user")
        create_user();
    else if (field_of(operation_, "user_id") != nullptr)
        change_user();
    else if (field_of(operation_, "subscription_id") != nullptr)
        change_subscription();
    else
        set_fields(thing_of_path(), nullptr, false);
    if (changes_ > 0 && effective_ == 0 && !found_)
        find(
            FindingKind::no_op,
            same_as_ > 0 ? fmt::format("line {} does the same", same_as_)
                         : "the mirror shows it so already"
        );
}

void LineJudge::find(FindingKind kind, std::string text) {
    found_ = true;
    verdict_.findings.push_back({job_.line, kind, std::move(text)});
}

void LineJudge::find_unread(const char* resource) {
    find(
        FindingKind::unknown,
        fmt::format(
            "the {0} of this customer were never read; run: pcmirror sync {0} --customer {1}",
            resource,
            customer_
        )
    );
}

void LineJudge::find_unknown(const char* resource, const std::string& what) {
    if (facts_.read.contains({customer_, resource}))
        find(FindingKind::unknown, "the mirror has no " + what);
    else
        find_unread(resource);
}

// Domains.

void LineJudge::take_domain(std::string_view pointer) {
    const std::string domain = lower_text_at(payload_, pointer);
    const std::string thing = thing_of("", "domain", domain);
    const auto owner = facts_.domains.find(domain);
    if (owner != facts_.domains.end() && owner->second == customer_)
        find(FindingKind::no_op, "it is the customer's domain already");
    else if (owner != facts_.domains.end())
        find(
            FindingKind::name_clash,
            fmt::format("the domain \"{}\" is that of customer {}", domain, owner->second)
        );
    else if (const BatchCause* taker = memory_.maker_of(thing))
        find(
            FindingKind::name_clash,
            fmt::format("{} takes the domain \"{}\", too", taker->text(), domain)
        );
    memory_.make(thing, {job_.line, 0});
}

// Subscriptions, and whatever else has members.

void LineJudge::change_subscription() {
    const Document* id = payload_.find("/subscription_id");
    const std::string which = id == nullptr ? std::string() : fold_guid(id->text());
    const auto row = facts_.subscriptions.find({customer_, which});
    if (row == facts_.subscriptions.end()) {
        find_unknown("subscriptions", "subscription " + which);
        return;
    }
    const std::string thing = thing_of(customer_, "subscription", which);
    if (const BatchCause* end = memory_.remover_of(thing)) {
        find(FindingKind::conflict, end->text() + " cancels this subscription");
        return;
    }
    set_fields(thing, &row->second, false);
    if (lower_text_at(payload_, "/status") == "deleted")
        memory_.remove(thing, {job_.line, 0});
}

/// `row`: what the mirror has of it, by the fields' names; null: nothing.
void LineJudge::set_fields(const std::string& thing, const Document* row, bool by_name) {
    // What acts each time it is sent sets nothing.
    if (operation_.look != Look::none)
        return;
    for (const PayloadLeaf& leaf : leaves_of(operation_, payload_)) {
        if (by_name && leaf.name == "user_principal_name")
            continue;
        const Document* mirrored =
            row == nullptr || leaf.field->secret ? nullptr : row->find('/' + leaf.name);
        set(thing,
            leaf.name,
            plain_value(*leaf.field, *leaf.value),
            mirrored == nullptr ? std::nullopt : std::optional(plain_value(*leaf.field, *mirrored))
        );
    }
}

/// Whether it changes something. `before`: as the mirror shows it; nothing: it doesn't.
bool LineJudge::set(
    const std::string& thing,
    const std::string& name,
    const std::string& value,
    const std::optional<std::string>& before
) {
    ++changes_;
    const BatchMemory::Change change = memory_.set(thing + '/' + name, value, before, job_.line);
    if (change.effective)
        ++effective_;
    if (change.same_as > 0)
        same_as_ = change.same_as;
    if (change.against > 0)
        find(
            FindingKind::conflict,
            fmt::format("line {} sets {} to something else", change.against, name)
        );
    return change.effective;
}

/// What the path leads to, for what has no rows in the mirror.
std::string LineJudge::thing_of_path() const {
    std::string thing = customer_ + std::string(operation_.path);
    for (const PayloadField& field : operation_.fields)
        if (field.place == FieldPlace::path)
            thing += '/' + lower_text_at(payload_, '/' + std::string(field.name));
    return thing;
}

} // namespace pcmirror
