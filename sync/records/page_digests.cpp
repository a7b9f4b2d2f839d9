#include "sync/records/page_digests.hpp"

#include "schema/row.hpp"
#include "sync/records/decoding.hpp"

namespace pcmirror {

PageDigests::PageDigests() {
    Digest build;
    build.add(0, decoding());
    bytes_ = build.bytes();
}

bool PageDigests::are_of_this_build(std::string_view bytes) {
    return PageDigests().begin(bytes);
}

void PageDigests::add(std::size_t listing, const Page& page) {
    Digest digest;
    for (const std::string_view record : page.records)
        digest.add(listing, record);
    bytes_ += digest.bytes();
}

} // namespace pcmirror
