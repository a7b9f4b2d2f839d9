#pragma once

#include "sync/records/decode.hpp"
#include "sync/records/spool.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace pcmirror {

/// What parsing a page came to.
struct Parsed {
    std::uint64_t records = 0;
    std::chrono::nanoseconds cpu{0}; ///< of this thread
};

/// What the program itself makes of a page of users, short of the database: records cut out,
/// decoded and added to a scope's digest.
class UserPageParser {
  public:
    UserPageParser();

    /// `path` names the customer. Throws std::runtime_error where a record can't be decoded.
    Parsed parse(const std::string& path, const std::string& body);

  private:
    Decoder decoder_;
};

} // namespace pcmirror
