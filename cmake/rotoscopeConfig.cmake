# What rotoscope's static libraries need of whoever links them. Libraries of which only headers are used privately are
# not among it.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Eigen3 3.4)
find_dependency(fmt)
find_dependency(OpenSSL COMPONENTS Crypto)
find_dependency(ZLIB)
find_dependency(PkgConfig)
pkg_check_modules(FFTW REQUIRED QUIET IMPORTED_TARGET fftw3)
include(${CMAKE_CURRENT_LIST_DIR}/rotoscopeTargets.cmake)
