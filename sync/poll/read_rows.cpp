#include "sync/poll/read_rows.hpp"

#include "schema/catalogue.hpp"
#include "sync/poll/tasks.hpp"
#include "sync/poll/walk.hpp"
#include "sync/records/decode.hpp"

#include <algorithm>
#include <exception>
#include <vector>

namespace pcmirror {
namespace {

// So many rows refused, and none answered: it is the customer that is refused.
constexpr std::size_t refusals_of_a_customer = 5;

// So many rows without a usable answer in a row: the others would not get one either.
constexpr std::size_t unanswered_limit = 20;

/// Reads one portion; lives for one `read_rows`.
class RowsReader {
  public:
    RowsReader(
        PartnerCenter& api,
        const Resource& resource,
        Lease lease,
        RowPortion portion,
        ReadRowsOptions options
    )
        : api_(api), resource_(resource), options_(std::move(options)), decoder_(resource),
          reading_(std::move(lease), Spool(options_.read.spool_directory)) {
        reading_.fingerprint = fingerprint(resource);
        reading_.complete = true;
        reading_.portion = std::move(portion);
        reading_.covered = reading_.portion->gone;
        taken_.resize(rows().size());
    }

    asio::awaitable<ReadScope> run() {
        TaskGroup tasks(co_await asio::this_coro::executor);
        const std::size_t workers = std::min(options_.at_once, rows().size());
        for (std::size_t at = 0; at < workers; ++at)
            tasks.spawn(ask_rows());
        std::exception_ptr failure;
        try {
            co_await tasks.join();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && !is_cancellation(failure))
            std::rethrow_exception(failure);
        ReadScope read = finish();
        read.interrupted = failure != nullptr;
        co_return read;
    }

  private:
    [[nodiscard]] const std::vector<RowToAsk>& rows() const { return reading_.portion->rows; }

    asio::awaitable<void> ask_rows() {
        while (next_ < rows().size() && !given_up()) {
            const std::size_t at = next_++;
            const RowToAsk& row = rows()[at];
            take(row, co_await ask(row));
            taken_[at] = true;
        }
    }

    [[nodiscard]] bool asked_again() const { return reading_.portion->chosen == Chosen::again; }

    /// The customer, not single rows of it.
    [[nodiscard]] bool refused() const {
        const bool many = refused_ >= refusals_of_a_customer;
        const bool all = refused_ > 0 && refused_ == rows().size();
        return (many || all) && read_ == 0 && !options_.ever_read && !asked_again();
    }

    [[nodiscard]] bool given_up() const {
        return refused() || unanswered_in_a_row_ >= unanswered_limit ||
               (read_ == 0 && refused_ >= unanswered_limit);
    }

    asio::awaitable<Walked> ask(const RowToAsk& row) {
        Surroundings around;
        around.customer_id = reading_.lease.customer_id;
        around.outer = {{std::string(resource_.table().columns[1].name), row.id}};
        const Listing& listing = resource_.listings.front();
        const Call call = call_of(
            api_,
            resource_,
            reading_.lease,
            path_of(listing, reading_.lease, around.outer),
            options_.read
        );
        std::function<asio::awaitable<void>(const Page&)> take = [&](const Page& page
                                                                 ) -> asio::awaitable<void> {
            take_page(page, around);
            co_return;
        };
        try {
            Walked walked = co_await walk_for_absence(api_, resource_.envelope, call, take);
            unanswered_in_a_row_ = 0;
            co_return walked;
        } catch (const Error& error) {
            if (!is_of_one_call(error))
                throw;
            if (error.recovery() == Recovery::retry_later)
                ++unanswered_in_a_row_;
            co_return Walked{WalkEnd::broken, error.what(), 0};
        }
    }

    void take(const RowToAsk& row, const Walked& walked) {
        pages_ += walked.pages;
        ++asked_;
        if (options_.asked)
            options_.asked();
        if (walked.end == WalkEnd::complete) {
            ++read_;
            reading_.covered.push_back(row.id);
            return;
        }
        if (walked.end == WalkEnd::not_found && row.dormant)
            return;
        if (walked.end == WalkEnd::refused)
            ++refused_;
        reading_.owe.push_back({row.id, true});
        troubles_.add(row.id, walked.message);
    }

    void take_page(const Page& page, const Surroundings& around) {
        for (const std::string_view record : page.records) {
            ++reading_.records;
            if (std::optional<Rejection> rejection = decoder_.decode(record, around)) {
                // What it is of is known in any case; of that row, nothing may be missed then.
                if (rejection->key.empty())
                    rejection->key = {around.customer_id, around.outer.front().second};
                reading_.present.push_back(rejection->key);
                reading_.rejections.push_back(std::move(*rejection));
                continue;
            }
            for (const DecodedRow& decoded : decoder_.rows())
                reading_.rows.add(decoded);
        }
    }

    ReadScope finish() {
        owe_the_rest();
        ReadScope result;
        result.pages = pages_;
        result.message = troubles_.text(resource_.per_row_of->name);
        result.end = refused()           ? ScopeEnd::refused
                     : troubles_.empty() ? ScopeEnd::applied
                                         : ScopeEnd::failing;
        result.troubles = troubles_;
        result.unanswered = unanswered_in_a_row_ > 0 && unanswered_in_a_row_ == asked_;
        result.cut_short = given_up();
        if (!refused())
            result.reading.emplace(std::move(reading_));
        return result;
    }

    /// Who has got no answer by now, of whatever kind, is left to the next pass.
    void owe_the_rest() {
        troubles_.add_unasked(rows().size() - next_);
        for (std::size_t at = 0; at < rows().size(); ++at)
            if (!taken_[at])
                reading_.owe.push_back({rows()[at].id, asked_again()});
    }

    PartnerCenter& api_;
    const Resource& resource_;
    ReadRowsOptions options_;
    Decoder decoder_;
    ScopeReading reading_;
    std::size_t next_ = 0;
    std::vector<bool> taken_; ///< which rows came to their end
    std::size_t asked_ = 0;
    std::size_t read_ = 0;
    std::size_t refused_ = 0;
    RowTroubles troubles_;
    std::size_t pages_ = 0;
    std::size_t unanswered_in_a_row_ = 0;
};

} // namespace

asio::awaitable<ReadScope> read_rows(
    PartnerCenter& api,
    const Resource& resource,
    Lease lease,
    RowPortion portion,
    ReadRowsOptions options
) {
    RowsReader reader(api, resource, std::move(lease), std::move(portion), std::move(options));
    co_return co_await reader.run();
}

} // namespace pcmirror
