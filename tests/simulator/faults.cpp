#include "tests/simulator/faults.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/fault_kinds.hpp"
#include "tests/simulator/guid.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex.h>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

/// An extended regular expression. (std::regex makes GCC 12 warn under the sanitizers.)
class Pattern {
  public:
    explicit Pattern(const std::string& text) : compiled_(new regex_t) {
        if (regcomp(compiled_.get(), text.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
            throw std::invalid_argument(
                fmt::format("path: \"{}\" is no extended regular expression", text)
            );
    }

    [[nodiscard]] bool is_in(std::string_view text) const {
        return regexec(compiled_.get(), std::string(text).c_str(), 0, nullptr, 0) == 0;
    }

  private:
    struct Free {
        void operator()(regex_t* compiled) const {
            regfree(compiled);
            delete compiled;
        }
    };

    std::unique_ptr<regex_t, Free> compiled_;
};

constexpr std::string_view all_writes = "writes";

bool is_operation(std::string_view name) {
    const auto is_named = [&](const auto& each) { return each.name == name; };
    return name.empty() || name == all_writes ||
           std::any_of(endpoints().begin(), endpoints().end(), [&](const Endpoint& endpoint) {
               return is_named(endpoint) ||
                      std::any_of(endpoint.variants.begin(), endpoint.variants.end(), is_named);
           });
}

bool is_aimed_at(std::string_view operation, const FaultFacts& facts) {
    return operation.empty() ||
           (operation == all_writes ? facts.writes : operation == facts.operation);
}

} // namespace

struct Faults::Rule {
    const FaultKind* kind = nullptr;
    nlohmann::json given;
    std::optional<Pattern> path;
    std::string customer;
    std::string operation;
    double probability = 1;
    std::uint64_t after = 0; ///< so many matching requests are spared first
    std::uint64_t times = 0; ///< 0: for ever
    std::uint64_t matched = 0;
    std::uint64_t fired = 0;
    std::uint64_t number = 0;
    std::shared_ptr<std::atomic<bool>> cleared = std::make_shared<std::atomic<bool>>(false);
};

Faults::Faults(std::uint64_t seed) : seed_(seed) {}

Faults::~Faults() = default;

std::optional<std::string> Faults::add(const nlohmann::json& rules) {
    if (!rules.is_array())
        return add_rule(rules);
    for (const nlohmann::json& rule : rules)
        if (auto wrong = add_rule(rule))
            return wrong;
    return {};
}

std::optional<std::string> Faults::add_rule(const nlohmann::json& given) {
    const std::string name = given.value("fault", "");
    const auto kinds = fault_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const FaultKind& each) {
        return each.name == name;
    });
    if (kind == kinds.end())
        return fmt::format("fault: \"{}\" is not known (see --help)", name);
    const std::string allowed =
        fmt::format(" fault path customer operation probability after times {} ", kind->members);
    for (const auto& [key, value] : given.items())
        if (allowed.find(" " + key + " ") == std::string::npos)
            return fmt::format("{}: no member of the fault {} (but{})", key, name, allowed);
    Rule rule;
    rule.kind = &*kind;
    rule.given = given;
    if (given.contains("path"))
        rule.path.emplace(given["path"].get<std::string>());
    rule.customer = lower_case(given.value("customer", ""));
    rule.operation = given.value("operation", "");
    if (!is_operation(rule.operation))
        return fmt::format("operation: \"{}\" is not known", rule.operation);
    rule.probability = given.value("probability", 1.0);
    rule.after = given.value("after", std::uint64_t{0});
    rule.times = given.value("times", std::uint64_t{0});
    // Whatever is wrong with its members shows now, not at the first request.
    Effect trial;
    rule.kind->apply(rule.given, trial);
    const std::lock_guard lock(mutex_);
    rule.number = rules_.size();
    rules_.push_back(std::move(rule));
    return {};
}

void Faults::clear() {
    const std::lock_guard lock(mutex_);
    for (const Rule& rule : rules_)
        *rule.cleared = true;
    rules_.clear();
}

nlohmann::json Faults::list() const {
    const std::lock_guard lock(mutex_);
    nlohmann::json list = nlohmann::json::array();
    for (const Rule& rule : rules_) {
        list.push_back(rule.given);
        list.back()["matched"] = rule.matched;
        list.back()["fired"] = rule.fired;
    }
    return list;
}

bool Faults::fires(Rule& rule, const FaultFacts& facts) const {
    const bool of_sign_in = rule.kind->on == FaultKind::On::sign_in;
    // A path may aim a fault of any kind at the token endpoint.
    if (of_sign_in != facts.sign_in && !(facts.sign_in && rule.path))
        return false;
    if (rule.kind->on == FaultKind::On::further_page && !facts.continues)
        return false;
    if (!rule.customer.empty() && rule.customer != facts.customer)
        return false;
    if (!is_aimed_at(rule.operation, facts))
        return false;
    if (rule.path && !rule.path->is_in(facts.target))
        return false;
    const std::uint64_t nth = rule.matched++;
    if (nth < rule.after || (rule.times > 0 && rule.fired >= rule.times))
        return false;
    if (Draw(mix(seed_, rule.number, nth)).fraction() >= rule.probability)
        return false;
    ++rule.fired;
    return true;
}

Effect Faults::pick(const FaultFacts& facts) {
    Effect effect;
    const std::lock_guard lock(mutex_);
    for (Rule& rule : rules_)
        if (fires(rule, facts)) {
            effect.name = rule.kind->name;
            rule.kind->apply(rule.given, effect);
            effect.delivery.released = rule.cleared;
            // Another record each time, unless the rule says which.
            if (!rule.given.contains("record"))
                effect.listing.bad_record_at = mix(seed_, rule.number, rule.matched);
            break;
        }
    return effect;
}

std::string describe_faults() {
    std::string text;
    for (const FaultKind& kind : fault_kinds())
        text += fmt::format("  {:<21} {:<29} {}\n", kind.name, kind.members, kind.help);
    return text;
}

} // namespace pcmirror::simulator
