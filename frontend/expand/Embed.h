// Rules in embedding space.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

namespace tl::expand {

/// Replaces `embed R, S by dim = D, T = 0` by equations. With Emb[x,i] the embedding of symbol x, a relation
/// is
///   EmbR[i,j] = SoftR[x,y] Emb[x,i] Emb[y,j]
/// and a rule a contraction of such tensors: a variable that two embedded literals share, and nothing else
/// mentions, is summed in embedding space; what is left is read out at symbols, as D[x,z] = E[i,k] Emb[x,i]
/// Emb[z,k]. Then SoftR[x,z] max= sig(D[x,z] - 1/2, T) is embedded again. R holds where SoftR is above 1/2.
/// With `triples = Db` the relations of a directive are superposed in one tensor Db[k,i,j] and read out of it by
/// the vectors EmbDb[R,k] of their symbols (paper, section 5).
/// False when something was reported.
bool expandEmbeddings(ast::Program &program, source::DiagnosticEngine &diagnostics);

} // namespace tl::expand
