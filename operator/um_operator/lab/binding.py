"""How PowerShell binds what was sent to what a cmdlet declares, with its own errors where it cannot.

Stricter than PowerShell in one point: an abbreviated parameter name is refused.
On Exchange's and JEA's endpoints, where a function stands before each cmdlet, the FullyQualifiedErrorId of a
binding error ends in the cmdlet's name, elsewhere in its type's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from um_operator.lab.powershell import CmdletError, Invocation, Value

COMMON_PARAMETERS = frozenset(
    {
        "debug", "erroraction", "errorvariable", "informationaction", "informationvariable", "outbuffer",
        "outvariable", "pipelinevariable", "verbose", "warningaction", "warningvariable",
    }
)  # fmt: skip


class ConversionError(Exception):
    """A value does not convert; the text is what PowerShell puts behind ``Error:``."""


@dataclass(frozen=True, slots=True)
class ParameterType:
    """A .NET type and how a sent value becomes one.

    ``convert`` raises :class:`ConversionError`. ``nullable`` says whether ``$null`` may be bound.
    """

    name: str
    convert: Callable[[Value], Any]
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter; ``sets`` empty means every parameter set; ``piped`` takes pipeline input."""

    name: str
    type: ParameterType
    mandatory: bool = False
    position: int | None = None
    sets: frozenset[str] = frozenset()
    piped: bool = False

    def belongs_to(self, parameter_set: str) -> bool:
        """Whether the parameter may be used in that set."""
        return not self.sets or parameter_set in self.sets


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a cmdlet says about itself.

    ``type_name`` is the .NET type that ends the FullyQualifiedErrorId of its own errors. ``prompts`` is true
    for a cmdlet that asks before it acts unless ``-Confirm:$false`` is given. ``source`` ends the
    FullyQualifiedErrorId of a binding error where that is not the cmdlet's name.
    """

    name: str
    type_name: str
    parameters: tuple[Parameter, ...]
    default_set: str = ""
    prompts: bool = False
    source: str = ""

    @property
    def error_source(self) -> str:
        """What ends the FullyQualifiedErrorId of a binding error."""
        return self.source or self.name

    def find(self, name: str) -> Parameter | None:
        """The declared parameter of that name, compared without case."""
        return next((p for p in self.parameters if p.name.lower() == name.lower()), None)

    @property
    def sets(self) -> frozenset[str]:
        """All named parameter sets."""
        return frozenset().union(*(p.sets for p in self.parameters)) | {self.default_set}


@dataclass(frozen=True, slots=True)
class Bound:
    """The outcome: converted arguments by declared name, the common parameters by lower-case name."""

    arguments: Mapping[str, Any]
    parameter_set: str
    common: Mapping[str, Value] = field(default_factory=dict)


def command_not_found(name: str) -> CmdletError:
    """The error for a cmdlet that does not exist, or is outside the caller's roles (field notes 2.6)."""
    return CmdletError(
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable "
        "program. Check the spelling of the name, or if a path was included, verify that the path is correct "
        "and try again.",
        error_id="CommandNotFoundException",
        category="ObjectNotFound",
        exception_type="System.Management.Automation.CommandNotFoundException",
        target=name,
        reason="CommandNotFoundException",
    )


def bind(
    declaration: Declaration, invocation: Invocation, allowed: Callable[[str], bool] = lambda _: True
) -> Bound:
    """Bind an invocation to a declaration.

    Args:
        declaration: what the cmdlet takes.
        invocation: what was sent.
        allowed: whether the caller's roles hold a parameter; one that they do not hold does not exist.

    Raises:
        CmdletError: as PowerShell's binder does; it ends the pipeline.
    """
    named, common = _named(declaration, invocation, allowed)
    _positional(declaration, invocation, allowed, named)
    parameter_set = _choose_set(declaration, named)
    _require(declaration, parameter_set, named)
    arguments = {name: _convert(declaration, name, value) for name, value in named.items()}
    return Bound(arguments, parameter_set, common)


def one_by_one(declaration: Declaration, invocation: Invocation) -> Iterator[Invocation]:
    """The invocation once for each object that came down the pipeline, that object being an argument.

    Raises:
        CmdletError: the cmdlet takes no pipeline input, or the parameter was given as well.
    """
    if not invocation.pipeline_input:
        yield invocation
        return
    taker = next((p.name for p in declaration.parameters if p.piped), None)
    if taker is None or taker.lower() in {name.lower() for name in invocation.parameters}:
        raise _binding_error(
            declaration,
            "InputObjectNotBound",
            "The input object cannot be bound to any parameters for the command either because the command "
            "does not take pipeline input or the input and its properties do not match any of the parameters "
            "that take pipeline input.",
        )
    for value in invocation.pipeline_input:
        yield replace(invocation, parameters={**invocation.parameters, taker: value}, pipeline_input=())


