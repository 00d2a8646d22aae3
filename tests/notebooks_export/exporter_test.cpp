#include "rotoscope/notebooks_export/exporter.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "demo_figures.hpp"
#include "support/files.hpp"

namespace rotoscope {
namespace {

// ROTOSCOPE_LOOK=folder writes the demonstration figures there in every style, to be looked at.
TEST(Exporter, WritesFiguresToLookAt) {
    const char* folder = std::getenv("ROTOSCOPE_LOOK");
    if (folder == nullptr) GTEST_SKIP() << "set ROTOSCOPE_LOOK to a folder to write the demonstration figures";
    ThreadPool pool;
    Progress progress(false);
    Context context{pool, progress};
    Result result;
    result.tool = "demo";
    result.figures = test::demo_figures();
    const std::vector<Format> formats = parse_formats("pdf,svg,png,gp");
    for (const auto& [name, style] : {std::pair{"iclr", Style::iclr}, {"icml", Style::icml}, {"plain", Style::plain}})
        export_result(result, {std::filesystem::path(folder) / name, formats, {}, style}, context);
}

}  // namespace
}  // namespace rotoscope
