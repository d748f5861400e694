"""Records of several kinds that may stand in one place."""

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pricing.provenance import Record


class Variant(Record):
    """One kind of several, told apart by ``kind``: a document must name it, code need not."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say in the published schema that the kind must be named."""
        schema = handler(core_schema)
        resolved: dict[str, Any] = handler.resolve_ref_schema(schema)
        if "kind" in cls.model_fields:
            resolved["required"] = ["kind", *resolved.get("required", ())]
        return schema
