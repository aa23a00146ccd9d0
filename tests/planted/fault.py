"""What a planted fault is: an edit of one place of the compiler's own source.

`old` stands exactly once in the file. In `new`, PLANTED is whether this fault is the chosen one, and OLD is `old`. `subject` are the
oracles whose random programs contain the construct at fault; each of them has to notice.
"""
from collections import namedtuple

Fault = namedtuple("Fault", "name file old new subject")
