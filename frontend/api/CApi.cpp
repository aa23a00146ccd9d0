// The C functions, over the C++ ones.
#include "frontend/api/tl.h"
#include "frontend/api/tl_c.h"

#include <new>
#include <utility>

/// A session, and what its last failure says.
struct tl_session {
  tl::Session session;
  std::string message, json;
};

struct tl_answer {
  tl::Answer answer;
};

namespace {

int exitCode(tl::ErrorKind kind) {
  switch (kind) {
  case tl::ErrorKind::Program:
  case tl::ErrorKind::Unsupported:
    return 1;
  case tl::ErrorKind::Usage:
    return 2;
  case tl::ErrorKind::Data:
    return 3;
  case tl::ErrorKind::Limit:
    return 4;
  case tl::ErrorKind::Check:
    return 5;
  case tl::ErrorKind::Interrupted:
    return 130;
  case tl::ErrorKind::Internal:
    return 70;
  }
  return 70;
}

void appendText(std::string_view text, std::string &out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (char byte : text) {
    auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\')
      (out += '\\') += byte;
    else if (code < 0x20)
      ((out += "\\u00") += kHex[code >> 4]) += kHex[code & 15];
    else
      out += byte;
  }
  out += '"';
}

void appendRange(const tl::Range &range, std::string &out) {
  out += "\"file\": ";
  appendText(range.file, out);
  auto place = [&](const char *name, const tl::Place &at) {
    out += std::string("\"") + name + "\": {\"line\": " + std::to_string(at.line) +
           ", \"column\": " + std::to_string(at.column) + ", \"offset\": " + std::to_string(at.offset) + "}";
  };
  out += ", \"range\": {";
  place("begin", range.begin);
  out += ", ";
  place("end", range.end);
  out += "}";
}

std::string asJson(const tl::Diagnostic &diagnostic) {
  static constexpr const char *kSeverities[] = {"error", "warning", "note"};
  std::string out = "{\"id\": ";
  appendText(diagnostic.id, out);
  out += std::string(", \"severity\": \"") + kSeverities[static_cast<int>(diagnostic.severity)] +
         "\", \"message\": ";
  appendText(diagnostic.message, out);
  out += ", ";
  if (diagnostic.range)
    appendRange(*diagnostic.range, out);
  else
    out += "\"file\": null, \"range\": null";
  out += ", \"labels\": [";
  for (const tl::Label &label : diagnostic.labels) {
    out += &label == &diagnostic.labels.front() ? "{" : ", {";
    appendRange(label.range, out);
    out += ", \"text\": ";
    appendText(label.text, out);
    out += "}";
  }
  out += "], \"hint\": ";
  if (diagnostic.hint.empty())
    out += "null";
  else
    appendText(diagnostic.hint, out);
  out += ", \"fix\": ";
  if (!diagnostic.fix)
    return out + "null}\n";
  out += "{";
  appendRange(diagnostic.fix->range, out);
  out += ", \"replacement\": ";
  appendText(diagnostic.fix->replacement, out);
  out += ", \"description\": ";
  appendText(diagnostic.fix->description, out);
  return out + ", \"applicability\": \"" + (diagnostic.fix->isCertain ? "certain" : "likely") + "\"}}\n";
}

int fail(tl_session *session, const tl::Error &error) {
  session->message = error.message;
  session->json.clear();
  for (const tl::Diagnostic &diagnostic : error.diagnostics)
    session->json += asJson(diagnostic);
  return exitCode(error.kind);
}

int finish(tl_session *session, const tl::Status &status) {
  return status ? 0 : fail(session, status.error());
}

/// `call`, whose copies of arguments may be too much for the memory.
template <class Call> int guarded(tl_session *session, Call call) {
  try {
    return call();
  } catch (const std::bad_alloc &) {
    session->message.assign("out of memory"); // short enough to need no allocation
    return exitCode(tl::ErrorKind::Limit);
  }
}

std::vector<std::int64_t> listed(size_t rank, const int64_t *numbers) {
  return numbers ? std::vector<std::int64_t>(numbers, numbers + rank) : std::vector<std::int64_t>();
}

std::vector<tl::Column> symbolColumns(size_t columns, size_t rows, const char *const *cells) {
  std::vector<tl::Column> made(columns);
  for (size_t cell = 0; cell < rows * columns; ++cell)
    made[cell % columns].symbols.emplace_back(cells[cell]);
  return made;
}

std::vector<tl::Column> integerColumns(size_t columns, size_t rows, const int64_t *cells) {
  std::vector<tl::Column> made(columns);
  for (size_t cell = 0; cell < rows * columns; ++cell)
    made[cell % columns].integers.push_back(cells[cell]);
  return made;
}

const tl::Column *columnAt(const tl_answer *answer, size_t row, size_t column) {
  const tl::Answer &given = answer->answer;
  return column < given.columns.size() && row < given.rows ? &given.columns[column] : nullptr;
}

} // namespace

