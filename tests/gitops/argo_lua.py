"""Argo CD's Lua: what a customization of its ``argocd-cm`` may use, and nothing else.

Argo CD runs Lua 5.1 with the base, table and package libraries and a part of ``os``; ``obj`` is the live
object, ``actionParams`` is what a person entered (package util/lua of Argo CD 3.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from lupa import lua51

Object: TypeAlias = Mapping[str, Any]

CUSTOMIZATIONS: Final = Path(__file__).parents[2] / "deploy" / "gitops" / "argocd"
NOW: Final = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)
"""When scripts run."""

_SANDBOX: Final = """
local date = os.date
for _, name in ipairs({"string", "math", "io", "os", "debug", "coroutine", "python", "dofile", "loadfile"}) do
  _G[name], package.loaded[name] = nil, nil
end
getmetatable("").__index = nil
package.preload.os = function()
  return {time = function() return NOW end, date = function(format) return date(format, NOW) end}
end
"""


class RefusedError(Exception):
    """A script called ``error``; the text is what a person in Argo CD sees."""


def health(obj: Object) -> Object:
    """Return what our health check says of an object."""
    found: Object = _run("health.lua", obj)
    return found


def actions(obj: Object) -> Mapping[str, Object]:
    """Return the actions that are offered for an object, by name."""
    found: Mapping[str, Object] = _run("actions/discovery.lua", obj)
    return found


def act(name: str, obj: Object, parameters: Mapping[str, str]) -> Object:
    """Return what an action makes of an object.

    Raises:
        RefusedError: the action refuses.
    """
    changed: Object = _run(f"actions/{name}/action.lua", obj, parameters)
    return changed


def evaluated(script: str, obj: Object, parameters: Mapping[str, str] | None = None) -> Any:
    """Run a script and return what it returns, as plain data.

    Raises:
        RefusedError: the script fails.
    """
    runtime = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    names = runtime.globals()
    names["NOW"] = int(NOW.timestamp())
    runtime.execute(_SANDBOX)
    names["obj"] = runtime.table_from(obj, recursive=True)
    names["actionParams"] = runtime.table_from(parameters or {})
    try:
        return _plain(runtime.execute(script))
    except lua51.LuaError as error:
        raise RefusedError(str(error)) from error


def _run(path: str, obj: Object, parameters: Mapping[str, str] | None = None) -> Any:
    return evaluated((CUSTOMIZATIONS / path).read_text(), obj, parameters)


def _plain(value: Any) -> Any:
    """Return a table as a list or a dictionary."""
    if lua51.lua_type(value) != "table":
        return value
    keys = list(value)
    if keys and keys == list(range(1, len(keys) + 1)):
        return [_plain(item) for item in value.values()]
    return {key: _plain(item) for key, item in value.items()}
