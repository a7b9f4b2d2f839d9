#pragma once

#include "sync/gateway/partner_center.hpp"
#include "sync/write/document.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// The items of a listing; nothing where the API knows no such listing.
using Listed = std::optional<std::vector<Document>>;

/// Reads of the API for a job, before the queue of polls. Each request is made once, and none while
/// the customer is held back: whoever reads has a worker that others wait for (`NotNow`).
class LiveItems {
  public:
    /// `customer_id` is whose data is read; empty: the partner's own.
    LiveItems(PartnerCenter& api, SignIn sign_in, std::string customer_id)
        : api_(api), sign_in_(sign_in), customer_id_(std::move(customer_id)) {}

    /// The same reads for whom nobody waits: they are repeated, and wait.
    [[nodiscard]] LiveItems patient() const {
        LiveItems items = *this;
        items.patient_ = true;
        return items;
    }

    asio::awaitable<Answer> get(std::string path);

    /// The item behind a path; nothing where there is none. Throws `Error`: retry_later for what
    /// passes, skip_scope for what was refused.
    asio::awaitable<std::optional<Document>> item(std::string path);

    /// The first item of a listing, through all its pages, that fits. Throws as `item`.
    asio::awaitable<std::optional<Document>> find(
        std::string path,
        std::function<bool(const Document&)> fits,
        Envelope envelope = Envelope::collection
    );

    /// All of them: what it lacks is not there. One that moved between pages may be in it twice.
    /// Throws as `item`.
    asio::awaitable<Listed> list(std::string path);

  private:
    [[nodiscard]] Call call(const std::string& path) const;

    PartnerCenter& api_;
    SignIn sign_in_;
    std::string customer_id_;
    bool patient_ = false;
};

/// What is answered of an item that is there. Throws `Error` (skip_scope) where it was refused, and
/// as `Document::parse`.
Document body_of_item(const Answer& answer);

} // namespace pcmirror
