# The Unity package, installed beside the native core for `eyebrush install unity`: its sources, and the
# bridge as a shared library for Linux and, where MinGW-w64 is, for Windows.
set(EYEBRUSH_UNITY_WINDOWS AUTO CACHE STRING "The Unity package's Windows library: AUTO, ON or OFF")
set_property(CACHE EYEBRUSH_UNITY_WINDOWS PROPERTY STRINGS AUTO ON OFF)

set(package eyebrush/unity_package)
set(binaries ${package}/Plugins~/x86_64)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/engine_bridge/unity/ DESTINATION ${package})

if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  message(STATUS "Unity package: no library (Unity's players for ${CMAKE_SYSTEM_NAME} are x86-64)")
  return()
endif()
set_target_properties(eyebrush_bridge_shared PROPERTIES EXCLUDE_FROM_ALL FALSE)
if(NOT MSVC AND NOT APPLE)
  target_link_options(eyebrush_bridge_shared PRIVATE $<$<CONFIG:Release>:-s>)
endif()
install(TARGETS eyebrush_bridge_shared
  LIBRARY DESTINATION ${binaries} RUNTIME DESTINATION ${binaries} ARCHIVE EXCLUDE_FROM_ALL DESTINATION ${binaries})

if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT EYEBRUSH_UNITY_WINDOWS STREQUAL "OFF")
  find_program(EYEBRUSH_MINGW x86_64-w64-mingw32-gcc)
  if(EYEBRUSH_MINGW)
    get_target_property(sources eyebrush_bridge_shared SOURCES)
    set(dll ${CMAKE_BINARY_DIR}/unity/eyebrush_bridge.dll)
    add_custom_command(OUTPUT ${dll}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/unity
      COMMAND ${EYEBRUSH_MINGW} -std=c11 -O2 -Wall -Wextra -Werror -DEB_SHARED -shared -static -s
        -I${CMAKE_SOURCE_DIR}/engine_bridge/include -I${CMAKE_SOURCE_DIR}/engine_bridge/src
        ${sources} -ladvapi32 -o ${dll}
      DEPENDS ${sources}
      COMMENT "The Unity package's Windows library")
    add_custom_target(eyebrush_unity_windows ALL DEPENDS ${dll})
    install(FILES ${dll} DESTINATION ${binaries})
  elseif(EYEBRUSH_UNITY_WINDOWS STREQUAL "ON")
    message(FATAL_ERROR "got no x86_64-w64-mingw32-gcc; wanted it for EYEBRUSH_UNITY_WINDOWS=ON; "
      "fix: apt-get install gcc-mingw-w64-x86-64")
  else()
    message(STATUS "Unity package: no Windows library (apt-get install gcc-mingw-w64-x86-64)")
  endif()
endif()
