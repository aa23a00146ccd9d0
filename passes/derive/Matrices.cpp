// The cotangents of linear algebra.
#include "passes/derive/Derivation.h"

#include "ir/tl/TlTypes.h"

#include <map>

namespace tl::passes {

using namespace mlir;

/// Combines a value for every assignment of the axes that `sources` name by letters into `dest` at `place`.
/// The first `batch` axes of all tensors are the same and have no letters.
Value Derivation::overLetters(ir::Monoid monoid, Value dest, StringRef place, ArrayRef<LetteredRead> sources,
                              std::int64_t batch, Location location, LetteredValue compute) {
  EquationCopy copy = open(monoid, dest, location);
  auto declare = [&](const Twine &name, std::int64_t extent) -> Value {
    return ir::IndexOp::create(copy.builder, location, builder.getIndexType(), builder.getStringAttr(name),
                               builder.getI64IntegerAttr(0), builder.getI64IntegerAttr(extent));
  };
  ArrayRef<std::int64_t> shape = ir::denseType(sources.front().tensor.getType()).getShape();
  SmallVector<Value> lead;
  for (std::int64_t axis = 0; axis < batch; ++axis)
    lead.push_back(declare("n" + Twine(axis), shape[axis]));
  std::map<char, Value> variables;
  auto at = [&](StringRef letters) {
    SmallVector<Value> indices = lead;
    for (char letter : letters)
      indices.push_back(variables.at(letter));
    return indices;
  };
  SmallVector<Value> elements;
  for (const LetteredRead &source : sources) {
    RankedTensorType type = ir::denseType(source.tensor.getType());
    for (auto [letter, extent] : llvm::zip_equal(source.letters, type.getShape().drop_front(batch)))
      if (!variables.count(letter))
        variables[letter] = declare(Twine(letter), extent);
    elements.push_back(ir::AtOp::create(copy.builder, location, type.getElementType(), source.tensor,
                                        at(source.letters), builder.getMultiDimIdentityMap(type.getRank())));
  }
  ScalarBuilder scalars(copy.builder, location);
  Value value =
      compute(scalars, elements, [&](char letter) { return scalars.position(variables.at(letter)); });
  yield(copy, value, at(place), builder.getMultiDimIdentityMap(ir::rankOf(dest.getType())));
  return close(copy);
}

namespace {

using Elements = ValueRange;
using Position = llvm::function_ref<Value(char)>;

Value product(ScalarBuilder &s, Elements e, Position) {
  return s.multiply(e[0], e[1]);
}
Value negativeProduct(ScalarBuilder &s, Elements e, Position) {
  return s.negate(s.multiply(e[0], e[1]));
}
Value itself(ScalarBuilder &, Elements e, Position) {
  return e[0];
}

/// value / divisor, and 0 where the value is 0: a share that nothing asks for, of what may be undefined.
Value share(ScalarBuilder &s, Value value, Value divisor) {
  Value isNone = s.compare("eq", value, s.real(0, value.getType()));
  return s.select(isNone, s.real(0, value.getType()), s.divide(value, divisor));
}

/// One call and the cotangents of its answers. Letters: i, j for rows and columns of the matrix, p, q for the
/// numbers of eigenvalues and singular values. All matrices are derived by themselves.
class MatrixRule {
public:
  std::function<Value(ir::Monoid, Value, StringRef, ArrayRef<LetteredRead>, LetteredValue)> combine;
  std::function<Value(ArrayRef<std::int64_t>)> zeros; ///< of matrices of this shape
  std::function<Value(Value, Value)> solve;           ///< X of A X = B
  std::function<void(StringRef, ArrayRef<LetteredRead>, LetteredValue)> addToMatrix;
  SmallVector<Value> answers, cotangents; ///< a cotangent may be null

