// From files, facts and literals to values that a program runs on.
#include "frontend/driver/Load.h"

#include "frontend/driver/LoadDense.h"
#include "frontend/driver/LoadDrawn.h"
#include "frontend/driver/LoadSparse.h"
#include "frontend/driver/OpenClasses.h"
#include "frontend/sema/OrderReads.h"
#include "frontend/sema/Resolve.h"
#include "frontend/sema/SymbolOrder.h"

#include <algorithm>

namespace tl::driver {
namespace {

using sema::ClassId;
using sema::TensorId;
using sema::TensorKind;

/// Charges cells to the budget while relations are put together.
bool charge(const LoadOptions &options, FailureSink &failures, const sema::TensorSymbol &tensor,
            std::size_t bytes) {
  if (options.budget->reserve(bytes))
    return true;
  failures.report(runtime::outOfMemory(*options.budget, tensor.name, bytes), tensor.range);
  return false;
}

class Loader {
public:
  Loader(sema::TypedProgram &program, const ast::Program &ast, const LoadOptions &options,
         FailureSink failures)
      : program(program), ast(ast), options(options), failures(failures),
        domains(program, options, this->failures) {}

  std::optional<LoadedData> run() {
    domains.readDeclared();
    sources = readSources(program, ast, options, failures);
    if (failures.diagnostics.hasErrors() || !settleColumns())
      return std::nullopt;
    domains.assign();
    rows.resize(program.tensors.size());
    for (TensorId id = 0; id < program.tensors.size(); ++id)
      collect(id);
    if (failures.diagnostics.hasErrors())
      return std::nullopt;
    orderSymbols();
    if (!resolveExtents())
      return std::nullopt;
    LoadedData data;
    for (TensorId id = 0; id < program.tensors.size(); ++id)
      bind(id, data);
    data.domains = domains.take();
    data.sizes = std::move(sizes);
    for (TensorId id = 0; id < program.tensors.size(); ++id)
      draw(id, data);
    if (auto bound = bindSymbolKeys(program, data, options); !bound)
      failures.report(bound.error(), {});
    if (failures.diagnostics.hasErrors())
      return std::nullopt;
    return data;
  }

private:
  bool hasRows(TensorId id) const {
    const sema::TensorSymbol &tensor = program.tensors[id];
    return !tensor.factBlocks.empty() || !tensor.facts.empty() || (isRelation(id) && hasDense(id)) ||
           std::any_of(sources[id].begin(), sources[id].end(),
                       [](const DataSource &source) { return source.table.has_value(); });
  }
  bool isRelation(TensorId id) const { return program.tensors[id].kind == TensorKind::Relation; }
  /// Whether a literal or an array is among the data.
  bool hasDense(TensorId id) const { return hasArray(id) || !program.tensors[id].literals.empty(); }
  bool hasArray(TensorId id) const {
    return std::any_of(sources[id].begin(), sources[id].end(),
                       [](const DataSource &source) { return source.array.has_value(); });
  }

  /// Whether axes are over integers or symbols, as far as files tell.
  bool settleColumns() {
    for (TensorId id = 0; id < program.tensors.size(); ++id) {
      const sema::TensorSymbol &tensor = program.tensors[id];
      if (!hasDense(id) && !hasRows(id))
        continue;
      sema::LoadedSizes &size = sizes[id];
      size.range = sources[id].empty() ? tensor.range : sources[id].front().range;
      size.columns = columnKinds(program, id, sources[id]);
      runtime::Shape shape;
      for (const DataSource &source : sources[id])
        if (source.array)
          shape = source.array->shape();
      if (!hasDense(id))
        continue;
      if (!checkColumns(id, size.columns))
        return false;
      size.columns.assign(tensor.axes.size(), sema::AxisClass::Kind::Integer);
      size.isDense = !isRelation(id);
      (size.isDense ? size.shape : size.array) = shape;
      if (!hasRows(id))
        size.largest = largestElement(tensor, sources[id]);
    }
    return sema::settleKinds(program, sizes, failures.diagnostics) && checkShapes();
  }

