#include "sync/write/job_effects.hpp"

#include "schema/letters.hpp"
#include "sync/poll/read_scope.hpp"
#include "sync/poll/tasks.hpp"
#include "sync/records/decode.hpp"
#include "sync/write/looks.hpp"
#include "sync/write/whole_answer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 500ms;
constexpr auto longest_pause = 10s;

// PostgreSQL's word for the moment at which the transaction began that writes it.
constexpr const char* when_written = "now";

} // namespace

asio::awaitable<bool> JobEffects::take_answer(const Document& answer, JobRecord& record) {
    for (const Refresh& what : filled_.operation->refreshes) {
        const Resource* resource = mirror_.catalogue.find(what.resource);
        if (resource == nullptr)
            continue;
        bool taken = false;
        if (what.how == Refresh::How::answer)
            taken = co_await take_whole(*resource, answer, record);
        if (what.how == Refresh::How::gone)
            record.customer_leaves = true;
        else if (what.how == Refresh::How::due)
            record.due.push_back(scope_of(*resource));
        else if (!taken)
            rest_.push_back({resource, &what});
    }
    co_return rest_.empty();
}

asio::awaitable<bool> JobEffects::read_rest(JobRecord& record) {
    bool all = true;
    const auto until = std::chrono::steady_clock::now() + read_at_most_;
    for (Rest& rest : rest_) {
        co_await read_until_shown(rest, until, record);
        all = all && rest.shown;
    }
    leave_rest(record);
    co_return all;
}

void JobEffects::leave_rest(JobRecord& record) const {
    for (const Rest& rest : rest_) {
        if (rest.shown)
            continue;
        if (rest.what->how == Refresh::How::rows)
            record.due.push_back(rows_of_user(*rest.resource));
        else
            record.due.push_back(scope_of(*rest.resource));
    }
}

void JobEffects::leave_all(JobRecord& record) {
    for (const Refresh& what : filled_.operation->refreshes)
        if (const Resource* resource = mirror_.catalogue.find(what.resource))
            rest_.push_back({resource, &what});
    leave_rest(record);
}

DueScope JobEffects::scope_of(const Resource& resource) const {
    return {
        std::string(resource.name), resource.parent == nullptr ? std::string() : job_.customer_id};
}

/// Of what is read row by row: the touched user's.
DueScope JobEffects::rows_of_user(const Resource& resource) const {
    DueScope due = scope_of(resource);
    // A user who is gone by now has no id to be found by.
    if (filled_.payload.find("/user_id") != nullptr)
        due.row_id = filled_path(filled_, "{user_id}");
    return due;
}

asio::awaitable<void> JobEffects::read_until_shown(
    Rest& rest, std::chrono::steady_clock::time_point until, JobRecord& record
) {
    std::chrono::milliseconds pause = first_pause;
    for (;;) {
        rest.shown = co_await read(rest, record);
        if (rest.shown || std::chrono::steady_clock::now() + pause > until)
            co_return;
        co_await sleep_for(pause);
        pause = std::min<std::chrono::milliseconds>(2 * pause, longest_pause);
    }
}

/// Whether it shows the change.
asio::awaitable<bool> JobEffects::read(const Rest& rest, JobRecord& record) {
    if (rest.what->how == Refresh::How::rows)
        co_return co_await read_licenses(*rest.resource, record);
    if (rest.what->how == Refresh::How::listed)
        co_return co_await read_listed(rest, record);
    co_return co_await read_item(*rest.resource, record);
}

bool JobEffects::is_as_wanted(const Document& item) const {
    return filled_.operation->look == Look::none ? shows(filled_, item)
                                                 : may_have_made(filled_, item);
}

/// The answer, if it is the item as it is to be, and all of it.
asio::awaitable<bool>
JobEffects::take_whole(const Resource& resource, const Document& answer, JobRecord& record) {
    if (answer.text_at("/id").empty() || !is_as_wanted(answer))
        co_return false;
    Decoder decoder(resource);
    if (decoder.decode(answer.json(), surroundings()))
        co_return false;
    const bool whole = co_await is_whole(resource.table(), decoder.rows().front());
    if (!whole)
        co_return false;
    ScopeReading reading = reading_of(when_written);
    for (const DecodedRow& row : decoder.rows())
        reading.rows.add(row);
    record.touched.push_back({&resource, std::move(reading)});
    co_return true;
}

/// Whether it tells all that the mirror has of the item. Where nothing is mirrored, only what was
/// just made is known by its answer alone.
asio::awaitable<bool> JobEffects::is_whole(const Table& table, const DecodedRow& answered) {
    std::vector<std::string> key = key_of(table, answered);
    try {
        const std::optional<std::string> mirrored =
            co_await store_.mirrored_row(table, std::move(key));
        if (!mirrored)
            co_return filled_.operation->look != Look::none;
        co_return has_all_of(table, answered, Document::parse(*mirrored));
    } catch (const DatabaseError&) {
        // The answer is not written down yet: that must not be lost over this.
        co_return false;
    }
}

