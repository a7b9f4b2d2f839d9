# The targets `format` and `lint`; both call tests/lint.
add_custom_target(format
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/lint --format
    COMMENT "formatting all sources"
    VERBATIM)
add_custom_target(lint
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/lint
    COMMENT "format, shellcheck, clang-tidy"
    USES_TERMINAL
    VERBATIM)
