// The text of tl explain --plan.
#include "frontend/print/PlanTree.h"

#include "ir/plan/PlanOps.h"
#include "ir/tile/TileOps.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"
#include "passes/logic/RowEstimates.h"
#include "passes/plan/KernelLoops.h"
#include "passes/plan/StepNumbers.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstdio>
#include <map>

namespace tl::print {
namespace {

using namespace mlir;

constexpr std::size_t kLongestText = 90;

/// 12, 3.4k, 12M: three digits are enough for what is only expected.
std::string shortNumber(double number) {
  constexpr const char *units[] = {"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  for (; number >= 1000 && unit + 1 < std::size(units); number /= 1000)
    ++unit;
  char text[32];
  std::snprintf(text, sizeof text, number < 9.95 && number != static_cast<int>(number) ? "%.1f%s" : "%.0f%s",
                number, units[unit]);
  return text;
}

/// What was expected of a line, when something was.
struct Expected {
  std::optional<double> number = std::nullopt;
  const char *unit = "";
};

struct Line {
  unsigned depth;
  std::string text;
  Expected expected = {};
  std::uint32_t step = 0; ///< 0: no step of its own
};

std::optional<double> times(std::optional<double> rows, std::optional<double> each) {
  return rows && each ? std::optional<double>(*rows * *each) : std::nullopt;
}

FileLineColRange placeOf(Location location) {
  FileLineColRange place;
  location->walk([&](Location inner) {
    if (auto found = dyn_cast<FileLineColRange>(inner)) {
      place = found;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return place;
}

class Tree {
public:
  Tree(ir::ProgramOp program, const source::SourceManager &sources)
      : program(program), sources(sources), numbers(passes::numberSteps(program)) {}

  std::vector<Line> lines() {
    addBlock(program.getBody().front(), 0);
    return std::move(result);
  }

private:
  // --- Programs.

  void addBlock(Block &block, unsigned depth) {
    for (Operation &op : block)
      addStep(op, depth);
  }

  void addStep(Operation &op, unsigned depth) {
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](plan::CallOp call) { addCall(call, depth); })
        .Case([&](tile::LaunchOp launch) { addLaunch(launch, depth); })
        .Case([&](plan::ProductOp product) {
          double operations = 2;
          std::string sizes;
          for (std::int64_t extent : product.getExtents()) {
            operations *= static_cast<double>(extent);
            sizes += (sizes.empty() ? "" : " x ") + std::to_string(extent);
          }
          addStatement(op, depth, {operations, " op"});
          add(depth + 1, "product over " + sizes);
        })
        .Case([&](ir::NormalizeOp normalize) {
          addStatement(op, depth, {});
          add(depth + 1, ir::stringifyNormalization(normalize.getKind()).str() + " of a tensor of shape " +
                             shapeText(normalize.getTensor().getType()));
        })
        .Case([&](ir::MatrixOp matrix) {
          addStatement(op, depth, {});
          add(depth + 1, ir::stringifyMatrixFunction(matrix.getFunction()).str() + " of a matrix of shape " +
                             shapeText(matrix.getMatrix().getType()));
        })
        .Case([&](ir::ExternalOp external) {
          addStatement(op, depth, {});
          add(depth + 1, "call of " + external.getSymbol().str() + " in " + external.getLibrary().str());
        })
        .Case([&](ir::ScanOp scan) {
          add(depth, scanText(scan));
          addBlock(scan.getBody().front(), depth + 1);
        })
        .Case([&](ir::FixpointOp fixpoint) {
          add(depth, "rounds until " + namesText(fixpoint.getNames()) + " changes no more");
          addBlock(fixpoint.getBody().front(), depth + 1);
        })
        .Case([&](plan::SemiNaiveOp rounds) {
          add(depth, "recursion: " + namesText(rounds.getNames()));
          if (llvm::any_of(rounds.getStart().front(),
                           [&](Operation &inner) { return numbers.contains(&inner); })) {
            add(depth + 1, "once");
            addBlock(rounds.getStart().front(), depth + 2);
          }
          add(depth + 1, "every round");
          addBlock(rounds.getStep().front(), depth + 2);
        });
  }

  std::string scanText(ir::ScanOp scan) {
    const std::int64_t first = scan.getBegin(), last = scan.getEnd() - 1;
    if (scan.getName() == "rows")
      return std::to_string(scan.getEnd() - scan.getBegin()) + " blocks of rows";
    return "scan of " + scan.getName().str() + ", positions " +
           (scan.getDescending() ? std::to_string(last) + " down to " + std::to_string(first)
                                 : std::to_string(first) + " to " + std::to_string(last));
  }

  static std::string namesText(std::optional<ArrayAttr> names) {
    std::string text;
    if (names)
      for (Attribute name : *names)
        text += (text.empty() ? "" : ", ") + cast<StringAttr>(name).getValue().str();
    return text.empty() ? "what a recursive equation computes" : text;
  }

  static std::string shapeText(Type type) {
    return "[" +
           llvm::join(llvm::map_range(ir::denseType(type).getShape(),
                                      [](std::int64_t extent) { return std::to_string(extent); }),
                      ", ") +
           "]";
  }

  void add(unsigned depth, std::string text, Expected expected = {}) {
    result.push_back({depth, std::move(text), expected});
  }

  /// The text that an op comes from, on one line.
  std::string sourceText(Location location) {
    FileLineColRange place = placeOf(location);
    if (!place)
      return "";
    std::optional<source::SourceRange> range =
        sources.range(place.getFilename().strref(), {place.getStartLine(), place.getStartColumn()},
                      {place.getEndLine(), place.getEndColumn()});
    if (!range)
      return "";
    std::string text;
    for (char letter : sources.text(*range))
      if (!llvm::isSpace(letter) || (!text.empty() && text.back() != ' '))
        text += llvm::isSpace(letter) ? ' ' : letter;
    return text.size() > kLongestText ? text.substr(0, kLongestText - 3) + "..." : text;
  }

  void addStatement(Operation &op, unsigned depth, Expected expected) {
    FileLineColRange place = placeOf(op.getLoc());
    std::string line;
    if (place) {
      const bool isMain = place.getFilename() == sources.file(0).name();
      line =
          (isMain ? "line " : place.getFilename().str() + ":") + std::to_string(place.getStartLine()) + "  ";
    }
    result.push_back({depth, line + sourceText(op.getLoc()), expected, numbers.lookup(&op)});
  }

  // --- Kernels.

  void addCall(plan::CallOp call, unsigned depth) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<plan::KernelOp>(call, call.getKernelAttr());
    operands.clear();
    for (auto [argument, operand] : llvm::zip_equal(kernel.getBody().getArguments(), call->getOperands()))
      operands[argument] = operand;
    const std::int64_t cost = static_cast<std::int64_t>(kernel.getCost());
    addStatement(*call, depth, cost < 0 ? Expected{} : Expected{static_cast<double>(cost), " op"});
    const std::size_t header = result.size() - 1;
    made = std::nullopt;
    addLoops(kernel.getBody().front(), depth + 1, 1);
    if (cost < 0 && made)
      result[header].expected = {made, " rows"};
  }

  void addLaunch(tile::LaunchOp launch, unsigned depth) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<tile::KernelOp>(launch, launch.getKernelAttr());
    addStatement(*launch, depth, {});
    std::string points;
    for (tile::PointOp point : kernel.getBody().getOps<tile::PointOp>())
      points += (points.empty() ? "" : ", ") + rangeText(point.getName(),
                                                         static_cast<std::int64_t>(point.getLower()),
                                                         static_cast<std::int64_t>(point.getUpper()));
    const auto team = static_cast<std::int64_t>(kernel.getTeam());
    add(depth + 1, "on the GPU for " + (points.empty() ? "one point" : points) +
                       (team == 1 ? ", a thread each" : ", " + std::to_string(team) + " threads each"));
    addLoops(kernel.getBody().front(), depth + 2, std::nullopt);
  }

  /// `rows`: how often the block is expected to be done.
  void addLoops(Block &block, unsigned depth, std::optional<double> rows) {
    for (Operation &op : block)
      llvm::TypeSwitch<Operation *>(&op)
          .Case([&](plan::ForOp loop) { addRanges(loop, depth, rows); })
          .Case([&](tile::StrideOp loop) {
            add(depth, "for " +
                           rangeText(loop.getName(), static_cast<std::int64_t>(loop.getLower()),
                                     static_cast<std::int64_t>(loop.getUpper())) +
                           ", dealt out to the threads");
            addLoops(loop.getBody().front(), depth + 1, rows);
          })
          .Case([&](tile::ContractOp contract) {
            ArrayRef<std::int64_t> tile = contract.getTile();
            add(depth, "product in tiles of " + std::to_string(tile[0]) + " x " + std::to_string(tile[1]) +
                           ", " + std::to_string(tile[2]) + " deep, in " +
                           std::to_string(contract.getSlots()) + " slots");
          })
          .Case([&](plan::EachOp each) {
            addRows(op, depth, times(rows, rowsOf(each.getRows())),
                    versionText(each.getRows()) + literalText(op));
          })
          .Case([&](plan::LookupOp lookup) {
            addRows(op, depth, times(rows, rowsAt(lookup.getTable())),
                    versionText(lookup.getTable()) + literalText(op) + ", found by " +
                        keysText(lookup.getTable()));
          })
          .Case([&](plan::IntersectOp common) {
            std::string text;
            for (Value table : common.getTables())
              text += (text.empty() ? "" : " and ") + nameOf(table) + " by " + keysText(table);
            addRows(op, depth, std::nullopt, "the cells common to " + text);
          })
          .Case([&](plan::IfOp branch) { addLoops(branch.getBody().front(), depth, rows); })
          .Case([&](plan::ReduceOp reduce) {
            add(depth, ir::stringifyProjection(reduce.getKind()).str() + " over");
            addLoops(reduce.getBody().front(), depth + 1, rows);
          })
          .Case([&](plan::ProbeOp probe) {
            std::string text = sourceText(op.getLoc());
            add(depth, "look whether " + (text.empty() ? nameOf(probe.getRelation()) : text) + " holds");
          })
          .Case([&](plan::InsertOp insert) {
            made = rows;
            add(depth, "add a row to " + nameOf(insert.getRelation()));
          });
  }

  static std::string rangeText(StringRef name, std::int64_t lower, std::int64_t upper) {
    return name.str() + (lower == 0 ? " < " + std::to_string(upper)
                                    : " from " + std::to_string(lower) + " to " + std::to_string(upper - 1));
  }

  /// Loops that hold nothing but the next one are one line.
  void addRanges(plan::ForOp loop, unsigned depth, std::optional<double> rows) {
    std::string text, manner;
    while (true) {
      const auto lower = static_cast<std::int64_t>(loop.getLower()),
                 upper = static_cast<std::int64_t>(loop.getUpper());
      text += (text.empty() ? "" : ", ") + rangeText(loop.getName(), lower, upper);
      if (loop.getParallel())
        manner += ", on all threads";
      if (loop.getLanes() > 1)
        manner += ", in " + std::to_string(loop.getLanes()) + " lanes";
      rows = times(rows, static_cast<double>(std::max<std::int64_t>(0, upper - lower)));
      auto inner = loop.getBody().front().getOps<plan::ForOp>();
      if (inner.empty() || !llvm::hasSingleElement(loop.getBody().front()))
        break;
      loop = *inner.begin();
    }
    add(depth, "for " + text + manner);
    addLoops(loop.getBody().front(), depth + 1, rows);
  }

  void addRows(Operation &op, unsigned depth, std::optional<double> rows, const std::string &text) {
    add(depth, "for " + text + (op.hasAttr(passes::kSharedRows) ? ", on all threads" : ""), {rows, " rows"});
    addLoops(op.getRegion(0).front(), depth + 1, rows);
  }

  // --- Relations.

  /// The `plan.rows` or `plan.index_by` that a kernel gets.
  Operation *givenBy(Value argument) { return operands.lookup(argument).getDefiningOp(); }

  Value relationOf(Value argument) {
    Value given = operands.lookup(argument);
    if (Operation *rows = given.getDefiningOp(); isa_and_nonnull<plan::RowsOp, plan::IndexByOp>(rows))
      return rows->getOperand(0);
    return given;
  }

  std::string versionText(Value argument) {
    Operation *given = givenBy(argument);
    auto version = plan::Version::Full;
    if (auto rows = dyn_cast_if_present<plan::RowsOp>(given))
      version = rows.getVersion();
    else if (auto index = dyn_cast_if_present<plan::IndexByOp>(given))
      version = index.getVersion();
    switch (version) {
    case plan::Version::Full:
      return "each row of ";
    case plan::Version::Delta:
      return "each new row of ";
    case plan::Version::Old:
      return "each older row of ";
    }
    llvm_unreachable("every version is listed");
  }

  std::string literalText(Operation &loop) {
    std::string text = sourceText(loop.getLoc()), name = nameOf(loop.getOperand(0));
    return text.empty() ? name : text;
  }

  std::string nameOf(Value argument) {
    Value relation = relationOf(argument);
    while (relation) {
      if (auto read = relation.getDefiningOp<ir::ReadOp>())
        return read.getName().str();
      if (auto empty = relation.getDefiningOp<ir::EmptyOp>())
        return empty.getName().value_or("an intermediate result").str();
      if (auto call = relation.getDefiningOp<plan::CallOp>()) {
        relation = call.getDest();
        continue;
      }
      return recursiveName(relation);
    }
    return "a relation";
  }

  static std::string recursiveName(Value relation) {
    auto nameIn = [](Operation *op, unsigned number) -> std::string {
      auto rounds = dyn_cast_if_present<plan::SemiNaiveOp>(op);
      if (!rounds || !rounds.getNames() || number >= rounds.getNames()->size())
        return "a recursive relation";
      return cast<StringAttr>((*rounds.getNames())[number]).getValue().str();
    };
    if (auto argument = dyn_cast<BlockArgument>(relation))
      return nameIn(argument.getOwner()->getParentOp(), argument.getArgNumber());
    auto answer = cast<OpResult>(relation);
    return nameIn(answer.getOwner(), answer.getResultNumber());
  }

  /// Nothing is expected of relations without a size.
  std::optional<double> rowsOf(Value argument) {
    Operation *definition = relationOf(argument).getDefiningOp();
    if (!definition || !definition->hasAttr(passes::kRows))
      return std::nullopt;
    return passes::estimatedRows(relationOf(argument));
  }

  std::optional<double> rowsAt(Value table) {
    std::optional<double> rows = rowsOf(table);
    if (!rows)
      return std::nullopt;
    auto bounds = cast<ir::RelationType>(relationOf(table).getType()).getBounds();
    double each = *rows;
    for (unsigned key : cast<plan::IndexType>(table.getType()).getKeys())
      each /= passes::estimatedCells(*rows, bounds[key]);
    return each;
  }

  std::string keysText(Value table) {
    ArrayRef<unsigned> keys = cast<plan::IndexType>(table.getType()).getKeys();
    std::string text = keys.size() == 1 ? "column " : "columns ";
    for (auto [position, key] : llvm::enumerate(keys))
      text += (position == 0 ? "" : ", ") + std::to_string(key + 1);
    return text;
  }

  ir::ProgramOp program;
  const source::SourceManager &sources;
  llvm::DenseMap<Operation *, std::uint32_t> numbers;
  std::vector<Line> result;
  llvm::DenseMap<Value, Value> operands; ///< of the call that is being told, by argument of its kernel
  std::optional<double> made;            ///< rows that it is expected to add
};

struct Actual {
  std::int64_t rowsIn = 0, rowsOut = 0, calls = 0, microseconds = 0;
};

std::map<std::uint32_t, Actual> actualByStep(const runtime::Profile &profile) {
  std::map<std::uint32_t, Actual> steps;
  for (const runtime::ProfileEvent &event : profile.events()) {
    Actual &actual = steps[event.step];
    actual.rowsIn += event.rowsIn;
    actual.rowsOut += event.rowsOut;
    actual.calls += event.calls;
    actual.microseconds += event.microseconds;
  }
  return steps;
}

std::string columnsOf(const Line &line, const std::map<std::uint32_t, Actual> *steps) {
  char text[128];
  const std::string expected =
      line.expected.number ? shortNumber(*line.expected.number) + line.expected.unit : std::string();
  int length = std::snprintf(text, sizeof text, "%12s", expected.c_str());
  if (!steps)
    return std::string(text, static_cast<std::size_t>(length));
  std::string columns(text, static_cast<std::size_t>(length));
  auto found = line.step ? steps->find(line.step) : steps->end();
  if (found == steps->end())
    return columns + std::string(46, ' ');
  const Actual &actual = found->second;
  length =
      std::snprintf(text, sizeof text, " %12lld %12lld %8lld %10.2f", static_cast<long long>(actual.rowsIn),
                    static_cast<long long>(actual.rowsOut), static_cast<long long>(actual.calls),
                    static_cast<double>(actual.microseconds) / 1000);
  return columns + std::string(text, static_cast<std::size_t>(length));
}

} // namespace

std::string planTree(ModuleOp module, const source::SourceManager &sources, const runtime::Profile *profile) {
  std::map<std::uint32_t, Actual> steps;
  if (profile)
    steps = actualByStep(*profile);
  std::string text =
      profile ? "    expected      rows in     rows out    calls         ms  plan\n" : "    expected  plan\n";
  for (const Line &line : Tree(*module.getOps<ir::ProgramOp>().begin(), sources).lines())
    text += columnsOf(line, profile ? &steps : nullptr) + "  " + std::string(2 * line.depth, ' ') +
            line.text + "\n";
  return text;
}

} // namespace tl::print
