# Headers of others that most files include, parsed once for all of them: a third off a cold build. Files still include what they
# use; a build without this (REGDATA_PCH=OFF, or another compiler than GCC) tells when one does not.
set(REGDATA_STD_HEADERS <algorithm> <array> <charconv> <chrono> <filesystem> <functional> <memory> <mutex> <optional> <span>
  <string> <string_view> <utility> <variant> <vector>)

# regdata_headers(NAME HEADERS <a> … LINK libs …): a target that holds the parsed headers.
function(regdata_headers name)
  cmake_parse_arguments(PARSED "" "" "HEADERS;LINK;OPTIONS" ${ARGN})
  if(NOT REGDATA_PCH)
    return()
  endif()
  set(source ${CMAKE_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// holds parsed headers\n")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE ${PARSED_LINK} regdata_warnings)
  target_precompile_headers(${name} PRIVATE ${PARSED_HEADERS})
  # lets ccache see into files that begin with parsed headers
  target_compile_options(${name} PRIVATE -fpch-preprocess ${PARSED_OPTIONS})
endfunction()

function(regdata_reuse_headers target from)
  if(REGDATA_PCH)
    target_precompile_headers(${target} REUSE_FROM ${from})
    # GCC 12 reports these inside std::string once its header is parsed ahead; the sanitizers look for the real thing
    target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
      -Wno-stringop-overread)
  endif()
endfunction()

regdata_headers(regdata_room_headers HEADERS ${REGDATA_STD_HEADERS})
if(REGDATA_TESTS)
  regdata_headers(regdata_test_headers
    HEADERS ${REGDATA_STD_HEADERS} <fstream> <map> <set> <sstream> <thread> <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h>
      <rapidcheck/gtest.h>
    LINK GTest::gmock
    OPTIONS ${REGDATA_TEST_OPTIMIZATION})
  if(TARGET regdata_test_headers)
    target_include_directories(regdata_test_headers SYSTEM PRIVATE ${RAPIDCHECK_INCLUDE})
  endif()
endif()
