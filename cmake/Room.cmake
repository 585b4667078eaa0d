# regdata_room(NAME SOURCES a.cpp … LINK libs …): one library a room, its files listed one by one.
# Headers are found as "room/file.hpp"; which room may include which is enforced by tests/house.
function(regdata_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(regdata_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(regdata_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(regdata_${name} PUBLIC ${ROOM_LINK} PRIVATE regdata_warnings)
  regdata_reuse_headers(regdata_${name} regdata_room_headers)
endfunction()

# regdata_test(NAME SOURCES a_test.cpp … LINK libs …): one GoogleTest program; labels name the room.
function(regdata_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  if(REGDATA_TEST_PATIENCE)
    math(EXPR TEST_TIMEOUT "${TEST_TIMEOUT} * ${REGDATA_TEST_PATIENCE}")
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} SYSTEM PRIVATE ${RAPIDCHECK_INCLUDE})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_LINK} GTest::gmock GTest::gtest_main ${RAPIDCHECK_LIBRARY} regdata_warnings)
  target_compile_definitions(${name} PRIVATE REGDATA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  regdata_reuse_headers(${name} regdata_test_headers)
  # half of their compile time; what they test keeps its own flags
  target_compile_options(${name} PRIVATE ${REGDATA_TEST_OPTIMIZATION})
  # another quarter: null and sizes the address sanitizer sees as well, and what packs bytes are the rooms, which keep all three
  if(REGDATA_SANITIZE MATCHES undefined)
    target_compile_options(${name} PRIVATE -fno-sanitize=null,alignment,object-size)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT})
endfunction()
