#include "sync/http/guid.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace pcmirror {

std::string new_guid() {
    thread_local boost::uuids::random_generator generate;
    return boost::uuids::to_string(generate());
}

} // namespace pcmirror
