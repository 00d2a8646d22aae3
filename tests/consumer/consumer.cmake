# Installs a build into an empty prefix, and builds and runs the consumer against it, without any -march:
#
#     cmake -D BUILD=build/release -D FOLDER=scratch -D SOURCE=tests/consumer -D CHECKPOINT=data/checkpoints/parity-srope
#         -D VERSION=0.1.0 -D COMPILER=g++ -D GENERATOR=Ninja -P consumer.cmake
file(REMOVE_RECURSE ${FOLDER})
function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${FOLDER}/build -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER}
    -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH=${FOLDER}/prefix -D VERSION=${VERSION})
run(${CMAKE_COMMAND} --build ${FOLDER}/build)
run(${FOLDER}/build/consumer ${CHECKPOINT})
