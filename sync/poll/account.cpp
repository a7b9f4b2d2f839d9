#include "sync/poll/account.hpp"

#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pcmirror {
namespace {

constexpr std::size_t troubles_limit = 1000;

std::string words_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
}

} // namespace

PassAccount::PassAccount(const Resource& resource, PassListener* listener)
    : resource_(resource), listener_(listener) {
    report_.resource = resource.name;
}

void PassAccount::tell_started(std::uint64_t scopes) {
    report_.totals.scopes = scopes;
    started_ = true;
    if (listener_ != nullptr)
        listener_->started(resource_, report_.totals);
}

void PassAccount::count(const ScopeReport& scope) {
    report_.totals.add(scope);
    if (in_trouble(scope.end) && report_.troubles.size() < troubles_limit)
        report_.troubles.push_back(scope);
    tell_advanced();
}

void PassAccount::count_chosen(std::uint64_t rows) {
    chosen_ += rows;
    report_.totals.rows_expected = std::max(report_.totals.rows_expected, chosen_);
}

void PassAccount::count_asked() {
    ++report_.totals.rows_asked;
    tell_advanced();
}

void PassAccount::count_unasked(const ScopeReport& scope) {
    ++(scope.end == ScopeEnd::refused ? unasked_refused_ : unasked_failed_);
    count(scope);
}

void PassAccount::keep(std::vector<Change> changes) {
    std::ranges::move(changes, std::back_inserter(report_.changes));
}

RunEnd PassAccount::run_end(const std::exception_ptr& error) const {
    RunEnd end;
    end.outcome = report_.totals.clean() ? "ok" : "partial";
    end.requests = report_.totals.requests;
    end.refused = unasked_refused_;
    end.failed = unasked_failed_;
    if (error) {
        const bool cancelled = is_cancellation(error);
        end.outcome = cancelled ? "cancelled" : "failed";
        end.error = cancelled ? "stopped before its end" : words_of(error);
    }
    return end;
}

void PassAccount::tell_advanced() const {
    if (listener_ != nullptr && started_)
        listener_->advanced(resource_, report_.totals);
}

void PassAccount::tell_finished() const {
    if (listener_ != nullptr)
        listener_->finished(report_);
}

void PassAccount::tell_broken_off() const {
    if (listener_ != nullptr)
        listener_->broken_off(report_);
}

} // namespace pcmirror
