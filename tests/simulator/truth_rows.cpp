#include "tests/simulator/agreements.hpp"
#include "tests/simulator/budgets.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/domains.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/orders.hpp"
#include "tests/simulator/policies.hpp"
#include "tests/simulator/qualifications.hpp"
#include "tests/simulator/roles.hpp"
#include "tests/simulator/subscribed_skus.hpp"
#include "tests/simulator/subscriptions.hpp"
#include "tests/simulator/truth.hpp"
#include "tests/simulator/user_licenses.hpp"
#include "tests/simulator/users.hpp"

#include <algorithm>

// Which rows a mirror must show of each resource.
namespace pcmirror::simulator {

namespace {

constexpr std::size_t piece_size = 1 << 18;

/// CustomerRows of one customer on their way into a piece.
struct CustomerRows {
    std::string& piece;
    const View& view;
    const SwitchValues& switches;
    bool details;
    std::uint32_t customer;
    std::string id; ///< of the customer

    [[nodiscard]] bool is_full() const { return piece.size() >= piece_size; }
};

/// Appends the rows from number `from` on; the number to go on with when the piece is full, or
/// nothing when the customer is done.
using Append = std::optional<std::uint32_t> (*)(const CustomerRows& rows, std::uint32_t from);

std::optional<std::uint32_t> append_customer(const CustomerRows& rows, std::uint32_t) {
    Item item = rows.view.customer_item(rows.customer);
    if (rows.details)
        add_customer_details(item, rows.view.options().seed, rows.customer);
    append_truth(rows.piece, customer_fields, item, {}, rows.details);
    return {};
}

std::optional<std::uint32_t> append_subscriptions(const CustomerRows& rows, std::uint32_t from) {
    const CustomerState owner = rows.view.customer(rows.customer);
    for (std::uint32_t index = std::max(from, owner.first); index < owner.end; ++index) {
        if (rows.is_full())
            return index;
        if (rows.view.subscription(rows.customer, index).exists)
            append_truth(
                rows.piece,
                subscription_fields,
                rows.view.subscription_item(rows.customer, index),
                {{"customer_id", rows.id}},
                rows.details
            );
    }
    return {};
}

std::optional<std::uint32_t> append_users(const CustomerRows& rows, std::uint32_t from) {
    const bool details = rows.details || rows.switches.is_on(Switch::user_listing_details);
    const std::uint32_t end = rows.view.customer(rows.customer).users;
    for (std::uint32_t index = from; index < end; ++index) {
        if (rows.is_full())
            return index;
        const UserState state = rows.view.user(rows.customer, index);
        if (state.presence != Presence::gone)
            append_truth(
                rows.piece,
                user_fields,
                rows.view.user_item(rows.customer, index, state),
                {{"customer_id", rows.id}},
                details
            );
    }
    return {};
}

std::optional<std::uint32_t> append_skus(const CustomerRows& rows, std::uint32_t) {
    constexpr std::size_t id = position(subscribed_sku_fields, "productSku/id");
    const Holders holders = rows.view.holders(rows.customer);
    const bool deleted_too = rows.switches.is_on(Switch::deleted_are_counted);
    for (const std::size_t product : numbers_in(rows.view.customer(rows.customer).skus)) {
        Item item = rows.view.sku_item(rows.customer, product);
        count_units(item, holders.of(product, deleted_too));
        item.values[id] = std::string(product_key(product));
        append_truth(
            rows.piece, subscribed_sku_fields, item, {{"customer_id", rows.id}}, rows.details
        );
    }
    return {};
}

std::optional<std::uint32_t> append_licenses(const CustomerRows& rows, std::uint32_t from) {
    constexpr std::size_t id = position(user_license_fields, "productSku/id");
    const std::uint64_t seed = rows.view.options().seed;
    const bool deleted_too = rows.switches.is_on(Switch::deleted_keep_licenses);
    const std::uint32_t end = rows.view.customer(rows.customer).users;
    for (std::uint32_t index = from; index < end; ++index) {
        if (rows.is_full())
            return index;
        const std::string user = user_id(seed, rows.customer, index);
        const UserState state = rows.view.user(rows.customer, index);
        for (const std::size_t product :
             numbers_in(rows.view.licenses(rows.customer, index, deleted_too))) {
            Item item = make_license(seed, rows.customer, index, product, state.excluded);
            item.values[id] = std::string(product_key(product));
            append_truth(
                rows.piece,
                user_license_fields,
                item,
                {{"customer_id", rows.id}, {"user_id", user}},
                rows.details
            );
        }
    }
    return {};
}

template <Shelf which, const auto& fields>
std::optional<std::uint32_t> append_shelf(const CustomerRows& rows, std::uint32_t) {
    for (const Item& item : rows.view.shelf(rows.customer, which))
        append_truth(rows.piece, fields, item, {{"customer_id", rows.id}}, rows.details);
    return {};
}

std::optional<std::uint32_t> append_orders(const CustomerRows& rows, std::uint32_t) {
    for (const Order& order : orders_of(rows.view, rows.customer))
        append_truth(
            rows.piece,
            order_fields,
            make_order(rows.view, rows.customer, order),
            {{"customer_id", rows.id}},
            rows.details
        );
    return {};
}

std::optional<std::uint32_t> append_roles(const CustomerRows& rows, std::uint32_t) {
    for (std::size_t role = 0; role < role_count; ++role)
        append_truth(
            rows.piece,
            directory_role_fields,
            make_role(rows.view.options().seed, rows.customer, role),
            {{"customer_id", rows.id}},
            rows.details
        );
    return {};
}

std::optional<std::uint32_t> append_role_members(const CustomerRows& rows, std::uint32_t from) {
    const std::uint32_t end = rows.view.customer(rows.customer).users;
    for (std::uint32_t index = from; index < end; ++index) {
        if (rows.is_full())
            return index;
        const UserState state = rows.view.user(rows.customer, index);
        if (state.presence != Presence::active)
            continue;
        const RoleSet roles = rows.view.given_roles(rows.customer, index, state);
        const Item user = rows.view.user_item(rows.customer, index, state);
        for (std::size_t role = 0; role < role_count; ++role)
            if (roles[role])
                append_truth(
                    rows.piece,
                    role_member_fields,
                    make_role_member(rows.view.options().seed, rows.customer, role, user),
                    {{"customer_id", rows.id}},
                    rows.details
                );
    }
    return {};
}

struct Resource {
    std::string_view name;
    Append append;
};

constexpr Resource resources[] = {
    {"customers", append_customer},
    {"subscriptions", append_subscriptions},
    {"users", append_users},
    {"subscribed_skus", append_skus},
    {"user_licenses", append_licenses},
    {"orders", append_orders},
    {"directory_roles", append_roles},
    {"role_members", append_role_members},
    {"agreements", append_shelf<Shelf::agreements, agreement_fields>},
    {"qualifications", append_shelf<Shelf::qualifications, qualification_fields>},
    {"spending_budgets", append_shelf<Shelf::budget, budget_fields>},
    {"self_serve_policies", append_shelf<Shelf::policies, policy_fields>},
    {"domains", append_shelf<Shelf::domains, domain_fields>},
};

/// The truth of all customers or of one, piece by piece.
class Pieces {
  public:
    Pieces(const World& world, const Switches& switches, Append append, bool details)
        : world_(&world), switches_(&switches), append_(append), details_(details) {}

