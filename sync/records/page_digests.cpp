#include "sync/records/page_digests.hpp"

#include "schema/row.hpp"

namespace pcmirror {

PageDigests::PageDigests() {
    Digest version;
    version.add(0, PCMIRROR_VERSION);
    bytes_ = version.bytes();
}

void PageDigests::add(std::size_t listing, const Page& page) {
    Digest digest;
    for (const std::string_view record : page.records)
        digest.add(listing, record);
    bytes_ += digest.bytes();
}

} // namespace pcmirror
