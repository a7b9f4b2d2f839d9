#pragma once

#include "sync/write/document.hpp"
#include "sync/write/job_batch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// A user as the mirror has it.
struct UserFact {
    std::string user_id;
    bool active = true;
    Document row;               ///< columns by name
    std::set<std::string> skus; ///< products that the user holds
};

/// A product that a customer has.
struct SkuFact {
    std::string sku_id;
    std::string part_number; ///< licenses are assigned by this as well
    std::string name;
    std::optional<std::int64_t> available; ///< none: it has no seats, or they aren't known
    std::int64_t queued = 0; ///< seats that waiting jobs take, less those that they give back
};

/// A job that waits in the queue, and after which lines may find something else.
struct PendingJob {
    std::int64_t job_id = 0;
    std::string operation;
    std::string customer_id;
    Document payload;
};

/// A job that was queued under a key before.
struct KeyedJob {
    std::int64_t job_id = 0;
    std::string operation;
    std::string customer_id;
    Document payload; ///< secrets masked
};

/// What mirror and queue know of what some jobs of a batch touch. Ids are lower case, names, too.
struct BatchFacts {
    using OfCustomer = std::pair<std::string, std::string>; ///< customer, and what of it

    std::map<OfCustomer, UserFact> users;             ///< by id
    std::map<OfCustomer, std::string> user_ids;       ///< by name
    std::map<OfCustomer, Document> subscriptions;     ///< rows by id
    std::map<std::string, std::vector<SkuFact>> skus; ///< by customer
    std::set<OfCustomer> read;                        ///< resources that were ever read
    std::map<std::string, std::string> domains;       ///< to the customer that has it
    std::vector<PendingJob> pending;
    std::map<std::string, KeyedJob> keys;
};

/// Reads the facts of these jobs, whose customers are resolved; those with a problem are passed
/// over.
BatchFacts read_facts(pqxx::transaction_base& transaction, const std::vector<BatchJob>& jobs);

/// The text of a member of a payload in lower case; empty: it has none.
std::string lower_text_at(const Document& document, std::string_view pointer);

} // namespace pcmirror
