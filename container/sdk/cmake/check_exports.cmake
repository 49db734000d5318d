# cmake -DPLUGIN=file.so -DNM=nm -P check_exports.cmake
# Fails, and removes the file so that the next build tries again, unless the plugin exports hbnb_handler_plugin and
# nothing else: what a plugin exports could take the place of another plugin's or the worker's function of that name.
get_filename_component(name "${PLUGIN}" NAME)
execute_process(COMMAND "${NM}" -D --defined-only "${PLUGIN}"
    OUTPUT_VARIABLE listing ERROR_VARIABLE trouble RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "unable to check the exports of plugin ${name}: ${NM}: ${trouble}")
endif()

set(extra)
set(has_entry FALSE)
string(REPLACE "\n" ";" lines "${listing}")
foreach(line IN LISTS lines)
    if(NOT line MATCHES "^[0-9a-fA-F]* *[A-Za-z] ([^ ]+)$")
        continue()
    endif()
    set(symbol "${CMAKE_MATCH_1}")
    if(symbol MATCHES "^hbnb_handler_plugin(@.*)?$")
        set(has_entry TRUE)
    else()
        list(APPEND extra "${symbol}")
    endif()
endforeach()

if(extra)
    file(REMOVE "${PLUGIN}")
    list(JOIN extra ", " extra)
    message(FATAL_ERROR "unable to accept plugin ${name}: it exports more than hbnb_handler_plugin: ${extra}")
endif()
if(NOT has_entry)
    file(REMOVE "${PLUGIN}")
    message(FATAL_ERROR "unable to accept plugin ${name}: it does not export hbnb_handler_plugin; "
        "write HBNB_EXPORT_HANDLER(YourClass) once, at file scope")
endif()
