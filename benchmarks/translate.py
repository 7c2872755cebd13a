"""Translate the laws to C, so that the benchmark's twin of the ensemble is not a second hand-written model.

Only what laws are made of is known here: floats, enums, NamedTuples, `if`, `for` over a range or a tuple,
calls of laws, `math`, `min`, `max`, `abs` and `sum`. Anything else is refused by name and line. A NamedTuple
becomes a struct, handed over by pointer; an enum becomes an int; a tuple of numbers becomes a struct `{at[]}`.
The order of every operation is Python's, so that the results are the same to the last bit.
"""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

Law = Callable[..., Any]

HEAD = """\
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Python's min, max and %: the first of equals, the sign of the divisor. */
static inline double min2(double a, double b) { return b < a ? b : a; }
static inline double max2(double a, double b) { return b > a ? b : a; }
static inline double mod2(double a, double b) {
    double m = fmod(a, b);
    if (m == 0.0) return copysign(0.0, b);
    return (b < 0.0) != (m < 0.0) ? m + b : m;
}
"""
KEYWORDS = frozenset((
    "auto", "case", "char", "const", "default", "do", "double", "enum", "extern", "float", "goto", "inline", "int",
    "long", "register", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned",
    "void", "volatile",
))  # fmt: skip
OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.And: "&&", ast.Or: "||", ast.USub: "-", ast.Not: "!",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


class Row(NamedTuple):
    """The type of a tuple of `size` numbers."""

    item: Any
    size: int


class Typed(NamedTuple):
    """A piece of C and the Python type of its value."""

    text: str
    type: Any
    stays: bool = False  # it has a place in memory, so that it has an address


def is_record(kind: Any) -> bool:
    """Return whether a type is a NamedTuple."""
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def by_pointer(kind: Any) -> bool:
    """Return whether an argument of this type is handed over by pointer."""
    return is_record(kind) or isinstance(kind, Row)


@cache
def fields(kind: Any) -> dict[str, Any]:
    """Return the types of the fields of a NamedTuple, or of a Row as if its fields were `at[0]`, `at[1]`, ..."""
    if isinstance(kind, Row):
        return {f"at[{i}]": kind.item for i in range(kind.size)}
    hints = get_type_hints(kind)
    return {name: hints[name] for name in kind._fields}


def safe(name: str) -> str:
    """Return a name that C has not taken."""
    return f"{name}_" if name in KEYWORDS else name


