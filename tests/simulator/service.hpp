#pragma once

#include "tests/simulator/answers.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/log.hpp"
#include "tests/simulator/request_ids.hpp"
#include "tests/simulator/switches.hpp"
#include "tests/simulator/tokens.hpp"
#include "tests/simulator/wire.hpp"
#include "tests/simulator/world.hpp"
#include "tests/simulator/write_effects.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pcmirror::simulator {

/// Everything that the simulator knows. Its members may be used from several threads at once.
struct State {
    /// `room_for_answers`: see `Answers`.
    State(WorldOptions options, Registration registration, std::size_t room_for_answers)
        : seed(options.seed), world(options), tokens(options.seed, std::move(registration)),
          faults(options.seed), answers(room_for_answers) {}

    std::uint64_t seed;
    World world;
    Switches switches;
    Tokens tokens;
    Faults faults;
    Answers answers;
    RequestIds request_ids;
    WriteEffects effects;
    Log log;
    Throttle throttle;
};

/// The Partner Center API and its sign-in service.
class Service {
  public:
    explicit Service(State& state) : state_(state) {}

    Reply answer(const Request& request);

  private:
    struct Exchange;

    Reply handle(Exchange& exchange);
    Reply handle_call(Exchange& exchange);
    Reply read(Exchange& exchange);
    Reply write(Exchange& exchange);
    /// Does what is asked for, and notes it.
    Reply act(Exchange& exchange, Edit& edit);
    void note_effects(Exchange& exchange, Write& write);
    /// The answer that was given to the same question, if it shows the present state.
    Reply give_again(Exchange& exchange, const View& world, std::optional<std::uint32_t> customer);
    [[nodiscard]] Reply make_answer(
        const Exchange& exchange, const View& world, std::optional<std::uint32_t> customer
    ) const;
    /// The one that the path names, if it names one. Throws `Refused`.
    [[nodiscard]] static std::optional<std::uint32_t>
    customer_in(const Exchange& exchange, const View& world);
    [[nodiscard]] Call make_call(
        const Exchange& exchange, const View& world, std::optional<std::uint32_t> customer
    ) const;
    [[nodiscard]] std::optional<Reply> turn_away(const Exchange& exchange) const;
    Reply throttled(int seconds) const;
    void pack(const Exchange& exchange, Reply& reply) const;
    void finish(Exchange& exchange, Reply& reply);
    void add_common_headers(const Exchange& exchange, Reply& reply) const;

    State& state_;
};

/// The control endpoint: changes the world, the switches and the faults, tells the truth and the
/// log. A table of control.cpp lists what it answers.
class Control {
  public:
    explicit Control(State& state) : state_(state) {}

    Reply answer(const Request& request);

  private:
    State& state_;
};

std::string describe_control();

} // namespace pcmirror::simulator
