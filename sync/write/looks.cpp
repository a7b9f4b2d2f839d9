#include "sync/write/looks.hpp"

#include "schema/letters.hpp"
#include "schema/resources/customers.hpp"
#include "schema/resources/users.hpp"
#include "sync/poll/search_path.hpp"
#include "sync/records/normal.hpp"

#include <algorithm>
#include <ctime>
#include <initializer_list>
#include <iomanip>
#include <sstream>

namespace pcmirror {
namespace {

std::string users_path(const std::string& customer_id, bool inactive) {
    const Listing& listing = resources::users.listings[inactive ? 1 : 0];
    return "/v1/customers/" + customer_id + "/users?" + std::string(listing.query);
}

asio::awaitable<std::optional<Document>>
look_for_customer(LiveItems& items, const FilledOperation& job) {
    const std::string domain = job.payload.text_at("/company_profile/domain");
    std::string path = search_path(resources::customers, "Domain", domain);
    std::function<bool(const Document&)> fits = [domain](const Document& customer) {
        return same_name(customer.text_at("/companyProfile/domain"), domain);
    };
    co_return co_await items.find(std::move(path), std::move(fits));
}

/// Whether a moment of two documents is on one day, as far as both tell.
bool is_of_same_day(const Document& mine, const Document& theirs, std::string_view pointer) {
    constexpr std::size_t day = 10;
    const std::string here = read_timestamp(mine.text_at(pointer)).value_or("");
    const std::string there = read_timestamp(theirs.text_at(pointer)).value_or("");
    return here.empty() || there.empty() || here.substr(0, day) == there.substr(0, day);
}

asio::awaitable<std::optional<Document>>
look_for_agreement(LiveItems& items, const FilledOperation& job) {
    const Document wanted = changed_members(job);
    std::string path = "/v1/customers/" + job.customer_id + "/agreements?agreementType=*";
    std::function<bool(const Document&)> fits = [wanted](const Document& agreement) {
        if (!is_of_same_day(wanted, agreement, "/dateAgreed"))
            return false;
        for (const std::string_view pointer :
             {"/templateId",
              "/primaryContact/firstName",
              "/primaryContact/lastName",
              "/primaryContact/email",
              "/primaryContact/phoneNumber"}) {
            const Document* mine = wanted.find(pointer);
            const Document* theirs = agreement.find(pointer);
            const bool same = mine == nullptr || mine->is_null()
                                  ? theirs == nullptr || theirs->text().empty()
                                  : theirs != nullptr && theirs->same_as(*mine);
            if (!same)
                return false;
        }
        return true;
    };
    co_return co_await items.find(std::move(path), std::move(fits));
}

asio::awaitable<std::optional<Document>>
look_for_role_member(LiveItems& items, const FilledOperation& job) {
    const std::string user = job.payload.text_at("/user_id");
    std::string path = filled_path(job, job.operation->path);
    std::function<bool(const Document&)> fits = [user](const Document& member) {
        return same_name(member.text_at("/id"), user);
    };
    co_return co_await items.find(std::move(path), std::move(fits));
}

/// The first of these members that is a moment; empty: none is.
std::string moment_of(const Document& item, std::initializer_list<std::string_view> members) {
    for (const std::string_view member : members)
        if (std::optional<std::string> moment = read_timestamp(item.text_at(member)))
            if (!moment->empty())
                return std::move(*moment);
    return {};
}

/// A moment a little earlier: clocks differ.
std::string shortly_before(const std::string& moment) {
    constexpr std::time_t tolerance = 60;
    std::tm parts{};
    std::istringstream(moment) >> std::get_time(&parts, "%Y-%m-%d %H:%M:%S");
    const std::time_t earlier = timegm(&parts) - tolerance;
    gmtime_r(&earlier, &parts);
    std::ostringstream text;
    text << std::put_time(&parts, "%Y-%m-%d %H:%M:%S+00");
    return text.str();
}

asio::awaitable<std::optional<Document>>
look_for_qualification(LiveItems& items, const FilledOperation& job, std::string sent_at) {
    const std::string wanted = changed_members(job).text_at("/qualification");
    std::string path = filled_path(job, job.operation->path);
    // The documentation has both spellings.
    const std::string since = sent_at.empty() ? std::string() : shortly_before(sent_at);
    std::function<bool(const Document&)> fits = [wanted, since](const Document& one) {
        const std::string made = moment_of(one, {"/vettingCreateDate", "/vettingCreatedDate"});
        return same_name(one.text_at("/qualification"), wanted) && (made.empty() || made >= since);
    };
    co_return co_await items.find(std::move(path), std::move(fits), Envelope::array);
}

asio::awaitable<std::optional<Document>>
look_for_domain(LiveItems& items, const FilledOperation& job) {
    const std::string domain = job.payload.text_at("/verified_domain_name");
    const std::optional<Document> customer =
        co_await items.item("/v1/customers/" + job.customer_id);
    const Document* domains = customer ? customer->find("/customDomains") : nullptr;
    if (domains != nullptr)
        for (const Document& one : domains->elements())
            if (same_name(one.text(), domain))
                co_return Document();
    co_return std::nullopt;
}

/// Of the inactive ones only who was deleted since: who was made, that is, and deleted.
asio::awaitable<std::optional<Document>>
look_for_user(LiveItems& items, const FilledOperation& job, std::string sent_at) {
    const std::string name = job.payload.text_at("/user_principal_name");
    const std::function<bool(const Document&)> has_name = [name](const Document& user) {
        return same_name(user.text_at("/userPrincipalName"), name);
    };
    std::optional<Document> user =
        co_await items.find(users_path(job.customer_id, false), has_name);
    if (user || sent_at.empty())
        co_return user;
    std::function<bool(const Document&)> deleted_since = [has_name, sent_at](const Document& one) {
        return has_name(one) && moment_of(one, {"/softDeletionTime"}) >= sent_at;
    };
    co_return co_await items.find(users_path(job.customer_id, true), std::move(deleted_since));
}

asio::awaitable<std::optional<Document>>
look_for_item_gone(LiveItems& items, const FilledOperation& job) {
    const std::optional<Document> item =
        co_await items.item(filled_path(job, job.operation->item_path));
    if (!item || same_name(item->text_at("/state"), "inactive"))
        co_return Document();
    co_return std::nullopt;
}

asio::awaitable<std::optional<Document>>
look_for_relationship(LiveItems& items, const FilledOperation& job) {
    const Answer answer = co_await items.get("/v1/customers/" + job.customer_id);
    if (answer.knows_no_customer())
        co_return Document();
    const Document customer = body_of_item(answer);
    if (same_name(customer.text_at("/relationshipToPartner"), "none"))
        co_return Document();
    co_return std::nullopt;
}

} // namespace

asio::awaitable<std::optional<Document>>
find_user(LiveItems& items, std::string customer_id, std::string user_principal_name) {
    const std::function<bool(const Document&)> fits = [user_principal_name](const Document& user) {
        return same_name(user.text_at("/userPrincipalName"), user_principal_name);
    };
    std::optional<Document> user = co_await items.find(users_path(customer_id, false), fits);
    if (!user)
        user = co_await items.find(users_path(customer_id, true), fits);
    co_return user;
}

asio::awaitable<std::optional<Document>>
find_inactive_user(LiveItems& items, std::string customer_id, std::string user_id) {
    std::function<bool(const Document&)> fits = [user_id](const Document& user) {
        return same_name(user.text_at("/id"), user_id);
    };
    co_return co_await items.find(users_path(customer_id, true), std::move(fits));
}

asio::awaitable<std::optional<Document>>
look(LiveItems& items, const FilledOperation& job, std::string sent_at) {
    switch (job.operation->look) {
    case Look::none:
        break;
    case Look::customer:
        co_return co_await look_for_customer(items, job);
    case Look::user:
        co_return co_await look_for_user(items, job, std::move(sent_at));
    case Look::policy:
        co_return co_await items.item(
            "/v1/SelfServePolicy/" + job.tenant_id + "_" + job.customer_id
        );
    case Look::agreement:
        co_return co_await look_for_agreement(items, job);
    case Look::custom_domain:
        co_return co_await look_for_domain(items, job);
    case Look::role_member:
        co_return co_await look_for_role_member(items, job);
    case Look::qualification:
        co_return co_await look_for_qualification(items, job, std::move(sent_at));
    case Look::item_gone:
        co_return co_await look_for_item_gone(items, job);
    case Look::relationship:
        co_return co_await look_for_relationship(items, job);
    }
    co_return std::nullopt;
}

} // namespace pcmirror
