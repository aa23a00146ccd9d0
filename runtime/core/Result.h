// Errors of the world (files, memory, limits) as values.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace tl::runtime {

/// Whose limit or input failed; each kind is one process exit code (see `exitCode`).
enum class ErrorKind {
  Program,     ///< the program does not fit its data: a well-formed file whose shape disagrees
  Usage,       ///< the command line is wrong
  Data,        ///< a file is missing or malformed
  Limit,       ///< memory, time or tuples ran out
  Check,       ///< it ran but failed a check: not converged, NaN
  Interrupted, ///< the user stopped it
  Unsupported, ///< the language promises it, this version does not do it yet
};

/// The process exit code of `kind`, as the language reference lists them.
int exitCode(ErrorKind kind);

/// What went wrong, in words of the language; lower case, no full stop.
struct Error {
  ErrorKind kind = ErrorKind::Data;
  std::string message;
};

/// A value or the reason why there is none.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() & { return std::get<0>(state); }
  const T &operator*() const & { return std::get<0>(state); }
  T &&operator*() && { return std::get<0>(std::move(state)); }
  T *operator->() { return &std::get<0>(state); }
  const T *operator->() const { return &std::get<0>(state); }
  const Error &error() const { return std::get<1>(state); }

private:
  std::variant<T, Error> state;
};

/// Success or the reason for failure.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Error error) : failure(std::move(error)), failed(true) {}

  explicit operator bool() const { return !failed; }
  const Error &error() const {
    assert(failed && "a success has no error");
    return failure;
  }

private:
  Error failure;
  bool failed = false;
};

} // namespace tl::runtime

/// Returns the error of `expression` from the enclosing function, or goes on.
#define TL_TRY(expression)                                                                                   \
  do {                                                                                                       \
    if (auto tlTryResult = (expression); !tlTryResult)                                                       \
      return tlTryResult.error();                                                                            \
  } while (false)
