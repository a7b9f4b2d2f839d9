#include "sync/poll/account.hpp"

#include "sync/poll/tasks.hpp"

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
    report.resource = resource.name;
}

void PassAccount::opened(std::uint64_t scopes) {
    report.totals.scopes = scopes;
    opened_ = true;
    if (listener_ != nullptr)
        listener_->started(resource_, report.totals);
}

void PassAccount::count(const ScopeReport& scope) {
    report.totals.add(scope);
    if (in_trouble(scope.end) && report.troubles.size() < troubles_limit)
        report.troubles.push_back(scope);
    if (listener_ != nullptr && opened_)
        listener_->advanced(resource_, report.totals);
}

void PassAccount::count_unasked(const ScopeReport& scope) {
    ++(scope.end == ScopeEnd::refused ? unasked_refused_ : unasked_failed_);
    count(scope);
}

void PassAccount::count_unasked(const PlannedScope& scope) {
    ScopeReport unasked;
    unasked.scope_id = scope.scope_id;
    unasked.customer_id = scope.customer_id;
    unasked.end = scope.rests.value_or(ScopeEnd::applied);
    unasked.message = scope.last_error;
    count_unasked(unasked);
}

void PassAccount::keep(std::vector<Change> changes) {
    std::ranges::move(changes, std::back_inserter(report.changes));
}

RunEnd PassAccount::end(const std::exception_ptr& error) const {
    RunEnd end;
    end.outcome = report.totals.clean() ? "ok" : "partial";
    end.requests = report.totals.requests;
    end.refused = unasked_refused_;
    end.failed = unasked_failed_;
    if (error) {
        const bool cancelled = is_cancellation(error);
        end.outcome = cancelled ? "cancelled" : "failed";
        end.error = cancelled ? "stopped before its end" : words_of(error);
    }
    return end;
}

void PassAccount::finished() const {
    if (listener_ != nullptr)
        listener_->finished(report);
}

void PassAccount::broken_off() const {
    if (listener_ != nullptr)
        listener_->broken_off(report);
}

} // namespace pcmirror
