# pcmirror_embed_decoding(TARGET): gives the target the definition of decoding(), which is made anew when one of
# the sources changes, comes or goes. Rather too many of them than too few: another hash costs one decoding.
function(pcmirror_embed_decoding target)
    file(GLOB sources RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/schema/*.[ch]pp
        ${PROJECT_SOURCE_DIR}/schema/resources/*.hpp
        ${PROJECT_SOURCE_DIR}/sync/records/*.[ch]pp
        ${PROJECT_SOURCE_DIR}/sync/poll/customer_filter.[ch]pp
        ${PROJECT_SOURCE_DIR}/sync/poll/read_scope.[ch]pp)
    list(SORT sources)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
    # Boost.JSON, which parses the records, is compiled in.
    set(text "boost ${Boost_VERSION_STRING}")
    foreach(source IN LISTS sources)
        file(SHA256 ${PROJECT_SOURCE_DIR}/${source} hash)
        string(APPEND text "\n${source} ${hash}")
    endforeach()
    string(SHA256 hash "${text}")
    set(generated ${PROJECT_BINARY_DIR}/generated/decoding.cpp)
    file(CONFIGURE OUTPUT ${generated} CONTENT [[#include "sync/records/decoding.hpp"

namespace pcmirror {

std::string_view decoding() { return "@hash@"; }

} // namespace pcmirror
]] @ONLY)
    target_sources(${target} PRIVATE ${generated})
endfunction()
