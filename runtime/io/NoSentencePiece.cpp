// Stands in for the sentencepiece library where a program is not linked with it.
#include "runtime/io/SentencePiece.h"

namespace tl::runtime {

Result<std::unique_ptr<SubwordModel>> openSentencePiece(const std::string &path) {
  return Error{ErrorKind::Data,
               "'" + path +
                   "' cannot be read: models of sentencepiece are read by the command tl where it "
                   "is built with that library, not by this program"};
}

} // namespace tl::runtime
