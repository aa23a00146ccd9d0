// The extent of every class of axes.
#pragma once

#include "frontend/sema/Check.h"
#include "frontend/sema/ResolveRanges.h"

#include <deque>
#include <set>

namespace tl::sema {

/// Finds extents in the order in which they depend on each other: hard ones, symbols, what facts and
/// equations reach, and at last what queries ask for.
class ExtentSearch {
public:
  ExtentSearch(TypedProgram &program, const std::map<TensorId, LoadedSizes> &sizes,
               const std::function<std::int64_t(ClassId)> &domainSize,
               const std::map<ClassId, std::int64_t> &fixed, source::DiagnosticEngine &diagnostics);

  /// Sets extents and openness of all classes. False when something was reported.
  bool run();

  const KnownExtents &known() const { return extents; }
  const EquationRanges &ranges(EquationId equation) const { return models[equation]; }

private:
  /// One axis that says how far its class reaches: a left one, or one of a variable that some term leaves to
  /// the guards to bound.
  struct Contribution {
    EquationId equation;
    const IndexExpr *index;
    bool isDense;
    bool isGuarded = false;
  };

  bool isHardAgreed(ClassId axisClass);
  void reportClash(ClassId axisClass, const ExtentEvidence &first, const ExtentEvidence &other);
  bool labelPositions(ClassId axisClass, const ExtentEvidence &first, const ExtentEvidence &other);
  bool labelMatrix(ClassId axisClass, const ExtentEvidence &first, const ExtentEvidence &other);
  bool labelAccesses(ClassId axisClass, const ExtentEvidence &first, const ExtentEvidence &other);
  void labelChain(source::Diagnostic &diagnostic, ClassId axisClass, const ExtentEvidence &first,
                  const ExtentEvidence &other);
  void collectEvidence();
  void startClass(ClassId axisClass);
  void collectContributions();
  void collectGuarded(const Equation &equation);
  void collectScanClasses(const std::vector<Component> &components);
  std::vector<ClassId> searchOrder() const;

  std::optional<std::int64_t> reach(const Contribution &contribution) const;
  bool findFromEquations(ClassId axisClass);
  bool findFromDemand(ClassId axisClass);
  std::optional<std::int64_t> demandOf(ClassId axisClass) const;
  const Query *unboundedQuery(ClassId axisClass) const;
  void fail(ClassId axisClass);
  void checkHard(ClassId axisClass);
  void openRelations();

  TypedProgram &program;
  const std::map<TensorId, LoadedSizes> &sizes;
  const std::function<std::int64_t(ClassId)> &domainSize;
  const std::map<ClassId, std::int64_t> &fixed;
  source::DiagnosticEngine &diagnostics;
  KnownExtents extents;
  std::vector<const Query *> asked;                     // queries and the parts that files get
  std::deque<EquationRanges> models;                    // by equation
  std::vector<std::vector<Contribution>> contributions; // by class
  std::vector<std::int64_t> soft;                       // by class
  std::vector<std::vector<ExtentEvidence>> hard;        // by class: of the program and of its data
  std::set<ClassId> scanClasses;                        // some scan runs along them
  bool succeeded = true;
};

} // namespace tl::sema
