// Reading every statement for the names it defines and uses.
#include "frontend/sema/Names.h"

#include "frontend/sema/Functions.h"
#include "frontend/sema/Initializers.h"
#include "runtime/core/ExternalFunction.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string indices(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " index" : " indices");
}

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// `tokenizer.json:TEXT` or `tokenizer.model:TEXT` is an array of tokens, whatever the text ends in.
bool holdsTokens(std::string_view path) {
  return path.find(".json:") != std::string_view::npos || path.find(".model:") != std::string_view::npos;
}

bool holdsText(std::string_view path) {
  return endsWith(path, ".txt") && !holdsTokens(path);
}

bool holdsTable(std::string_view path) {
  if (holdsTokens(path))
    return false;
  return endsWith(path, ".txt") || endsWith(path, ".csv") || endsWith(path, ".tsv") ||
         endsWith(path, ".facts");
}

} // namespace

std::optional<TensorId> Names::tensor(std::string_view name) const {
  auto found = tensors.find(name);
  return found == tensors.end() ? std::nullopt : std::optional(found->second);
}

const Constant *Names::constant(std::string_view name) const {
  auto found = constants.find(name);
  return found == constants.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Names::integer(std::string_view name) const {
  auto found = program.integerNames.find(name);
  return found == program.integerNames.end() ? std::nullopt : std::optional(found->second);
}

bool Names::isDefined(std::string_view name) const {
  std::optional<TensorId> id = tensor(name);
  return id && uses[*id].isDefined;
}

std::optional<runtime::ElementType> Names::declaredType(TensorId tensor) const {
  const ast::TensorDeclaration *declaration = uses[tensor].declaration;
  return declaration ? runtime::elementTypeNamed(declaration->elementType) : std::nullopt;
}

std::optional<runtime::ElementType> Names::fileType(TensorId tensor) const {
  auto found = options.fileShapes.find(program.tensors[tensor].name);
  return found == options.fileShapes.end() ? std::nullopt : found->second.type;
}

void Names::noteSymbol(std::string_view name, SourceRange range) {
  std::optional<TensorId> id = tensor(name);
  const Constant *known = constant(name);
  bool isScalar = id && arity(*id) == 0 && (uses[*id].isDefined || uses[*id].isReadAsNumber);
  if ((!isScalar && !known) || !reportedSymbols.insert(std::string(name)).second)
    return;
  auto &report = diagnostics.report(DiagnosticId::SymbolOrConstant, range,
                                    quoted(name) + " is a symbol here but a number elsewhere");
  report.labels.push_back(
      {known ? known->range : program.tensors[*id].range, quoted(name) + " is a number here"});
  report.fix = source::Fix{range, "\"" + std::string(name) + "\"", "quote the symbol"};
  if (!known)
    report.hint = "write '" + std::string(name) + " + 0' to compare with the number";
}

TensorId Names::intern(std::string_view name, SourceRange range) {
  auto found = tensors.find(name);
  if (found != tensors.end())
    return found->second;
  auto id = static_cast<TensorId>(program.tensors.size());
  tensors.emplace(name, id);
  program.tensors.emplace_back();
  program.tensors.back().name = name;
  program.tensors.back().range = range;
  uses.emplace_back();
  auto known = declared.find(name);
  if (known != declared.end())
    diagnostics
        .report(DiagnosticId::DuplicateDeclaration, range,
                quoted(name) + " is a tensor here but declared otherwise")
        .labels.push_back({known->second, "declared here"});
  return id;
}

TensorId Names::addPart(TensorId owner, std::string_view what, std::size_t arity, SourceRange range) {
  // No name of the language has a blank in it.
  std::string name = std::string(what) + " of " + program.tensors[owner].name;
  for (std::size_t number = 2; tensors.count(name); ++number)
    name = std::string(what) + " " + std::to_string(number) + " of " + program.tensors[owner].name;
  TensorId id = intern(name, range);
  uses[id].arity = arity;
  uses[id].arityRange = range;
  uses[id].isDefined = true;
  for (std::size_t axis = 0; axis < arity; ++axis) {
    program.tensors[id].axes.push_back(static_cast<ClassId>(program.classes.size()));
    program.classes.emplace_back();
  }
  return id;
}

void Names::fixArity(TensorId tensor, std::size_t arity, SourceRange range) {
  Uses &use = uses[tensor];
  if (!use.arity) {
    use.arity = arity;
    use.arityRange = range;
    program.tensors[tensor].range = range;
    return;
  }
  if (*use.arity == arity)
    return;
  const std::string &name = program.tensors[tensor].name;
  auto &report = diagnostics.report(DiagnosticId::ArityClash, range,
                                    quoted(name) + " has " + indices(arity) + " here but " +
                                        indices(*use.arity) + " elsewhere");
  report.labels.push_back({range, indices(arity) + " here"});
  report.labels.push_back({use.arityRange, indices(*use.arity) + " here"});
}

void Names::noteOperator(TensorId tensor, ast::AssignOp op, SourceRange range) {
  if (op == ast::AssignOp::Assign)
    op = ast::AssignOp::Add;
  Uses &use = uses[tensor];
  use.isDefined = true;
  if (!use.op) {
    use.op = op;
    use.opRange = range;
    return;
  }
  if (*use.op == op)
    return;
  static constexpr const char *kSpelling[] = {"=", "=", "max=", "min=", "avg=", "*="};
  auto &report =
      diagnostics.report(DiagnosticId::MixedOperators, range,
                         quoted(program.tensors[tensor].name) + " is defined with '" + kSpelling[int(op)] +
                             "' here but with '" + kSpelling[int(*use.op)] + "' elsewhere");
  report.labels.push_back({use.opRange, std::string("'") + kSpelling[int(*use.op)] + "' here"});
}

void Names::collect() {
  declareConstants();
  declareExternals();
  addIntegerScalars();
  for (const ast::Statement &statement : ast.statements)
    if (const auto *domain = std::get_if<ast::DomainDeclaration>(&statement.node))
      declareDomain(*domain);
  for (const ast::Statement &statement : ast.statements)
    readStatement(statement);
  for (const auto &[name, path] : options.files)
    if (std::optional<TensorId> id = tensor(name))
      bindFile(*id, path);
  for (const auto &[name, shape] : options.fileShapes)
    if (std::optional<TensorId> id = tensor(name); id && !uses[*id].arity) {
      // The last column of a table read into a tensor of numbers is the value.
      const std::size_t values = !shape.type && uses[*id].inBrackets ? 1 : 0;
      fixArity(*id, shape.rank - std::min(shape.rank, values), program.tensors[*id].range);
    }
  settleArity();
  settleKinds();
  settleAxes();
  settleData();
  settleUndefined();
}

void Names::declareExternals() {
  for (const ast::Statement &statement : ast.statements) {
    const auto *external = std::get_if<ast::External>(&statement.node);
    if (!external)
      continue;
    const ExternalFunction *known = program.findExternal(external->name);
    if (known || findFunction(external->name)) {
      auto &report = diagnostics.report(DiagnosticId::DuplicateDeclaration, external->nameRange,
                                        known ? quoted(external->name) + " is declared twice"
                                              : quoted(external->name) + " is a function of the language");
      if (known)
        report.labels.push_back({known->range, "first declared here"});
      continue;
    }
    if (external->parameters.size() > runtime::kMostExternalParameters)
      diagnostics.report(DiagnosticId::ArgumentCount, external->nameRange,
                         "an external function has at most " +
                             std::to_string(runtime::kMostExternalParameters) + " parameters");
    const std::size_t colon = external->library.rfind(':');
    const bool hasSymbol = colon != std::string::npos;
    program.externals.push_back({external->name, external->library.substr(0, colon),
                                 hasSymbol ? external->library.substr(colon + 1) : external->name,
                                 external->parameters.size(), external->libraryRange,
                                 std::vector<std::string>(external->parameters.size())});
  }
  for (const ast::Statement &statement : ast.statements)
    if (const auto *external = std::get_if<ast::External>(&statement.node))
      declarePartials(*external);
}

/// `dx = slope`: another function of the same parameters.
void Names::declarePartials(const ast::External &external) {
  std::vector<std::string> partials(external.parameters.size());
  for (const ast::External::Partial &partial : external.partials) {
    auto isParameter = [&](const std::string &parameter) { return "d" + parameter == partial.change; };
    const auto found = std::ranges::find_if(external.parameters, isParameter);
    const ExternalFunction *function = program.findExternal(partial.function);
    if (found == external.parameters.end()) {
      diagnostics
          .report(DiagnosticId::UnknownOption, partial.changeRange,
                  quoted(partial.change) + " is not 'd' and a parameter of " + quoted(external.name))
          .labels.push_back({external.nameRange, "declared here"});
    } else if (!function) {
      diagnostics
          .report(DiagnosticId::UnknownFunction, partial.functionRange,
                  quoted(partial.function) + " is not a declared function")
          .hint = "declare it: extern \"library\" " + partial.function + "(...)";
    } else if (function->parameters != external.parameters.size()) {
      diagnostics
          .report(DiagnosticId::ArgumentCount, partial.functionRange,
                  quoted(partial.function) + " has " + std::to_string(function->parameters) + " parameter" +
                      (function->parameters == 1 ? "" : "s") + ", " + quoted(external.name) + " has " +
                      std::to_string(external.parameters.size()))
          .labels.push_back({function->range, "declared here"});
    } else {
      std::string &known = partials[static_cast<std::size_t>(found - external.parameters.begin())];
      if (!known.empty())
        diagnostics.report(DiagnosticId::DuplicateDeclaration, partial.changeRange,
                           quoted(partial.change) + " is given twice");
      known = partial.function;
    }
  }
  auto declared = std::ranges::find(program.externals, external.name, &ExternalFunction::name);
  if (declared != program.externals.end())
    declared->partials = std::move(partials);
}

void Names::declareDomain(const ast::DomainDeclaration &declaration) {
  auto [known, isNew] = declared.emplace(declaration.name, declaration.nameRange);
  if (!isNew) {
    diagnostics
        .report(DiagnosticId::DuplicateDeclaration, declaration.nameRange,
                quoted(declaration.name) + " is declared twice")
        .labels.push_back({known->second, "first declared here"});
    return;
  }
  program.domains.push_back({declaration.name, declaration.nameRange, declaration.symbols, declaration.path,
                             declaration.pathRange});
}

void Names::readStatement(const ast::Statement &statement) {
  if (const auto *equation = std::get_if<ast::Equation>(&statement.node))
    return readEquation(*equation);
  if (const auto *rule = std::get_if<ast::Rule>(&statement.node)) {
    readDefinition(rule->head, ast::AssignOp::Assign);
    uses[*tensor(rule->head.name)].inParentheses = rule->head.range;
    for (const ast::ExprPtr &literal : rule->body)
      readLiteral(*literal);
    return;
  }
  if (const auto *query = std::get_if<ast::Query>(&statement.node)) {
    // A derivative by a name that nothing else mentions is a mistake, not a tensor of its own.
    if (query->derived.empty())
      readHeadUse(query->head);
    return;
  }
  if (const auto *write = std::get_if<ast::Write>(&statement.node))
    return readHeadUse(write->source);
  if (const auto *several = std::get_if<ast::MultiAssign>(&statement.node)) {
    for (const ast::Head &head : several->heads) {
      readDefinition(head, ast::AssignOp::Assign);
      TensorId id = *tensor(head.name);
      ++uses[id].equations;
      if (head.form == ast::Head::Form::Bare)
        uses[id].bareDefinition = uses[id].bareDefinition.value_or(head.range);
    }
    return readValue(*several->value);
  }
  if (const auto *learn = std::get_if<ast::Learn>(&statement.node))
    return readLearn(*learn);
  readData(statement);
}

void Names::readDefinition(const ast::Head &head, ast::AssignOp op) {
  TensorId id = intern(head.name, head.nameRange);
  noteOperator(id, op, head.range);
  if (head.form == ast::Head::Form::Parentheses)
    uses[id].inParentheses = uses[id].inParentheses.value_or(head.range);
  if (head.form == ast::Head::Form::Brackets)
    uses[id].inBrackets = uses[id].inBrackets.value_or(head.range);
  if (head.form != ast::Head::Form::Bare) {
    fixArity(id, head.indices.size(), head.range);
    readIndices(id, head.indices);
  }
}

void Names::readEquation(const ast::Equation &equation) {
  readDefinition(equation.head, equation.op);
  TensorId id = *tensor(equation.head.name);
  ++uses[id].equations;
  if (const auto *call = std::get_if<ast::Call>(&equation.value->node))
    uses[id].selections += isSelecting(call->function);
  const auto *copied = std::get_if<ast::Name>(&equation.value->node);
  if (equation.head.form == ast::Head::Form::Bare) {
    const auto *access = std::get_if<ast::Access>(&equation.value->node);
    auto isSlice = [](const ast::Index &index) { return index.form == ast::Index::Form::Slice; };
    std::size_t slices = access ? std::count_if(access->indices.begin(), access->indices.end(), isSlice) : 0;
    if (copied && !constant(copied->name))
      uses[id].copy = &equation;
    else if (slices > 0)
      fixArity(id, slices, equation.head.range);
    else
      uses[id].bareDefinition = uses[id].bareDefinition.value_or(equation.head.range);
  }
  if (uses[id].copy == &equation)
    intern(copied->name, equation.value->range);
  else
    readValue(*equation.value);
  for (const ast::ExprPtr &guard : equation.guards)
    readLiteral(*guard);
}

void Names::readHeadUse(const ast::Head &head) {
  TensorId id = intern(head.name, head.nameRange);
  if (head.form == ast::Head::Form::Brackets)
    uses[id].isReadAsNumber = true;
  if (head.form == ast::Head::Form::Bare) {
    uses[id].isAskedBare = true;
    return;
  }
  // A query of a tensor with a virtual index leaves that index out.
  bool leavesOutVirtual =
      uses[id].virtualAxis && uses[id].arity && head.indices.size() + 1 == *uses[id].arity;
  if (!leavesOutVirtual)
    fixArity(id, head.indices.size(), head.range);
  for (const ast::Index &index : head.indices)
    if (index.expr)
      readIndex(*index.expr);
}

void Names::readLearn(const ast::Learn &learn) {
  readHeadUse(learn.loss);
  uses[*tensor(learn.loss.name)].isReadAsNumber = true;
  for (const ast::NamedArgument &option : learn.options)
    if (const auto *name = std::get_if<ast::Name>(&option.value->node); name && option.name == "validate")
      uses[intern(name->name, option.value->range)].isReadAsNumber = true;
    else if (name && option.name == "redraw")
      intern(name->name, option.value->range);
}

void Names::readData(const ast::Statement &statement) {
  if (const auto *literal = std::get_if<ast::Literal>(&statement.node)) {
    readDefinition(literal->head, ast::AssignOp::Assign);
    TensorId id = *tensor(literal->head.name);
    uses[id].inBrackets = uses[id].inBrackets.value_or(literal->head.range);
    fixArity(id, literal->shape.size(), literal->head.range);
    program.tensors[id].literals.push_back(literal);
    program.tensors[id].isParam = program.tensors[id].isParam || literal->isParam;
  } else if (const auto *fact = std::get_if<ast::Fact>(&statement.node)) {
    ast::Head head;
    head.form = ast::Head::Form::Bare;
    head.name = fact->head.name;
    head.range = head.nameRange = fact->head.range;
    readDefinition(head, ast::AssignOp::Assign);
    TensorId id = *tensor(head.name);
    uses[id].inParentheses = uses[id].inParentheses.value_or(fact->head.range);
    fixArity(id, fact->head.indices.size(), fact->head.range);
    program.tensors[id].facts.push_back(fact);
  } else if (const auto *block = std::get_if<ast::FactBlock>(&statement.node)) {
    TensorId id = intern(block->name, block->firstRange);
    noteOperator(id, ast::AssignOp::Assign, block->firstRange);
    uses[id].inParentheses = uses[id].inParentheses.value_or(block->firstRange);
    fixArity(id, block->arity, block->firstRange);
    program.tensors[id].factBlocks.push_back(block);
  } else if (const auto *read = std::get_if<ast::Read>(&statement.node)) {
    readFile(*read);
  } else if (const auto *declaration = std::get_if<ast::TensorDeclaration>(&statement.node)) {
    TensorId id = intern(declaration->head.name, declaration->head.nameRange);
    fixArity(id, declaration->axes.size(), declaration->head.range);
    if (uses[id].declaration)
      diagnostics
          .report(DiagnosticId::DuplicateDeclaration, declaration->head.range,
                  quoted(declaration->head.name) + " is declared twice")
          .labels.push_back({uses[id].declaration->head.range, "first declared here"});
    uses[id].declaration = declaration;
    program.tensors[id].isParam = program.tensors[id].isParam || declaration->isParam;
    if (declaration->isParam)
      readInitializer(id, *declaration);
  }
}

/// A parameter is its first value until something learns it.
void Names::readInitializer(TensorId tensor, const ast::TensorDeclaration &declaration) {
  uses[tensor].isDefined = true;
  std::optional<runtime::ElementType> type = runtime::elementTypeNamed(declaration.elementType);
  if (type && !runtime::isFloat(*type))
    diagnostics.report(DiagnosticId::TypeMismatch, declaration.head.range,
                       "a parameter is real, " + quoted(declaration.head.name) + " is declared " +
                           declaration.elementType);
  program.tensors[tensor].initializer = defaultInitializer(declaration.axes.size());
  if (declaration.initializer)
    if (std::optional<runtime::Initializer> given =
            initializerOf(std::get<ast::Call>(declaration.initializer->node), declaration.initializer->range,
                          constants, diagnostics))
      program.tensors[tensor].initializer = given;
}

/// As if the program read the file itself; uses and other definitions say whether a table is a relation.
void Names::bindFile(TensorId tensor, std::string_view path) {
  Uses &use = uses[tensor];
  use.isDefined = true;
  program.tensors[tensor].isBound = true;
  if (use.inParentheses || use.inBrackets)
    return;
  bool isTensor = !holdsTable(path) || use.isReadAsNumber;
  (isTensor ? use.inBrackets : use.inParentheses) = program.tensors[tensor].range;
}

void Names::readFile(const ast::Read &read) {
  std::string_view path = read.path;
  bool isText = holdsText(path);
  bool isTable = holdsTable(path);
  TensorId id = intern(read.head.name, read.head.nameRange);
  const bool isRelation = read.head.form == ast::Head::Form::Parentheses;
  if (read.head.form == ast::Head::Form::Brackets || (!isTable && !isRelation)) {
    noteOperator(id, read.op, read.head.range);
    uses[id].inBrackets = uses[id].inBrackets.value_or(read.head.range);
  } else {
    noteOperator(id, ast::AssignOp::Assign, read.head.range);
    uses[id].inParentheses = uses[id].inParentheses.value_or(read.head.range);
  }
  if (read.head.form != ast::Head::Form::Bare)
    fixArity(id, read.head.indices.size(), read.head.range);
  else if (isText)
    fixArity(id, 2, read.head.range);
  program.tensors[id].reads.push_back(&read);
}

void Names::readValue(const ast::Expr &expr) {
  if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
    if (constant(name->name))
      return;
    TensorId id = intern(name->name, expr.range);
    uses[id].bareValue = uses[id].bareValue.value_or(expr.range);
    uses[id].isReadAsNumber = true;
  } else if (const auto *access = std::get_if<ast::Access>(&expr.node)) {
    readAccess(*access, false);
  } else if (const auto *call = std::get_if<ast::Call>(&expr.node)) {
    for (const ast::ExprPtr &argument : call->arguments)
      readValue(*argument);
  } else if (const auto *reduction = std::get_if<ast::Reduction>(&expr.node)) {
    readValue(*reduction->body);
  } else if (const auto *negation = std::get_if<ast::Negation>(&expr.node)) {
    readValue(*negation->operand);
  } else if (const auto *sum = std::get_if<ast::Sum>(&expr.node)) {
    for (const ast::Sum::Term &term : sum->terms)
      readValue(*term.expr);
  } else if (const auto *product = std::get_if<ast::Product>(&expr.node)) {
    for (const ast::Product::Factor &factor : product->factors)
      readValue(*factor.expr);
  } else if (const auto *power = std::get_if<ast::Power>(&expr.node)) {
    readValue(*power->base);
    readValue(*power->exponent);
  } else if (const auto *comparison = std::get_if<ast::Comparison>(&expr.node)) {
    readValue(*comparison->lhs);
    readValue(*comparison->rhs);
  } else if (const auto *negated = std::get_if<ast::Not>(&expr.node)) {
    readValue(*negated->operand);
  }
}