class Translator:
    """Collects the C of the laws that are asked for, and of all that they call."""

    def __init__(self) -> None:
        self.names: dict[Any, str] = {}  # what was declared, by type or name
        self.types: list[str] = []
        self.constants: list[str] = []
        self.functions: list[str] = []
        self.laws: dict[tuple[Law, tuple[Any, ...]], Typed] = {}

    def source(self) -> str:
        """Return the C of everything so far."""
        return "\n".join([HEAD, *self.types, *self.constants, *self.functions])

    def ctype(self, kind: Any) -> str:
        """Return the C name of a type, declaring it first if it is new."""
        plain = {float: "double", int: "int64_t", bool: "int"}
        if kind in plain:
            return plain[kind]
        if kind not in self.names:
            if is_record(kind):
                body = " ".join(f"{self.ctype(item)} {safe(name)};" for name, item in fields(kind).items())
                name, text = kind.__name__, f"typedef struct {{ {body} }} {kind.__name__};"
            elif isinstance(kind, Row):
                item = self.ctype(kind.item)
                name = f"{item}_{kind.size}"
                text = f"typedef struct {{ {item} at[{kind.size}]; }} {name};"
            elif isinstance(kind, type) and issubclass(kind, IntEnum):
                members = ", ".join(f"{kind.__name__}_{member.name} = {member.value}" for member in kind)
                name, text = kind.__name__, f"enum {{ {members} }};\ntypedef int {kind.__name__};"
            else:
                raise TypeError(f"no C type for {kind}")
            self.names[kind] = name
            self.types.append(text)
        return self.names[kind]

    def literal(self, value: Any) -> Typed:
        """Return a Python constant as C."""
        if isinstance(value, IntEnum):
            return Typed(f"{self.ctype(type(value))}_{value.name}", type(value))
        if isinstance(value, bool):
            return Typed(str(int(value)), bool)
        if isinstance(value, int | float):
            return Typed(repr(value), type(value))
        inner = ", ".join(self.literal(item).text for item in value)
        return Typed(f"{{ {inner} }}", type(value))

    def constant(self, name: str, value: tuple[Any, ...]) -> Typed:
        """Return the name of a module's tuple, declared as a constant."""
        kind = Row(type(value[0]), len(value))
        text = f"static const {self.ctype(kind)} {name} = {{ {self.literal(value).text} }};"
        if self.names.setdefault(name, text) != text:
            raise TypeError(f"two tuples are called {name}")
        if text not in self.constants:
            self.constants.append(text)
        return Typed(name, kind, stays=True)

    def fold(self, what: str, kind: Any) -> str:
        """Return the name of a function that sums a NamedTuple or Row, or finds its smallest or largest field."""
        name = f"{what}_{self.ctype(kind)}"
        if name not in self.names:
            terms = [f"x->{field}" for field in fields(kind)]
            text = "0.0" if what in ("sum", "total") else terms.pop(0)
            for term in terms:
                text = f"({text} + {term})" if what in ("sum", "total") else f"{what}2({text}, {term})"
            self.functions.append(f"static inline double {name}(const {self.ctype(kind)} *x) {{ return {text}; }}\n")
            self.names[name] = name
        return name

    def law(self, law: Law, given: Iterable[Any] = ()) -> Typed:
        """Return the C name of a law and the type of what it returns, translating it if it is new.

        `given` are the types of the arguments; they matter only where an annotation says `tuple[float, ...]`.
        """
        hints = get_type_hints(law)
        names = list(inspect.signature(law).parameters)
        kinds = [row_of(hints[name]) for name in names]
        kinds = [got if kind is None else kind for kind, got in zip(kinds, [*given] or kinds, strict=True)]
        key = (law, tuple(kinds))
        if key not in self.laws:
            sizes = [kind.size for name, kind in zip(names, kinds, strict=True) if row_of(hints[name]) is None]
            title = "_".join([law.__name__, *map(str, sizes)])
            body = Body(self, law, dict(zip(names, kinds, strict=True)), row_of(hints["return"]))
            lines = body.block(body.tree.body)
            result = self.ctype(body.returns)
            head = ", ".join(
                f"const {self.ctype(kind)} *{safe(name)}" if by_pointer(kind) else f"{self.ctype(kind)} {safe(name)}"
                for name, kind in body.given.items()
            )
            self.functions.append("\n".join([f"static {result} {title}({head}) {{", *body.declared(), *lines, "}\n"]))
            self.laws[key] = Typed(title, body.returns)
        return self.laws[key]


def row_of(hint: Any) -> Any:
    """Return the type an annotation stands for; None for a tuple whose length it leaves open."""
    if get_origin(hint) is not tuple:
        return hint
    items = get_args(hint)
    return None if items[-1] is Ellipsis else Row(items[0], len(items))


