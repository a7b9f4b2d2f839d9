#include "sync/gateway/gate.hpp"

#include "sync/gateway/dispatcher.hpp"

#include <utility>

namespace pcmirror {

namespace {

/// A place in the queue for as long as it is waited for.
class Place {
  public:
    Place(std::shared_ptr<Dispatcher> dispatcher, const Call& call)
        : dispatcher_(std::move(dispatcher)) {
        waiter_.customer = call.customer_id;
        waiter_.patient = call.patient;
        waiter_.alarm = dispatcher_->make_alarm();
    }

    ~Place() { dispatcher_->leave(waiter_); }

    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    Waiter& waiter() { return waiter_; }

    Permit take_permit() {
        waiter_.granted = false;
        return {dispatcher_, waiter_.customer, waiter_.send_by};
    }

  private:
    std::shared_ptr<Dispatcher> dispatcher_;
    Waiter waiter_;
};

} // namespace

Permit::Permit(
    std::shared_ptr<Dispatcher> from, std::optional<std::string> customer, Instant send_by
)
    : dispatcher_(std::move(from)), customer_(std::move(customer)), send_by_(send_by) {}

Permit::~Permit() {
    if (dispatcher_) {
        dispatcher_->release();
    }
}

bool Permit::good() const {
    return dispatcher_->now() < send_by_ && !dispatcher_->held(customer_);
}

Gate::Gate(
    asio::any_io_executor executor,
    const PartnerCenterSettings& settings,
    SharedBudget* budget,
    Clock& clock
)
    : dispatcher_(std::make_shared<Dispatcher>(std::move(executor), settings, budget, clock)) {}

Gate::~Gate() {
    dispatcher_->close();
}

asio::awaitable<Permit> Gate::enter(const Call& call) {
    Place place(dispatcher_, call);
    Dispatcher::push(dispatcher_, call.priority, place.waiter());
    co_await place.waiter().alarm->wait_until(Instant::max());
    if (place.waiter().failure) {
        std::rethrow_exception(place.waiter().failure);
    }
    co_return place.take_permit();
}

Holds::Hold Gate::throttled(
    const std::optional<std::string>& customer,
    Instant sent_at,
    std::optional<std::chrono::seconds> retry_after
) {
    return dispatcher_->throttled(customer, sent_at, retry_after);
}

void Gate::succeeded(const std::optional<std::string>& customer, Instant sent_at) {
    dispatcher_->succeeded(customer, sent_at);
}

} // namespace pcmirror
