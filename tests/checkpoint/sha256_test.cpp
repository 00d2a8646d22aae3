#include "rotoscope/checkpoint/sha256.hpp"

#include "support/files.hpp"

#include <gtest/gtest.h>

#include <string>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

// FIPS 180-4's own examples.
TEST(Sha256, AgreesWithTheStandard) {
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesAndFilesAreOneText) {
    const std::string million(1'000'000, 'a');
    const std::string expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    Sha256 hash;
    for (std::size_t begin = 0; begin < million.size(); begin += 999)
        hash.add(std::string_view(million).substr(begin, 999));
    EXPECT_EQ(hash.finish(), expected);
    const test::TemporaryFolder folder;
    const InputFile file(folder.write("x", "before" + million + million + "after"));
    EXPECT_EQ(sha256_of(file, 6, million.size()), expected);
    EXPECT_EQ(sha256_of(file, 6, 2 * million.size()), sha256_of(million + million));  // more than a window
    EXPECT_EQ(sha256_of(file, 3, 0), sha256_of(""));
    EXPECT_THROW((void)sha256_of(file, 6, 3 * million.size()), Error);
}

}  // namespace
}  // namespace rotoscope
