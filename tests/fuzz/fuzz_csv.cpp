#include "tests/fuzz/entry_points.hpp"

#include <cstddef>
#include <cstdint>

// The name and the types are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pcmirror::fuzz::csv({reinterpret_cast<const char*>(data), size});
    return 0;
}
