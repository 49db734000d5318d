# hbnb_add_handler(NAME SOURCES … [LINKS …] [OUTPUT dir])
#
# A plugin for the container: the target NAME builds NAME.so into ${CMAKE_BINARY_DIR}/handlers (or `dir`). It sees
# <hbnb/handler.hpp>, exports hbnb_handler_plugin only (the build fails where it exports anything else), and leaves no
# symbol to be found at run time. Works inside this tree and, by find_package(hbnb-handler), outside.
include_guard(GLOBAL)
cmake_policy(VERSION 3.25)    # of this file and the function in it

# A source of a language that project() has not enabled would be left out, and what CMake says of that names neither.
function(hbnb_check_languages name)
    get_property(enabled GLOBAL PROPERTY ENABLED_LANGUAGES)
    foreach(source IN LISTS ARGN)
        set(language)
        if(source MATCHES "\\.c$")
            set(language C)
        elseif(source MATCHES "\\.(cc|cpp|cxx|C)$")
            set(language CXX)
        endif()
        if(language AND NOT language IN_LIST enabled)
            message(FATAL_ERROR "unable to add handler ${name}: ${source} needs the language ${language}, "
                "and the project has only ${enabled}; write project(${PROJECT_NAME} LANGUAGES ${language})")
        endif()
    endforeach()
endfunction()

function(hbnb_add_handler name)
    cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;LINKS" ${ARGN})
    if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "unable to add handler ${name}: hbnb_add_handler(NAME SOURCES file… [LINKS target…] [OUTPUT dir])")
    endif()
    if(NOT ARG_OUTPUT)
        set(ARG_OUTPUT ${CMAKE_BINARY_DIR}/handlers)
    endif()
    set(here ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    hbnb_check_languages(${name} ${ARG_SOURCES})

    add_library(${name} MODULE ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name} SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT}
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${here}/handler.map)
    target_compile_features(${name} PRIVATE cxx_std_20)
    target_link_libraries(${name} PRIVATE hbnb::sdk ${ARG_LINKS} $<TARGET_NAME_IF_EXISTS:hbnb_flags>)
    target_link_options(${name} PRIVATE "LINKER:--version-script=${here}/handler.map")
    if(NOT HBNB_SANITIZE AND NOT "${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")    # the program brings a sanitizer's symbols
        target_link_options(${name} PRIVATE "LINKER:-z,defs")
    endif()
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM
        COMMAND ${CMAKE_COMMAND} -DPLUGIN=$<TARGET_FILE:${name}> -DNM=${CMAKE_NM} -P ${here}/check_exports.cmake)
endfunction()
