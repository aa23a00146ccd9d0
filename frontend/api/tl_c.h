/* tl for C: the same sessions with plain types. Every function that can fail returns 0 or the exit code that the command
 * line would give (1 the program, 2 usage, 3 data, 4 a limit, 5 a check, 70 a bug, 130 interrupted); tl_error then says
 * why. Texts are UTF-8, ended by a zero, and stay valid until the next call on the same handle. */
#ifndef TL_C_H
#define TL_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_session tl_session;
typedef struct tl_answer tl_answer;
struct DLManagedTensor; /* of DLPack */

typedef enum { TL_BOOL, TL_I8, TL_I32, TL_I64, TL_F16, TL_BF16, TL_F32, TL_F64 } tl_element_type;
typedef enum { TL_RELATION, TL_TRUTH, TL_TENSOR } tl_answer_kind;

/* Zero means the default everywhere, so that `tl_options options = {0};` is complete. */
typedef struct {
  const char *backend; /* "cpu" or "reference" */
  const char *folder;  /* what paths in sources are relative to */
  int threads;
  int uses_f64; /* reals are f64 unless declared otherwise */
  int strict;
  size_t max_memory_bytes;
  double timeout_seconds;
  const char *library_folder; /* of the modules std.*; null: there is none */
  uint64_t seed;              /* of random draws */
} tl_options;

const char *tl_version(void);

/* `options` may be null. Null only when memory runs out. */
tl_session *tl_session_new(const tl_options *options);
void tl_session_free(tl_session *session);
/* What the last failed call on the session says. */
const char *tl_error(const tl_session *session);
/* Its messages as data: one JSON object a line, as `--error-format json` prints them. */
const char *tl_error_json(const tl_session *session);

int tl_add_source(tl_session *session, const char *text, const char *name);
int tl_add_file(tl_session *session, const char *path);

/* The elements are only read, at every call, and must stay until bound anew or unbound; they may be changed between calls. Row-major
   elements (`strides`, in elements, may be null) are read where they lie, others are copied. */
int tl_bind(tl_session *session, const char *tensor, const void *elements, tl_element_type type, size_t rank,
            const int64_t *shape, const int64_t *strides);
int tl_bind_dlpack(tl_session *session, const char *tensor, struct DLManagedTensor *elements);
void tl_unbind(tl_session *session, const char *tensor);

/* `cells` holds `rows` times `columns` cells, row after row. */
int tl_add_facts(tl_session *session, const char *relation, size_t columns, size_t rows, const char *const *cells);
int tl_add_integer_facts(tl_session *session, const char *relation, size_t columns, size_t rows, const int64_t *cells);
int tl_retract_facts(tl_session *session, const char *relation, size_t columns, size_t rows, const char *const *cells);
int tl_retract_integer_facts(tl_session *session, const char *relation, size_t columns, size_t rows,
                             const int64_t *cells);

/* On success `*answer` is to be freed. */
int tl_query(tl_session *session, const char *text, tl_answer **answer);
int tl_query_into(tl_session *session, const char *text, void *elements, tl_element_type type, size_t rank,
                  const int64_t *shape, const int64_t *strides);
/* Lets equations call `function` by a name with up to six numbers; `context` is passed on. */
int tl_attach(tl_session *session, const char *name, size_t parameters,
              double (*function)(const double *arguments, void *context), void *context);
/* From another thread or a signal handler: the call in progress returns 130. */
void tl_cancel(tl_session *session);

void tl_answer_free(tl_answer *answer);
tl_answer_kind tl_answer_kind_of(const tl_answer *answer);
int tl_answer_truth(const tl_answer *answer);
size_t tl_answer_rows(const tl_answer *answer);
size_t tl_answer_columns(const tl_answer *answer);
/* The symbol of a cell; null in a column of integers, or outside. */
const char *tl_answer_symbol(const tl_answer *answer, size_t row, size_t column);
int64_t tl_answer_integer(const tl_answer *answer, size_t row, size_t column);
tl_element_type tl_answer_type(const tl_answer *answer);
size_t tl_answer_rank(const tl_answer *answer);
const int64_t *tl_answer_shape(const tl_answer *answer);
const void *tl_answer_data(const tl_answer *answer);
/* One byte an element, 0 where absent; null when all are present. */
const uint8_t *tl_answer_present(const tl_answer *answer);
/* Null when the answer is no tensor or has absent elements. Its deleter is to be called. */
struct DLManagedTensor *tl_answer_dlpack(const tl_answer *answer);

#ifdef __cplusplus
}
#endif

#endif
