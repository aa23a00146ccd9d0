// Arity, kind, operator, axes and data of every tensor, once all statements have been read.
#include "frontend/sema/Names.h"

#include "frontend/sema/Functions.h"
#include <algorithm>
#include <array>
#include <cctype>

namespace tl::sema {

using source::DiagnosticId;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

void noteKind(AxisClass &axis, AxisClass::Kind kind, SourceRange range) {
  if (axis.kind != AxisClass::Kind::Unknown)
    return;
  axis.kind = kind;
  axis.kindRange = range;
}

} // namespace

/// `Y = X` gives Y the arity of X; a bare name that nothing gives indices has none.
void Names::settleArity() {
  for (bool progress = true; progress;) {
    progress = false;
    for (Uses &use : uses) {
      if (!use.copy || use.arity)
        continue;
      const Uses &copied = uses[*tensor(std::get<ast::Name>(use.copy->value->node).name)];
      if (!copied.arity)
        continue;
      use.arity = copied.arity;
      use.arityRange = use.copy->head.range;
      progress = true;
    }
  }
  for (TensorId id = 0; id < uses.size(); ++id) {
    Uses &use = uses[id];
    TensorSymbol &symbol = program.tensors[id];
    bool onlyFile =
        (symbol.isBound || !symbol.reads.empty()) && !use.arity && !use.bareValue && !use.bareDefinition;
    symbol.isRankUnknown = onlyFile;
    std::optional<SourceRange> bare = use.bareDefinition ? use.bareDefinition : use.bareValue;
    if (!bare || use.arity.value_or(0) == 0)
      continue;
    auto &report = diagnostics.report(DiagnosticId::ArityClash, *bare,
                                      quoted(symbol.name) + " is used without indices but has " +
                                          std::to_string(*use.arity));
    report.labels.push_back(
        {use.arityRange, std::to_string(*use.arity) + (*use.arity == 1 ? " index here" : " indices here")});
    report.hint = "write its indices";
  }
  for (TensorId id = 0; id < uses.size(); ++id)
    reportCopyClash(id);
}

/// A copy has the indices of what it copies, where that is known before files are read.
void Names::reportCopyClash(TensorId id) {
  const Uses &use = uses[id];
  if (!use.copy || !use.arity)
    return;
  const Uses &copied = uses[*tensor(std::get<ast::Name>(use.copy->value->node).name)];
  const bool isScalar = !copied.arity && copied.bareDefinition;
  if ((!copied.arity && !isScalar) || copied.arity.value_or(0) == *use.arity)
    return;
  auto counted = [](std::size_t count) {
    return count == 0 ? "no indices" : std::to_string(count) + (count == 1 ? " index" : " indices");
  };
  diagnostics
      .report(DiagnosticId::ArityClash, use.copy->head.range,
              quoted(program.tensors[id].name) + " has " + counted(copied.arity.value_or(0)) + " here but " +
                  std::to_string(*use.arity) + " elsewhere")
      .labels.push_back({use.arityRange, counted(*use.arity) + " here"});
}

void Names::settleKinds() {
  for (TensorId id = 0; id < uses.size(); ++id) {
    reportKindClashes(id);
    settleKind(id);
  }
  settleCopies();
  for (TensorSymbol &symbol : program.tensors)
    if (symbol.kind == TensorKind::Relation) {
      if (symbol.monoid != Monoid::Add)
        diagnostics.report(DiagnosticId::MixedOperators, symbol.range,
                           "a relation is defined with '=', facts or rules, not with another operator");
      symbol.monoid = Monoid::Or;
      symbol.elementType = runtime::ElementType::Bool;
      symbol.onlyParentheses = !uses[&symbol - program.tensors.data()].inBrackets;
    }
}

