#include "support/files.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace rotoscope::test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "rotoscope-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

fs::path TemporaryFolder::write(const std::string& name, std::string_view bytes) const {
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
    return file;
}

std::string read_bytes(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool in_memory(const fs::path& folder) {
    struct statfs system{};
    return statfs(folder.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC;
}

fs::path source_path(const std::string& relative) { return fs::path(ROTOSCOPE_SOURCE_DIR) / relative; }

fs::path shared_folder() {
    const char* chosen = std::getenv("ROTOSCOPE_SHARED");
    const fs::path folder =
        chosen != nullptr ? fs::path(chosen) : fs::path(ROTOSCOPE_SOURCE_DIR).parent_path() / "shared";
    return fs::is_directory(folder / "checkpoints") ? folder : fs::path();
}

}  // namespace rotoscope::test
