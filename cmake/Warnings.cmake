# Warnings for our own code; errors only where a preset asks for it.
add_library(regdata_warnings INTERFACE)
target_compile_options(regdata_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wnull-dereference)
# GCC 12 reports these inside its own headers at -O2 under the sanitizers; they say nothing about our code.
target_compile_options(regdata_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference -Wno-maybe-uninitialized>)
# Asio orders its handlers by fences that the thread sanitizer does not model; GCC says so for each of them.
target_compile_options(regdata_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
if(REGDATA_WERROR)
  target_compile_options(regdata_warnings INTERFACE -Werror)
endif()
if(REGDATA_SANITIZE)
  add_compile_options(-fsanitize=${REGDATA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${REGDATA_SANITIZE})
endif()
