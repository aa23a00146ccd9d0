// The grammar of Tensor Logic: what a statement looks like. LANGUAGE.md says what it means.
//
// A statement's tokens are cut out of the text before they come here (frontend/parse/StatementReader.cpp): it drops
// NEWLINE inside brackets and after an operator, an arrow or a comma; it turns every other NEWLINE, ';', '.' and the
// place after '?' that ends a statement into END; inside brackets and after the head it reads '<-' as '<' '-'
// and 'not(' as 'not' '('. Chains are loops, so that a long sum is one wide node; nothing but brackets nests.
grammar TensorLogic;

tokens { END }

// --- Statements

unit : ( definition | statement ) END EOF ;

statement
  : headed
  | multiAssign
  | write
  | probabilisticFact
  | derivativeQuery
  | domainDeclaration
  | tensorDeclaration
  | paramDeclaration
  | constDeclaration
  | importStatement
  | externDeclaration
  | learn
  | embed
  ;

// A fact (nothing follows), a query, a rule, an equation, a literal, the reading of a file, or a fact that a number makes probable.
headed : access ( QUESTION | ARROW conditions | assignOp ( list | conditions ) | COLONCOLON access )? ;
assignOp : ASSIGN | ADD_ASSIGN | MAX_ASSIGN | MIN_ASSIGN | AVG_ASSIGN | MUL_ASSIGN ;

multiAssign : LPAREN access ( COMMA access )* RPAREN ASSIGN condition ;
write : STRING ASSIGN access ;
probabilisticFact : ( INT | REAL ) COLONCOLON access ;
derivativeQuery : LOWER SLASH derivedBy QUESTION ;
derivedBy : LOWER ( LBRACK index ( COMMA index )* RBRACK )? ;

domainDeclaration : DOMAIN NAME ASSIGN ( LBRACE ( symbol ( COMMA symbol )* COMMA? )? RBRACE | STRING ) ;
symbol : NAME | STRING ;
tensorDeclaration : TENSOR declared ;
paramDeclaration : PARAM declared ( TILDE call | ASSIGN ( list | number ) )? ;
declared : ( NAME ( LBRACK axis ( COMMA axis )* RBRACK )? | NAME_PAREN axis ( COMMA axis )* RPAREN ) ( COLON lower )? ;
axis : lower ( COLON extent )? | extent ;
extent : INT | NAME ;
constDeclaration : CONST NAME ASSIGN condition ;
importStatement : IMPORT lower ( DOT lower )* ;
// A C function of numbers in a shared library, and the functions that are its partial derivatives.
externDeclaration : EXTERN STRING FUNC_PAREN ( lower ( COMMA lower )* )? RPAREN ( COMMA partial )* ;
partial : lower ASSIGN lower ;
learn : LEARN access BY optimizer ( COMMA option )* ;
optimizer : lower | FUNC_PAREN ( option ( COMMA option )* )? RPAREN ;
embed : EMBED access ( COMMA access )* BY option ( COMMA option )* ;

definition : DEF FUNC_PAREN ( access ( COMMA access )* )? ( SEMI option ( COMMA option )* )? RPAREN RARROW results block ;
results : access ( COMMA access )* | LPAREN access ( COMMA access )* RPAREN ;
block : LBRACE END* ( statement END+ )* RBRACE ;

option : ( lower | NAME ) ASSIGN condition ( COLON INT )? ;

// --- Lists of numbers

list : LBRACK ( element ( COMMA element )* COMMA? )? RBRACK ;
element : list | number | TRUE | FALSE ;
number : MINUS? ( INT | REAL ) ;

// --- Expressions

conditions : condition ( COMMA condition )* ;
condition : NOT* comparison ;
comparison : sum ( compareOp sum )* ;
compareOp : ASSIGN | EQUAL | NOT_EQUAL | LESS | LESS_EQUAL | GREATER | GREATER_EQUAL ;
sum : product ( ( PLUS | MINUS ) product )* ;
product : unary factor* ;
factor : ( STAR | SLASH | PERCENT ) unary | power ;
unary : MINUS* power ;
power : primary ( CARET exponent )* ;
exponent : MINUS* primary ;
primary
  : INT
  | REAL
  | TRUE
  | FALSE
  | STRING
  | WILDCARD
  | reduction
  | access
  | call
  | LPAREN condition RPAREN
  | derivative
  ;

