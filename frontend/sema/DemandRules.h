// Rules restricted to what is asked of their heads.
#pragma once

#include "frontend/sema/Demand.h"

#include <deque>
#include <map>

namespace tl::sema {

/// Bit k: position k is bound. Positions from `kPositions` on count as free.
using Adornment = std::uint32_t;
constexpr std::size_t kPositions = 31;

/// A relation restricted to the calls in `demand`.
struct RestrictedRelation {
  TensorId original;
  Adornment bound;
  TensorId answers; ///< the axes of the original
  TensorId demand;  ///< the bound positions; twice when tagged: what was asked, then what that leads to
  bool isTagged;
};

/// Appends restricted relations and their rules to a program. One builder is one attempt: `undo` takes
/// everything back.
class DemandBuilder {
public:
  /// Relations of `full` are never restricted. With `onlyPositive` neither is what rules read under `not` or
  /// inside an expression, and equations that are computed in full are left alone.
  DemandBuilder(TypedProgram &program, const std::set<TensorId> &bound, const std::set<TensorId> &full,
                bool onlyPositive, bool isTrial = false);

  /// The positions by which the relation's rules can be restricted; none when it has no rules, or others.
  Adornment restrictablePositions(TensorId tensor) const;
  /// Whether the tensor is computed from others alone.
  bool isPlain(TensorId tensor) const;
  /// Which of the positions `bound` of a recursive relation to use: those under which the fewest calls
  /// multiply. `P(a, b)` is often better asked as `P(a, y)`.
  Adornment preferred(TensorId tensor, Adornment bound);
  /// The relation restricted to calls that bind `bound`; made on the first use.
  const RestrictedRelation &request(TensorId tensor, Adornment bound);
  /// Adds a call with constants.
  void ask(const RestrictedRelation &relation, const std::vector<runtime::Cell> &constants);
  /// Lets the equation, which is computed in full, ask only for what it reads.
  void restrictReads(EquationId equation);
  /// Writes the rules of everything requested.
  void finish();
  void undo();

  /// Relations that are computed both in full and restricted; `needed` is what is computed in full.
  std::set<TensorId> overlap(const std::set<TensorId> &needed) const;
  std::size_t originalTensors() const { return tensors; }

  std::map<TensorId, std::vector<runtime::Cell>> seeds; ///< flat rows by demand relation
  std::vector<std::pair<TensorId, TensorId>> copies;

private:
  friend class BodyPass;
  TensorId addTensor(TensorId like, std::string name, std::vector<ClassId> axes);
  void addRule(Equation rule);
  void write(const RestrictedRelation &relation);
  void writeTagged(const RestrictedRelation &relation);
  void writeFacts(const RestrictedRelation &relation);
  TensorId factsOf(TensorId tensor);
  bool isRecursive(TensorId tensor) const { return recursive.count(tensor) != 0; }
  bool isTaggable(TensorId tensor, Adornment bound) const;
  bool hasOneCall(TensorId tensor, Adornment bound) const;
  std::pair<std::size_t, std::size_t> cost() const;

  TypedProgram &program;
  const std::set<TensorId> &bound;
  const std::set<TensorId> &full;
  const bool onlyPositive, isTrial;
  const std::size_t tensors, equations;
  int trials = 0; ///< made by `preferred`
  std::map<std::pair<TensorId, Adornment>, Adornment> preferences;
  std::map<TensorId, Adornment> positions; ///< of the relations that rules define
  std::set<TensorId> recursive;            ///< of those, the recursive ones
  std::map<TensorId, std::size_t> componentOf;
  std::map<std::pair<TensorId, Adornment>, RestrictedRelation> restricted;
  std::deque<const RestrictedRelation *> waiting;
  std::map<TensorId, TensorId> facts;
  std::vector<std::pair<EquationId, Equation>> replaced; ///< what `restrictReads` changed
};

// --- Rules as data, in DemandParts.cpp.

/// A rule for `tensor` that says nothing yet, with the variables of `like`.
Equation emptyRule(const Equation &like, TensorId tensor);
/// Sets what follows from the head and the guards: which variables are projected, generated, read.
void settleRule(Equation &rule);
/// `tensor(indices)` as a condition.
Guard positiveLiteral(TensorId tensor, std::vector<IndexExpr> indices, SourceRange range);
IndexExpr variableIndex(VariableId variable, SourceRange range);
/// The positions of `bound`, in order.
std::vector<IndexExpr> boundPositions(const std::vector<IndexExpr> &indices, Adornment bound);
/// `bf` for positions bound and free.
std::string adornmentText(Adornment bound, std::size_t arity);

/// How a rule of a relation takes part in its own recursion, seen from calls that bind some positions.
enum class RecursionForm {
  Exit,     ///< it reads no recursive relation
  Left,     ///< one call to itself with the bound positions unchanged: more answers to the same call
  Right,    ///< one call to itself with the free positions unchanged: its answers are answers here
  Combined, ///< first the one, then the other
  Other,
};
struct RuleForm {
  RecursionForm form = RecursionForm::Other;
  std::size_t left = 0, right = 0; ///< positions of the recursive literals among the guards
};
RuleForm formOf(const Equation &rule, const std::set<TensorId> &cycle, Adornment bound);

} // namespace tl::sema
