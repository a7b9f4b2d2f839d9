#include "sync/poll/read_scope.hpp"

#include "schema/catalogue.hpp"
#include "schema/sql.hpp"
#include "sync/http/url.hpp"
#include "sync/poll/tasks.hpp"
#include "sync/poll/walk.hpp"
#include "sync/records/decode.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace pcmirror {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

/// The columns that the customer filter looks at, by their place in a row.
struct FilteredColumns {
    std::size_t customer_id = 0;
    std::optional<std::size_t> domain;

    explicit FilteredColumns(const Resource& resource) {
        const auto& columns = resource.table().columns;
        for (std::size_t at = 0; at < columns.size(); ++at)
            if (columns[at].name == "domain")
                domain = at;
    }
};

/// Turns raw records into what a reading has of them.
class RecordReader {
  public:
    RecordReader(const Resource& resource, Admits admits)
        : decoder_(resource), columns_(resource), admits_(std::move(admits)) {}

    /// Without a readable key of each, no record can be said to be absent.
    void read(std::string_view record, ScopeReading& reading) {
        Surroundings around;
        around.customer_id = reading.lease.customer_id;
        ++reading.records;
        if (std::optional<Rejection> rejection = decoder_.decode(record, around)) {
            reject(std::move(*rejection), reading);
            return;
        }
        if (!admitted(reading))
            return;
        for (const DecodedRow& row : decoder_.rows())
            reading.rows.add(row);
    }

  private:
    static void reject(Rejection rejection, ScopeReading& reading) {
        if (rejection.key.empty())
            reading.unreadable_key = true;
        else
            reading.present.push_back(rejection.key);
        reading.rejections.push_back(std::move(rejection));
    }

    /// The customer filter; a customer that it keeps out stays as the mirror has it.
    bool admitted(ScopeReading& reading) {
        if (!admits_)
            return true;
        RowReader row(decoder_.rows().front().bytes);
        std::string customer_id;
        std::string domain;
        for (std::size_t at = 0; !row.at_end(); ++at) {
            const std::optional<std::string_view> field = row.next();
            if (at == columns_.customer_id)
                customer_id = field.value_or("");
            if (at == columns_.domain)
                domain = field.value_or("");
        }
        if (admits_(customer_id, domain))
            return true;
        reading.present.push_back({customer_id});
        return false;
    }

    Decoder decoder_;
    FilteredColumns columns_;
    Admits admits_;
};

/// Known pages that have to be decoded after all.
class HeldPages {
  public:
    HeldPages(std::shared_ptr<Spool> held, const Resource& resource, Admits admits)
        : held_(std::move(held)), rest_(*held_, 0), resource_(resource),
          admits_(std::move(admits)) {}

    /// `Undecoded::decode_some`.
    bool decode_some(ScopeReading& reading) {
        if (!records_) {
            records_.emplace(resource_, admits_);
            reading.records = 0;
        }
        if (rest_.next([&](std::string_view record) { records_->read(record, reading); }))
            return true;
        reading.complete = reading.complete && !reading.unreadable_key;
        return false;
    }

  private:
    std::shared_ptr<Spool> held_;
    SpoolReader rest_;
    const Resource& resource_;
    Admits admits_;
    std::optional<RecordReader> records_; ///< few are decoded in the end
};

/// Reads one scope; lives for one `read_scope`.
class ScopeReader {
  public:
    ScopeReader(PartnerCenter& api, const Resource& resource, Lease lease, ReadOptions options)
        : api_(api), resource_(resource), options_(std::move(options)),
          records_(resource, options_.admits), reading_(fresh_reading(std::move(lease))),
          held_(hold()), familiar_(is_known()) {}

    asio::awaitable<ReadScope> run() {
        bool whole = true;
        for (const Listing& listing : resource_.listings)
            whole = co_await read_listing(listing) && whole;
        try {
            co_await settle_held(whole);
        } catch (const Error& error) {
            if (!is_of_one_call(error))
                throw;
            whole = false;
            note("", error.what() + (error.hint().empty() ? "" : "; " + error.hint()));
            end_ = ScopeEnd::failing;
        }
        reading_.complete = whole && !reading_.unreadable_key;
        reading_.must_confirm = pages_ > walks_ || resource_.listings.size() > 1;
        ReadScope result;
        result.pages = pages_;
        result.message = reading_.trouble;
        result.end = end_;
        result.unanswered = unanswered_ && pages_ == 0;
        if (walks_read_ > 0 || whole)
            result.reading.emplace(std::move(reading_));
        co_return result;
    }

