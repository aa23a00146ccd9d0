// The members of a program and its surroundings, in the order in which an archive has them.
#pragma once

#include "runtime/package/Archive.h"
#include "runtime/package/Package.h"

namespace tl::runtime {

/// `T`, changeable for a reader.
template <typename Archive, typename T> using Described = std::conditional_t<Archive::isReading, T, const T>;

template <typename A> void describe(A &a, Described<A, ValueType> &v) {
  a(v.isRelation, v.element, v.isPartial, v.extents);
}
template <typename A> void describe(A &a, Described<A, Block::Next> &v) {
  a(v.value, v.isShared);
}
template <typename A> void describe(A &a, Described<A, Block> &v) {
  a(v.arguments, v.steps, v.next, v.ending);
}
template <typename A> void describe(A &a, Described<A, Step> &v) {
  a(v.action, v.ending, v.spare, v.number, v.place);
}
template <typename A> void describe(A &a, Described<A, Initial> &v) {
  a(v.value, v.inPlace);
}
template <typename A> void describe(A &a, Described<A, ReadStep> &v) {
  a(v.result, v.name);
}
template <typename A> void describe(A &a, Described<A, EmptyStep> &v) {
  a(v.result, v.name, v.isOne, v.isFilled);
}
template <typename A> void describe(A &a, Described<A, NormalizeStep> &v) {
  a(v.kind, v.input, v.result, v.axes, v.parameters, v.isOwn);
}
template <typename A> void describe(A &a, Described<A, OrderStep> &v) {
  a(v.kind, v.input, v.result, v.axes, v.limit);
}
template <typename A> void describe(A &a, Described<A, MatrixStep> &v) {
  a(v.function, v.name, v.subject, v.matrix, v.right, v.results, v.isWanted);
}
template <typename A> void describe(A &a, Described<A, ExternalStep> &v) {
  a(v.library, v.symbol, v.arguments, v.result);
}
template <typename A> void describe(A &a, Described<A, OutletStep> &v) {
  a(v.isQuery, v.number, v.value);
}
template <typename A> void describe(A &a, Described<A, RowsStep> &v) {
  a(v.relation, v.result, v.version, v.isIndex, v.keys);
}
template <typename A> void describe(A &a, Described<A, CallStep> &v) {
  a(v.kernel, v.inputs, v.dest, v.result, v.inPlace, v.commits);
}
template <typename A> void describe(A &a, Described<A, LinearForm> &v) {
  a(v.constant, v.perIndex, v.perPosition);
}
template <typename A> void describe(A &a, Described<A, ProductStep::Operand> &v) {
  a(v.tensor, v.place);
}
template <typename A> void describe(A &a, Described<A, ProductStep> &v) {
  a(v.extents, v.lhs, v.rhs, v.dest, v.result, v.inPlace, v.isFilled, v.positions, v.within);
}
template <typename A> void describe(A &a, Described<A, ScanStep> &v) {
  a(v.begin, v.end, v.isDescending, v.inits, v.body, v.results);
}
template <typename A> void describe(A &a, Described<A, FixpointStep> &v) {
  a(v.tolerance, v.maxRounds, v.names, v.inits, v.body, v.results);
}
template <typename A> void describe(A &a, Described<A, SemiNaiveStep> &v) {
  a(v.maxRounds, v.names, v.carriedNames, v.inits, v.start, v.round, v.results);
}
template <typename A> void describe(A &a, Described<A, KernelSignature> &v) {
  a(v.name, v.cost, v.sharedRows, v.countsRows, v.isParallel, v.begin, v.end);
}
template <typename A> void describe(A &a, Described<A, Program> &v) {
  a(v.types, v.kernels, v.body);
}
template <typename A> void describe(A &a, Described<A, QuestionArgument> &v) {
  a(v.kind, v.text, v.integer);
}
template <typename A> void describe(A &a, Described<A, QuestionAxis> &v) {
  a(v.domain, v.isDeclared, v.extent);
}
template <typename A> void describe(A &a, Described<A, Question> &v) {
  a(v.text, v.kind, v.isBare, v.arguments, v.tensor, v.axes);
}
template <typename A> void describe(A &a, Described<A, FileOutput> &v) {
  a(v.path, v.selection);
}
template <typename A> void describe(A &a, Described<A, Input> &v) {
  a(v.name, v.type, v.axes, v.isOpen, v.path, v.hasHeader, v.rows, v.alsoAs);
}

} // namespace tl::runtime
