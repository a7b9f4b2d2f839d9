#include "schema/operation_catalogue.hpp"
#include "sync/write/line_judge.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {

// Names.

void LineJudge::create_user() {
    const std::string name = lower_text_at(payload_, "/user_principal_name");
    claim_name(name, "");
    memory_.make(named(name), {job_.line, 0});
}

/// Nobody else may have the name.
void LineJudge::claim_name(const std::string& name, const std::string& own_id) {
    if (const BatchCause* maker = memory_.maker_of(named(name))) {
        find(FindingKind::name_clash, maker->text() + " makes a user of the same name");
        return;
    }
    const auto id = facts_.user_ids.find({customer_, name});
    if (id == facts_.user_ids.end() || id->second == own_id)
        return;
    find(
        FindingKind::name_clash,
        facts_.users.at({customer_, id->second}).active
            ? "the customer has a user of this name"
            : "a deleted user has this name; restore_user brings it back"
    );
}

std::string LineJudge::named(const std::string& name) const {
    return thing_of(customer_, "named", name);
}

// Users.

void LineJudge::change_user() {
    const std::optional<Named> user = named_user();
    if (!user) {
        const std::string id = lower_text_at(payload_, "/user_id");
        find_unknown(
            "users",
            id.empty() ? fmt::format(
                             "user \"{}\", and no earlier line makes it",
                             lower_text_at(payload_, "/user_principal_name")
                         )
                       : "user " + id
        );
        return;
    }
    if (!is_usable(*user))
        return;
    if (operation_.name == "assign_licenses") {
        assign_licenses(*user);
        return;
    }
    if (operation_.name == "update_user")
        rename(*user);
    if (const std::string role = lower_text_at(payload_, "/role_id"); !role.empty())
        set(user->thing, "role " + role, std::string(operation_.method), std::nullopt);
    else
        set_fields(user->thing, user->fact == nullptr ? nullptr : &user->fact->row, user->by_name);
}

std::optional<LineJudge::Named> LineJudge::named_user() const {
    std::string id = lower_text_at(payload_, "/user_id");
    const std::string name = lower_text_at(payload_, "/user_principal_name");
    const bool by_name = id.empty();
    if (by_name)
        if (const auto known = facts_.user_ids.find({customer_, name});
            known != facts_.user_ids.end())
            id = known->second;
    if (const auto user = facts_.users.find({customer_, id}); user != facts_.users.end())
        return Named{&user->second, thing_of(customer_, "user", id), by_name};
    // Who is only made by then has no id yet.
    if (by_name && memory_.maker_of(named(name)) != nullptr)
        return Named{nullptr, named(name), true};
    return std::nullopt;
}

LineJudge::Absence LineJudge::absence_of(const Named& user) const {
    const bool restored = memory_.restored(user.thing);
    const BatchCause* remover = memory_.remover_of(user.thing);
    // A queued job may delete it by its name.
    if (remover == nullptr && user.fact != nullptr && !restored)
        remover = memory_.remover_of(named(lower_text_at(user.fact->row, "/user_principal_name")));
    if (remover != nullptr)
        return {true, remover->text()};
    return {user.fact != nullptr && !user.fact->active && !restored, ""};
}

/// Whether the user is there by then and can be changed. What deletes and restores is done here.
bool LineJudge::is_usable(const Named& user) {
    const auto [absent, who] = absence_of(user);
    if (operation_.name == "restore_user") {
        if (!absent)
            find(FindingKind::no_op, "the user is not deleted");
        memory_.restore(user.thing);
        return false;
    }
    if (operation_.name == "delete_user") {
        if (absent)
            find(
                FindingKind::no_op,
                who.empty() ? "the user is deleted already" : who + " deletes this user, too"
            );
        memory_.remove(user.thing, {job_.line, 0});
        return false;
    }
    if (absent)
        find(
            FindingKind::conflict,
            who.empty() ? "the user is deleted; restore_user brings it back"
                        : who + " deletes this user"
        );
    return !absent;
}

void LineJudge::rename(const Named& user) {
    const std::string name = lower_text_at(payload_, "/user_principal_name");
    if (user.by_name || name.empty() ||
        name == lower_text_at(user.fact->row, "/user_principal_name"))
        return;
    claim_name(name, user.fact->user_id);
    memory_.make(named(name), {job_.line, 0});
}

// Licenses.

void LineJudge::assign_licenses(const Named& user) {
    // What a job takes away is free for what it assigns.
    if (const Document* skus = payload_.find("/licenses_to_remove"))
        for (const Document& sku : skus->elements())
            set_license(user, lower_text_at(sku, ""), false);
    if (const Document* skus = payload_.find("/licenses_to_assign"))
        for (const Document& sku : skus->elements())
            set_license(user, lower_text_at(sku, "/sku_id"), true);
}

/// The customer's product of that id or part number; null: it has none.
const SkuFact* LineJudge::sku_named(const std::string& wanted) const {
    const auto skus = facts_.skus.find(customer_);
    if (skus == facts_.skus.end())
        return nullptr;
    const auto found = std::ranges::find_if(skus->second, [&](const SkuFact& sku) {
        return sku.sku_id == wanted || sku.part_number == wanted;
    });
    return found == skus->second.end() ? nullptr : &*found;
}

void LineJudge::set_license(const Named& user, const std::string& wanted, bool assigned) {
    const SkuFact* sku = sku_named(wanted);
    if (sku == nullptr && assigned) {
        if (facts_.read.contains({customer_, "subscribed_skus"}))
            find(
                FindingKind::missing_seats,
                fmt::format("the customer has no product \"{}\"", wanted)
            );
        else
            find_unread("subscribed_skus");
        return;
    }
    const std::string id = sku == nullptr ? wanted : sku->sku_id;
    const bool held = user.fact != nullptr && user.fact->skus.contains(id);
    const bool changes =
        set(user.thing,
            "license " + (sku == nullptr ? id : sku->name),
            assigned ? "assigned" : "none",
            held ? "assigned" : "none");
    if (changes && sku != nullptr && sku->available)
        take_seat(*sku, assigned);
}

void LineJudge::take_seat(const SkuFact& sku, bool assigned) {
    SeatCount& seats = verdict_.seats[{customer_, sku.sku_id}];
    seats.name = sku.name;
    seats.available = std::max<std::int64_t>(*sku.available, 0);
    seats.queued = sku.queued;
    seats.wanted += assigned ? 1 : -1;
    if (!assigned || seats.queued + seats.wanted <= seats.available)
        return;
    ++seats.missing;
    find(
        FindingKind::missing_seats,
        fmt::format(
            "no seat of {} is left: the customer has {} to give{}, and this takes number {}",
            sku.name,
            seats.available,
            seats.queued > 0 ? fmt::format(", waiting jobs take {}", seats.queued) : std::string(),
            std::max<std::int64_t>(seats.queued, 0) + seats.wanted
        )
    );
}

} // namespace pcmirror