extern "C" {

const char *tl_version(void) {
  return tl::version().data();
}

tl_session *tl_session_new(const tl_options *options) try {
  tl::SessionOptions made;
  if (options) {
    made.backend = options->backend ? options->backend : made.backend;
    made.folder = options->folder ? options->folder : made.folder;
    made.threads = options->threads;
    made.realType = options->uses_f64 ? tl::ElementType::F64 : tl::ElementType::F32;
    made.strict = options->strict != 0;
    made.maxMemoryBytes = options->max_memory_bytes;
    made.timeoutSeconds = options->timeout_seconds;
    made.libraryFolder = options->library_folder ? options->library_folder : made.libraryFolder;
    made.seed = options->seed;
  }
  return new tl_session{tl::Session(std::move(made)), {}, {}};
} catch (const std::bad_alloc &) {
  return nullptr;
}

void tl_session_free(tl_session *session) {
  delete session;
}
const char *tl_error(const tl_session *session) {
  return session->message.c_str();
}
const char *tl_error_json(const tl_session *session) {
  return session->json.c_str();
}

int tl_add_source(tl_session *session, const char *text, const char *name) {
  return guarded(session, [&] { return finish(session, session->session.addSource(text, name)); });
}

int tl_add_file(tl_session *session, const char *path) {
  return guarded(session, [&] { return finish(session, session->session.addFile(path)); });
}

int tl_bind(tl_session *session, const char *tensor, const void *elements, tl_element_type type, size_t rank,
            const int64_t *shape, const int64_t *strides) {
  return guarded(session, [&] {
    tl::ArrayView view{elements, static_cast<tl::ElementType>(type), listed(rank, shape),
                       listed(rank, strides)};
    return finish(session, session->session.bind(tensor, view));
  });
}

int tl_bind_dlpack(tl_session *session, const char *tensor, struct DLManagedTensor *elements) {
  return finish(session, session->session.bind(tensor, elements));
}

void tl_unbind(tl_session *session, const char *tensor) {
  session->session.unbind(tensor);
}

int tl_add_facts(tl_session *session, const char *relation, size_t columns, size_t rows,
                 const char *const *cells) {
  return guarded(session, [&] {
    return finish(session, session->session.addFacts(relation, symbolColumns(columns, rows, cells)));
  });
}

int tl_add_integer_facts(tl_session *session, const char *relation, size_t columns, size_t rows,
                         const int64_t *cells) {
  return guarded(session, [&] {
    return finish(session, session->session.addFacts(relation, integerColumns(columns, rows, cells)));
  });
}

int tl_retract_facts(tl_session *session, const char *relation, size_t columns, size_t rows,
                     const char *const *cells) {
  return guarded(session, [&] {
    return finish(session, session->session.retractFacts(relation, symbolColumns(columns, rows, cells)));
  });
}

int tl_retract_integer_facts(tl_session *session, const char *relation, size_t columns, size_t rows,
                             const int64_t *cells) {
  return guarded(session, [&] {
    return finish(session, session->session.retractFacts(relation, integerColumns(columns, rows, cells)));
  });
}

int tl_query(tl_session *session, const char *text, tl_answer **answer) {
  *answer = nullptr;
  tl::Result<tl::Answer> found = session->session.query(text);
  if (!found)
    return fail(session, found.error());
  *answer = new (std::nothrow) tl_answer{*std::move(found)};
  return *answer ? 0 : fail(session, {tl::ErrorKind::Limit, "out of memory", {}});
}

int tl_query_into(tl_session *session, const char *text, void *elements, tl_element_type type, size_t rank,
                  const int64_t *shape, const int64_t *strides) {
  return guarded(session, [&] {
    tl::MutableArrayView view{elements, static_cast<tl::ElementType>(type), listed(rank, shape),
                              listed(rank, strides)};
    return finish(session, session->session.queryInto(text, view));
  });
}

int tl_attach(tl_session *session, const char *name, size_t parameters,
              double (*function)(const double *arguments, void *context), void *context) {
  return guarded(session, [&] {
    tl::HostFunction called;
    if (function)
      called = [function, context](const double *arguments) { return function(arguments, context); };
    return finish(session, session->session.attach(name, parameters, std::move(called)));
  });
}

void tl_cancel(tl_session *session) {
  session->session.cancel();
}

void tl_answer_free(tl_answer *answer) {
  delete answer;
}
tl_answer_kind tl_answer_kind_of(const tl_answer *answer) {
  return static_cast<tl_answer_kind>(answer->answer.kind);
}
int tl_answer_truth(const tl_answer *answer) {
  return answer->answer.truth;
}
size_t tl_answer_rows(const tl_answer *answer) {
  return answer->answer.rows;
}
size_t tl_answer_columns(const tl_answer *answer) {
  return answer->answer.columns.size();
}

const char *tl_answer_symbol(const tl_answer *answer, size_t row, size_t column) {
  const tl::Column *found = columnAt(answer, row, column);
  return found && !found->symbols.empty() ? found->symbols[row].c_str() : nullptr;
}

int64_t tl_answer_integer(const tl_answer *answer, size_t row, size_t column) {
  const tl::Column *found = columnAt(answer, row, column);
  return found && !found->integers.empty() ? found->integers[row] : 0;
}

tl_element_type tl_answer_type(const tl_answer *answer) {
  return static_cast<tl_element_type>(answer->answer.array.type);
}
size_t tl_answer_rank(const tl_answer *answer) {
  return answer->answer.array.shape.size();
}
const int64_t *tl_answer_shape(const tl_answer *answer) {
  return answer->answer.array.shape.data();
}
const void *tl_answer_data(const tl_answer *answer) {
  return answer->answer.array.data.get();
}

const uint8_t *tl_answer_present(const tl_answer *answer) {
  return answer->answer.array.present.empty() ? nullptr : answer->answer.array.present.data();
}

struct DLManagedTensor *tl_answer_dlpack(const tl_answer *answer) {
  if (answer->answer.kind != tl::Answer::Kind::Tensor)
    return nullptr;
  tl::Result<DLManagedTensor *> made = tl::toDLPack(answer->answer.array);
  return made ? *made : nullptr;
}

} // extern "C"