void Names::readAccess(const ast::Access &access, bool isLiteral) {
  TensorId id = intern(access.name, access.nameRange);
  // The last state of a tensor with a virtual index is read without that index.
  bool leavesOutVirtual =
      uses[id].virtualAxis && uses[id].arity && access.indices.size() + 1 == *uses[id].arity;
  if (!leavesOutVirtual)
    fixArity(id, access.indices.size(),
             source::join(access.nameRange,
                          access.indices.empty() ? access.nameRange : access.indices.back().range));
  uses[id].isReadAsNumber = uses[id].isReadAsNumber || (!isLiteral && !access.hasParentheses);
  readIndices(id, access.indices);
}

void Names::readIndices(TensorId tensor, const std::vector<ast::Index> &indices) {
  for (std::size_t position = 0; position < indices.size(); ++position) {
    const ast::Index &index = indices[position];
    if (index.isVirtual) {
      std::optional<std::size_t> &axis = uses[tensor].virtualAxis;
      if (axis && *axis != position)
        diagnostics
            .report(DiagnosticId::VirtualState, index.range,
                    "a second virtual index of " + quoted(program.tensors[tensor].name) +
                        ", which has one state")
            .hint = "write one of them without '*'";
      if (!axis)
        uses[tensor].virtualRange = index.range;
      axis = position;
    }
    if (index.expr)
      readIndex(*index.expr);
    for (const ast::ExprPtr *bound : {&index.begin, &index.end, &index.step})
      if (*bound)
        readBound(**bound);
  }
}

