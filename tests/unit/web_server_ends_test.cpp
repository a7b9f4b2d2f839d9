#include "config/log.hpp"
#include "schema/error.hpp"
#include "tests/unit/web_client.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <gmock/gmock.h>
#include <list>
#include <memory>
#include <sys/resource.h>

namespace pcmirror::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

asio::awaitable<WebAnswer> yes(WebRequest) {
    co_return WebAnswer{.body = "yes"};
}

WebOptions impatient() {
    WebOptions options;
    options.limits.request = 20ms;
    options.limits.idle = 20ms;
    options.limits.answer = 20ms;
    return options;
}

TEST(LocalServer, EndsConnectionsThatSayNothing) {
    const Serving serving(yes, impatient());
    RawClient silent(serving.port());
    EXPECT_THAT(silent.read_all(), IsEmpty());
    RawClient halfway(serving.port());
    halfway.send("GET / HTTP/1.1\r\nHost: loc");
    EXPECT_THAT(halfway.read_all(), IsEmpty());
}

TEST(LocalServer, EndsConnectionsThatStayIdle) {
    WebOptions options = impatient();
    options.limits.request = 60s;
    options.limits.answer = 60s;
    const Serving serving(yes, options);
    RawClient idle(serving.port());
    idle.send(get("/"));
    EXPECT_THAT(idle.read_all(), HasSubstr("yes"));
}

asio::awaitable<WebAnswer> much_or_little(WebRequest request) {
    co_return WebAnswer{.body = request.path == "/much" ? std::string(64 << 20, 'x') : "yes"};
}

TEST(LocalServer, EndsConnectionsThatDoNotTakeTheirAnswer) {
    WebOptions options = impatient();
    options.limits.request = 60s;
    // As long as it takes to begin and to end an answer that is taken.
    options.limits.answer = 6s;
    options.limits.connections = 1;
    const Serving serving(much_or_little, options);
    RawClient stuck(serving.port());
    stuck.send(get("/much"));
    EXPECT_THAT(stuck.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    // There is room for one only.
    EXPECT_THAT(ask(serving, get("/")), HasSubstr("yes"));
    EXPECT_LT(stuck.read_all().size(), std::size_t{64} << 20);
}

TEST(LocalServer, AnswersOthersWhileManyAreStuck) {
    const Serving serving(yes);
    std::list<RawClient> stuck;
    for (int count = 0; count < 100; ++count)
        stuck.emplace_back(serving.port()).send("GET / HTTP/1.1\r\n");
    for (int count = 0; count < 5; ++count)
        EXPECT_THAT(ask(serving, get("/")), HasSubstr("yes"));
}

/// Never answers `/slow`, and tells when it was asked.
struct Gate {
    std::promise<void> entered;

    asio::awaitable<WebAnswer> answer(WebRequest request) {
        if (request.path == "/slow") {
            asio::steady_timer forever(
                co_await asio::this_coro::executor, asio::steady_timer::time_point::max()
            );
            entered.set_value();
            co_await forever.async_wait(asio::use_awaitable);
        }
        co_return WebAnswer{.body = "yes"};
    }
};

TEST(LocalServer, KeepsAConnectionThatIsBeingAnswered) {
    Gate gate;
    WebOptions options;
    options.limits.connections = 2;
    const Serving serving(
        [&gate](WebRequest request) { return gate.answer(std::move(request)); }, options
    );
    RawClient slow(serving.port());
    slow.send(get("/slow"));
    gate.entered.get_future().wait();
    const RawClient waiting(serving.port());
    for (int count = 0; count < 5; ++count)
        EXPECT_THAT(ask(serving, get("/")), HasSubstr("yes"));
}

TEST(LocalServer, EndsItsConnectionsWithIt) {
    Gate gate;
    Serving serving([&gate](WebRequest request) { return gate.answer(std::move(request)); });
    RawClient slow(serving.port());
    slow.send(get("/slow"));
    gate.entered.get_future().wait();
    RawClient idle(serving.port());
    idle.send(get("/"));
    EXPECT_THAT(idle.read_answer(), HasSubstr("yes"));
    serving.stop();
    EXPECT_THAT(slow.read_all(), IsEmpty());
    EXPECT_THAT(idle.read_all(), IsEmpty());
}

/// Finishes its own server, and answers then.
asio::awaitable<WebAnswer> finish_first(LocalServer& server) {
    server.finish();
    co_return WebAnswer{.body = "the last"};
}

TEST(LocalServer, FinishesWhatItIsAnsweringAndNoMore) {
    asio::io_context loop;
    std::unique_ptr<LocalServer> server;
    server =
        std::make_unique<LocalServer>(loop.get_executor(), "127.0.0.1:0", [&](const WebRequest&) {
            return finish_first(*server);
        });
    const RawClient idle(server->port());
    RawClient client(server->port());
    client.send(get("/"));
    std::exception_ptr end = std::make_exception_ptr(std::runtime_error("goes on"));
    asio::co_spawn(loop, server->serve(), [&end](std::exception_ptr how) { end = std::move(how); });
    // Returns because the server does.
    loop.run();
    EXPECT_EQ(end, nullptr);
    EXPECT_THAT(
        client.read_all(), AllOf(HasSubstr("Connection: close"), ::testing::EndsWith("the last"))
    );
}

/// Leaves the process no descriptor for a while.
class NoDescriptors {
  public:
    NoDescriptors() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const int next = dup(0);
        close(next);
        rlimit tight = before_;
        tight.rlim_cur = static_cast<rlim_t>(next);
        setrlimit(RLIMIT_NOFILE, &tight);
    }

    ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

  private:
    rlimit before_{};
};

