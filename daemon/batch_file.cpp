#include "daemon/batch_file.hpp"

#include "config/read.hpp"
#include "daemon/job_payload.hpp"
#include "schema/counted.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <string_view>
#include <utility>

namespace pcmirror {
namespace {

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(" \t");
    if (from == std::string::npos)
        return {};
    return text.substr(from, text.find_last_not_of(" \t") + 1 - from);
}

void add_problem(BatchJob& job, const std::string& problem) {
    job.problem += (job.problem.empty() ? "" : "; ") + problem;
}

bool has_field(const Operation& operation, std::string_view name) {
    // What is inside of a list has no column of its own.
    return named_field(operation, name) != nullptr && name.find('[') == std::string_view::npos;
}

std::string unknown_operation(const std::string& name) {
    const std::string near = nearest_operation(name);
    return fmt::format(
        "unknown operation \"{}\" ({})",
        name,
        near.empty() ? "see: pcmirror operations" : "did you mean " + near + "?"
    );
}

} // namespace

BatchFile::BatchFile(std::istream& in, std::string name, BatchCommon common)
    : name_(std::move(name)), common_(std::move(common)),
      common_payload_(Document::parse(common_.payload)), reader_(in) {
    read_header();
}

std::vector<BatchJob> BatchFile::next(std::size_t at_most) {
    std::vector<BatchJob> jobs;
    while (jobs.size() < at_most && next_record())
        jobs.push_back(job_of(record_));
    return jobs;
}

bool BatchFile::next_record() {
    try {
        return reader_.next(record_);
    } catch (const std::ios_base::failure& failure) {
        throw Error(
            Recovery::fix_config,
            fmt::format("{} can't be read: {}", name_, failure.code().message())
        );
    }
}

void BatchFile::read_header() {
    const auto refuse = [this](const std::string& why, const std::string& hint) {
        throw Error(Recovery::fix_config, fmt::format("{}:{}: {}", name_, record_.line, why), hint);
    };
    if (!next_record())
        throw Error(
            Recovery::fix_config,
            name_ + " is empty",
            "its first line names the columns: customer,user_id,display_name"
        );
    if (!record_.problem.empty())
        refuse(record_.problem, "the first line names the columns");
    const std::string& first = record_.values.front();
    if (record_.values.size() == 1 && first.find_first_of(";\t") != std::string::npos)
        refuse("the header has no commas", "save the file with commas between the values");
    for (const std::string& value : record_.values)
        columns_.push_back(column_named(trimmed(value)));
    std::string text;
    for (const std::string& problem : header_problems())
        text += fmt::format("{}:{}: {}\n", name_, record_.line, problem);
    if (!text.empty())
        throw Error(
            Recovery::fix_config,
            text + "nothing was queued",
            "pcmirror operations shows the fields of each operation"
        );
}

std::vector<std::string> BatchFile::header_problems() const {
    std::vector<std::string> problems;
    std::set<std::string> names;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const Column& column = columns_[at];
        if (column.name.empty())
            problems.push_back(fmt::format("column {} has no name", at + 1));
        else if (!names.insert(column.name).second)
            problems.push_back(fmt::format("there are two columns \"{}\"", column.name));
        else if (column.role == Role::field && !is_field(column.name))
            problems.push_back(unknown_column(column.name));
    }
    if (common_.operation != nullptr && has(Role::operation))
        problems.emplace_back(
            "the operation is on the command line and in a column; leave one of them out"
        );
    if (common_.operation == nullptr && !has(Role::operation))
        problems.emplace_back(
            "no operation: name it on the command line, or add a column \"operation\""
        );
    return problems;
}

BatchFile::Column BatchFile::column_named(const std::string& name) const {
    // Beside the short names those of pcmirror.write_jobs.
    static constexpr std::array<std::tuple<std::string_view, std::string_view, Role>, 7> own{{
        {"customer", "customer", Role::customer},
        {"customer_id", "customer", Role::customer},
        {"key", "key", Role::key},
        {"idempotency_key", "key", Role::key},
        {"priority", "priority", Role::priority},
        {"run_after", "run_after", Role::run_after},
        {"operation", "operation", Role::operation},
    }};
    for (const auto& [spelt, meant, role] : own)
        if (name == spelt)
            return {role, std::string(meant), {}};
    std::string pointer = '/' + name;
    std::ranges::replace(pointer, '.', '/');
    return {Role::field, name, std::move(pointer)};
}

bool BatchFile::is_field(const std::string& name) const {
    if (common_.operation != nullptr)
        return has_field(*common_.operation, name);
    return std::ranges::any_of(operation_catalogue(), [&](const Operation* operation) {
        return has_field(*operation, name);
    });
}

std::string BatchFile::unknown_column(const std::string& name) const {
    std::set<std::string> known{"customer", "key", "priority", "run_after"};
    for (const Operation* operation : operation_catalogue())
        if (common_.operation == nullptr || operation == common_.operation)
            for (const PayloadField& field : operation->fields)
                if (field.name.find('[') == std::string_view::npos)
                    known.emplace(field.name);
    const std::string near = nearest(name, std::vector<std::string>(known.begin(), known.end()));
    return fmt::format(
        "unknown column \"{}\"{}",
        name,
        near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near)
    );
}

bool BatchFile::has(Role role) const {
    return std::ranges::find(columns_, role, &Column::role) != columns_.end();
}

const Operation* BatchFile::operation_of(const CsvRecord& record, BatchJob& job) const {
    if (common_.operation != nullptr)
        return common_.operation;
    const auto column = std::ranges::find(columns_, Role::operation, &Column::role);
    const std::string& name = record.values[static_cast<std::size_t>(column - columns_.begin())];
    const Operation* operation = operation_catalogue().find(name);
    if (name.empty())
        add_problem(job, "operation is missing");
    else if (operation == nullptr)
        add_problem(job, unknown_operation(name));
    return operation;
}

BatchJob BatchFile::job_of(const CsvRecord& record) const {
    BatchJob job;
    job.line = record.line;
    job.job = common_.job;
    if (!record.problem.empty()) {
        job.problem = record.problem;
        return job;
    }
    if (record.values.size() != columns_.size()) {
        job.problem = fmt::format(
            "it has {}, and the header names {}",
            counted(record.values.size(), "value"),
            counted(columns_.size(), "column")
        );
        return job;
    }
    const Operation* operation = operation_of(record, job);
    if (operation == nullptr)
        return job;
    job.job.operation = operation->name;
    if (!common_.key_prefix.empty() && !has(Role::key))
        job.job.idempotency_key = fmt::format("{}:{}", common_.key_prefix, job.line);
    Document payload = common_payload_;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const std::string& value = record.values[at];
        const Column& column = columns_[at];
        if (value.empty())
            continue;
        try {
            if (column.role == Role::field)
                payload.set(column.pointer, payload_value(*operation, column.name, value));
            else
                take_own(column, value, job);
        } catch (const Error& error) {
            add_problem(job, error.what());
        }
    }
    job.job.payload = payload.json();
    return job;
}

void BatchFile::take_own(const Column& column, const std::string& value, BatchJob& job) const {
    switch (column.role) {
    case Role::customer:
        job.job.customer_id = value;
        break;
    case Role::key:
        job.job.idempotency_key =
            common_.key_prefix.empty() ? value : common_.key_prefix + ':' + value;
        break;
    case Role::run_after:
        job.job.run_after = value;
        break;
    case Role::priority:
        job.job.priority = priority_of(value);
        break;
    case Role::operation:
    case Role::field:
        break;
    }
}

} // namespace pcmirror
