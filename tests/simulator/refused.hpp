#pragma once

#include "tests/simulator/problem.hpp"

#include <exception>
#include <memory>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

/// Ends the handling of a request that changes nothing, with its answer.
class Refused : public std::exception {
  public:
    explicit Refused(const Problem& problem) : Refused(refuse(problem)) {}

    /// `description` and `data` in place of the problem's own.
    Refused(
        const Problem& problem,
        std::string_view description,
        const std::vector<std::string>& data = {}
    )
        : Refused(refuse(problem, description, data)) {}

    explicit Refused(Reply reply) : reply_(std::make_shared<const Reply>(std::move(reply))) {}

    [[nodiscard]] const Reply& reply() const { return *reply_; }

    [[nodiscard]] const char* what() const noexcept override { return "refused"; }

  private:
    std::shared_ptr<const Reply> reply_; // an exception is copied without failing
};

} // namespace pcmirror::simulator
