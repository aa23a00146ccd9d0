// The dialect `plan`: how a program is done on one machine.
#ifndef PLAN_DIALECT_TD
#define PLAN_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::tl::plan";
  let summary = "physical operations: kernels as explicit loops over ranges, rows and index lookups";
  let description = [{
    A module holds `plan.kernel`s and one `tl.program` whose comprehensions have become `plan.call`s. A kernel is a
    loop nest; what it iterates, probes and writes are its arguments.
  }];
  let useDefaultTypePrinterParser = 1;
}

class Plan_Type<string name, string keyword> : TypeDef<Plan_Dialect, name> {
  let mnemonic = keyword;
}

def Plan_RowsType : Plan_Type<"Rows", "rows"> {
  let summary = "a contiguous range of the rows of a relation: all of them, or those of the last round";
  let parameters = (ins "unsigned":$arity);
  let assemblyFormat = "`<` $arity `>`";
}

def Plan_IndexType : Plan_Type<"Index", "index"> {
  let summary = "rows of a relation by the cells of its key columns";
  let parameters = (ins "unsigned":$arity, ArrayRefParameter<"unsigned">:$keys);
  let assemblyFormat = "`<` $arity `,` `[` $keys `]` `>`";
}

def Plan_VersionAttr : I32EnumAttr<"Version", "which rows of a growing relation", [
    I32EnumAttrCase<"Full", 0, "full">,   // everything up to the last commit
    I32EnumAttrCase<"Delta", 1, "delta">, // what the last commit added
    I32EnumAttrCase<"Old", 2, "old">]> {  // full without delta
  let cppNamespace = "::tl::plan";
}

#endif
