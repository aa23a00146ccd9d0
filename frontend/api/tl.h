// tl in a program: compile sources, bind data, ask queries. C++20 and the standard library only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

struct DLManagedTensor; // of DLPack

namespace tl {

/// A place in a source: line and column from 1 (columns in bytes), offset from 0.
struct Place {
  std::uint32_t line = 1, column = 1, offset = 0;
};

/// Half-open, in the source called `file`.
struct Range {
  std::string file;
  Place begin, end;
};

enum class Severity { Error, Warning, Note };

/// A further place that a message speaks of.
struct Label {
  Range range;
  std::string text;
};

/// An edit with which the program would compile; certain when it says the same in the right spelling.
struct Fix {
  Range range;
  std::string replacement, description;
  bool isCertain = false;
};

/// What tl has to say about a program; `tl errors ID` explains the id.
struct Diagnostic {
  std::string id;
  Severity severity = Severity::Error;
  std::string message;
  std::optional<Range> range; ///< none: it concerns the run as a whole
  std::vector<Label> labels;
  std::string hint;
  std::optional<Fix> fix;
};

/// Whose fault it is.
enum class ErrorKind { Program, Usage, Data, Limit, Check, Interrupted, Unsupported, Internal };

/// Why a call failed. `message` says it all; `diagnostics` say where in the program.
struct Error {
  ErrorKind kind = ErrorKind::Program;
  std::string message;
  std::vector<Diagnostic> diagnostics;
};

/// A value, or the reason why there is none. Nothing here throws.
template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const { return state.index() == 0; }
  T &operator*() & { return *std::get_if<0>(&state); }
  const T &operator*() const & { return *std::get_if<0>(&state); }
  T &&operator*() && { return std::move(*std::get_if<0>(&state)); }
  T *operator->() { return std::get_if<0>(&state); }
  const T *operator->() const { return std::get_if<0>(&state); }
  const Error &error() const { return *std::get_if<1>(&state); }

private:
  std::variant<T, Error> state;
};

struct Nothing {};
using Status = Result<Nothing>;

enum class ElementType : std::uint8_t { Bool, I8, I32, I64, F16, BF16, F32, F64 };

/// Elements in the caller's memory.
struct ArrayView {
  const void *data = nullptr;
  ElementType type = ElementType::F32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides; ///< in elements; empty: row-major
};

/// The same, to be written to.
struct MutableArrayView {
  void *data = nullptr;
  ElementType type = ElementType::F32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Row-major elements that tl holds; they live as long as any copy of this.
struct Array {
  ElementType type = ElementType::F32;
  std::vector<std::int64_t> shape;
  std::shared_ptr<const void> data;
  std::vector<std::uint8_t> present; ///< one byte an element, 0 where absent; empty: all are present
  template <class T> const T *as() const { return static_cast<const T *>(data.get()); }
};

/// One position of many facts: integers, or symbols, and then only those.
struct Column {
  std::vector<std::int64_t> integers;
  std::vector<std::string> symbols;
  std::size_t size() const { return integers.empty() ? symbols.size() : integers.size(); }
};

/// What a query gives.
struct Answer {
  enum class Kind { Relation, Truth, Tensor };
  Kind kind = Kind::Tensor;
  std::string query;
  bool truth = false;
  // Relation: rows in the order of the language, column by column.
  std::vector<std::string> columnNames;
  std::vector<Column> columns;
  std::size_t rows = 0;
  // Tensor.
  Array array;
  std::vector<std::string> indexNames;          ///< one per index, may be empty
  std::vector<std::vector<std::string>> labels; ///< symbols along each index; empty over integers
};

/// How a session compiles and runs; the defaults are those of the command line.
struct SessionOptions {
  std::string backend = "cpu"; ///< or "reference"
  std::string folder = ".";    ///< what paths in added sources are relative to
  std::string libraryFolder;   ///< of the modules `std.*`; empty: there is none
  int threads = 0;             ///< 0: one per processor
  ElementType realType = ElementType::F32;
  bool strict = false;
  std::optional<double> tolerance;
  std::optional<std::int64_t> maxIterations;
  std::size_t maxMemoryBytes = 0; ///< 0: 80 % of the machine's memory
  double timeoutSeconds = 0;      ///< of one call; 0: none
  std::uint64_t seed = 0;         ///< of random draws
};

/// A function of numbers that equations may call, of as many as it was attached with. Must not throw.
using HostFunction = std::function<double(const double *)>;

/// A tensor or relation that the program speaks of.
struct Symbol {
  std::string name;
  bool isRelation = false;
  ElementType type = ElementType::F32;
  std::size_t rank = 0;
  bool isComputed = false;  ///< by equations or rules
  bool isUndefined = false; ///< nothing defines it
};

/// A program and its data. Sessions are independent: one may run in each thread. One session is used by one
/// thread at a time, except for `cancel`. What a query computed is kept, and computed anew only when
/// something it depends on has changed: statements, facts, bound arrays (their elements, too), files. Rules
/// that read new facts positively add to what is kept, at the cost of what they add.
class Session {
public:
  explicit Session(SessionOptions options = {});
  ~Session();
  Session(Session &&) noexcept;
  Session &operator=(Session &&) noexcept;