/// A name that bounds a slice is a number, never a symbol.
void Names::readBound(const ast::Expr &expr) {
  const auto *name = std::get_if<ast::Name>(&expr.node);
  if (name && !integer(name->name))
    readValue(expr);
  else
    readIndex(expr);
}

/// Names alone are symbols or integers here; inside arithmetic they are values.
void Names::readIndex(const ast::Expr &expr) {
  if (std::holds_alternative<ast::Name>(expr.node) || std::holds_alternative<ast::Variable>(expr.node))
    return;
  if (const auto *sum = std::get_if<ast::Sum>(&expr.node)) {
    for (const ast::Sum::Term &term : sum->terms)
      readIndex(*term.expr);
  } else if (const auto *product = std::get_if<ast::Product>(&expr.node)) {
    for (const ast::Product::Factor &factor : product->factors)
      readIndex(*factor.expr);
  } else if (const auto *negation = std::get_if<ast::Negation>(&expr.node)) {
    readIndex(*negation->operand);
  } else {
    readValue(expr);
  }
}

void Names::readLiteral(const ast::Expr &expr) {
  if (const auto *negated = std::get_if<ast::Not>(&expr.node))
    return readLiteral(*negated->operand);
  if (const auto *access = std::get_if<ast::Access>(&expr.node))
    return readAccess(*access, true);
  if (const auto *name = std::get_if<ast::Name>(&expr.node)) {
    if (!constant(name->name)) {
      TensorId id = intern(name->name, expr.range);
      uses[id].bareValue = uses[id].bareValue.value_or(expr.range);
    }
  } else if (const auto *comparison = std::get_if<ast::Comparison>(&expr.node)) {
    for (const ast::Expr *side : {comparison->lhs.get(), comparison->rhs.get()})
      if (!std::holds_alternative<ast::Name>(side->node))
        readIndex(*side);
  } else {
    readValue(expr);
  }
}

} // namespace tl::sema
