/* What tl_c.h promises. */
#include <tl/tl_c.h>

#include <stdio.h>
#include <string.h>

static int passed = 0, failed = 0;

static void expect(int holds, const char *what, const char *seen) {
  if (holds)
    ++passed;
  else {
    ++failed;
    printf("FAIL %s: %s\n", what, seen);
  }
}

static void arrays(void) {
  tl_options options = {0};
  tl_session *session;
  tl_answer *answer = NULL;
  double x[3] = {1, 2, 3}, y[3] = {0};
  const int64_t shape[1] = {3};
  options.uses_f64 = 1;
  session = tl_session_new(&options);
  expect(tl_add_source(session, "Y[i] = X[i] / 2\n", "half") == 0, "add source", tl_error(session));
  expect(tl_bind(session, "X", x, TL_F64, 1, shape, NULL) == 0, "bind", tl_error(session));
  expect(tl_query_into(session, "Y", y, TL_F64, 1, shape, NULL) == 0 && y[2] == 1.5, "query into", tl_error(session));
  expect(tl_query(session, "Y", &answer) == 0, "query", tl_error(session));
  if (answer) {
    expect(tl_answer_kind_of(answer) == TL_TENSOR && tl_answer_rank(answer) == 1 && tl_answer_shape(answer)[0] == 3 &&
               tl_answer_type(answer) == TL_F64 && ((const double *)tl_answer_data(answer))[1] == 1.0 &&
               tl_answer_present(answer) == NULL,
           "tensor answer", "");
    expect(tl_bind_dlpack(session, "X", tl_answer_dlpack(answer)) == 0, "bind dlpack", tl_error(session));
    tl_answer_free(answer);
  }
  expect(tl_query_into(session, "Y", y, TL_F64, 1, shape, NULL) == 0 && y[2] == 0.75, "dlpack", tl_error(session));
  tl_session_free(session);
}

static void facts(void) {
  const char *const parents[] = {"Ann", "Bob", "Bob", "Cid"};
  const int64_t ages[] = {1, 2, 3};
  tl_session *session = tl_session_new(NULL);
  tl_answer *answer = NULL;
  expect(tl_add_source(session, "G(x, z) <- P(x, y), P(y, z)\nOld(a) <- Age(a), a > 1\n", "rules") == 0, "rules", tl_error(session));
  expect(tl_add_facts(session, "P", 2, 2, parents) == 0, "facts", tl_error(session));
  expect(tl_add_integer_facts(session, "Age", 1, 3, ages) == 0, "integer facts", tl_error(session));
  expect(tl_query(session, "G(x, z)", &answer) == 0, "query", tl_error(session));
  expect(answer && tl_answer_rows(answer) == 1 && !strcmp(tl_answer_symbol(answer, 0, 1), "Cid") &&
             !tl_answer_symbol(answer, 7, 1),
         "relation answer", "");
  tl_answer_free(answer);
  expect(tl_query(session, "Old(a)", &answer) == 0 && tl_answer_integer(answer, 1, 0) == 3, "integers", tl_error(session));
  tl_answer_free(answer);
  expect(tl_retract_facts(session, "P", 2, 1, parents) == 0, "retract", tl_error(session));
  expect(tl_query(session, "G(Ann, Cid)", &answer) == 0 && tl_answer_kind_of(answer) == TL_TRUTH && !tl_answer_truth(answer),
         "truth", tl_error(session));
  tl_answer_free(answer);
  expect(tl_add_source(session, "G(x) <- P(x)\n", "bad") == 1 && strstr(tl_error_json(session), "\"ArityClash\""), "errors",
         tl_error_json(session));
  expect(tl_add_file(session, "missing.tl") == 3, "missing file", tl_error(session));
  tl_session_free(session);
}

static double scaled(const double *arguments, void *context) { return arguments[0] * *(double *)context; }

static void functionsAndLibrary(const char *library) {
  tl_options options = {0};
  double factor = 3, y = 0;
  tl_session *session;
  options.library_folder = library;
  options.seed = 7;
  options.uses_f64 = 1;
  session = tl_session_new(&options);
  expect(tl_attach(session, "scaled", 1, scaled, &factor) == 0, "attach", tl_error(session));
  expect(tl_attach(session, "scaled", 1, NULL, NULL) != 0, "attach nothing", "");
  expect(tl_add_source(session, "Y = scaled(14) + 0.0\n", "call") == 0, "a call", tl_error(session));
  expect(tl_query_into(session, "Y", &y, TL_F64, 0, NULL, NULL) == 0 && y == 42, "a function is called", tl_error(session));
  if (library)
    expect(tl_add_source(session, "import std.core\n", "library") == 0, "the library", tl_error(session));
  tl_session_free(session);
}

int main(int count, char **arguments) {
  expect(strlen(tl_version()) > 0, "version", "");
  arrays();
  facts();
  functionsAndLibrary(count > 1 ? arguments[1] : NULL);
  printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
