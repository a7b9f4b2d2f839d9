#pragma once

#include "tests/simulator/service.hpp"

// What the control endpoint shows and turns of writes; the table of control.cpp says where.
namespace pcmirror::simulator {

Reply tell_effects(State& state, const Request& request);
Reply forget_effects(State& state, const Request& request);
Reply forget_request_ids(State& state, const Request& request);

Reply tell_holds(State& state, const Request& request);
Reply hold_reads(State& state, const Request& request);
Reply release_reads(State& state, const Request& request);

} // namespace pcmirror::simulator
