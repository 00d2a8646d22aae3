# How every target is compiled, and what a module is.

# Flags of the project's own code. They stay private: a consumer chooses its own.
add_library(rotoscope_flags INTERFACE)
target_compile_options(rotoscope_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    # gcc 12 sees overlaps and overruns in "literal" + std::string&& (gcc bug 105651), the latter once its header is
    # precompiled, and uninitialised registers inside its own AVX-512 intrinsics (105593): neither is there.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-uninitialized>
    # Vectors wider than the target's registers never cross a function that is not inlined.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>
    $<$<BOOL:${ROTOSCOPE_WERROR}>:-Werror>
    # Strict C++20 turns the contraction of a·y + x into one fused instruction off: 58 instead of 214 GFLOP/s.
    -ffp-contract=fast
    # Square roots and selections become vector code only where neither errno nor traps are watched; no value changes.
    -fno-math-errno -fno-trapping-math
    $<$<BOOL:${ROTOSCOPE_NATIVE}>:-march=native>)
if(ROTOSCOPE_SANITIZE)
    # Global, so that every object and every link agrees.
    add_compile_options(-fsanitize=${ROTOSCOPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${ROTOSCOPE_SANITIZE})
    # gcc 12 then sees uninitialised members in std::regex that are not there (gcc bug 105616).
    target_compile_options(rotoscope_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# rotoscope_add_module(NAME LINKS target… PRIVATE_LINKS target…): the library rotoscope::NAME from src/*.cpp, with its
# headers in include/rotoscope/NAME, installed and exported. What it may link is what DESIGN's direction allows; a test
# checks the includes. What a consumer must find because of LINKS or PRIVATE_LINKS, rotoscopeConfig.cmake finds.
function(rotoscope_add_module name)
    cmake_parse_arguments(PARSE_ARGV 1 module "" "" "LINKS;PRIVATE_LINKS")
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)
    add_library(rotoscope_${name} STATIC ${sources})
    add_library(rotoscope::${name} ALIAS rotoscope_${name})
    set_target_properties(rotoscope_${name} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(rotoscope_${name} PUBLIC cxx_std_20)
    # Eigen's alignment is part of the binary interface: whoever links a module, built for whatever instruction set,
    # must allocate and free matrices as the library does.
    target_compile_definitions(rotoscope_${name} PUBLIC EIGEN_MAX_ALIGN_BYTES=64)
    target_include_directories(rotoscope_${name}
        PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
        PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
    rotoscope_split_links(libraries headers ${module_PRIVATE_LINKS})
    target_link_libraries(rotoscope_${name} PUBLIC ${module_LINKS}
        PRIVATE ${libraries} $<BUILD_INTERFACE:rotoscope_flags> ${headers})
    install(TARGETS rotoscope_${name} EXPORT rotoscope)
    install(DIRECTORY include/rotoscope TYPE INCLUDE)
endfunction()

# What most files of a module parse: the standard library's and {fmt}'s headers, and Eigen's where a module's own have it.
function(rotoscope_precompile target)
    set(headers <algorithm> <cmath> <filesystem> <functional> <map> <string> <vector> <fmt/format.h> ${ARGN})
    target_precompile_headers(${target} PRIVATE ${headers})
endfunction()

# What a static library links privately its consumers must link too, but not what is only headers: that becomes
# $<BUILD_INTERFACE:…>, and a consumer need not have it.
function(rotoscope_split_links libraries_variable headers_variable)
    foreach(target IN LISTS ARGN)
        get_target_property(kind ${target} TYPE)
        get_target_property(linked ${target} INTERFACE_LINK_LIBRARIES)
        if(kind STREQUAL INTERFACE_LIBRARY AND NOT linked)
            list(APPEND headers $<BUILD_INTERFACE:${target}>)
        else()
            list(APPEND libraries ${target})
        endif()
    endforeach()
    set(${libraries_variable} ${libraries} PARENT_SCOPE)
    set(${headers_variable} ${headers} PARENT_SCOPE)
endfunction()
