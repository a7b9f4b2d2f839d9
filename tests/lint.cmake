# The targets `format` and `lint`; both call tests/lint.
add_custom_target(format
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/lint --format
    COMMENT "formatting all sources"
    VERBATIM)
add_custom_target(lint
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/lint --changed ${CMAKE_BINARY_DIR}
    COMMENT "format, clang-tidy on changed sources, shellcheck"
    USES_TERMINAL
    VERBATIM)
