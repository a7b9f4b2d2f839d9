#include "tests/support/write_matrix.hpp"

#include "tests/support/sample_jobs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace pcmirror::testing {
namespace {

constexpr WriteFault faults[] = {
    {.name = "ResetBefore",
     .comment = "the connection dies before the server has read the request",
     .rule = R"({"fault": "reset_before"})",
     .repeats = true},
    {.name = "TimeoutBefore",
     .comment = "no answer, and nothing was done",
     .rule = R"({"fault": "hang_before"})",
     .repeats = true},
    {.name = "Throttled",
     .comment = "429",
     .rule = R"({"fault": "status", "status": 429, "retry_after": 0})",
     .repeats = true},
    {.name = "BusyLater",
     .comment = "409 with a code that says: later",
     .rule = R"({"fault": "status", "status": 409, "code": 900278})",
     .repeats = true},
    {.name = "Error503Before",
     .comment = "503, and nothing was done",
     .rule = R"({"fault": "status", "status": 503})",
     .repeats = true},
    {.name = "Error500After",
     .comment = "500 although it was done",
     .rule = R"({"fault": "status_after", "status": 500})",
     .repeats = true,
     .acted = true},
    {.name = "ResetAfter",
     .comment = "the connection dies after the server has acted",
     .rule = R"({"fault": "reset_after"})",
     .repeats = true,
     .acted = true},
    {.name = "CutBody",
     .comment = "the connection dies in the middle of the answer",
     .rule = R"({"fault": "cut_body"})",
     .repeats = true,
     .acted = true},
    {.name = "TimeoutAfter",
     .comment = "no answer although it was done",
     .rule = R"({"fault": "hang"})",
     .repeats = true,
     .acted = true},
    {.name = "KilledClaimed", .comment = "killed once it has claimed the job"},
    {.name = "KilledIdStored", .comment = "killed before the first byte leaves"},
    {.name = "KilledSent",
     .comment = "killed while it waits for the answer",
     .repeats = true,
     .acted = true},
    {.name = "KilledAnswered",
     .comment = "killed before it stores the answer",
     .repeats = true,
     .acted = true},
    {.name = "KilledRecorded", .comment = "killed once it has stored the answer"},
    {.name = "KilledRefreshed", .comment = "killed once the mirror shows the change"},
    {.name = "DatabaseLost",
     .comment = "PostgreSQL is gone when the answer comes",
     .repeats = true,
     .acted = true},
    {.name = "Race", .comment = "two processes work on the queue"},
    {.name = "FrozenBeforeSending",
     .comment = "frozen before the first byte leaves, until another one has done it"},
    {.name = "FrozenAnswered",
     .comment = "frozen before it stores the answer, until another one has done it",
     .repeats = true,
     .acted = true},
};

/// What processes are killed at: one operation for each way in which jobs go about it, and those
/// that differ from all others in what they leave.
constexpr std::string_view killed[] = {
    "create_user",
    "update_user",
    "assign_licenses",
    "delete_user",
    "update_subscription",
    "create_customer",
    "remove_reseller_relationship",
};

bool is_killed(const Operation& operation) {
    return std::ranges::find(killed, operation.name) != std::end(killed);
}

/// The one of them whose jobs take the same steps.
std::string_view stand_in(const Operation& operation) {
    for (const std::string_view name : killed) {
        const Operation& other = *operation_catalogue().find(name);
        if ((other.look == Look::none) == (operation.look == Look::none) &&
            (other.body == Body::whole) == (operation.body == Body::whole))
            return name;
    }
    return {};
}

std::string
why_exempt(const Operation& operation, const WriteFault& fault, std::string_view ids, bool lag) {
    const SampleJob* sample = sample_job(operation.name);
    if (sample == nullptr || sample->payload == nullptr)
        return sample == nullptr ? "?" : std::string(sample->why_none);
    const bool of_process = fault.rule.empty();
    if (lag && !fault.acted)
        return "nothing took effect unnoticed that could show late";
    if (of_process && lag)
        return "to whoever takes over it is a lost answer, and with those the lag is tested";
    if (of_process && !is_killed(operation))
        return fmt::format("its jobs take the steps of {}", stand_in(operation));
    if (!fault.repeats && ids != "ignore")
        return "its request is sent once: where it were sent again, ignored ids would tell";
    return {};
}

std::vector<WriteCell>
tested_cells(const Operation& operation, std::string_view ids, bool of_process) {
    std::vector<WriteCell> cells = write_matrix();
    std::erase_if(cells, [&](const WriteCell& cell) {
        return cell.operation != &operation || cell.ids != ids ||
               cell.fault->rule.empty() != of_process || !cell.exempt.empty();
    });
    return cells;
}

template <typename Names> std::string listed(const Names& names, std::size_t all) {
    return names.size() == all ? "all" : fmt::format("{}", fmt::join(names, " "));
}

/// What a reason is given for.
struct Exempt {
    int cells = 0;
    std::set<std::string_view> operations = {};
    std::set<std::string_view> faults = {};
};

std::string exemptions(const std::vector<WriteCell>& cells) {
    std::map<std::string, Exempt> reasons;
    for (const WriteCell& cell : cells) {
        if (cell.exempt.empty())
            continue;
        Exempt& exempt = reasons[cell.exempt];
        ++exempt.cells;
        exempt.operations.insert(cell.operation->name);
        exempt.faults.insert(cell.fault->name);
    }
    std::string text;
    for (const auto& [reason, exempt] : reasons)
        text += fmt::format(
            "{:>6} exempt: {}\n       operations: {}\n       faults: {}\n",
            exempt.cells,
            reason,
            listed(exempt.operations, operation_catalogue().size()),
            listed(exempt.faults, std::size(faults))
        );
    return text;
}

} // namespace

