# Files of a target that are compiled together share what they instantiate: half a cold build. A name at file level is then unique in
# its namespace, not only in its file. A build without this (the presets tidy and fuzz) tells when a file leans on its neighbour.
function(regdata_batches target)
  if(REGDATA_BATCH GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${REGDATA_BATCH})
    # a class of one .cpp may well hold a type of that file; GCC takes the .cpp for a header here
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    if(ARGN)
      set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
endfunction()

# regdata_room(NAME SOURCES a.cpp … ALONE b.cpp … LINK libs …): one library a room, its files listed one by one; those that are
# ALONE are large enough to be no part of a batch.
# Headers are found as "room/file.hpp"; which room may include which is enforced by tests/house.
function(regdata_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ALONE;LINK" ${ARGN})
  add_library(regdata_${name} STATIC ${ROOM_SOURCES} ${ROOM_ALONE})
  target_include_directories(regdata_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(regdata_${name} PUBLIC ${ROOM_LINK} PRIVATE regdata_warnings)
  regdata_reuse_headers(regdata_${name} regdata_room_headers)
  regdata_batches(regdata_${name} ${ROOM_ALONE})
endfunction()

# regdata_test(NAME SOURCES a_test.cpp … ALONE b_test.cpp … LINK libs …): one GoogleTest program; labels name the room.
function(regdata_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;ALONE;LINK;LABELS" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  if(REGDATA_TEST_PATIENCE)
    math(EXPR TEST_TIMEOUT "${TEST_TIMEOUT} * ${REGDATA_TEST_PATIENCE}")
  endif()
  add_executable(${name} ${TEST_SOURCES} ${TEST_ALONE})
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
  regdata_batches(${name} ${TEST_ALONE})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT})
endfunction()
