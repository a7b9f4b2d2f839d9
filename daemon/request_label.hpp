#pragma once

#include "schema/catalogue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Names what requests are for, from their method and path: a resource of the catalogue by the
/// paths of its listings and items, `jobs` for what changes something, `sign_in` for tokens,
/// `other`. So the number of names is bounded.
class RequestLabels {
  public:
    explicit RequestLabels(const Catalogue& catalogue, std::string login_url);

    [[nodiscard]] std::string_view of(std::string_view method, std::string_view url) const;

    /// All names that there are.
    [[nodiscard]] std::vector<std::string> all() const;

  private:
    struct Path {
        std::vector<std::string> segments; ///< `{...}` stands for any
        std::string resource;
    };

    void add(std::string_view path, std::string_view resource);

    std::string login_url_;
    std::vector<Path> paths_;
    std::vector<std::string> resources_;
};

} // namespace pcmirror