  /// Symbols beside the positions of an array need a declared order.
  bool checkColumns(TensorId id, const std::vector<sema::AxisClass::Kind> &columns) {
    for (std::size_t axis = 0; axis < columns.size(); ++axis) {
      const sema::AxisClass &axisClass = program.classes[program.tensors[id].axes[axis]];
      if (columns[axis] != sema::AxisClass::Kind::Symbol || !axisClass.domain.empty())
        continue;
      failures.diagnostics
          .report(source::DiagnosticId::KindClash, sizes[id].range,
                  "index " + std::to_string(axis + 1) + " of '" + program.tensors[id].name +
                      "' has symbols in one place and array positions in another")
          .hint = "declare the order of the symbols, as in `domain Name = {First, Second}`";
      return false;
    }
    return true;
  }

  /// Several arrays for one tensor add up, so they must have one shape.
  bool checkShapes() {
    for (TensorId id = 0; id < program.tensors.size(); ++id) {
      const DataSource *known = nullptr;
      for (const DataSource &source : sources[id]) {
        if (source.array && !known)
          known = &source;
        if (!source.array || source.array->shape() == known->array->shape())
          continue;
        const DataSource &first = *known;
        source::Diagnostic &diagnostic = failures.diagnostics.report(
            source::DiagnosticId::ExtentClash, source.range,
            "'" + program.tensors[id].name + "' has shape " + runtime::toString(first.array->shape()) +
                " in '" + first.path + "' but " + runtime::toString(source.array->shape()) + " in '" +
                source.path + "'");
        diagnostic.labels.push_back({first.range, runtime::toString(first.array->shape()) + " here"});
        return false;
      }
    }
    return true;
  }

  void collect(TensorId id) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    if (!hasRows(id))
      return;
    std::size_t cells = 0;
    for (const ast::FactBlock *block : tensor.factBlocks)
      cells += block->cells.size();
    for (const DataSource &source : sources[id])
      cells += (source.table                     ? static_cast<std::size_t>(source.table->rows)
                : source.array && isRelation(id) ? static_cast<std::size_t>(source.array->elements())
                                                 : 0) *
               tensor.axes.size();
    if (!charge(options, failures, tensor, cells * sizeof(runtime::Cell)))
      return;
    rows[id] = collectRows(program, id, sources[id], domains, *options.budget, failures, sizes[id]);
    options.budget->release(cells * sizeof(runtime::Cell));
  }

  /// Gives symbols ids in the order of their texts where something looks at the order of an index.
  void orderSymbols() {
    const std::set<ClassId> classes = sema::orderedSymbols(program);
    if (classes.empty())
      return;
    for (sema::Equation &equation : program.equations)
      sema::visitIndices(equation, [&](sema::IndexExpr &index) {
        if (index.kind == sema::IndexExpr::Kind::Symbol && classes.count(index.symbolClass))
          domains.id(index.symbolClass, index.symbol);
      });
    for (ClassId axisClass : classes) {
      const std::vector<runtime::Cell> number = domains.sortByText(axisClass);
      for (TensorId id = 0; id < program.tensors.size(); ++id) {
        const std::vector<ClassId> &axes = program.tensors[id].axes;
        for (std::size_t axis = 0; axis < axes.size(); ++axis)
          if (axes[axis] == axisClass)
            for (std::size_t cell = axis; cell < rows[id].cells.size(); cell += axes.size())
              rows[id].cells[cell] = number[static_cast<std::size_t>(rows[id].cells[cell])];
      }
    }
  }

  /// Columns of inputs take symbols and integers that nobody has seen yet, unless something else depends on how many
  /// there are. They are open as if they had a negative integer: how far their cells go is not known.
  void openInputs() {
    for (const std::string &name : options.inputs) {
      std::optional<TensorId> id = program.find(name);
      if (!id || !isRelation(*id) || !sizes.count(*id))
        continue;
      std::vector<bool> &isOpen = sizes[*id].hasNegative;
      isOpen.resize(program.tensors[*id].axes.size(), false);
      for (std::size_t axis = 0; axis < isOpen.size(); ++axis)
        isOpen[axis] = isOpen[axis] || canOpen(program, program.tensors[*id].axes[axis]);
    }
  }

