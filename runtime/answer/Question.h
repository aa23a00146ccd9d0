// What a program asks: a query, or the part of a tensor that goes to a file.
#pragma once

#include "runtime/core/Domain.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tl::runtime {

/// The symbols of a domain by its number, or null for integers.
using DomainOf = std::function<const Domain *(std::uint32_t)>;

/// What stands in one position of a question.
struct QuestionArgument {
  enum class Kind : std::uint8_t { Variable, Wildcard, Integer, Symbol };
  Kind kind = Kind::Wildcard;
  std::string text; ///< variable name or symbol
  std::int64_t integer = 0;
};

/// How a question is answered: by rows, by true or false, by elements.
enum class QuestionKind : std::uint8_t { Relation, Truth, Tensor };

/// One index of the tensor that is asked for.
struct QuestionAxis {
  std::uint32_t domain = 0; ///< its number
  bool isDeclared = false;  ///< the program fixes the order of its symbols
  std::int64_t extent = 0;
};

/// One question, `text` as written without the mark.
struct Question {
  std::string text;
  QuestionKind kind = QuestionKind::Tensor;
  bool isBare = false;
  std::vector<QuestionArgument> arguments; ///< empty when bare
  std::string tensor;                      ///< its name
  std::vector<QuestionAxis> axes;          ///< of the tensor
};

/// What is written to a file.
struct FileOutput {
  std::string path; ///< as in the program
  Question selection;
};

} // namespace tl::runtime