  private:
    [[nodiscard]] ScopeReading fresh_reading(Lease lease) const {
        ScopeReading reading(std::move(lease), Spool(options_.spool_directory));
        reading.fingerprint = fingerprint(resource_) ^ options_.filter_fingerprint;
        return reading;
    }

    /// Where records wait as long as they may turn out to be the known ones.
    [[nodiscard]] std::shared_ptr<Spool> hold() const {
        constexpr std::size_t held_in_memory = 512 << 10;
        return std::make_shared<Spool>(options_.spool_directory, held_in_memory);
    }

    [[nodiscard]] bool is_known() const {
        const Lease& lease = reading_.lease;
        return !lease.digest.empty() && lease.fingerprint == reading_.fingerprint &&
               reading_.pages.begin(lease.pages);
    }

    /// One walk; whether it was complete.
    asio::awaitable<bool> read_listing(const Listing& listing) {
        Call call =
            call_of(api_, resource_, reading_.lease, path_of(listing, reading_.lease), options_);
        WalkHandlers handlers;
        handlers.page = [&](const Page& page) { return take_page(page); };
        handlers.start_over = [&] { start_over(); };
        ++walks_;
        const Walked walked = co_await walk(std::move(call), std::move(handlers));
        pages_ += walked.pages;
        if (walked.end == WalkEnd::complete) {
            ++walks_read_;
            co_return true;
        }
        if (walked.pages > 0)
            ++walks_read_;
        note(listing.name, walked.message);
        if (end_ == ScopeEnd::applied)
            end_ = walked.end == WalkEnd::refused ? ScopeEnd::refused : ScopeEnd::failing;
        co_return false;
    }

    /// Trouble of the passing kind ends this walk only; pages read before it count.
    asio::awaitable<Walked> walk(Call call, WalkHandlers handlers) {
        try {
            co_return co_await walk_listing(
                api_, resource_.envelope, std::move(call), std::move(handlers)
            );
        } catch (const Error& error) {
            if (!is_of_one_call(error))
                throw;
            unanswered_ = unanswered_ || error.recovery() == Recovery::retry_later;
            const std::string remedy = error.hint().empty() ? "" : "; " + error.hint();
            co_return Walked{WalkEnd::broken, error.what() + remedy, pages_taken_};
        }
    }

    /// Notes why a walk is not complete.
    void note(std::string_view listing, const std::string& message) {
        if (!reading_.trouble.empty())
            reading_.trouble += "; ";
        reading_.trouble += (listing.empty() ? "" : std::string(listing) + ": ");
        reading_.trouble += message;
    }

    asio::awaitable<void> take_page(const Page& page) {
        ++pages_taken_;
        reading_.pages.add(walks_, page);
        familiar_ = familiar_ && reading_.pages.begin(reading_.lease.pages);
        if (familiar_) {
            for (const std::string_view record : page.records)
                held_->add({0, std::string(record)});
            co_return;
        }
        co_await decode_held();
        for (const std::string_view record : page.records)
            records_.read(record, reading_);
    }

    asio::awaitable<void> decode_held() {
        if (held_->count(0) == 0)
            co_return;
        const std::shared_ptr<Spool> held = std::exchange(held_, hold());
        SpoolReader rest(*held, 0);
        while (rest.next([&](std::string_view record) { records_.read(record, reading_); }))
            co_await let_others_run();
    }

    /// Nothing is decoded if all pages were the known ones.
    asio::awaitable<void> settle_held(bool whole) {
        if (!whole || !familiar_ || reading_.pages.bytes() != reading_.lease.pages) {
            co_await decode_held();
            co_return;
        }
        reading_.records = held_->count(0);
        const auto pages = std::make_shared<HeldPages>(held_, resource_, options_.admits);
        reading_.undecoded = Undecoded{
            [pages](ScopeReading& reading) { return pages->decode_some(reading); },
            held_->memory_bytes()};
    }

    void start_over() {
        // Other walks of this scope can't be told apart in the spool, so they don't count either.
        if (walks_ > 1)
            throw Error(Recovery::retry_later, "the listing had to start over behind another one");
        reading_ = fresh_reading(reading_.lease);
        held_ = hold();
        familiar_ = is_known();
        pages_taken_ = 0;
    }

    PartnerCenter& api_;
    const Resource& resource_;
    ReadOptions options_;
    RecordReader records_;
    ScopeReading reading_;
    std::shared_ptr<Spool> held_;
    bool familiar_ = false; ///< all pages so far were the known ones
    ScopeEnd end_ = ScopeEnd::applied;
    bool unanswered_ = false;
    std::size_t pages_ = 0;
    std::size_t pages_taken_ = 0;
    std::size_t walks_ = 0;
    std::size_t walks_read_ = 0;
};

