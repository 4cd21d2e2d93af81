# hammock_module(core/service
#   HEADERS service.h …      public: the only headers that other modules may include
#   SOURCES service.cc …
#   USES    base wire        modules; only those declared before, so a cycle cannot be written
#   LIBS    PkgConfig::x …   third-party libraries
#   TESTS   service_test.cc  one test program per module, linking this module only; ctest gives it
#                            HAMMOCK_SOURCE_DIR in the environment
#   FUZZ    x_fuzz.cc        one libFuzzer program per file, in the dev preset
#   PLAIN                    no exceptions, no RTTI: what the keeper is made of
# )
#
# Includes are written "core/service/service.h". Each module has an include root of its own that holds
# nothing but itself, so including a module that is not in USES is 'No such file'. `ninja
# all_verify_interface_header_sets` compiles every public header alone.
find_package(GTest REQUIRED)
include(GoogleTest)

function(hammock_target module out)
  string(REPLACE "/" "_" flat ${module})
  set(${out} hammock_${flat} PARENT_SCOPE)
endfunction()

function(hammock_module module)
  cmake_parse_arguments(M "PLAIN" "" "HEADERS;SOURCES;USES;LIBS;TESTS;FUZZ" ${ARGN})
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "module '${module}': unknown arguments ${M_UNPARSED_ARGUMENTS}")
  endif()
  hammock_target(${module} target)
  set(uses "")
  foreach(use IN LISTS M_USES)
    hammock_target(${use} used)
    if(NOT TARGET ${used})
      message(FATAL_ERROR "module '${module}' uses '${use}', which is not declared before it")
    endif()
    list(APPEND uses ${used})
  endforeach()

  set(root ${CMAKE_BINARY_DIR}/include/${target})
  get_filename_component(parent ${root}/${module} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${module} ${root}/${module} SYMBOLIC)

  add_library(${target} STATIC ${M_SOURCES})
  list(TRANSFORM M_HEADERS PREPEND ${root}/${module}/)
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${root} FILES ${M_HEADERS})
  target_include_directories(${target} PUBLIC ${root})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${target} PUBLIC ${uses} PRIVATE ${M_LIBS})
  if(M_PLAIN)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti)
  endif()

  if(M_TESTS)
    add_executable(${target}_test ${M_TESTS})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gmock_main ${M_LIBS})
    target_compile_options(${target}_test PRIVATE -O0)
    string(REPLACE "/" "." prefix ${module})
    gtest_discover_tests(${target}_test TEST_PREFIX "${prefix}." DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 120
                         ENVIRONMENT "HAMMOCK_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
  endif()
  if(HAMMOCK_SANITIZE)
    foreach(source IN LISTS M_FUZZ)
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      target_link_libraries(${name} PRIVATE ${target} ${M_LIBS})
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
