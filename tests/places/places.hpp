#pragma once

#include <string>

/// Where a build has its programs and its sources. Compiled by itself, so that no other source
/// depends on the directory that it is built in.
namespace pcmirror::places {

extern const char* const program;   ///< pcmirror; another one where $PCMIRROR_PROGRAM names it
extern const char* const simulator; ///< pcmirror-simulator
extern const char* const compiler;
extern const char* const cmake;
extern const char* const cmake_generator;

/// A file of the project by its path in it, such as `README.md`; empty: the project's directory.
std::string source(const std::string& path = {});

} // namespace pcmirror::places
