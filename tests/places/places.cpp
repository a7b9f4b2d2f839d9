#include "tests/places/places.hpp"

#include <cstdlib>

namespace pcmirror::places {
namespace {

const char* given_or(const char* variable, const char* otherwise) {
    const char* given = std::getenv(variable);
    return given == nullptr ? otherwise : given;
}

} // namespace

const char* const program = given_or("PCMIRROR_PROGRAM", PCMIRROR_BINARY);
const char* const simulator = PCMIRROR_SIMULATOR;
const char* const compiler = PCMIRROR_CXX;
const char* const cmake = PCMIRROR_CMAKE;
const char* const cmake_generator = PCMIRROR_CMAKE_GENERATOR;

std::string source(const std::string& path) {
    const std::string directory = PCMIRROR_SOURCE_DIR;
    return path.empty() ? directory : directory + '/' + path;
}

} // namespace pcmirror::places
