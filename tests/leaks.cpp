// What LeakSanitizer is not to report, whoever runs the program: its runtime asks for it.

// libpqxx 6 forgets the result that tells of a lost connection: `exec` has it in hand as a bare
// pointer when it asks for the encoding, which throws as there is no connection any more
// (`connection_base::make_result`). Every other result is owned from its first moment on, so this
// hides none of ours.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the runtime's name
extern "C" const char* __lsan_default_suppressions() {
    return "leak:PQmakeEmptyPGresult\n";
}

// Tests look at what the program writes to stderr.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the runtime's name
extern "C" const char* __lsan_default_options() {
    return "print_suppressions=0";
}