/// What says two things of one tensor: two kinds, or two ways to be given.
void Names::reportKindClashes(TensorId id) {
  const Uses &use = uses[id];
  const TensorSymbol &symbol = program.tensors[id];
  const std::string name = quoted(symbol.name);
  auto report = [&](DiagnosticId kind, SourceRange range, const std::string &text) -> source::Diagnostic & {
    return diagnostics.report(kind, range, name + text);
  };
  const std::optional<runtime::ElementType> type = declaredType(id);
  const bool isBool = type == runtime::ElementType::Bool;
  if (use.inParentheses && (use.inBrackets || use.bareDefinition) && !isBool)
    report(DiagnosticId::TypeMismatch, *use.inParentheses,
           " is defined as a relation here but as a tensor of numbers elsewhere")
        .labels.push_back(
            {use.inBrackets ? *use.inBrackets : *use.bareDefinition, "a tensor of numbers here"});
  if (use.inParentheses && type && !isBool)
    report(DiagnosticId::TypeMismatch, *use.inParentheses,
           " is defined as a relation here but declared as a tensor of numbers")
        .labels.push_back({use.declaration->head.range, "declared here"});
  const bool isDefinedToo = !symbol.literals.empty() || !symbol.reads.empty() || use.equations > 0;
  if (use.declaration && use.declaration->initializer && isDefinedToo)
    report(DiagnosticId::DuplicateDeclaration, use.declaration->initializer->range,
           " is drawn here but defined elsewhere too")
        .hint = "a parameter has one first value";
  if (use.op == ast::AssignOp::Average && (symbol.isBound || !symbol.reads.empty()))
    report(DiagnosticId::TypeMismatch, use.opRange,
           " is an average of what its equations give, a file adds nothing to it")
        .hint = "read the file into a tensor of its own and write " + name + " as an average over it";
  if (use.virtualAxis && (symbol.hasData() || (use.declaration && use.declaration->isParam)))
    report(DiagnosticId::VirtualState, use.virtualRange,
           " is given whole, and a virtual index keeps one state of what equations compute")
        .hint = "write this index of " + name + " without '*'";
}

void Names::settleKind(TensorId id) {
  static constexpr std::array kMonoids = {Monoid::Add, Monoid::Add,     Monoid::Max,
                                          Monoid::Min, Monoid::Average, Monoid::Multiply};
  const Uses &use = uses[id];
  TensorSymbol &symbol = program.tensors[id];
  const std::optional<runtime::ElementType> type = declaredType(id);
  // Equations of a Boolean tensor step and combine like rules, also with brackets; without any, data in
  // brackets stays dense.
  const bool hasDenseData =
      !symbol.literals.empty() || ((symbol.isBound || !symbol.reads.empty()) && use.inBrackets);
  const bool isDeclaredBool = type == runtime::ElementType::Bool && (!hasDenseData || use.equations > 0);
  // What selects is Boolean, unless it is declared to be a number.
  const bool isSelection = use.selections > 0 && use.selections == use.equations && !type && !hasDenseData &&
                           use.op == ast::AssignOp::Add;
  const bool isAskedAsNumber = use.isAskedBare && use.arity.value_or(0) == 0;
  const bool isUnusedAsNumber = !use.isDefined && !use.declaration && !use.isReadAsNumber && !isAskedAsNumber;
  if (use.inParentheses || isDeclaredBool || isSelection || isUnusedAsNumber)
    symbol.kind = TensorKind::Relation;
  symbol.monoid = kMonoids[int(use.op.value_or(ast::AssignOp::Assign))];
  symbol.hasVirtualAxis = use.virtualAxis.has_value();
}

/// A copy of a relation is a relation, and so is a copy of the copy.
void Names::settleCopies() {
  for (bool progress = true; progress;) {
    progress = false;
    for (TensorId id = 0; id < uses.size(); ++id) {
      TensorSymbol &symbol = program.tensors[id];
      if (!uses[id].copy || symbol.kind == TensorKind::Relation || uses[id].inBrackets ||
          uses[id].equations > 1)
        continue;
      TensorId from = *tensor(std::get<ast::Name>(uses[id].copy->value->node).name);
      if (program.tensors[from].kind != TensorKind::Relation || arity(from) == 0)
        continue;
      symbol.kind = TensorKind::Relation;
      progress = true;
    }
  }
}

void Names::settleAxes() {
  for (TensorId id = 0; id < uses.size(); ++id) {
    std::size_t rank = arity(id) - (uses[id].virtualAxis && arity(id) > 0 ? 1 : 0);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      program.tensors[id].axes.push_back(static_cast<ClassId>(program.classes.size()));
      program.classes.emplace_back();
    }
    if (uses[id].declaration)
      settleDeclaration(id);
  }
}

