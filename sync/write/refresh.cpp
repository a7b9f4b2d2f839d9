#include "sync/write/refresh.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/letters.hpp"
#include "sync/db/leaving.hpp"
#include "sync/poll/read_scope.hpp"
#include "sync/records/decode.hpp"
#include "sync/write/looks.hpp"
#include "sync/write/refresh_store.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <vector>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

constexpr auto read_at_most = 60s;
constexpr auto first_pause = 500ms;
constexpr auto longest_pause = 10s;

constexpr const char* user_sql = R"(
select min(user_id::text) from partner_center.users
where customer_id = $1::uuid and lower(user_principal_name) = lower($2)
having count(*) = 1)";

std::string text_of(const Document& document, std::string_view pointer) {
    const Document* found = document.find(pointer);
    return found == nullptr ? std::string() : found->text();
}

/// Refreshes what one resource shows of a job.
class OneRefresh {
  public:
    OneRefresh(
        WriteContext& context,
        const FilledOperation& job,
        LiveItems& items,
        const Resource& resource,
        std::int64_t job_id
    )
        : context_(context), job_(job), items_(items), resource_(resource), job_id_(job_id),
          store_(context.pool), decoder_(resource) {}

    /// The answer is the item, whole and as it is to be.
    asio::awaitable<bool> from_answer(const Document& answer, std::string asked_at) {
        if (text_of(answer, "/id").empty() || !shows(job_, answer))
            co_return false;
        co_return co_await apply_item(answer, std::move(asked_at));
    }

    /// Reads until the change shows.
    asio::awaitable<bool> by_reading() {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        const auto until = std::chrono::steady_clock::now() + read_at_most;
        std::chrono::milliseconds pause = first_pause;
        for (;;) {
            if (co_await read_once())
                co_return true;
            if (std::chrono::steady_clock::now() + pause > until)
                co_return false;
            timer.expires_after(pause);
            co_await timer.async_wait(asio::use_awaitable);
            pause = std::min<std::chrono::milliseconds>(2 * pause, longest_pause);
        }
    }

  private:
    asio::awaitable<bool> read_once() {
        std::string asked_at = co_await store_.now();
        if (resource_.per_row_of != nullptr)
            co_return co_await read_rows_of_user(std::move(asked_at));
        const bool deleted = job_.operation->look == Look::item_gone;
        std::optional<Document> item = co_await items_.item(filled_path(job_, resource_.item_path));
        if (deleted && (!item || !same_name(text_of(*item, "/state"), "inactive")))
            item = co_await find_inactive_user(
                items_, job_.customer_id, text_of(job_.payload, "/user_id")
            );
        if (!item || (!deleted && !shows(job_, *item)))
            co_return false;
        co_return co_await apply_item(*item, std::move(asked_at));
    }

    /// What is read by a request for the touched user.
    asio::awaitable<bool> read_rows_of_user(std::string asked_at) {
        const std::string user = text_of(job_.payload, "/user_id");
        const Listing& listing = resource_.listings.front();
        std::string path =
            fill_path(listing.path, {{"customer_id", job_.customer_id}, {"user_id", user}});
        path += "?" + std::string(listing.query);
        std::vector<std::string> records;
        std::vector<Document> licenses;
        std::function<bool(const Document&)> take = [&](const Document& license) {
            records.push_back(license.json());
            licenses.push_back(license);
            return false;
        };
        co_await items_.find(std::move(path), std::move(take));
        if (!shows_licenses(licenses))
            co_return false;
        std::vector<std::string> covered(1, user);
        co_return co_await apply(std::move(records), std::move(covered), std::move(asked_at));
    }

    [[nodiscard]] bool shows_licenses(const std::vector<Document>& licenses) const {
        const auto holds = [&](const std::string& sku) {
            return std::ranges::any_of(licenses, [&](const Document& license) {
                return same_name(text_of(license, "/productSku/id"), sku) ||
                       same_name(text_of(license, "/productSku/skuPartNumber"), sku);
            });
        };
        if (const Document* assigned = job_.payload.find("/licenses_to_assign"))
            for (const Document& one : assigned->elements())
                if (!holds(text_of(one, "/sku_id")))
                    return false;
        if (const Document* removed = job_.payload.find("/licenses_to_remove"))
            for (const Document& one : removed->elements())
                if (holds(one.text()))
                    return false;
        return true;
    }

