#pragma once

#include "schema/resource.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace pcmirror {

/// What a field of a job's payload may hold, and what of it is sent.
enum class FieldType {
    text,
    guid,    ///< any case; sent in lower case
    integer, ///< 32 bits, not negative
    decimal, ///< every digit is sent
    boolean,
    timestamp, ///< ISO 8601
    object,    ///< its members are fields of their own
    list,      ///< of objects; their members are fields of their own, named `list[].member`
    text_list,
    json, ///< an object whose members are nobody's business but the API's
};

std::string_view to_string(FieldType type);

enum class Need {
    required, ///< wherever the object around it is there
    one_of,   ///< at least one of these
    optional,
};

enum class FieldPlace {
    body,
    path, ///< a `{placeholder}`
    /// Names the user whose id is wanted, where the user may not exist yet when the job is queued.
    instead,
};

/// When a value of a field spends money.
struct Spends {
    enum class When { never, always, value };
    When when = When::never;
    std::string_view value = {}; ///< as JSON: `"active"`
};

/// One field of a payload.
struct PayloadField {
    Need need = Need::optional;
    std::string_view name = {}; ///< snake_case, dots between nested ones, `[]` for list elements
    FieldType type = FieldType::text;
    std::string_view comment = {};
    FieldPlace place = FieldPlace::body;
    /// JSON pointer in the body, where that is not the name in camelCase.
    std::string_view member = {};
    std::span<const std::string_view> values =
        {}; ///< as the API spells them; compared without case
    bool nullable = false;
    bool wants_user = false; ///< where it is given, the request needs a user's sign-in
    bool secret = false;     ///< kept apart from the payload, and wiped when the job ends
    Spends spends = {};
    bool of_customer = false; ///< an id that ends in the customer's
    /// The field that names the user where this one is left out.
    std::string_view or_field = {};
};

/// What an operation's request carries.
enum class Body {
    none,
    members, ///< the payload's fields; what is left out stays as it is
    whole,   ///< the resource as it is now, with the payload's fields changed
};

enum class Etag {
    none,
    where_present, ///< sent where the resource has one
    required,      ///< the resource always has one, and the request is refused without it
};

/// How it is found out whether an earlier attempt took effect, before the request is sent again.
enum class Look {
    none,          ///< not at all: it says how things are to be, and twice is as good as once
    item_gone,     ///< the item of the path is not there any more, or inactive
    customer,      ///< a customer with that domain
    user,          ///< a user with that name, among the active and the inactive ones
    policy,        ///< the policy of this partner and customer
    agreement,     ///< an agreement of the template with that contact
    custom_domain, ///< a verified domain of the customer
    role_member,   ///< the user among the role's members
    qualification, ///< the qualification among the customer's
    relationship,  ///< the customer is not the partner's any more
};

/// What of the mirror a success touches.
struct Refresh {
    enum class How {
        answer, ///< the answer is the item; where it isn't, or is not as wanted, the item is read
        item,   ///< the item is read until it shows the change
        rows,   ///< what is read by one request for the touched row is read (licenses of a user)
        listed, ///< what `path` lists is read until all of it shows the change
        due,    ///< the scope is due at once: for what only follows from the change
        gone,   ///< the customer leaves the mirror
    };
    std::string_view resource = {};
    How how = How::item;
    std::string_view path = {}; ///< `listed`: with placeholders, as the operation's own
};

/// What can be written back, as data. Checks of payloads, requests, `pcmirror operations` and the
/// tests of each follow from it. See schema/README.md for how to add one.
struct Operation {
    std::string_view name = {};
    std::string_view comment = {};
    std::string_view method = {};
    /// `/v1/...` with placeholders: `{customer_id}`, and fields of the payload.
    std::string_view path = {};
    /// The path where an API without the first one takes it.
    std::string_view or_path = {};
    bool per_customer = true;
    std::span<const PayloadField> fields = {};
    Body body = Body::members;
    /// Further members of the body, as a JSON object; `{customer_id}` and `{tenant_id}` (the
    /// partner's) in it are filled in.
    std::string_view fixed = {};
    std::span<const std::string_view> copied = {}; ///< members that the body takes from the item
    /// GET of what is changed: for `Body::whole`, for `expect`, for looks and refreshes.
    std::string_view item_path = {};
    Etag etag = Etag::none;
    SignIn sign_in = SignIn::user;
    Look look = Look::none;
    /// So long a look that finds nothing says nothing.
    std::chrono::seconds settle_time{0};
    std::span<const Refresh> refreshes = {};
    bool spends = false;
    /// JSON pointer of what is wrong although the status says success; shown, never hidden.
    std::string_view inner_warnings = {};
    /// JSON pointers of what an answer says that nobody may read.
    std::span<const std::string_view> secret_answers = {};
    /// Of those, the one that exists nowhere else: handed out once.
    std::string_view only_in_answer = {};
    std::string_view source = {}; ///< the API page that it was read from
};

/// Whether a customer's job of the operation may name values that must still hold (`expect`).
constexpr bool takes_expect(const Operation& operation) {
    return !operation.item_path.empty();
}

/// What of a payload spends money, and so must be allowed by name.
constexpr bool spends_money(const Operation& operation) {
    if (operation.spends)
        return true;
    for (const PayloadField& field : operation.fields)
        if (field.spends.when != Spends::When::never)
            return true;
    return false;
}

} // namespace pcmirror
