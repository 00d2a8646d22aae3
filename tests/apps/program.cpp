#include "program.hpp"

#include "support/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "rotoscope/checkpoint/safetensors_writer.hpp"

namespace rotoscope::test {

namespace fs = std::filesystem;

ProcessOutcome run_rotoscope(const Arguments& arguments, const Environment& environment) {
    Arguments command{ROTOSCOPE_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_process(command, {"", environment});
}

ProcessOutcome run_rotoscope_in(const fs::path& folder, const Arguments& arguments) {
    Arguments command{"env", "-C", folder.string(), ROTOSCOPE_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_process(command);
}

::testing::AssertionResult fails(const ProcessOutcome& outcome, ExitCode code, const std::vector<std::string>& parts) {
    const std::string_view errors = outcome.errors;
    const auto lines = std::count(errors.begin(), errors.end(), '\n');
    const bool printable = std::all_of(errors.begin(), errors.end(), [](char c) {
        return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    });
    std::string problem;
    if (outcome.exit_code != static_cast<int>(code))
        problem = "exit code " + std::to_string(outcome.exit_code) + ", not " + std::to_string(static_cast<int>(code));
    else if (!outcome.output.empty()) problem = "stdout is not empty: " + outcome.output.substr(0, 200);
    else if (!errors.starts_with("rotoscope: ") || !errors.ends_with('\n')) problem = "no message of the program";
    else if (lines < 1 || lines > 3) problem = std::to_string(lines) + " lines";
    else if (errors.size() > 1000) problem = std::to_string(errors.size()) + " bytes";
    else if (!printable) problem = "control characters";
    for (const std::string& part : parts)
        if (errors.find(part) == std::string_view::npos) problem += " lacks '" + part + "'";
    if (problem.empty()) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << problem << "\nstderr: " << errors;
}

::testing::AssertionResult succeeds(const ProcessOutcome& outcome) {
    if (outcome.exit_code == 0) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "exit code " << outcome.exit_code << "\nstderr: " << outcome.errors;
}

std::string checkpoint(const std::string& name) { return (shared_folder() / "checkpoints" / name).string(); }

fs::path copy_model(const std::string& name, const fs::path& target) {
    fs::create_directories(target);
    for (const auto& entry : fs::directory_iterator(checkpoint(name))) {
        const fs::path copy = target / entry.path().filename();
        fs::copy_file(entry.path(), copy);
        fs::permissions(copy, fs::perms::owner_write, fs::perm_options::add);
    }
    return target;
}

fs::path write_hollow_llama(const fs::path& folder, int layers, std::uint64_t hidden) {
    std::ofstream(folder / "config.json") << fmt::format(
        R"({{"model_type": "llama", "hidden_size": {0}, "num_attention_heads": {1}, "num_key_value_heads": {1},
            "num_hidden_layers": {2}, "max_position_embeddings": 4096}})",
        hidden, hidden / 128, layers);
    std::vector<TensorDeclaration> tensors;
    for (int layer = 0; layer < layers; ++layer)
        for (const char kind : {'q', 'k'})
            tensors.push_back(
                {fmt::format("model.layers.{}.self_attn.{}_proj.weight", layer, kind), DType::f32, {hidden, hidden}});
    fs::path file = folder / "model.safetensors";
    SafetensorsWriter(file, tensors).commit();
    return file;
}

Contents contents(const fs::path& folder) {
    Contents files;
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_bytes(entry.path());
    return files;
}

bool has_temporary_files(const fs::path& folder) {
    if (!fs::exists(folder)) return false;
    return std::any_of(fs::recursive_directory_iterator(folder), fs::recursive_directory_iterator(),
                       [](const auto& entry) { return entry.path().extension() == ".tmp"; });
}

void replace_in(const fs::path& file, const std::string& from, const std::string& to) {
    std::string text = read_bytes(file);
    const std::size_t at = text.find(from);
    if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
        throw std::runtime_error(from + " does not occur once in " + file.string());
    text.replace(at, from.size(), to);
    std::ofstream(file, std::ios::binary) << text;
}

RunningProgram::RunningProgram(const Arguments& arguments, int output, int errors) {
    Arguments command{ROTOSCOPE_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& argument : command) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("cannot fork");
    if (child_ > 0) return;
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(output < 0 ? nothing : output, STDOUT_FILENO);
    dup2(errors < 0 ? nothing : errors, STDERR_FILENO);
    execv(pointers.front(), pointers.data());
    _exit(127);
}

RunningProgram::~RunningProgram() {
    if (child_ <= 0) return;
    send(SIGKILL);
    wait();
}

void RunningProgram::send(int signal_number) const {
    if (child_ > 0) kill(child_, signal_number);
}

int RunningProgram::wait() {
    int status = 0;
    while (wait4(child_, &status, 0, &usage_) < 0 && errno == EINTR) {
    }
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void SharedCheckpoints::SetUp() { ROTOSCOPE_NEEDS_SHARED(); }

}  // namespace rotoscope::test
