// Tests of the numbers of a family's members.
#include "frontend/driver/MemberNumber.h"

#include <gtest/gtest.h>

namespace tl::driver {
namespace {

std::int64_t at(const char *text, std::int64_t value) {
  return parseMemberNumber(text)->at(value).value();
}

TEST(MemberNumber, FollowsThePrecedenceOfTheLanguage) {
  EXPECT_EQ(at("l", 7), 7);
  EXPECT_EQ(at("2*l+1", 3), 7);
  EXPECT_EQ(at("1 + 2 * l", 3), 7);
  EXPECT_EQ(at("l-(l+3)/8", 13), 11);
  EXPECT_EQ(at("2*(l%3)*l/4", 5), 5);
  EXPECT_EQ(at("l'/0", 5), 0);
}

TEST(MemberNumber, HasNoValueBeyond64Bits) {
  EXPECT_FALSE(parseMemberNumber("l*999999999*999999999*l")->at(1'000'000'000));
}

TEST(MemberNumber, TakesNothingElse) {
  for (const char *text : {"", "3", "l+", "l+k", "(l", "l)", "l 2", "2l", "l+9999999999", "-l", "l{", "l//2"})
    EXPECT_FALSE(parseMemberNumber(text)) << text;
  EXPECT_FALSE(parseMemberNumber(std::string(1'000'000, '(') + "l"));
}

} // namespace
} // namespace tl::driver