def _named(
    declaration: Declaration, invocation: Invocation, allowed: Callable[[str], bool]
) -> tuple[dict[str, Value], dict[str, Value]]:
    named: dict[str, Value] = {}
    common: dict[str, Value] = {}
    for sent, value in invocation.parameters.items():
        if sent.lower() in COMMON_PARAMETERS:
            common[sent.lower()] = value
            continue
        parameter = declaration.find(sent)
        if parameter is None or not allowed(parameter.name):
            raise _binding_error(
                declaration,
                "NamedParameterNotFound",
                f"A parameter cannot be found that matches parameter name '{sent}'.",
            )
        if parameter.name in named:
            raise _binding_error(
                declaration,
                "ParameterAlreadyBound",
                f"Cannot bind parameter because parameter '{parameter.name}' is specified more than once.",
            )
        named[parameter.name] = value
    return named, common


def _positional(
    declaration: Declaration,
    invocation: Invocation,
    allowed: Callable[[str], bool],
    named: dict[str, Value],
) -> None:
    free = sorted(
        (
            p
            for p in declaration.parameters
            if p.position is not None and p.name not in named and allowed(p.name)
        ),
        key=lambda p: p.position or 0,
    )
    for index, value in enumerate(invocation.positional):
        if index >= len(free):
            raise _binding_error(
                declaration,
                "PositionalParameterNotFound",
                f"A positional parameter cannot be found that accepts argument '{value}'.",
            )
        named[free[index].name] = value


def _choose_set(declaration: Declaration, named: Mapping[str, Value]) -> str:
    bound = [p for p in declaration.parameters if p.name in named]
    candidates = [s for s in sorted(declaration.sets) if all(p.belongs_to(s) for p in bound)]
    complete = [s for s in candidates if not _missing(declaration, s, named)]
    if declaration.default_set in (complete or candidates):
        return declaration.default_set
    if len(complete or candidates) != 1:
        raise _binding_error(
            declaration,
            "AmbiguousParameterSet",
            "Parameter set cannot be resolved using the specified named parameters.",
        )
    return (complete or candidates)[0]


def _missing(declaration: Declaration, parameter_set: str, named: Mapping[str, Value]) -> list[str]:
    return [
        p.name
        for p in declaration.parameters
        if p.mandatory and p.belongs_to(parameter_set) and p.name not in named
    ]


def _require(declaration: Declaration, parameter_set: str, named: Mapping[str, Value]) -> None:
    if missing := _missing(declaration, parameter_set, named):
        raise _binding_error(
            declaration,
            "MissingMandatoryParameter",
            "Cannot process command because of one or more missing mandatory parameters: "
            f"{' '.join(missing)}.",
        )


def _convert(declaration: Declaration, name: str, value: Value) -> Any:
    parameter = declaration.find(name)
    assert parameter is not None
    if value is None and parameter.mandatory:
        raise CmdletError(
            f"Cannot bind argument to parameter '{name}' because it is null.",
            error_id=f"ParameterArgumentValidationErrorNullNotAllowed,{declaration.error_source}",
            category="InvalidData",
            exception_type="System.Management.Automation.ParameterBindingValidationException",
            reason="ParameterBindingValidationException",
            activity=declaration.name,
        )
    try:
        if value is None and not parameter.type.nullable:
            raise ConversionError(f'Cannot convert null to type "{parameter.type.name}".')
        return parameter.type.convert(value)
    except ConversionError as error:
        raise CmdletError(
            f"Cannot process argument transformation on parameter '{name}'. {error}",
            error_id=f"ParameterArgumentTransformationError,{declaration.error_source}",
            category="InvalidData",
            exception_type="System.Management.Automation.ParameterBindingArgumentTransformationException",
            reason="ParameterBindingArgumentTransformationException",
            activity=declaration.name,
        ) from error


def _binding_error(declaration: Declaration, error_id: str, message: str) -> CmdletError:
    return CmdletError(
        message,
        error_id=f"{error_id},{declaration.error_source}",
        category="InvalidArgument",
        exception_type="System.Management.Automation.ParameterBindingException",
        reason="ParameterBindingException",
        activity=declaration.name,
    )