/// GETs one row; whether the API says that it is gone.
asio::awaitable<bool> is_gone(
    PartnerCenter& api,
    const Resource& resource,
    const Lease& lease,
    KeyText key,
    const ReadOptions& options
) {
    Values values;
    const std::vector<std::string> names = sql::key_columns(resource.table());
    for (std::size_t at = 0; at < names.size(); ++at)
        values.emplace_back(names[at], key[at]);
    Call call = call_of(api, resource, lease, fill_path(resource.item_path, values), options);
    try {
        const Answer answer = co_await api.get(std::move(call));
        if (resource.parent == nullptr)
            co_return answer.knows_no_customer();
        co_return answer.verdict == Verdict::not_found;
    } catch (const Error& error) {
        if (!is_of_one_call(error))
            throw;
        co_return false;
    }
}

/// The same lease for a reading whose rows are wanted in any case.
Lease to_decode(Lease lease) {
    lease.pages.clear();
    return lease;
}

/// The GET of a row may not show what only the last of several listings has (deleted users): of
/// the rows that seem absent, those stay that a second walk over that listing has, or all where it
/// can't be walked to its end.
asio::awaitable<void> keep_those_of_last_listing(
    PartnerCenter& api, const Resource& resource, ScopeReading& reading, ReadOptions options
) {
    Resource last = resource;
    last.listings = resource.listings.last(1);
    const ReadScope again =
        co_await read_scope(api, last, to_decode(reading.lease), std::move(options));
    if (!again.reading || !again.reading->complete) {
        reading.absent.clear();
        co_return;
    }
    std::set<KeyText> there(again.reading->present.begin(), again.reading->present.end());
    const std::size_t width = sql::key_columns(resource.table()).size();
    again.reading->rows.read(0, [&](std::string_view bytes) {
        RowReader row(bytes);
        KeyText key;
        while (key.size() < width)
            key.emplace_back(row.next().value_or(""));
        there.insert(std::move(key));
    });
    std::erase_if(reading.absent, [&](const KeyText& key) { return there.contains(key); });
}

} // namespace

Call call_of(
    PartnerCenter& api,
    const Resource& resource,
    const Lease& lease,
    std::string_view path_and_query,
    const ReadOptions& options
) {
    Call call;
    call.priority = options.priority;
    call.attempts = options.attempts;
    call.sign_in = resource.sign_in;
    call.url = api.url_of(path_and_query);
    if (!lease.customer_id.empty())
        call.customer_id = lease.customer_id;
    return call;
}

std::string path_of(const Listing& listing, const Lease& lease, Values outer) {
    outer.emplace_back("customer_id", lease.customer_id);
    const std::string path = fill_path(listing.path, outer);
    return listing.query.empty() ? path : path + '?' + std::string(listing.query);
}

asio::awaitable<ReadScope>
read_scope(PartnerCenter& api, const Resource& resource, Lease lease, ReadOptions options) {
    ScopeReader reader(api, resource, std::move(lease), std::move(options));
    co_return co_await reader.run();
}

asio::awaitable<ReadScope> confirm_absence(
    PartnerCenter& api,
    const Resource& resource,
    ScopeReading reading,
    std::vector<KeyText> missing,
    std::size_t pages,
    ReadOptions options
) {
    ReadScope result;
    if (resource.item_path.empty() || missing.size() > std::max<std::size_t>(pages, 3)) {
        result = co_await read_scope(api, resource, to_decode(reading.lease), std::move(options));
        if (!result.reading)
            co_return result;
        result.reading->absent = std::move(missing);
    } else {
        for (const KeyText& key : missing)
            if (co_await is_gone(api, resource, reading.lease, key, options))
                reading.absent.push_back(key);
        if (resource.listings.size() > 1 && !reading.absent.empty())
            co_await keep_those_of_last_listing(api, resource, reading, std::move(options));
        result.reading.emplace(std::move(reading));
    }
    result.reading->must_confirm = true;
    result.reading->confirmed = true;
    co_return result;
}

std::string fill_path(std::string_view path, const Values& values) {
    std::string filled;
    while (!path.empty()) {
        const std::size_t open = path.find('{');
        filled += path.substr(0, open);
        if (open == std::string_view::npos)
            break;
        const std::size_t close = path.find('}', open);
        const std::string_view name = path.substr(open + 1, close - open - 1);
        const auto value =
            std::ranges::find(values, name, &std::pair<std::string, std::string>::first);
        if (value == values.end())
            throw Error(
                Recovery::bug, "no value for \"" + std::string(name) + "\" in a request's path"
            );
        filled += http::percent_encoded(value->second);
        path.remove_prefix(close + 1);
    }
    return filled;
}

} // namespace pcmirror