TEST(LocalServer, WaitsForDescriptorsWhereThereAreNone) {
#ifdef PCMIRROR_VPTR_CHECKED
    GTEST_SKIP() << "UBSan's vptr check takes a descriptor for each type that it meets";
#endif
    const Serving serving(yes);
    RawClient client;
    RawClient served(serving.port());
    // UBSan needs a descriptor for each type of object that it sees the first time: what the server
    // does after an answer it has done once the next one is there.
    for (int count = 0; count < 3; ++count) {
        served.send(get("/"));
        EXPECT_THAT(served.read_answer(), HasSubstr("yes"));
    }
    ::testing::internal::CaptureStderr();
    for (const char* name : {"test.began", "test.goes_on", "test.ends"})
        event(Level::warn, name, {{field::error, "none"}});
    {
        const NoDescriptors none;
        client.connect(serving.port());
        client.send(get("/"));
        // The loop goes on: who is connected already is answered meanwhile.
        for (int count = 0; count < 100; ++count) {
            served.send(get("/"));
            EXPECT_THAT(served.read_answer(), HasSubstr("yes"));
        }
    }
    EXPECT_THAT(client.read_answer(), HasSubstr("yes"));
    const std::string log = ::testing::internal::GetCapturedStderr();
    const std::size_t first = log.find("admin.out_of_resources");
    EXPECT_NE(first, std::string::npos) << log;
    EXPECT_EQ(log.find("admin.out_of_resources", first + 1), std::string::npos) << log;
}

asio::awaitable<WebAnswer> inherited_sockets(WebRequest) {
    WebAnswer answer;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
        const int descriptor = std::stoi(entry.path().filename().string());
        const bool inherited = (fcntl(descriptor, F_GETFD) & FD_CLOEXEC) == 0;
        if (target.starts_with("socket:") && inherited && descriptor > 2)
            answer.body += target + ' ';
    }
    co_return answer;
}

TEST(LocalServer, LeavesNoSocketToChildProcesses) {
    const Serving serving(inherited_sockets);
    RawClient client(serving.port());
    client.send(get("/"));
    EXPECT_THAT(client.read_answer(), ::testing::EndsWith("\r\n\r\n"));
}

std::string refusal_to_listen(const std::string& listen) {
    asio::io_context loop;
    try {
        const LocalServer server(loop.get_executor(), listen, yes);
        return "listens";
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::fix_config);
        return std::string(error.what()) + " | " + error.hint();
    }
}

TEST(LocalServer, SaysWhyItCanNotListen) {
    const Serving serving(yes);
    const std::string taken = "127.0.0.1:" + std::to_string(serving.port());
    EXPECT_THAT(
        refusal_to_listen(taken),
        AllOf(
            StartsWith("can't listen on " + taken), HasSubstr("another program"), HasSubstr("ss ")
        )
    );
    EXPECT_THAT(refusal_to_listen("192.0.2.1:0"), HasSubstr("no such address"));
    EXPECT_THAT(refusal_to_listen("nowhere.invalid:0"), HasSubstr("nowhere.invalid is not known"));
    EXPECT_THAT(refusal_to_listen("127.0.0.1"), HasSubstr("not host:port"));
    EXPECT_THAT(refusal_to_listen("127.0.0.1:http"), HasSubstr("not host:port"));
}

TEST(LocalServer, ListensOnBothAddressesOfLocalhost) {
    const Serving serving(yes, {}, "localhost:0");
    EXPECT_THAT(ask(serving, get("/")), HasSubstr("yes"));
    const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket);
        GTEST_SKIP() << "this machine has no ::1";
    }
    address.sin6_port = htons(serving.port());
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(socket);
}

TEST(LocalServer, ListensOnAnyPortAndSaysWhich) {
    for (const char* listen : {"127.0.0.1:0", "0.0.0.0:0"}) {
        const Serving serving(yes, {}, listen);
        EXPECT_NE(serving.port(), 0);
        EXPECT_THAT(ask(serving, get("/")), HasSubstr("yes"));
    }
}

} // namespace
} // namespace pcmirror::testing
