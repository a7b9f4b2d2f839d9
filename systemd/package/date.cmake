# Whatever the package dates: SOURCE_DATE_EPOCH, else the newest commit.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
    execute_process(
        COMMAND git -C ${CPACK_PCMIRROR_SOURCE} log -1 --format=%ct
        OUTPUT_VARIABLE commit_date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT commit_date)
        string(TIMESTAMP commit_date %s UTC)
    endif()
    set(ENV{SOURCE_DATE_EPOCH} ${commit_date})
endif()