class Body:
    """The body of one law."""

    def __init__(self, out: Translator, law: Law, given: dict[str, Any], returns: Any) -> None:
        self.out, self.law, self.given, self.returns = out, law, given, returns
        self.tree: Any = ast.parse(textwrap.dedent(inspect.getsource(law))).body[0]
        self.locals: dict[str, Any] = {}
        names = [node for node in ast.walk(self.tree) if isinstance(node, ast.Name)]
        stored = {name.id for name in names if isinstance(name.ctx, ast.Store)}
        # A parameter that is assigned to becomes a local that starts with its value.
        self.copied = {name: kind for name, kind in given.items() if name in stored}
        self.temporaries = 0

    def declared(self) -> list[str]:
        """Return the declarations of the locals, and the start of those that are parameters."""
        lines = [f"    {self.out.ctype(kind)} {safe(name)};" for name, kind in self.locals.items()]
        for name, kind in self.copied.items():
            value = f"*{safe(name)}" if by_pointer(kind) else safe(name)
            lines.append(f"    {self.out.ctype(kind)} {name}_now = {value};")
        return lines

    def refuse(self, node: ast.AST) -> TypeError:
        """Return the error of something that no law should hold."""
        what = ast.unparse(node).splitlines()[0]
        return TypeError(f"{self.law.__module__}.{self.law.__name__}: cannot translate `{what}`")

    # Statements

    def block(self, body: list[ast.stmt], depth: int = 1) -> list[str]:
        """Return the lines of some statements."""
        return [("    " * depth) + line for node in body for line in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[str]:
        """Return the lines of one statement."""
        match node:
            case ast.Expr(ast.Constant()):  # the docstring
                return []
            case ast.Return(value):
                result = self.value(value)
                self.returns = result.type if self.returns is None else self.returns
                return [f"return {result.text};"]
            case ast.Assign([ast.Name(name)], value):
                return [self.store(name, self.value(value))]
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)):
                # All values are known before the first is stored.
                names, pieces = [target.id for target in targets], [self.value(value) for value in values]
                read = {part.id for value in values for part in ast.walk(value) if isinstance(part, ast.Name)}
                held = [self.hold(piece._replace(stays=not read & {*names})) for piece in pieces]
                return [line for lines, _ in held for line in lines] + [
                    self.store(name, piece) for name, (_, piece) in zip(names, held, strict=True)
                ]
            case ast.Assign([ast.Tuple(targets)], value):
                held, whole = self.hold(self.value(value))
                parts = [Typed(f"{whole.text}.{field}", kind) for field, kind in fields(whole.type).items()]
                return [*held, *map(self.store, [target.id for target in targets], parts)]
            case ast.If(test, body, orelse):
                lines = [f"if ({self.value(test).text}) {{", *self.block(body)]
                return [*lines, *(["} else {", *self.block(orelse)] if orelse else []), "}"]
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), [count]), body):
                return [f"for (int64_t {safe(name)} = 0; {safe(name)} < {self.value(count).text}; {safe(name)}++) {{",
                        *self.block(body), "}"]  # fmt: skip
            case ast.For(ast.Name(name), over, body):
                held, whole = self.hold(self.value(over))
                return ["{", *held, *self.loop(name, whole, body), "}"]
        raise self.refuse(node)

    def loop(self, name: str, whole: Typed, body: list[ast.stmt]) -> list[str]:
        """Return a loop over the fields of a NamedTuple, a Row or a module's tuple."""
        kinds = list(fields(whole.type).values())
        if len(set(kinds)) > 1:
            raise TypeError(f"{self.law.__name__}: a loop over fields of different types")
        self.temporaries += 1
        i = f"i{self.temporaries}"
        at = f"((const {self.out.ctype(kinds[0])} *)&{whole.text})[{i}]"
        first = self.store(name, Typed(at, kinds[0]))
        head = f"for (int {i} = 0; {i} < {len(kinds)}; {i}++) {{"
        return [f"    {head}", f"        {first}", *self.block(body, 2), "    }"]

    def hold(self, value: Typed) -> tuple[list[str], Typed]:
        """Return a line that gives a value a place, if it has none, and what now stands for it."""
        if value.stays:
            return [], value
        self.temporaries += 1
        name = f"held{self.temporaries}"
        return [f"const {self.out.ctype(value.type)} {name} = {value.text};"], Typed(name, value.type, stays=True)

    def store(self, name: str, value: Typed) -> str:
        """Return an assignment to a local."""
        if name in self.copied:
            return f"{name}_now = {value.text};"
        before = self.locals.get(name, value.type)
        if before != value.type and {before, value.type} != {int, float}:
            raise TypeError(f"{self.law.__name__}: {name} is of two types")
        self.locals[name] = before if before == value.type else float
        return f"{safe(name)} = {value.text};"

    # Expressions

    def value(self, node: Any) -> Typed:
        """Return an expression as C."""
        out = self.out
        match node:
            case ast.Constant(value):
                return out.literal(value)
            case ast.Name(name):
                return self.name(name)
            case ast.Attribute(ast.Name(name), field) if self.is_global(name):
                return out.literal(getattr(self.law.__globals__[name], field))
            case ast.Attribute(value, field):
                whole = self.value(value)
                return Typed(f"{whole.text}.{safe(field)}", fields(whole.type)[field], whole.stays)
            case ast.Subscript(value, place):
                whole = self.value(value)
                return Typed(f"{whole.text}.at[{self.value(place).text}]", whole.type.item, whole.stays)
            case ast.Tuple(items):
                values = [self.value(item) for item in items]
                if len(kinds := {value.type for value in values}) > 1 and kinds != {int, float}:
                    raise self.refuse(node)
                kind = Row(float if float in kinds else values[0].type, len(values))
                return Typed(f"(({out.ctype(kind)}){{ {{ {', '.join(value.text for value in values)} }} }})", kind)
            case ast.UnaryOp(operator, operand) if type(operator) in OPERATORS:
                inner = self.value(operand)
                kind = bool if isinstance(operator, ast.Not) else inner.type
                return Typed(f"({OPERATORS[type(operator)]}{inner.text})", kind)
            case ast.BinOp(left, ast.Mod(), right):
                return Typed(f"mod2({self.value(left).text}, {self.value(right).text})", float)
            case ast.BinOp(left, ast.Div(), right):
                return Typed(f"((double){self.value(left).text} / {self.value(right).text})", float)
            case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
                one, two = self.value(left), self.value(right)
                kind = float if float in (one.type, two.type) else int
                return Typed(f"({one.text} {OPERATORS[type(operator)]} {two.text})", kind)
            case ast.BoolOp(operator, operands):
                sign = f" {OPERATORS[type(operator)]} "
                return Typed(f"({sign.join(self.value(item).text for item in operands)})", bool)
            case ast.Compare(left, [ast.In() | ast.NotIn() as operator], [ast.Tuple(items)]):
                move, no = self.value(left).text, "!" if isinstance(operator, ast.NotIn) else ""
                return Typed(f"({no}({' || '.join(f'{move} == {self.value(item).text}' for item in items)}))", bool)
            case ast.Compare(left, [operator], [right]) if type(operator) in OPERATORS:
                return Typed(f"({self.value(left).text} {OPERATORS[type(operator)]} {self.value(right).text})", bool)
            case ast.Call(function, arguments, keywords):
                return self.call(node, function, arguments, {keyword.arg: keyword.value for keyword in keywords})
        raise self.refuse(node)

    def is_global(self, name: str) -> bool:
        """Return whether a name is the module's, not a local or an argument."""
        return name not in self.given and name not in self.locals and name in self.law.__globals__

    def name(self, name: str) -> Typed:
        """Return a local, an argument or a module's tuple."""
        if name in self.copied:
            return Typed(f"{name}_now", self.copied[name], stays=True)
        if name in self.locals:
            return Typed(safe(name), self.locals[name], stays=True)
        if name in self.given:
            kind = self.given[name]
            return Typed(f"(*{safe(name)})" if by_pointer(kind) else safe(name), kind, stays=True)
        return self.out.constant(name, self.law.__globals__[name])

    def call(self, node: ast.AST, function: Any, positional: list[Any], named: dict[Any, Any]) -> Typed:
        """Return a call of a law, of a NamedTuple, or of what Python and `math` bring."""
        match function:
            case ast.Name("sum" | "total" | "min" | "max" as what) if len(positional) == 1:
                whole = self.value(positional[0])
                return Typed(f"{self.out.fold(what, whole.type)}({self.address(whole)})", float)
            case ast.Name("min" | "max" as what):
                text, *others = (self.value(item).text for item in positional)
                for other in others:
                    text = f"{what}2({text}, {other})"
                return Typed(text, float)
            case ast.Name("abs"):
                return Typed(f"fabs({self.value(positional[0]).text})", float)
            case ast.Attribute(ast.Name(name), field) if self.law.__globals__.get(name) is math:
                return Typed(f"{field}({', '.join(self.value(item).text for item in positional)})", float)
            case ast.Name(name) if self.is_global(name) and not isinstance(self.law.__globals__[name], ModuleType):
                target = self.law.__globals__[name]
                bound = inspect.signature(target).bind(*positional, **named)
                bound.apply_defaults()
                values = [self.value(item) if isinstance(item, ast.AST) else self.out.literal(item)
                          for item in bound.arguments.values()]  # fmt: skip
                if is_record(target):
                    self.out.ctype(target)
                    return Typed(f"(({name}){{ {', '.join(value.text for value in values)} }})", target)
                law = self.out.law(target, [value.type for value in values])
                return Typed(f"{law.text}({', '.join(map(self.address, values))})", law.type)
        raise self.refuse(node)

    def address(self, value: Typed) -> str:
        """Return an argument as it is handed over: numbers by value, NamedTuples and Rows by pointer."""
        if not by_pointer(value.type):
            return value.text
        return f"&{value.text}" if value.stays else f"({self.out.ctype(value.type)}[1]){{ {value.text} }}"
