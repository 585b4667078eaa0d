// regdata: keeps a registrar's registration data and lets it out by exactly three doors.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "app/command_line.hpp"
#include "app/process.hpp"

int main(int argc, char** argv) {
  using namespace regdata::app;
  protect_files_and_memory();
  Output output(stdout, stderr);
  try {
    return make_command_line()->run(argc, argv, environ, output, system_clock());
  } catch (const std::bad_alloc&) {
    return output.finish(regdata::make_error(regdata::Errc::unavailable, "out of memory"));
  } catch (const std::system_error& failure) {  // a thread that the system does not give; its text is the system's own
    return output.finish(
        regdata::make_error(regdata::Errc::unavailable, std::string("the system refuses: ") + failure.code().message()));
  } catch (const std::exception&) {
    // What an exception says may quote data: it is not printed. A bug is found by its core of facts, not by its message.
    return output.finish(
        regdata::make_error(regdata::Errc::internal, "this is a bug in regdata", "please report the command that you gave"));
  }
}
