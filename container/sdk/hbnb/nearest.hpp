// The word that may have been meant, for the sentence about one that is unknown. Pure; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hbnb::sdk {

inline constexpr std::size_t kSuggestLengthMax = 64;  // a longer word is not compared

// Inserted, dropped and changed characters, and swapped neighbours, that lead from one word to the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

// The nearest of `words` if it is near enough to be meant, else "": at most a third of the longer of the two differs,
// or one character. Of equally near ones the first.
inline std::string nearest(std::string_view word, const std::vector<std::string> &words) {
    if (word.size() > kSuggestLengthMax) return "";
    std::string best;
    std::size_t best_distance = 0;
    for (const std::string &one : words) {
        const std::size_t distance = edit_distance(word, one);
        const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), one.size()) / 3);
        if (distance > allowed || (!best.empty() && distance >= best_distance)) continue;
        best = one;
        best_distance = distance;
    }
    return best;
}

// What a sentence about an unknown word ends with: "; did you mean database?", or nothing.
inline std::string did_you_mean(const std::string &word) { return word.empty() ? "" : "; did you mean " + word + "?"; }

}  // namespace hbnb::sdk
