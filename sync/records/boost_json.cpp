// The part of Boost.JSON that is no template, compiled once: Debian ships it without a library.
#include <boost/json/src.hpp>