void Names::settleDeclaration(TensorId tensor) {
  const ast::TensorDeclaration &declaration = *uses[tensor].declaration;
  TensorSymbol &symbol = program.tensors[tensor];
  if (!declaration.elementType.empty() && !declaredType(tensor))
    diagnostics
        .report(DiagnosticId::UnknownName, declaration.head.range,
                "no element type is called " + quoted(declaration.elementType))
        .hint = "the types are bool, i8, i32, i64, f16, bf16, f32 and f64";
  for (std::size_t k = 0; k < declaration.axes.size() && k < symbol.axes.size(); ++k) {
    const ast::DeclaredAxis &axis = declaration.axes[k];
    AxisClass &axisClass = program.classes[symbol.axes[k]];
    std::optional<std::int64_t> extent = axis.extent;
    const Constant *known = axis.domain.empty() ? nullptr : constant(axis.domain);
    auto isDomain = [&](const DomainSymbol &domain) { return domain.name == axis.domain; };
    if (!extent && !axis.domain.empty())
      extent = known && known->isInteger ? std::optional(known->integer) : integer(axis.domain);
    if (extent) {
      axisClass.hard.push_back({*extent, axis.range, quoted(symbol.name)});
      noteKind(axisClass, AxisClass::Kind::Integer, axis.range);
    } else if (std::any_of(program.domains.begin(), program.domains.end(), isDomain)) {
      axisClass.domain = axis.domain;
      axisClass.domainRange = axis.range;
      noteKind(axisClass, AxisClass::Kind::Symbol, axis.range);
    } else if (!axis.domain.empty()) {
      std::vector<std::string> known;
      for (const DomainSymbol &domain : program.domains)
        known.push_back(domain.name);
      auto &report = diagnostics.report(DiagnosticId::UnknownName, axis.range,
                                        "no domain or constant is called " + quoted(axis.domain));
      // The domain ends the range of its axis.
      SourceRange name = axis.range;
      name.begin = name.end - static_cast<std::uint32_t>(
                                  std::min<std::size_t>(axis.domain.size(), name.end - name.begin));
      if (std::optional<std::string> near = source::nearest(axis.domain, known))
        report.fix = source::Fix{name, *near, "did you mean " + quoted(*near) + "?"};
    }
    symbol.declaredExtents.push_back(extent);
  }
}

void Names::settleData() {
  for (const auto &[name, constant] : constants)
    scalars.insert(name);
  for (TensorId id = 0; id < uses.size(); ++id)
    if (arity(id) == 0 && (uses[id].isDefined || uses[id].isReadAsNumber))
      scalars.insert(program.tensors[id].name);
  for (TensorId id = 0; id < uses.size(); ++id) {
    TensorSymbol &symbol = program.tensors[id];
    if (symbol.kind == TensorKind::Relation)
      settleFacts(id);
    for (const ast::Literal *literal : symbol.literals)
      settleLiteral(id, *literal);
  }
}

void Names::settleLiteral(TensorId id, const ast::Literal &literal) {
  TensorSymbol &symbol = program.tensors[id];
  for (std::size_t k = 0; k < symbol.axes.size() && k < literal.shape.size(); ++k) {
    AxisClass &axis = program.classes[symbol.axes[k]];
    std::int64_t extent = literal.shape[k];
    bool isDeclared = k < symbol.declaredExtents.size() && symbol.declaredExtents[k];
    if (!isDeclared) {
      axis.hard.push_back({extent, literal.head.range, quoted(symbol.name)});
    } else if (*symbol.declaredExtents[k] < extent) {
      diagnostics
          .report(DiagnosticId::ExtentClash, literal.head.range,
                  quoted(symbol.name) + " has size " + std::to_string(extent) +
                      " here but is declared with size " + std::to_string(*symbol.declaredExtents[k]))
          .labels.push_back({uses[id].declaration->axes[k].range, "declared here"});
    }
    noteKind(axis, AxisClass::Kind::Integer, literal.head.range);
  }
}

