"""The JSON Schema of the ``json`` output; ``python -m digitscan.writers.schema`` prints it."""

from __future__ import annotations

import json

from digitscan.results import RunResult


def schema_text() -> str:
    """Returns the published schema as JSON text.

    The records refuse unknown keys, which catches our mistakes. The published schema allows them, because a
    later version may add keys, and nobody's validation should fail on that.
    """
    schema = RunResult.model_json_schema(by_alias=True, mode="serialization")
    for definition in (schema, *schema["$defs"].values()):
        del definition["additionalProperties"]
    field = schema["$defs"]["FieldResult"]
    field["required"].remove("plain")  # there with --keep-separators alone, and never null
    del field["properties"]["plain"]["default"]
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
