// Headers of arrays, first lines of tables.
#include "frontend/driver/PeekFiles.h"

#include "frontend/driver/LoadSources.h"
#include "runtime/io/Formats.h"
#include "runtime/io/TableCells.h"

#include <fstream>

namespace tl::driver {
namespace {

using runtime::FileKind;

/// Longer first lines are left to the loader.
constexpr std::size_t kPeekBytes = 64 * 1024;

/// The number of cells in the first line of a table.
std::optional<std::size_t> columnsOf(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(kPeekBytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  const runtime::TableDialect dialect = runtime::tableDialect(path);
  const char *position = text.data(), *end = position + text.size();
  std::size_t columns = 0;
  runtime::TableCell cell;
  runtime::CellError error;
  while (position != end) {
    std::optional<runtime::CellEnd> ended = runtime::acceptCell(position, end, dialect, cell, error);
    if (!ended)
      return std::nullopt;
    ++columns;
    if (*ended == runtime::CellEnd::Line)
      return columns;
  }
  return std::nullopt;
}

std::optional<sema::FileShape> peek(const std::string &path) {
  const runtime::FileReference reference = runtime::parseFileReference(path);
  const FileKind kind = runtime::fileKind(reference);
  if (kind == FileKind::Text)
    return sema::FileShape{2, std::nullopt};
  if (kind == FileKind::Table) {
    std::optional<std::size_t> columns = columnsOf(path);
    return columns ? std::optional(sema::FileShape{*columns, std::nullopt}) : std::nullopt;
  }
  if (kind != FileKind::Tensor || reference.member.find('{') != std::string::npos)
    return std::nullopt;
  runtime::Result<runtime::TensorHeader> header = runtime::readTensorHeader(reference);
  return header ? std::optional(sema::FileShape{header->shape.size(), header->type}) : std::nullopt;
}

/// Of several files for one tensor: real when one is.
void add(std::map<std::string, sema::FileShape> &shapes, const std::string &name,
         const sema::FileShape &shape) {
  auto [known, isNew] = shapes.emplace(name, shape);
  if (!isNew && known->second.type && (!shape.type || runtime::isFloat(*shape.type)))
    known->second.type = shape.type;
  else if (!isNew && known->second.type && shape.type && !runtime::isFloat(*known->second.type))
    known->second.type = runtime::ElementType::I64;
}

} // namespace

std::map<std::string, sema::FileShape> peekFiles(const ast::Program &ast, const LoadOptions &options) {
  std::map<std::string, sema::FileShape> shapes;
  for (const ast::Statement &statement : ast.statements) {
    const auto *read = std::get_if<ast::Read>(&statement.node);
    if (!read || options.files.count(read->head.name))
      continue;
    if (std::optional<sema::FileShape> shape = peek(resolvedPath(options, read->path)))
      add(shapes, read->head.name, *shape);
  }
  for (const auto &[name, path] : options.files)
    if (std::optional<sema::FileShape> shape = peek(path))
      shapes.insert_or_assign(name, *shape);
  return shapes;
}

} // namespace tl::driver
