# How every target is compiled, and what a module is.

# Flags of the project's own code. They stay private: a consumer chooses its own.
add_library(rotoscope_flags INTERFACE)
target_compile_options(rotoscope_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    # gcc 12 sees overlaps in "literal" + std::string&& (gcc bug 105651) and uninitialised registers inside its own
    # AVX-512 intrinsics (105593): neither is there.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-uninitialized>
    $<$<BOOL:${ROTOSCOPE_WERROR}>:-Werror>
    # Strict C++20 turns the contraction of a·y + x into one fused instruction off: 58 instead of 214 GFLOP/s.
    -ffp-contract=fast
    $<$<BOOL:${ROTOSCOPE_NATIVE}>:-march=native>)
if(ROTOSCOPE_SANITIZE)
    # Global, so that every object and every link agrees.
    add_compile_options(-fsanitize=${ROTOSCOPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${ROTOSCOPE_SANITIZE})
    # gcc 12 then sees uninitialised members in std::regex that are not there (gcc bug 105616).
    target_compile_options(rotoscope_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# rotoscope_add_module(NAME LINKS target… PRIVATE_LINKS target…): the library rotoscope::NAME from src/*.cpp, with its
# headers in include/rotoscope/NAME. What it may link is what DESIGN's direction allows; a test checks the includes.
function(rotoscope_add_module name)
    cmake_parse_arguments(PARSE_ARGV 1 module "" "" "LINKS;PRIVATE_LINKS")
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)
    add_library(rotoscope_${name} STATIC ${sources})
    add_library(rotoscope::${name} ALIAS rotoscope_${name})
    set_target_properties(rotoscope_${name} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(rotoscope_${name} PUBLIC cxx_std_20)
    target_include_directories(rotoscope_${name}
        PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
        PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_link_libraries(rotoscope_${name} PUBLIC ${module_LINKS} PRIVATE ${module_PRIVATE_LINKS} $<BUILD_INTERFACE:rotoscope_flags>)
endfunction()
