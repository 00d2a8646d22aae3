# find_package(rotoscope): the exported targets rotoscope::core … rotoscope::notebooks_export of an installed prefix.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/rotoscope)
install(EXPORT rotoscope NAMESPACE rotoscope:: FILE rotoscopeTargets.cmake DESTINATION ${package_folder})
# Before version 1 a new minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rotoscopeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/rotoscopeConfig.cmake ${PROJECT_BINARY_DIR}/rotoscopeConfigVersion.cmake
    DESTINATION ${package_folder})