    void only(std::string customer) { only_ = std::move(customer); }

    /// False: that was the last one.
    bool operator()(std::string& piece) {
        const View view(*world_, Clock::time_point::max());
        if (!only_.empty()) {
            const auto found = view.find_customer(only_);
            return found && append_customer_from(piece, view, *found);
        }
        while (customer_ < view.customer_slots() && piece.size() < piece_size)
            if (!view.customer(customer_).exists || !append_customer_from(piece, view, customer_))
                ++customer_;
        return customer_ < view.customer_slots();
    }

  private:
    // Whether there is more of this customer.
    bool append_customer_from(std::string& piece, const View& view, std::uint32_t customer) {
        const std::string id = customer_id(view.options().seed, customer);
        const SwitchValues values = switches_->of(id);
        const auto next = append_({piece, view, values, details_, customer, id}, row_);
        row_ = next.value_or(0);
        return next.has_value();
    }

    const World* world_;
    const Switches* switches_;
    Append append_;
    bool details_;
    std::string only_;
    std::uint32_t customer_ = 0;
    std::uint32_t row_ = 0; ///< of the customer
};

} // namespace

std::optional<std::function<bool(std::string& piece)>> truth_of(
    const World& world,
    const Switches& switches,
    std::string_view resource,
    std::string_view customer,
    bool details
) {
    const auto* found =
        std::find_if(std::begin(resources), std::end(resources), [&](const Resource& each) {
            return each.name == resource;
        });
    if (found == std::end(resources))
        return {};
    Pieces pieces(world, switches, found->append, details);
    pieces.only(lower_case(customer));
    return pieces;
}

} // namespace pcmirror::simulator
