#pragma once

#include "schema/operation.hpp"
#include "sync/write/batch_facts.hpp"
#include "sync/write/batch_memory.hpp"
#include "sync/write/batch_verdict.hpp"

#include <optional>
#include <string>

namespace pcmirror {

/// Judges what one line of a batch changes, and notes it for the lines behind it. Pure. Read it
/// from `run`.
class LineJudge {
  public:
    /// All of them outlive it.
    LineJudge(
        const BatchJob& job,
        const Operation& operation,
        const Document& payload,
        const BatchFacts& facts,
        BatchMemory& memory,
        BatchVerdict& verdict
    )
        : job_(job), operation_(operation), payload_(payload), facts_(facts), memory_(memory),
          verdict_(verdict), customer_(job.job.customer_id) {}

    void run();

  private:
    /// A user that the line names.
    struct Named {
        const UserFact* fact = nullptr; ///< null: only made by the batch, or the queue
        std::string thing;
        bool by_name = false;
    };

    /// Whether a user is deleted by then.
    struct Absence {
        bool absent = false;
        std::string by; ///< who deletes it; empty: it is so in the mirror
    };

    void find(FindingKind kind, std::string text);
    void find_unread(const char* resource);
    void find_unknown(const char* resource, const std::string& what);

    void take_domain(std::string_view pointer);
    void create_user();
    void claim_name(const std::string& name, const std::string& own_id);
    void change_user();
    [[nodiscard]] std::optional<Named> named_user() const;
    [[nodiscard]] Absence absence_of(const Named& user) const;
    bool is_usable(const Named& user);
    void rename(const Named& user);
    void assign_licenses(const Named& user);
    [[nodiscard]] const SkuFact* sku_named(const std::string& wanted) const;
    void set_license(const Named& user, const std::string& wanted, bool assigned);
    void take_seat(const SkuFact& sku, bool assigned);
    void change_subscription();
    void set_fields(const std::string& thing, const Document* row, bool by_name);
    bool
    set(const std::string& thing,
        const std::string& name,
        const std::string& value,
        const std::optional<std::string>& before);
    [[nodiscard]] std::string thing_of_path() const;
    [[nodiscard]] std::string named(const std::string& name) const;

    const BatchJob& job_;
    const Operation& operation_;
    const Document& payload_;
    const BatchFacts& facts_;
    BatchMemory& memory_;
    BatchVerdict& verdict_;
    const std::string& customer_;
    std::size_t changes_ = 0;
    std::size_t effective_ = 0;
    std::uint64_t same_as_ = 0; ///< line
    bool found_ = false;
};

} // namespace pcmirror
