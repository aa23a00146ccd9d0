// The whole program: data, components in order, queries and files.
#include "frontend/emit/Emitter.h"

#include "frontend/sema/Draws.h"
#include "frontend/sema/Needed.h"
#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlDialect.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"

namespace tl::emit {

using sema::Component;
using sema::TensorId;

Emitter::Emitter(mlir::MLIRContext &context, const sema::TypedProgram &program,
                 const source::SourceManager &sources, const EmitOptions &options)
    : context(context), program(program), sources(sources), options(options), builder(&context),
      reading(program.tensors.size()), building(program.tensors.size()) {}

mlir::Location Emitter::location(source::SourceRange range) {
  const source::SourceFile &file = sources.file(range.file);
  source::LineColumn begin = file.lineColumn(range.begin), end = file.lineColumn(range.end);
  return mlir::FileLineColRange::get(builder.getStringAttr(file.name()), begin.line, begin.column, end.line,
                                     end.column);
}

mlir::Type Emitter::elementType(runtime::ElementType type) {
  return ir::typeOf(context, type);
}

mlir::Type Emitter::typeOf(TensorId id) {
  const sema::TensorSymbol &tensor = program.tensors[id];
  llvm::SmallVector<std::int64_t> extents;
  for (sema::ClassId axisClass : tensor.axes) {
    std::int64_t extent = program.classes[axisClass].extent;
    bool isKnown = tensor.kind == sema::TensorKind::Dense || !program.classes[axisClass].isOpen;
    extents.push_back(isKnown ? std::max<std::int64_t>(0, extent) : -1);
  }
  if (tensor.kind == sema::TensorKind::Relation)
    return ir::RelationType::get(&context, extents);
  auto dense = mlir::RankedTensorType::get(extents, elementType(tensor.elementType));
  if (tensor.monoid == sema::Monoid::Max || tensor.monoid == sema::Monoid::Min)
    return ir::PartialType::get(&context, dense);
  return dense;
}

/// What a tensor is before any equation: its data, or the identity everywhere.
mlir::Value Emitter::initial(TensorId id) {
  const sema::TensorSymbol &tensor = program.tensors[id];
  mlir::Location place = location(tensor.range);
  mlir::Type type = typeOf(id);
  if (!options.bound.count(id) && !options.given.count(id))
    return empty(tensor.monoid == sema::Monoid::Average ? sema::Monoid::Add : tensor.monoid, type, place,
                 tensor.name);
  std::string source = !tensor.literals.empty() ? "literal"
                       : !tensor.reads.empty()  ? tensor.reads.front()->path
                       : tensor.initializer     ? "a draw"
                                                : "facts";
  return ir::ReadOp::create(builder, place, type, tensor.name, source);
}

namespace {

/// Without what runs in step with the rest but nothing asks for: what its equations read may not be there.
Component onlyWanted(const Component &component, const std::set<TensorId> &wanted,
                     const sema::TypedProgram &program) {
  Component part = component;
  part.tensors.clear();
  part.scanAxis.clear();
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    if (wanted.count(component.tensors[number])) {
      part.tensors.push_back(component.tensors[number]);
      if (number < component.scanAxis.size())
        part.scanAxis.push_back(component.scanAxis[number]);
    }
  auto isUnwanted = [&](sema::EquationId id) { return !wanted.count(program.equations[id].tensor); };
  std::erase_if(part.base, isUnwanted);
  std::erase_if(part.equations, isUnwanted);
  part.step.clear();
  for (const Component &inner : component.step)
    if (Component kept = onlyWanted(inner, wanted, program); !kept.tensors.empty())
      part.step.push_back(std::move(kept));
  return part;
}

} // namespace

void Emitter::component(const Component &component) {
  switch (component.kind) {
  case Component::Kind::Plain:
    if (program.tensors[component.tensors.front()].derivative) {
      reading[component.tensors.front()] = derivative(component.tensors.front());
      return;
    }
    for (TensorId tensor : component.tensors)
      building[tensor] = initial(tensor);
    equations(component);
    for (TensorId tensor : component.tensors)
      reading[tensor] = building[tensor];
    return;
  case Component::Kind::Scan:
    return scan(component);
  case Component::Kind::Fixpoint:
    return fixpoint(component);
  }
}

mlir::Value Emitter::derivative(TensorId id) {
  const auto [scalar, by] = *program.tensors[id].derivative;
  mlir::Type type = ir::denseType(reading[by].getType());
  auto op = ir::GradientOp::create(builder, location(program.tensors[id].range), mlir::TypeRange{type},
                                   reading[scalar], mlir::ValueRange{reading[by]});
  op->setAttr(kDerivativeTensor, builder.getI64IntegerAttr(id));
  return op.getResult(0);
}

/// One op for all derivatives of a scalar, so that they share what they have in common; by number of the
/// query.
std::map<std::size_t, mlir::Value> Emitter::derivatives() {
  std::map<TensorId, std::vector<std::size_t>> byScalar;
  for (std::size_t number = 0; number < program.queries.size(); ++number)
    if (program.queries[number].derived)
      byScalar[*program.queries[number].derived].push_back(number);
  std::map<std::size_t, mlir::Value> results;
  for (const auto &[scalar, numbers] : byScalar) {
    llvm::SmallVector<mlir::Value> tensors;
    llvm::SmallVector<mlir::Type> types;
    llvm::SmallVector<mlir::Location> places;
    for (std::size_t number : numbers) {
      tensors.push_back(reading[program.queries[number].tensor]);
      types.push_back(ir::denseType(tensors.back().getType()));
      places.push_back(location(program.queries[number].range));
    }
    auto op = ir::GradientOp::create(builder, mlir::FusedLoc::get(&context, places), types, reading[scalar],
                                     tensors);
    for (std::size_t position = 0; position < numbers.size(); ++position)
      results[numbers[position]] = op.getResult(position);
  }
  return results;
}

/// The C functions by their names; nothing when there are none.
mlir::DictionaryAttr Emitter::externals() {
  llvm::SmallVector<mlir::NamedAttribute> table;
  for (const sema::ExternalFunction &function : program.externals) {
    llvm::SmallVector<llvm::StringRef> described = {function.library, function.symbol};
    described.append(function.partials.begin(), function.partials.end());
    table.push_back(builder.getNamedAttr(function.name, builder.getStrArrayAttr(described)));
  }
  return table.empty() ? mlir::DictionaryAttr() : builder.getDictionaryAttr(table);
}

mlir::OwningOpRef<mlir::ModuleOp> Emitter::run() {
  mlir::Location place = location({});
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(place);
  builder.setInsertionPointToEnd(module->getBody());
  auto top = ir::ProgramOp::create(builder, place, externals());
  builder.setInsertionPointToEnd(&top.getBody().emplaceBlock());
  for (sema::ClassId axisClass : sema::drawnSymbols(program, options.part)) {
    auto type = mlir::RankedTensorType::get({program.classes[axisClass].extent}, builder.getI64Type());
    symbolKeys[axisClass] =
        ir::ReadOp::create(builder, place, type, sema::symbolKeysName(axisClass), "symbols");
  }
  if (options.drawsOf)
    drawStep = ir::ReadOp::create(builder, place, mlir::RankedTensorType::get({}, builder.getI64Type()),
                                  kDrawStep, "the step");
  std::set<TensorId> wanted = options.outputs ? sema::readFrom(program, *options.outputs, options.given)
                                              : sema::neededTensors(program, options.given);
  for (const Component &part : program.components) {
    bool isComputed = false;
    for (TensorId tensor : part.tensors)
      if (wanted.count(tensor) && options.given.count(tensor))
        reading[tensor] = initial(tensor);
      else
        isComputed |= wanted.count(tensor) != 0;
    if (isComputed)
      component(part.kind == Component::Kind::Scan ? onlyWanted(part, wanted, program) : part);
  }
  handOut();
  return module;
}

void Emitter::handOut() {
  if (options.outputs) {
    for (std::size_t number = 0; number < options.outputs->size(); ++number) {
      const TensorId tensor = (*options.outputs)[number];
      ir::QueryOp::create(builder, location(program.tensors[tensor].range), builder.getI64IntegerAttr(number),
                          reading[tensor]);
    }
    return;
  }
  std::map<std::size_t, mlir::Value> derivatives = this->derivatives();
  for (std::size_t number = 0; number < program.queries.size(); ++number) {
    const sema::Query &query = program.queries[number];
    ir::QueryOp::create(builder, location(query.range), builder.getI64IntegerAttr(number),
                        query.derived ? derivatives.at(number) : reading[query.tensor]);
  }
  for (std::size_t number = 0; number < options.kept.size(); ++number)
    ir::QueryOp::create(builder, location(program.tensors[options.kept[number]].range),
                        builder.getI64IntegerAttr(program.queries.size() + number),
                        reading[options.kept[number]]);
  for (std::size_t number = 0; number < program.writes.size(); ++number)
    ir::WriteOp::create(builder, location(program.writes[number].range), builder.getI64IntegerAttr(number),
                        reading[program.writes[number].tensor],
                        builder.getStringAttr(program.writes[number].path));
}

mlir::OwningOpRef<mlir::ModuleOp> emit(mlir::MLIRContext &context, const sema::TypedProgram &program,
                                       const source::SourceManager &sources, const EmitOptions &options) {
  context.loadDialect<ir::TlDialect>();
  return Emitter(context, program, sources, options).run();
}

} // namespace tl::emit
