/* The same library from C. */
#include <tl/tl_c.h>

#include <stdio.h>

int main(void) {
  static const char *const parents[] = {"Ann", "Bob", "Bob", "Cid", "Cid", "Dot"};
  tl_session *session = tl_session_new(NULL);
  tl_answer *answer;
  int code = tl_add_source(session, "Ancestor(x, y) <- Parent(x, y)\nAncestor(x, z) <- Ancestor(x, y), Parent(y, z)\n", "rules");
  if (code == 0)
    code = tl_add_facts(session, "Parent", 2, 3, parents);
  if (code == 0)
    code = tl_query(session, "Ancestor(Ann, x)", &answer);
  if (code != 0) {
    printf("error: %s\n", tl_error(session));
    tl_session_free(session);
    return code;
  }
  for (size_t row = 0; row < tl_answer_rows(answer); ++row)
    printf("Ann is an ancestor of %s\n", tl_answer_symbol(answer, row, 0));
  tl_answer_free(answer);
  tl_session_free(session);
  return 0;
}
