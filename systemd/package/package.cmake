# The Debian package: cmake --workflow --preset package
#
# Where SOURCE_DATE_EPOCH is not set, the date of the newest commit stands for it: the same sources
# make the same package, byte by byte.
include(GNUInstallDirs)

set(package_dir ${CMAKE_CURRENT_LIST_DIR})
set(unit_dir /lib/systemd/system)
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/pcmirror)

# packaged(FILES FILE... DESTINATION DIR): what only the package has. `cmake --install` has no business
# in /etc and /lib.
function(packaged)
    install(${ARGN} COMPONENT package EXCLUDE_FROM_ALL)
endfunction()

packaged(FILES pcmirror.service pcmirror-sync.service pcmirror-sync.timer DESTINATION ${unit_dir})
packaged(FILES sysusers.d/pcmirror.conf DESTINATION lib/sysusers.d)
packaged(FILES tmpfiles.d/pcmirror.conf DESTINATION lib/tmpfiles.d)
# Secrets may stand in it.
packaged(FILES ${PROJECT_SOURCE_DIR}/config/pcmirror.yaml DESTINATION /etc/pcmirror
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)

packaged(FILES ${PCMIRROR_MANUAL}/pcmirror.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME pcmirror)
packaged(FILES ${PCMIRROR_MANUAL}/pcmirror.zsh
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _pcmirror)
packaged(FILES ${PCMIRROR_MANUAL}/pcmirror.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# README.md, and what it links to, where its links lead.
packaged(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${doc_dir})
foreach(folder config migrations schema sync tests/bench tests/simulator)
    packaged(FILES ${PROJECT_SOURCE_DIR}/${folder}/README.md DESTINATION ${doc_dir}/${folder})
endforeach()
packaged(FILES ${PROJECT_SOURCE_DIR}/config/pcmirror.yaml ${PROJECT_SOURCE_DIR}/config/EVENTS.md
    DESTINATION ${doc_dir}/config)
packaged(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${doc_dir} RENAME copyright)
packaged(FILES ${PROJECT_SOURCE_DIR}/schema/RESOURCES.md ${PROJECT_SOURCE_DIR}/schema/OPERATIONS.md
    DESTINATION ${doc_dir}/schema)
packaged(DIRECTORY ${PROJECT_SOURCE_DIR}/schema/queries DESTINATION ${doc_dir}/schema)
packaged(FILES README.md DESTINATION ${doc_dir}/systemd)
packaged(FILES pcmirror.service.d/site.conf.example DESTINATION ${doc_dir}/systemd/pcmirror.service.d)
packaged(FILES monitoring/README.md monitoring/pcmirror.rules.yml monitoring/pcmirror.rules.test.yml
    monitoring/grafana.json DESTINATION ${doc_dir}/systemd/monitoring)
packaged(PROGRAMS monitoring/metric-names DESTINATION ${doc_dir}/systemd/monitoring)
packaged(FILES package/lintian-overrides
    DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME pcmirror)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pcmirror)
set(PCMIRROR_MAINTAINER "pcmirror authors <pcmirror@example.org>" CACHE STRING "who answers for the package")
set(CPACK_PACKAGE_CONTACT ${PCMIRROR_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "mirror of Microsoft Partner Center in PostgreSQL")
set(CPACK_PACKAGE_DESCRIPTION
"A daemon that keeps customers, subscriptions, users and licenses of a Cloud
Solution Provider in tables, with every change on record, and that writes
jobs queued in SQL back to Partner Center.")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS
    ${PROJECT_BINARY_DIR} pcmirror Unspecified / ${PROJECT_BINARY_DIR} pcmirror package /)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
# Files are as their sources, directories as the policy wants them.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "grafana, postgresql (>= 15), prometheus")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${package_dir}/conffiles ${package_dir}/postinst ${package_dir}/prerm ${package_dir}/postrm)

# What CPack has no variables for is done to the files just before they are packed.
set(CPACK_PRE_BUILD_SCRIPTS ${package_dir}/finish.cmake)
set(CPACK_PROJECT_CONFIG_FILE ${package_dir}/date.cmake)
set(CPACK_PCMIRROR_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_PCMIRROR_MANUAL ${PCMIRROR_MANUAL})
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
