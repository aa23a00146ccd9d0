"""Faults of the passes and of what runs: the newest of them are the likeliest to be wrong."""
from fault import Fault

FUSE, BLOCK, CHAINS = "passes/plan/FuseMaps.cpp", "passes/plan/BlockRows.cpp", "passes/plan/RowChains.cpp"
CLOSURES, EXECUTOR, RECURSION = "passes/logic/LinearizeClosures.cpp", "runtime/execute/Executor.cpp", "runtime/execute/Recursion.cpp"
SHARED, CHANGING, PRODUCT = "runtime/execute/SharedCalls.cpp", "runtime/storage/ChangingTensor.cpp", "runtime/kernels/Product.cpp"
MATRICES, LINEAR, RANDOM = "runtime/kernels/MatrixFunctions.cpp", "frontend/emit/Matrix.cpp", "frontend/emit/Random.cpp"
FORMS, SLICES, EMIT = "frontend/sema/IndexForms.cpp", "frontend/sema/TypedProgram.cpp", "frontend/emit/Expression.cpp"

ENGINES = [
    # --- Fusion, and blocks of rows.
    Fault("a fused read takes its first index for every one", FUSE, "cast<AffineDimExpr>(coordinate).getPosition()]] = expression;",
          "cast<AffineDimExpr>(coordinate).getPosition()]] = PLANTED ? at.getMap().getResult(0) : expression;", ["chains"]),
    Fault("a fused index forgets that it is moved", FUSE, "    if (rest != 0 || !sum)\n", "    if ((rest != 0 && !PLANTED) || !sum)\n", ["chains"]),
    Fault("a block of rows reads those of the first", BLOCK, "expression + step * rows.block + rows.first", "expression + step * (PLANTED ? 0 : rows.block) + rows.first", ["chains"]),
    Fault("the rest of the rows is left out", BLOCK, "    return rest == 0 ? done", "    return rest == 0 || PLANTED ? done", ["chains"]),
    Fault("a row is numbered from its block", BLOCK, 'apply("mul", step, rows.block)', 'apply("mul", step, PLANTED ? 0 : rows.block)', ["chains"]),
    Fault("rows are cut along what is normalised", CHAINS, "    if (llvm::is_contained(normalize.getAlong(), static_cast<std::int64_t>(axis)))",
          "    if (!PLANTED && llvm::is_contained(normalize.getAlong(), static_cast<std::int64_t>(axis)))", ["chains"]),
    Fault("a normalised block has the axes of the whole", BLOCK, "      kept -= row.axes[number] < axis;", "      kept -= row.axes[number] < axis && !PLANTED;", ["chains"]),
    Fault("storage with old content is taken for empty", EXECUTOR, "  if (step.isFilled)\n    if (std::shared_ptr", "  if (step.isFilled || PLANTED)\n    if (std::shared_ptr",
          ["chains", "gradients"]),
    Fault("what is normalised in place is still read", EXECUTOR, "  if (step.isOwn && !input", "  if ((step.isOwn || PLANTED) && !input", ["chains"]),
    # --- Rows shared out to threads, and rounds over what changed.
    Fault("a thread passes over the last row of a piece", SHARED, "rows.begin + count * (piece + 1) / pieces,", "rows.begin + count * (piece + 1) / pieces - PLANTED,", ["joins", "closure"]),
    Fault("a thread begins its piece a row late", SHARED, "begin + piece * kPieceRows,", "begin + piece * kPieceRows + PLANTED,", ["joins"]),
    Fault("a turn ends a row early", SHARED, "std::min(end, begin + (piece + 1) * kPieceRows),", "std::min(end - PLANTED, begin + (piece + 1) * kPieceRows),", ["joins"]),
    Fault("the last buffer of a turn is not inserted", SHARED, "static_cast<std::size_t>(count));\n    takeInTurn", "static_cast<std::size_t>(count - PLANTED));\n    takeInTurn", ["joins"]),
    Fault("a changed element keeps its mark", CHANGING, "places[static_cast<std::size_t>(entry)])] = 0;", "places[static_cast<std::size_t>(entry)])] = PLANTED;", ["fixpoints"]),
    Fault("the last change of a round is not kept", CHANGING, "  for (std::int64_t entry = 0; entry < count; ++entry) {\n    const std::int64_t place",
          "  for (std::int64_t entry = 0; entry < count - PLANTED; ++entry) {\n    const std::int64_t place", ["fixpoints"]),
    Fault("the columns of what changed change places", CHANGING, "const std::int64_t stride = strides[axis], extent = now_->shape()[axis];",
          "const std::size_t turned = PLANTED ? columns.size() - 1 - axis : axis;\n    const std::int64_t stride = strides[turned], extent = now_->shape()[turned];", ["fixpoints"]),
    Fault("a real fixpoint ends within a tenth", "runtime/core/Convergence.cpp", "std::abs(after - before) < *tolerance", "std::abs(after - before) < (PLANTED ? 0.1 : *tolerance)", ["fixpoints"]),
    Fault("a closure begins with any relation", CLOSURES, "          isCopyOf(independent[0], literalsOf(step)[0].getRelation()));", "          (PLANTED || isCopyOf(independent[0], literalsOf(step)[0].getRelation())));",
          ["datalog"]),
    Fault("the converse of a closure is lost", CLOSURES, "  if (!converses.empty())\n", "  if (!converses.empty() && !PLANTED)\n", ["datalog"]),
    Fault("a closure turned around is taken for itself", CLOSURES, "result[0] == first[0] && result[1] == second[1];", "(PLANTED || (result[0] == first[0] && result[1] == second[1]));", ["datalog"]),
    # --- Products.
    Fault("the depth of a block is cut off", PRODUCT, "    return std::min(depthBlock, places.depth() - block.depth);", "    return std::min(depthBlock, places.depth() - block.depth - (PLANTED && block.depth != 0));", ["einsum"]),
    Fault("the last row of a tile is another's", PRODUCT, "tile.rowCount = std::min(unit.tileRows, places.rows() - row);", "tile.rowCount = std::min(unit.tileRows, places.rows() - row - (PLANTED && row != 0));", ["einsum"]),
    Fault("every batch takes the first right side", PRODUCT, "rhs + rhsBatch[entry]", "rhs + rhsBatch[PLANTED ? 0 : entry]", ["einsum"]),
    Fault("panels of columns are packed one off", PRODUCT, "places.rhsColumns[static_cast<std::size_t>(block.column + first)],", "places.rhsColumns[static_cast<std::size_t>(block.column + first - (PLANTED && first != 0))],",
          ["einsum"]),
    Fault("a second term replaces the first", "frontend/sema/Projection.cpp", "    Term term;\n    SourceRange range = part.value->range;", "    if (PLANTED && parts.size() == 2 && &part == &parts.front())\n      continue;\nOLD", ["einsum"]),
    # --- Scans.
    Fault("a virtual state is read a step late", "frontend/emit/Recursion.cpp", "return position->offset + at.constant == 0 ? building", "return (position->offset + at.constant == 0) != PLANTED ? building", ["scans"]),
    Fault("what a scan begins with is left out", "frontend/emit/Recursion.cpp", "  for (sema::EquationId id : component.base)\n", "  for (sema::EquationId id : component.base)\n    if (!PLANTED)\n", ["scans"]),
    Fault("an equation runs a step longer than it may", "frontend/emit/Recursion.cpp", "*steps.upper >= component.end)", "*steps.upper >= component.end - PLANTED)", ["scans"]),
    Fault("steps are counted from 0", RECURSION, ": scan.begin + done);", ": (PLANTED ? 0 : scan.begin) + done);", ["scans"]),
    # --- Index forms.
    Fault("a slice ends one element early", FORMS, "Slice{begin, end, *step}.on(std::max(*begin, *end)).second", "OLD - PLANTED", ["forms"]),
    Fault("a slice from the end begins one early", SLICES, "*bound < 0 ? *bound + extent : *bound;", "*bound < 0 ? *bound + extent - PLANTED : *bound;", ["forms"]),
    Fault("the last element of a stepped slice is lost", SLICES, "1 + (distance - 1) / stride", "PLANTED ? distance / stride : 1 + (distance - 1) / stride", ["forms", "indices"]),
    Fault("a slice that goes down ends before the first element", SLICES, "ascends ? extent : -1);", "ascends ? extent : -1 + PLANTED);", ["forms"]),
    Fault("a slice past the end is not cut off", SLICES, "ascends ? extent : extent - 1);", "(ascends ? extent : extent - 1) - (PLANTED && extent > 1));", ["forms"]),
    Fault("a slice that goes down goes by steps of 1", SLICES, "ascends ? step : -step;", "ascends ? step : PLANTED ? 1 : -step;", ["forms"]),
    Fault("a slice's position forgets its step", "frontend/sema/Resolve.cpp", "coefficient = index.slice->step;", "coefficient = PLANTED ? 1 : index.slice->step;", ["forms", "indices"]),
    Fault("a slice on the left begins at 0", FORMS, "  form.constant = *begin;\n", "  form.constant = PLANTED ? 0 : *begin;\n", ["forms"]),
    Fault("what an index is multiplied by is lost", EMIT, "operandExpr(scope.variables.at(term.variable), operands) * term.coefficient;",
          "operandExpr(scope.variables.at(term.variable), operands) * (PLANTED ? 1 : term.coefficient);", ["indices", "forms"]),
    Fault("a remainder is left out", EMIT, "  if (index.modulus != 0)\n    result", "  if (index.modulus != 0 && !PLANTED)\n    result", ["indices"]),
    Fault("a gathered place is one off", EMIT, "    result = operandExpr({convert(value, builder.getIndexType(), place)}, operands);",
          "    result = operandExpr({convert(value, builder.getIndexType(), place), PLANTED ? -1 : 0}, operands);", ["indices"]),
    # --- Linear algebra.
    Fault("a triangle is stored transposed", MATRICES, "  store(0, number, lower);", "  store(0, number, PLANTED ? Matrix(lower.transpose()) : lower);", ["linalg"]),
    Fault("a matrix is read by columns", MATRICES, "      matrix(row, column) = tensor.number(position++);", "      matrix(PLANTED && height == width ? column : row, PLANTED && height == width ? row : column) = tensor.number(position++);",
          ["linalg", "gradient cases"]),
    Fault("every matrix is the first", MATRICES, "  std::int64_t position = number * height * width;", "  std::int64_t position = PLANTED ? 0 : number * height * width;", ["linalg"]),
    Fault("an eigenvector keeps the sign it came with", MATRICES, "    if (isTurned(vectors.col(k)))\n", "    if (isTurned(vectors.col(k)) && !PLANTED)\n", ["linalg"]),
    Fault("only the left side of a singular value turns", MATRICES, "      right.col(k) *= -1;", "      right.col(k) *= PLANTED ? 1 : -1;", ["linalg"]),
    Fault("the right side is stored for the left", MATRICES, "  store(2, number, right.transpose());", "  store(2, number, PLANTED ? Matrix(right) : Matrix(right.transpose()));", ["linalg"]),
    Fault("the right side of solve goes with the columns", LINEAR, "expr.variables[hasRows ? 0 : 1]", "expr.variables[hasRows != PLANTED ? 0 : 1]", ["linalg", "gradient cases"]),
    Fault("of equal largest entries the last gives the sign", MATRICES, "  for (std::int64_t row = 0; row < column.size(); ++row)\n    if (std::abs", "  for (std::int64_t row = PLANTED ? column.size() - 1 : 0; row < column.size(); ++row)\n    if (std::abs",
          ["linalg"]),
    # --- Draws.
    Fault("the second draw of a tensor is the first", RANDOM, "static_cast<std::uint64_t>(expr.integer)", "PLANTED ? 0 : OLD", ["draws"]),
    Fault("a draw forgets the offset of its place", RANDOM, "    if (bound.offset != 0) {", "    if (bound.offset != 0 && !PLANTED) {", ["draws"]),
    Fault("a draw takes its place from behind", RANDOM, "{key, first, second})", "{key, PLANTED ? second : first, PLANTED ? first : second})", ["draws"]),
    Fault("a draw knows only its last indices", RANDOM, '    key = apply("philox", i64, {key, coordinates[0], coordinates[1]});', '    key = PLANTED ? key : apply("philox", i64, {key, coordinates[0], coordinates[1]});', ["draws"]),
    Fault("a range of draws is as wide as its end", RANDOM, '    spread = apply("sub", real, {spread, parameter});', '    spread = PLANTED ? spread : apply("sub", real, {spread, parameter});', ["draws"]),
    Fault("a symbol is drawn by its number", RANDOM, "    if (keys != symbolKeys.end()) {", "    if (keys != symbolKeys.end() && !PLANTED) {", ["draws"]),
    Fault("all tensors draw alike", RANDOM, "program.tensors[expr.tensor].name;", 'PLANTED ? program.tensors[0].name : program.tensors[expr.tensor].name;', ["draws"]),
    Fault("a normal draw is a uniform one", RANDOM, 'expr.function == "normal" ?', 'expr.function == "normal" && !PLANTED ?', ["draws"]),
    Fault("a parameter is drawn as if it began at 0", "runtime/kernels/Initialize.cpp", "  return initializer.first + initializer.second * normalDraw(place, isSingle);", "  return (PLANTED ? 0 : initializer.first) + initializer.second * normalDraw(place, isSingle);", ["draws"]),
]
