# Compresses what Debian wants compressed, and gives all files one date, so that a package can be
# made again byte by byte.
set(root ${CPACK_TEMPORARY_DIRECTORY})
set(doc ${root}/usr/share/doc/pcmirror)

function(require what)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${what} failed: ${result}")
    endif()
endfunction()

# compressed(FILE DESTINATION): without name and date in it.
function(compressed file destination)
    execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${destination} RESULT_VARIABLE result)
    require("gzip ${file}")
endfunction()

file(MAKE_DIRECTORY ${root}/usr/share/man/man1 ${root}/usr/share/man/man5)
compressed(${CPACK_PCMIRROR_MANUAL}/pcmirror.1 ${root}/usr/share/man/man1/pcmirror.1.gz)
compressed(${CPACK_PCMIRROR_MANUAL}/pcmirror.yaml.5 ${root}/usr/share/man/man5/pcmirror.yaml.5.gz)

compressed(${CPACK_PCMIRROR_SOURCE}/CHANGELOG.md ${doc}/changelog.gz)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${root}/../changelog
    "pcmirror (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) bookworm; urgency=medium\n\n"
    "  * New version; /usr/share/doc/pcmirror/changelog.gz tells what it brings.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
compressed(${root}/../changelog ${doc}/changelog.Debian.gz)

execute_process(
    COMMAND find ${root} -exec touch --no-dereference "--date=@$ENV{SOURCE_DATE_EPOCH}" {} +
    RESULT_VARIABLE result)
require(touch)
