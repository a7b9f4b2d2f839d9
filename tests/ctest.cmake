# Makes each GoogleTest a ctest entry under its label. What needs a database gets one cluster per run
# of ctest, started before and removed after it.
include(GoogleTest)

set(cluster_file ${CMAKE_CURRENT_BINARY_DIR}/cluster)
set(cluster_script ${CMAKE_CURRENT_LIST_DIR}/support/cluster)
add_test(NAME cluster.start COMMAND ${cluster_script} fixture-start ${cluster_file})
add_test(NAME cluster.stop COMMAND ${cluster_script} fixture-stop ${cluster_file})
set_tests_properties(cluster.start PROPERTIES FIXTURES_SETUP cluster)
set_tests_properties(cluster.stop PROPERTIES FIXTURES_CLEANUP cluster)

# Listed when ctest runs rather than when the program is linked: a build needs to run nothing.
foreach(label unit database simulated process)
    set(program pcmirror_${label}_tests)
    if(NOT TARGET ${program})
        continue()
    endif()
    set(cluster "")
    if(NOT label STREQUAL unit)
        set(cluster FIXTURES_REQUIRED cluster ENVIRONMENT PCMIRROR_TEST_CLUSTER_FILE=${cluster_file})
    endif()
    gtest_discover_tests(${program}
        TEST_PREFIX ${label}.
        DISCOVERY_MODE PRE_TEST
        NO_PRETTY_VALUES
        DISCOVERY_TIMEOUT 60
        PROPERTIES LABELS ${label} ${cluster})
endforeach()
