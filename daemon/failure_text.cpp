#include "daemon/failure_text.hpp"

#include "schema/error.hpp"
#include "sync/poll/tasks.hpp"

namespace pcmirror {

FailureText failure_text(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return {error.what(), std::string(error.hint())};
    } catch (const std::exception& error) {
        if (is_cancellation(failure))
            throw;
        return {error.what(), "this program is wrong: please report it"};
    }
}

} // namespace pcmirror