  /// Adds statements under a name for messages, or replaces those added under it before. They are checked at
  /// once, together with the rest; on failure the session stays as it was. `text` may ask queries: `run`
  /// answers them.
  Status addSource(std::string_view text, std::string_view name = "program");
  /// The same with a file; its paths are relative to the session's folder.
  Status addFile(const std::string &path);
  Status removeSource(std::string_view name);
  /// Everything tl has to say about the program as it is, warnings included.
  std::vector<Diagnostic> check();

  /// The tensors and relations of the program, in the order in which its text names them.
  Result<std::vector<Symbol>> symbols();

  /// Gives a tensor its elements, which are only read. They must stay until they are bound anew or unbound
  /// (`owner` keeps them alive) and may be changed between calls, not during one; every call sees them as
  /// they are then. Row-major elements are read where they lie. Those of other strides, of another type than
  /// the tensor's, or of a relation are copied at every call. Answers never point into them.
  Status bind(std::string_view tensor, const ArrayView &elements,
              std::shared_ptr<const void> owner = nullptr);
  /// The same with a tensor of DLPack in host memory, which it takes over; its deleter is called when tl
  /// needs it no more, at once on failure.
  Status bind(std::string_view tensor, DLManagedTensor *elements);
  void unbind(std::string_view tensor);

  /// Lets equations call `function` by a name (lower-case) with up to six numbers. A call may come from any
  /// thread, one at a time; results that depend on it are computed anew when another function takes its
  /// place.
  Status attach(std::string_view name, std::size_t parameters, HostFunction function);

  /// Adds rows to a relation, beside what the program says of it; a row counts once.
  Status addFacts(std::string_view relation, const std::vector<Column> &columns);
  /// Takes back rows that `addFacts` added.
  Status retractFacts(std::string_view relation, const std::vector<Column> &columns);

  /// Answers one query as a program has it, the `?` may be missing: "Y", "Y[2,j]", "Ancestor(Alice, x)".
  Result<Answer> query(std::string_view text);
  /// The same into the caller's memory; type and shape must be those of the answer.
  Status queryInto(std::string_view text, const MutableArrayView &elements);
  /// Answers every query of the sources, in their order, and writes their files.
  Result<std::vector<Answer>> run();
  /// The tensors that the last query or run had to compute, and those it had from before; by name.
  const std::vector<std::string> &computed() const;
  const std::vector<std::string> &reused() const;

  /// Stops the call that another thread is in, which fails with ErrorKind::Interrupted. For signal handlers,
  /// too.
  void cancel();

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

/// A tensor answer for DLPack's users, without a copy; they call its deleter. Fails for absent elements.
Result<DLManagedTensor *> toDLPack(const Array &array);

/// Calls the deleter of a tensor that nobody took.
void releaseDLPack(DLManagedTensor *tensor);

/// The version of the library, "0.1.0".
std::string_view version();

} // namespace tl
