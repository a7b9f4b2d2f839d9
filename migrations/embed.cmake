# Turns migrations/NNNN_*.sql into one generated source with their text, in order.
function(pcmirror_embed_migrations target)
    file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/migrations/[0-9][0-9][0-9][0-9]_*.sql)
    list(SORT files)
    set(generated ${PROJECT_BINARY_DIR}/generated/embedded_migrations.cpp)
    add_custom_command(
        OUTPUT ${generated}
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/migrations/embed_script.cmake
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/migrations/embed_script.cmake
        VERBATIM)
    target_sources(${target} PRIVATE ${generated})
endfunction()