  void inverse();
  void cholesky();
  void eigh();
  void svd();

private:
  Value sum(ArrayRef<std::int64_t> shape, StringRef place, ArrayRef<LetteredRead> sources,
            LetteredValue compute) {
    return combine(ir::Monoid::Add, zeros(shape), place, sources, compute);
  }
  std::int64_t extent(Value tensor, int fromEnd) {
    ArrayRef<std::int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
    return shape[shape.size() - static_cast<std::size_t>(fromEnd)];
  }
  Value turned(Value vectors, StringRef own, StringRef other, Value cotangent);
  void addSymmetric(Value whole);
  void addOutside(LetteredRead vectors, Value cotangent, Value sizes, LetteredRead others);
};

/// Y = A^-1: dA = -Y^T dY Y^T.
void MatrixRule::inverse() {
  const std::int64_t n = extent(answers[0], 1);
  Value left = sum({n, n}, "iq", {{answers[0], "pi"}, {cotangents[0], "pq"}}, product);
  addToMatrix("ij", {{left, "iq"}, {answers[0], "jq"}}, negativeProduct);
}

/// The lower triangle stands for both: below the diagonal its elements count twice.
void MatrixRule::addSymmetric(Value whole) {
  addToMatrix("ij", {{whole, "ij"}, {whole, "ji"}}, [](ScalarBuilder &s, Elements e, Position at) {
    Value both = s.keepWhere(s.compare("gt", at('i'), at('j')), s.add(e[0], e[1]));
    return s.select(s.compare("eq", at('i'), at('j')), e[0], both);
  });
}

/// A = L L^T: with P the lower triangle of L^T dL, its diagonal halved, dA is the sum of S = L^-T P L^-1 and
/// its transpose (Murray: "Differentiation of the Cholesky decomposition", 2016). A matrix that was left out
/// has L = 0, here a diagonal of ones.
void MatrixRule::cholesky() {
  Value lower = answers[0];
  const std::int64_t n = extent(lower, 1);
  Value inner = sum({n, n}, "pq", {{lower, "ip"}, {cotangents[0], "iq"}},
                    [](ScalarBuilder &s, Elements e, Position at) {
                      Value whole = s.multiply(e[0], e[1]);
                      Value half = s.multiply(whole, s.real(0.5, whole.getType()));
                      Value below = s.keepWhere(s.compare("gt", at('p'), at('q')), whole);
                      return s.select(s.compare("eq", at('p'), at('q')), half, below);
                    });
  Value upper = sum({n, n}, "ji", {{lower, "ij"}}, [](ScalarBuilder &s, Elements e, Position at) {
    Value isLeftOut =
        s.both(s.compare("eq", at('i'), at('j')), s.compare("eq", e[0], s.real(0, e[0].getType())));
    return s.select(isLeftOut, s.real(1, e[0].getType()), e[0]);
  });
  Value half = solve(upper, inner);
  addSymmetric(solve(upper, sum({n, n}, "qp", {{half, "pq"}}, itself)));
}

/// (V^T dV - dV^T V)[p,q]: how the vectors are to turn into each other. `own` and `other` name the axes of V,
/// its numbers p and q.
Value MatrixRule::turned(Value vectors, StringRef own, StringRef other, Value cotangent) {
  const std::int64_t count = extent(vectors, own.back() == 'p' ? 1 : 2);
  Value along = sum({count, count}, "pq", {{vectors, own.str()}, {cotangent, other.str()}}, product);
  return sum({count, count}, "pq", {{along, "pq"}, {along, "qp"}},
             [](ScalarBuilder &s, Elements e, Position) { return s.subtract(e[0], e[1]); });
}

/// A V = V diag(W): dA = V (diag(dW) + E) V^T with E[p,q] = (V^T dV - dV^T V)[p,q] / 2 (W[q] - W[p]).
void MatrixRule::eigh() {
  Value vectors = answers[1];
  const std::int64_t n = extent(vectors, 1);
  Value inner = zeros({n, n});
  if (cotangents[0])
    inner = combine(ir::Monoid::Add, inner, "pp", {{cotangents[0], "p"}}, itself);
  if (cotangents[1]) {
    Value turn = turned(vectors, "ip", "iq", cotangents[1]);
    inner = combine(ir::Monoid::Add, inner, "pq", {{turn, "pq"}, {answers[0], "p"}, {answers[0], "q"}},
                    [](ScalarBuilder &s, Elements e, Position) {
                      Value gap = s.subtract(e[2], e[1]);
                      return share(s, e[0], s.add(gap, gap));
                    });
  }
  Value left = sum({n, n}, "iq", {{vectors, "ip"}, {inner, "pq"}}, product);
  addSymmetric(sum({n, n}, "ij", {{left, "iq"}, {vectors, "jq"}}, product));
}

/// What of the cotangent of vectors lies outside of the space they span, through 1 / S.
void MatrixRule::addOutside(LetteredRead vectors, Value cotangent, Value sizes, LetteredRead others) {
  const std::int64_t count = extent(sizes, 1);
  const std::string &own = vectors.letters;
  std::string other = own;
  std::replace(other.begin(), other.end(), 'p', 'q');
  Value along = sum({count, count}, "qp", {{vectors.tensor, other}, {cotangent, own}}, product);
  auto type = cast<RankedTensorType>(vectors.tensor.getType());
  Value rest = sum(type.getShape().take_back(2), own, {{cotangent, own}}, itself);
  rest = combine(ir::Monoid::Add, rest, own, {{vectors.tensor, other}, {along, "qp"}}, negativeProduct);
  addToMatrix("ij", {{rest, own}, {sizes, "p"}, others},
              [](ScalarBuilder &s, Elements e, Position) { return s.multiply(share(s, e[0], e[1]), e[2]); });
}

/// A = U S V^T: dA = U M V^T plus what lies outside of the spaces, with
/// M[p,q] = diag(dS) + ((U^T dU - dU^T U)[p,q] S[q] + S[p] (V^T dV - dV^T V)[p,q]) / (S[q]^2 - S[p]^2)
/// (Townsend: "Differentiating the singular value decomposition", 2016).
void MatrixRule::svd() {
  Value left = answers[0], sizes = answers[1], right = answers[2];
  const std::int64_t rows = extent(left, 2), count = extent(sizes, 1), columns = extent(right, 1);
  Value inner = zeros({count, count});
  if (cotangents[1])
    inner = combine(ir::Monoid::Add, inner, "pp", {{cotangents[1], "p"}}, itself);
  auto addTurn = [&](Value turn, unsigned factor) {
    inner = combine(ir::Monoid::Add, inner, "pq", {{turn, "pq"}, {sizes, "p"}, {sizes, "q"}},
                    [&](ScalarBuilder &s, Elements e, Position) {
                      Value gap = s.multiply(s.subtract(e[2], e[1]), s.add(e[2], e[1]));
                      return share(s, s.multiply(e[0], e[factor]), gap);
                    });
  };
  if (cotangents[0])
    addTurn(turned(left, "ip", "iq", cotangents[0]), 2);
  if (cotangents[2])
    addTurn(turned(right, "pj", "qj", cotangents[2]), 1);
  Value turnedRight = sum({count, columns}, "pj", {{inner, "pq"}, {right, "qj"}}, product);
  addToMatrix("ij", {{left, "ip"}, {turnedRight, "pj"}}, product);
  if (cotangents[0] && rows > count)
    addOutside({left, "ip"}, cotangents[0], sizes, {right, "pj"});
  if (cotangents[2] && columns > count)
    addOutside({right, "pj"}, cotangents[2], sizes, {left, "ip"});
}

} // namespace

/// Whether the cotangent of `tensor` is being combined: in a fixpoint there is a time for what is inside of
/// it.
bool Derivation::takesCotangent(Value tensor) {
  return activity.contains(tensor) && (!isWanted || isWanted(rootOf(tensor)));
}

/// X of A X = B: dB = X of A^T X = dX, dA = -dB X^T. A matrix that was left out stays so in its transpose.
void Derivation::deriveSolve(ir::MatrixOp op, Value cotangent) {
  Location place = op.getLoc();
  Value matrix = forward(op.getMatrix());
  const std::int64_t batch = ir::rankOf(matrix.getType()) - 2;
  const bool isPartial = ir::isPartial(matrix.getType());
  const ir::Monoid monoid = isPartial ? ir::Monoid::Max : ir::Monoid::Add;
  Value transpose = ir::EmptyOp::create(builder, place, matrix.getType(), monoid);
  transpose = overLetters(monoid, transpose, "ji", {{matrix, "ij"}}, batch, place, itself);
  Value right = ir::MatrixOp::create(builder, place, cotangent.getType(), ir::MatrixFunction::Solve,
                                     op.getSubject(), transpose, cotangent)
                    .getAnswers()[0];
  std::string columns;
  for (std::int64_t axis = batch + 1; axis < static_cast<std::int64_t>(ir::rankOf(cotangent.getType()));
       ++axis)
    columns += static_cast<char>('a' + (axis - batch - 1));
  if (takesCotangent(op.getRight())) {
    Value root = rootOf(op.getRight());
    Value dest = accumulator(root, op.getRight().getType(), place);
    cotangents[root] =
        overLetters(ir::Monoid::Add, dest, "I" + columns, {{right, "I" + columns}}, batch, place, itself);
  }
  if (takesCotangent(op.getMatrix())) {
    Value root = rootOf(op.getMatrix());
    Value dest = accumulator(root, op.getMatrix().getType(), place);
    cotangents[root] = overLetters(ir::Monoid::Add, dest, "IJ",
                                   {{right, "I" + columns}, {forward(op.getAnswers()[0]), "J" + columns}},
                                   batch, place, negativeProduct);
  }
}

void Derivation::derive(ir::MatrixOp op) {
  SmallVector<Value> reached;
  for (Value answer : op.getAnswers())
    reached.push_back(activity.reaches(answer) ? cotangents.lookup(answer) : Value());
  if (llvm::none_of(reached, [](Value cotangent) { return static_cast<bool>(cotangent); }))
    return;
  if (op.getFunction() == ir::MatrixFunction::Solve)
    return deriveSolve(op, reached[0]);
  if (!takesCotangent(op.getMatrix()))
    return;
  Location place = op.getLoc();
  auto type = cast<RankedTensorType>(ir::denseType(op.getMatrix().getType()));
  const std::int64_t batch = type.getRank() - 2;
  MatrixRule rule;
  rule.cotangents = reached;
  for (Value answer : op.getAnswers())
    rule.answers.push_back(forward(answer));
  rule.zeros = [&](ArrayRef<std::int64_t> shape) {
    SmallVector<std::int64_t> whole(type.getShape().take_front(batch));
    llvm::append_range(whole, shape);
    return zeros(RankedTensorType::get(whole, type.getElementType()), place);
  };
  rule.combine = [&](ir::Monoid monoid, Value dest, StringRef at, ArrayRef<LetteredRead> sources,
                     LetteredValue value) {
    return overLetters(monoid, dest, at, sources, batch, place, value);
  };
  rule.solve = [&](Value matrix, Value right) -> Value {
    return ir::MatrixOp::create(builder, place, right.getType(), ir::MatrixFunction::Solve, op.getSubject(),
                                matrix, right)
        .getAnswers()[0];
  };
  rule.addToMatrix = [&](StringRef at, ArrayRef<LetteredRead> sources, LetteredValue value) {
    Value root = rootOf(op.getMatrix());
    Value dest = accumulator(root, type, place);
    cotangents[root] = overLetters(ir::Monoid::Add, dest, at, sources, batch, place, value);
  };
  switch (op.getFunction()) {
  case ir::MatrixFunction::Inverse:
    return rule.inverse();
  case ir::MatrixFunction::Cholesky:
    return rule.cholesky();
  case ir::MatrixFunction::Eigh:
    return rule.eigh();
  case ir::MatrixFunction::Svd:
    return rule.svd();
  case ir::MatrixFunction::Solve:
    llvm_unreachable("derived before");
  }
}

} // namespace tl::passes