std::span<const WriteFault> write_faults() {
    return faults;
}

std::vector<WriteCell> write_matrix() {
    std::vector<WriteCell> cells;
    for (const Operation* operation : operation_catalogue())
        for (const WriteFault& fault : faults)
            for (const std::string_view ids : id_modes)
                for (const bool lag : {false, true})
                    cells.push_back(
                        {operation, &fault, ids, lag, why_exempt(*operation, fault, ids, lag)}
                    );
    return cells;
}

std::vector<WriteCell> cells_of_requests(const Operation& operation, std::string_view ids) {
    return tested_cells(operation, ids, false);
}

std::vector<WriteCell> cells_of_processes(const Operation& operation, std::string_view ids) {
    return tested_cells(operation, ids, true);
}

std::vector<std::string> killed_operations() {
    return {std::begin(killed), std::end(killed)};
}

std::vector<std::string> resources_for(const Operation& operation) {
    const auto touches = [&](std::string_view resource) {
        return std::ranges::find(operation.refreshes, resource, &Refresh::resource) !=
               operation.refreshes.end();
    };
    std::vector<std::string> names{"customers"};
    if (touches("subscriptions"))
        names.emplace_back("subscriptions");
    if (touches("users") || touches("user_licenses"))
        names.emplace_back("users");
    if (touches("user_licenses"))
        names.insert(names.end(), {"subscribed_skus", "user_licenses"});
    return names;
}

std::vector<std::string> resources_shown_by(const Operation& operation) {
    std::vector<std::string> names{"customers"};
    for (const Refresh& refresh : operation.refreshes)
        if (refresh.how != Refresh::How::due && refresh.resource != "customers")
            names.emplace_back(refresh.resource);
    return names;
}

std::string write_matrix_text() {
    const std::vector<WriteCell> cells = write_matrix();
    std::map<std::pair<const Operation*, const WriteFault*>, int> counts;
    int tested = 0;
    for (const WriteCell& cell : cells) {
        counts[{cell.operation, cell.fault}] += cell.exempt.empty() ? 1 : 0;
        tested += cell.exempt.empty() ? 1 : 0;
    }
    std::string text = fmt::format(
        "One effect: {} cells are tested, {} are exempt.\n"
        "Operation x fault; each counts what the API does with request ids ({}),\n"
        "at once and, where an effect may show late, with that lag.\n\n{:28}",
        tested,
        cells.size() - static_cast<std::size_t>(tested),
        fmt::join(id_modes, ", "),
        ""
    );
    char letter = 'A';
    for ([[maybe_unused]] const WriteFault& fault : faults)
        text += fmt::format("{:>3}", letter++);
    for (const Operation* operation : operation_catalogue()) {
        text += fmt::format("\n{:28}", operation->name);
        for (const WriteFault& fault : faults) {
            const int count = counts[{operation, &fault}];
            text += fmt::format("{:>3}", count == 0 ? "." : std::to_string(count));
        }
    }
    text += "\n\n";
    letter = 'A';
    for (const WriteFault& fault : faults)
        text += fmt::format("  {} {}: {}\n", letter++, fault.name, fault.comment);
    return text + "\n" + exemptions(cells);
}

} // namespace pcmirror::testing