/// What was just made is found as a lost answer's would be: its id is not the job's.
asio::awaitable<std::optional<Document>> JobEffects::find_item(const Resource& resource) {
    const Look made = filled_.operation->look;
    if (made == Look::customer || made == Look::user)
        co_return co_await look(items_, filled_, "");
    co_return co_await items_.item(filled_path(filled_, resource.item_path));
}

asio::awaitable<bool> JobEffects::read_item(const Resource& resource, JobRecord& record) {
    std::string asked_at = co_await store_.now();
    const bool deleted = deletes();
    std::optional<Document> item = co_await find_item(resource);
    if (deleted && (!item || !same_name(item->text_at("/state"), "inactive")))
        item = co_await find_inactive_user(
            items_, job_.customer_id, filled_.payload.text_at("/user_id")
        );
    if (!item || (!deleted && !is_as_wanted(*item)))
        co_return false;
    co_return take_rows(resource, {*item}, {}, std::move(asked_at), record);
}

asio::awaitable<bool> JobEffects::read_listed(const Rest& rest, JobRecord& record) {
    std::string asked_at = co_await store_.now();
    const Listed items = co_await items_.list(filled_path(filled_, rest.what->path));
    const auto as_wanted = [this](const Document& item) { return shows(filled_, item); };
    if (!items || items->empty() || !std::ranges::all_of(*items, as_wanted))
        co_return false;
    co_return take_rows(*rest.resource, *items, {}, std::move(asked_at), record);
}

/// What is read by a request for the touched user.
asio::awaitable<bool> JobEffects::read_licenses(const Resource& resource, JobRecord& record) {
    std::string asked_at = co_await store_.now();
    const std::string user = filled_.payload.text_at("/user_id");
    const Listing& listing = resource.listings.front();
    std::string path =
        fill_path(listing.path, {{"customer_id", job_.customer_id}, {"user_id", user}});
    path += "?" + std::string(listing.query);
    const Listed licenses = co_await items_.list(std::move(path));
    // Who was deleted may be out of reach, and keeps the rows as when polled.
    bool shown = !licenses && deletes();
    if (licenses && shows_licenses(*licenses)) {
        std::vector<std::string> covered(1, user);
        shown = take_rows(resource, *licenses, std::move(covered), std::move(asked_at), record);
    }
    // Nothing tells whether the reading lags.
    if (shown && !names_licenses())
        record.due.push_back(rows_of_user(resource));
    co_return shown;
}

bool JobEffects::deletes() const {
    return filled_.operation->look == Look::item_gone;
}

bool JobEffects::names_licenses() const {
    return filled_.payload.find("/licenses_to_assign") != nullptr ||
           filled_.payload.find("/licenses_to_remove") != nullptr;
}

bool JobEffects::shows_licenses(const std::vector<Document>& licenses) const {
    const auto holds = [&](const std::string& sku) {
        return std::ranges::any_of(licenses, [&](const Document& license) {
            return same_name(license.text_at("/productSku/id"), sku) ||
                   same_name(license.text_at("/productSku/skuPartNumber"), sku);
        });
    };
    if (const Document* assigned = filled_.payload.find("/licenses_to_assign"))
        for (const Document& one : assigned->elements())
            if (!holds(one.text_at("/sku_id")))
                return false;
    if (const Document* removed = filled_.payload.find("/licenses_to_remove"))
        for (const Document& one : removed->elements())
            if (holds(one.text()))
                return false;
    return true;
}

Surroundings JobEffects::surroundings() const {
    return {job_.customer_id, {}};
}

ScopeReading JobEffects::reading_of(std::string asked_at) const {
    Lease lease;
    lease.scope_id = job_.job_id;
    lease.customer_id = job_.customer_id;
    lease.asked_at = std::move(asked_at);
    ScopeReading reading(std::move(lease), Spool(mirror_.settings.state_directory));
    reading.complete = true;
    return reading;
}

bool JobEffects::take_rows(
    const Resource& resource,
    const std::vector<Document>& items,
    std::vector<std::string> covered,
    std::string asked_at,
    JobRecord& record
) {
    ScopeReading reading = reading_of(std::move(asked_at));
    Surroundings around = surroundings();
    if (!covered.empty())
        around.outer = {{std::string(resource.table().columns[1].name), covered.front()}};
    Decoder decoder(resource);
    for (const Document& item : items) {
        if (decoder.decode(item.json(), around))
            return false;
        for (const DecodedRow& row : decoder.rows())
            reading.rows.add(row);
    }
    reading.covered = std::move(covered);
    record.touched.push_back({&resource, std::move(reading)});
    return true;
}

} // namespace pcmirror