/// One symbol makes a whole column symbols, unless the column was declared to be integers.
void Names::noteSymbolCell(AxisClass &axis, SourceRange range) {
  if (axis.kind == AxisClass::Kind::Symbol)
    return;
  if (!axis.hard.empty()) {
    diagnostics
        .report(DiagnosticId::KindClash, range,
                "a symbol stands where " + axis.hard[0].owner + " has integers")
        .labels.push_back({axis.hard[0].range, "declared here"});
    return;
  }
  axis.kind = AxisClass::Kind::Symbol;
  axis.kindRange = range;
}

void Names::settleCell(AxisClass &axis, const ast::FactCell &cell, std::uint32_t file) {
  const auto length = std::max<std::size_t>(cell.text().size(), 1);
  const SourceRange range{file, cell.begin(), cell.begin() + static_cast<std::uint32_t>(length)};
  std::optional<std::int64_t> value;
  if (cell.isInteger()) {
    value = cell.integer();
  } else if (!cell.isQuoted() && scalars.count(cell.text())) {
    value = integer(cell.text());
    if (!value)
      noteSymbol(cell.text(), range);
  }
  if (value) {
    axis.softExtent = std::max(axis.softExtent, *value + 1);
    noteKind(axis, AxisClass::Kind::Integer, range);
    return;
  }
  noteSymbolCell(axis, range);
}

/// Kinds and soft extents of columns. A column with any symbol in it is a column of symbols.
void Names::settleFacts(TensorId tensor) {
  TensorSymbol &symbol = program.tensors[tensor];
  std::size_t arity = symbol.axes.size();
  for (const ast::FactBlock *block : symbol.factBlocks) {
    if (block->arity != arity)
      continue;
    for (std::size_t cell = 0; cell < block->cells.size(); ++cell)
      settleCell(program.classes[symbol.axes[cell % arity]], block->cells[cell], block->firstRange.file);
  }
  for (const ast::Fact *fact : symbol.facts)
    for (std::size_t k = 0; k < arity && k < fact->head.indices.size(); ++k) {
      const ast::Index &index = fact->head.indices[k];
      AxisClass &axis = program.classes[symbol.axes[k]];
      std::optional<Constant> value;
      if (index.expr)
        value = evaluateConstant(*index.expr, indexConstants(program), true);
      if (value && value->isInteger) {
        axis.softExtent = std::max(axis.softExtent, value->integer + 1);
        noteKind(axis, AxisClass::Kind::Integer, index.range);
      } else if (index.expr && (std::holds_alternative<ast::Name>(index.expr->node) ||
                                std::holds_alternative<ast::Text>(index.expr->node))) {
        if (const auto *name = std::get_if<ast::Name>(&index.expr->node))
          noteSymbol(name->name, index.range);
        noteSymbolCell(axis, index.range);
      }
    }
}

void Names::settleUndefined() {
  for (TensorId id = 0; id < uses.size(); ++id)
    program.tensors[id].isUndefined = !uses[id].isDefined && !program.tensors[id].isParam;
}

void Names::reportUndefined() {
  constexpr std::size_t kSuggestions = 100; // comparing every pair of names is quadratic
  std::size_t undefined = 0;
  std::vector<std::string> known;
  for (TensorId id = 0; id < uses.size(); ++id)
    if (uses[id].isDefined)
      known.push_back(program.tensors[id].name);
  for (const TensorSymbol &symbol : program.tensors) {
    if (!symbol.isUndefined)
      continue;
    const char *value = symbol.kind == TensorKind::Relation ? ", it is empty" : ", it is 0";
    auto &report = diagnostics.report(DiagnosticId::UndefinedTensor, symbol.range,
                                      "nothing defines " + quoted(symbol.name) + value);
    if (++undefined > kSuggestions)
      continue;
    // The range begins with the name, whatever stands behind it.
    SourceRange name{symbol.range.file, symbol.range.begin,
                     symbol.range.begin + static_cast<std::uint32_t>(symbol.name.size())};
    std::string lower = symbol.name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (std::optional<std::string> near = source::nearest(symbol.name, known))
      report.fix = source::Fix{name, *near, "did you mean " + quoted(*near) + "?"};
    else if (findFunction(lower))
      report.fix = source::Fix{name, lower, "the function is called " + quoted(lower)};
  }
}

} // namespace tl::sema