  bool resolveExtents() {
    openInputs();
    return sema::resolve(
        program, sizes, [&](ClassId axisClass) { return domains.size(axisClass); },
        [&](ClassId axisClass, std::string_view text) -> std::optional<std::int64_t> {
          return domains.id(axisClass, text);
        },
        failures.diagnostics);
  }

  void bind(TensorId id, LoadedData &data) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    if (tensor.kind == TensorKind::Relation) {
      if (!hasRows(id))
        return;
      const bool holds = rows[id].count > 0;
      if (std::size_t facts = rows[id].facts; facts > 0 && !sources[id].empty() && !tensor.axes.empty())
        data.facts[id] = runtime::Relation(
            tensor.axes.size(), {rows[id].cells.begin(), rows[id].cells.begin() + static_cast<std::ptrdiff_t>(
                                                                                    facts * tensor.axes.size())});
      data.bindings[tensor.name] = tensor.axes.empty()
                                       ? runtime::Relation::nullary(holds)
                                       : runtime::Relation(tensor.axes.size(), std::move(rows[id].cells));
    } else {
      if (tensor.literals.empty() && sources[id].empty())
        return;
      if (!options.inputs.count(tensor.name) &&
          isSparse(program, id, sources[id], rows[id], options.tables)) {
        std::optional<SparseTensor> sparse = makeSparse(tensor, rows[id], *options.budget, failures);
        if (!sparse)
          return;
        data.sparse.emplace(id, *std::move(sparse));
        data.bound.insert(id);
        return;
      }
      std::optional<runtime::Tensor> dense =
          makeDense(program, id, sources[id], rows[id], *options.budget, failures);
      if (!dense)
        return;
      data.bindings[tensor.name] = *std::move(dense);
    }
    data.bound.insert(id);
  }

  /// Data is the value of a parameter that has both.
  void draw(TensorId id, LoadedData &data) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    if (!tensor.initializer || data.bound.count(id) || !tensor.equations.empty())
      return;
    runtime::Result<runtime::Tensor> drawn = drawParameter(program, tensor, data.domains, options);
    if (!drawn)
      return failures.report(drawn.error(), tensor.range);
    data.bindings[tensor.name] = *std::move(drawn);
    data.bound.insert(id);
  }

  sema::TypedProgram &program;
  const ast::Program &ast;
  const LoadOptions &options;
  FailureSink failures;
  ClassDomains domains;
  std::vector<std::vector<DataSource>> sources; // by tensor
  std::vector<Rows> rows;                       // by tensor
  std::map<TensorId, sema::LoadedSizes> sizes;
};

} // namespace

std::optional<LoadedData> load(sema::TypedProgram &program, const ast::Program &ast,
                               const LoadOptions &options, source::DiagnosticEngine &diagnostics,
                               std::optional<runtime::ErrorKind> &failure) {
  failure.reset();
  return Loader(program, ast, options, FailureSink{diagnostics, failure}).run();
}

bool resolveAgain(sema::TypedProgram &program, const LoadedData &data,
                  const std::map<ClassId, std::int64_t> &fixed, source::DiagnosticEngine &diagnostics) {
  auto domainOf = [&](ClassId axisClass) { return data.domains[axisClass].get(); };
  return sema::resolve(
      program, data.sizes,
      [&](ClassId axisClass) { return domainOf(axisClass) ? domainOf(axisClass)->size() : std::int64_t{0}; },
      [&](ClassId axisClass, std::string_view text) -> std::optional<std::int64_t> {
        std::optional<runtime::Cell> id = domainOf(axisClass) ? domainOf(axisClass)->find(text) : std::nullopt;
        return id ? std::optional<std::int64_t>(*id) : std::nullopt;
      },
      diagnostics, fixed);
}

} // namespace tl::driver