    asio::awaitable<bool> apply_item(const Document& item, std::string asked_at) {
        std::vector<std::string> records(1, item.json());
        std::vector<std::string> covered;
        co_return co_await apply(std::move(records), std::move(covered), std::move(asked_at));
    }

    asio::awaitable<bool> apply(
        std::vector<std::string> records, std::vector<std::string> covered, std::string asked_at
    ) {
        Lease lease;
        lease.customer_id = job_.customer_id;
        lease.asked_at = std::move(asked_at);
        ScopeReading reading(std::move(lease), Spool(context_.settings.state_directory));
        reading.complete = true;
        Surroundings around;
        around.customer_id = job_.customer_id;
        if (!covered.empty())
            around.outer = {{std::string(resource_.table().columns[1].name), covered.front()}};
        for (const std::string& record : records) {
            if (decoder_.decode(record, around))
                co_return false;
            for (const DecodedRow& row : decoder_.rows())
                reading.rows.add(row);
        }
        reading.covered = std::move(covered);
        co_await store_.apply(resource_, reading, job_id_);
        co_return true;
    }

    WriteContext& context_;
    const FilledOperation& job_;
    LiveItems& items_;
    const Resource& resource_;
    std::int64_t job_id_;
    RefreshStore store_;
    Decoder decoder_;
};

asio::awaitable<void>
remove_from_mirror(WriteContext& context, std::string customer_id, std::int64_t job_id) {
    co_await context.pool.run("removing a customer", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        exec_bound(work, "select set_config('pcmirror.job_id', $1, true)", std::to_string(job_id));
        remove_customer(work, context.catalogue, *context.catalogue.customers(), customer_id);
        work.commit();
    });
}

asio::awaitable<bool> refresh_one(
    WriteContext& context,
    const FilledOperation& job,
    LiveItems& items,
    const Document& answer,
    std::int64_t job_id,
    Refresh what
) {
    const Resource* resource = context.catalogue.find(what.resource);
    if (resource == nullptr)
        co_return true;
    RefreshStore store(context.pool);
    if (what.how == Refresh::How::gone) {
        co_await remove_from_mirror(context, job.customer_id, job_id);
        co_return true;
    }
    bool shown = what.how == Refresh::How::due;
    if (!shown) {
        OneRefresh one(context, job, items, *resource, job_id);
        // The answer is as new as the moment it came: a poll that asks now sees no less.
        if (what.how == Refresh::How::answer && !answer.is_null()) {
            std::string asked_at = co_await store.now();
            shown = co_await one.from_answer(answer, std::move(asked_at));
        }
        if (!shown && !(resource->parent == nullptr && job.customer_id.empty()))
            shown = co_await one.by_reading();
    }
    if (what.how == Refresh::How::due || !shown) {
        std::string whose;
        if (resource->parent != nullptr)
            whose = job.customer_id;
        co_await store.make_due(std::string(what.resource), std::move(whose));
    }
    co_return shown;
}

} // namespace

asio::awaitable<bool> refresh(
    WriteContext& context,
    const FilledOperation& job,
    LiveItems& items,
    const Document& answer,
    std::int64_t job_id
) {
    bool shown = true;
    for (const Refresh& what : job.operation->refreshes)
        if (!co_await refresh_one(context, job, items, answer, job_id, what))
            shown = false;
    co_return shown;
}

asio::awaitable<std::string>
user_in_mirror(DatabasePool& pool, std::string customer_id, std::string user_principal_name) {
    co_return co_await pool.run("looking for a user", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result found =
            exec_bound(transaction, user_sql, customer_id, user_principal_name);
        return found.empty() || found[0][0].is_null() ? std::string()
                                                      : std::string(found[0][0].c_str());
    });
}

} // namespace pcmirror