// `dLoss/dW[i,j]`; that of a scalar by a scalar, `dLoss/dB`, is a quotient to the grammar.
derivative : LOWER SLASH derivedBy ;
// `sum[i,j](body)`; without brackets an index variable.
reduction : lower ( LBRACK lower ( COMMA lower )* RBRACK LPAREN condition RPAREN )? ;
call : FUNC_PAREN ( condition ( COMMA condition )* )? ( SEMI option ( COMMA option )* )? RPAREN ;
access : NAME ( LBRACK index ( COMMA index )* RBRACK )? | NAME_PAREN ( index ( COMMA index )* )? RPAREN ;

index : ELLIPSIS | STAR? sum ( DOT | slice )? | slice ;
slice : COLON sum? ( COLON sum? )? | COLONCOLON sum? ;

// Words that begin a statement are ordinary variables elsewhere.
lower : LOWER | DOMAIN | TENSOR | PARAM | CONST | DEF | IMPORT | EXTERN | LEARN | EMBED | BY ;

// --- Tokens

DOMAIN : 'domain' ;
TENSOR : 'tensor' ;
PARAM : 'param' ;
CONST : 'const' ;
DEF : 'def' ;
IMPORT : 'import' ;
EXTERN : 'extern' ;
LEARN : 'learn' ;
EMBED : 'embed' ;
BY : 'by' ;
NOT : 'not' ;
TRUE : 'true' ;
FALSE : 'false' ;

// `Name(` without a blank is an atom or a call, `Name (` a product: hence one token.
NOT_PAREN : 'not(' ;
NAME_PAREN : [A-Z] [A-Za-z0-9_]* '\''* '(' ;
FUNC_PAREN : [a-z] [A-Za-z0-9_]* '\''* '(' ;
NAME : [A-Z] [A-Za-z0-9_]* '\''* ;
LOWER : [a-z] [A-Za-z0-9_]* '\''* ;
WILDCARD : '_' ;
BAD_NAME : '_' [A-Za-z0-9_']+ ;

// A number needs a digit after its point, so `x < 3.` ends a rule.
INT : [0-9]+ ;
REAL : [0-9]+ ( '.' [0-9]+ ( [eE] [+-]? [0-9]+ )? | [eE] [+-]? [0-9]+ ) ;
STRING : '"' ( '\\' ~[\r\n] | ~["\\\r\n] )* '"' ;
OPEN_STRING : '"' ( '\\' ~[\r\n] | ~["\\\r\n] )* '\\'? ;

ARROW : '<-' | ':-' | '\u2190' ;
RARROW : '->' ;
MAX_ASSIGN : 'max=' ;
MIN_ASSIGN : 'min=' ;
AVG_ASSIGN : 'avg=' ;
ADD_ASSIGN : '+=' ;
MUL_ASSIGN : '*=' ;
EQUAL : '==' ;
ASSIGN : '=' ;
NOT_EQUAL : '!=' ;
LESS_EQUAL : '<=' ;
GREATER_EQUAL : '>=' ;
LESS : '<' ;
GREATER : '>' ;
PLUS : '+' ;
MINUS : '-' ;
STAR : '*' ;
SLASH : '/' ;
PERCENT : '%' ;
CARET : '^' ;
TILDE : '~' ;
COMMA : ',' ;
SEMI : ';' ;
COLONCOLON : '::' ;
COLON : ':' ;
ELLIPSIS : '...' ;
DOT : '.' ;
QUESTION : '?' ;
LPAREN : '(' ;
RPAREN : ')' ;
LBRACK : '[' ;
RBRACK : ']' ;
LBRACE : '{' ;
RBRACE : '}' ;

NEWLINE : [\r\n]+ ;
BLANK : [ \t\f]+ -> skip ;
LINE_COMMENT : '//' ~[\r\n]* -> skip ;
COMMENT : '/*' .*? '*/' -> skip ;
OPEN_COMMENT : '/*' ( ~'*' | '*'+ ~[*/] )* '*'* ;
// Last: whatever nothing else matches, so that the parser reports it.
UNKNOWN : . ;
