"""The JSON Schema of the ``json`` output; ``python -m digitscan.writers.schema`` prints it."""

from __future__ import annotations

import json

from digitscan.results import RunResult

_AT_TIMES = {
    "FieldResult": ("plain", "checked"),
    "PageResult": ("template", "alignment", "error"),
    "DocumentResult": ("size", "modified"),
    "RunResult": ("run",),
}
"""Keys that are left out where they tell nothing, and so are never null."""


def schema_text() -> str:
    """Returns the published schema as JSON text.

    The records refuse unknown keys, which catches our mistakes. The published schema allows them, because a
    later version may add keys, and nobody's validation should fail on that.
    """
    schema = RunResult.model_json_schema(by_alias=True, mode="serialization")
    definitions = {"RunResult": schema, **schema["$defs"]}
    for definition in definitions.values():
        definition.pop("additionalProperties", None)  # kinds of options have none
    for record, keys in _AT_TIMES.items():
        definition = definitions[record]
        for key in keys:
            definition["required"].remove(key)
            del definition["properties"][key]["default"]
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
