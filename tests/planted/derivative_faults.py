"""Faults of derivatives, which differences find."""
from fault import Fault

PRIMITIVES, READS, SCANS, SHARES = ("passes/derive/" + name + ".cpp" for name in ("Primitives", "Reads", "Scans", "Shares"))
NORMS, ORDERS, MATRICES, FIXPOINTS = ("passes/derive/" + name + ".cpp" for name in ("Normalizations", "Orders", "Matrices", "Fixpoints"))
CASES = ["gradient cases"]
RANDOM = ["gradients", "gradient cases"]
ALL = RANDOM + ["library gradients"]

DERIVATIVES = [
    Fault("the derivative of a product takes the wrong factor", PRIMITIVES,
          "    return s.multiply(row.d, position == 0 ? row.y : row.x);", "    return s.multiply(row.d, (position == 0) != PLANTED ? row.y : row.x);", ALL),
    Fault("the derivative of a difference has one sign", PRIMITIVES,
          "    return position == 0 ? row.d : s.negate(row.d);", "    return position == 0 || PLANTED ? row.d : s.negate(row.d);", CASES + ["library gradients", "world gradients"]),
    Fault("the derivative of a quotient forgets the divisor", PRIMITIVES, "s.negate(s.divide(s.multiply(row.d, row.r), row.y))",
          "s.negate(PLANTED ? s.multiply(row.d, row.r) : s.divide(s.multiply(row.d, row.r), row.y))", CASES + ["library gradients"]),
    Fault("the derivative of tanh is that of its argument", PRIMITIVES, "row.complement(s.square(row.r))", "row.complement(s.square(PLANTED ? row.x : row.r))", ALL),
    Fault("relu hands on what is below 0", PRIMITIVES, 's.keepWhere(s.compare("gt", row.x, row.number(0)), row.d)',
          's.keepWhere(s.compare(PLANTED ? "lt" : "gt", row.x, row.number(0)), row.d)', RANDOM),
    Fault("the derivative of a clamp goes to the bound", PRIMITIVES, "s.both(position == 1 ? isLow : s.negated(isLow)", "s.both((position == 1) != PLANTED ? isLow : s.negated(isLow)",
          CASES + ["world gradients"]),
    Fault("the derivative of a power keeps the exponent", PRIMITIVES, "s.subtract(row.y, row.number(1))", "s.subtract(row.y, row.number(PLANTED ? 0 : 1))", CASES),
    Fault("the derivative of a scan runs forwards", SCANS,
          "scan.getDescending() ? UnitAttr() : builder.getUnitAttr()", "scan.getDescending() != PLANTED ? UnitAttr() : builder.getUnitAttr()", RANDOM),
    Fault("a mean's derivative is a sum's", READS,
          "    return {scalars.divide(seed.value, scalars.cast(count, result.getType())), seed.condition};",
          "    return {PLANTED ? seed.value : scalars.divide(seed.value, scalars.cast(count, result.getType())), seed.condition};", RANDOM),
    Fault("a second cotangent replaces the first", READS, "  entry->second = {scalars.add(number(entry->second), number(more)), Value()};",
          "  entry->second = {PLANTED ? number(more) : scalars.add(number(entry->second), number(more)), Value()};", ["second gradients"]),
    Fault("where hands the cotangent to the other branch", READS, "position == 1 ? operands[0] : scalars.negated(operands[0])",
          "(position == 1) != PLANTED ? operands[0] : scalars.negated(operands[0])", RANDOM + ["world gradients"]),
    Fault("a maximum's cotangent goes to the last of them", READS, "    Value first = nested(copy, project, ir::Projection::Min, [&](ScalarBuilder &s, Value value) {",
          "    Value first = nested(copy, project, ir::Projection::Min, [&](ScalarBuilder &s, Value value) {\n      if (PLANTED)\n        return s.integer(0);", RANDOM),
    Fault("a product's other factors include its own", SHARES, 'scalars.compare("eq", zeros, scalars.integer(0)), scalars.divide(product, factor),',
          'scalars.compare("eq", zeros, scalars.integer(0)), PLANTED ? product : scalars.divide(product, factor),', RANDOM + ["world gradients"]),
    Fault("the element that attains a maximum is numbered by one equation", SHARES, "scalars.integer(number << kPositionBits)", "scalars.integer(PLANTED ? 0 : number << kPositionBits)", CASES),
    Fault("the cotangent of softmax forgets its level", NORMS, "return s.multiply(e[1], s.subtract(e[2], e[3])); });", "return s.multiply(e[1], PLANTED ? e[2] : s.subtract(e[2], e[3])); });", ALL),
    Fault("the cotangent of logsoftmax takes y for exp y", NORMS, 's.multiply(s.apply("exp", e[1]), e[3])', 's.multiply(PLANTED ? e[1] : s.apply("exp", e[1]), e[3])', RANDOM),
    Fault("the cotangent of lnorm forgets its slope", NORMS, "s.subtract(s.subtract(e[2], e[4]), s.multiply(e[1], e[5]))",
          "s.subtract(PLANTED ? e[2] : s.subtract(e[2], e[4]), PLANTED ? e[4] : s.multiply(e[1], e[5]))", ALL),
    Fault("the cotangent of rmsnorm divides by no mean", NORMS, "    return s.multiply(e[3], s.subtract(e[2], s.multiply(e[1], e[4])));",
          "    return s.multiply(e[3], PLANTED ? e[2] : s.subtract(e[2], s.multiply(e[1], e[4])));", ALL),
    Fault("the cotangent of l2norm forgets the projection", NORMS, "s.subtract(e[2], s.keepWhere(isAbove, s.multiply(e[1], e[4])))",
          "PLANTED ? e[2] : s.subtract(e[2], s.keepWhere(isAbove, s.multiply(e[1], e[4])))", ALL),
    Fault("the cotangent of cumsum sums what comes before", ORDERS, "    Value sums = tails(part, normalize.getAlong(), place);",
          "    Value sums = tails(PLANTED ? reversed(part, normalize.getAlong(), place) : part, normalize.getAlong(), place);", CASES + ["library gradients"]),
    Fault("the cotangent of sort stays in place", ORDERS, "s.apply(\"sub\", {number, s.integer(first)})", "s.apply(\"sub\", {number, s.integer(PLANTED ? 0 : first)})", CASES),
    Fault("the cotangent of inverse is not transposed", MATRICES, '"iq", {{answers[0], "pi"}, {cotangents[0], "pq"}}', '"iq", {{answers[0], PLANTED ? "ip" : "pi"}, {cotangents[0], "pq"}}', CASES),
    Fault("eigenvectors turn by the whole difference", MATRICES, "return share(s, e[0], s.add(gap, gap));", "return share(s, e[0], PLANTED ? gap : s.add(gap, gap));", CASES),
]
