//! An OpenAPI 3.1 document from the contract: one POST path an operation, schemas for its types.

use carveout_runtime::table::Table;
use serde_json::{Map, Value, json};

/// The document as text; an unreadable contract gives one without schemas rather than none.
pub fn document(table: &Table) -> String {
    let contract: Value = serde_json::from_str(table.contract).unwrap_or_default();
    let mut schemas = Map::new();
    if let Some(types) = contract["types"].as_object() {
        for (name, definition) in types {
            schemas.insert(key(name), definition_schema(definition));
        }
    }
    schemas.insert(
        "ValidationProblems".into(),
        json!({"type": "object", "properties": {"detail": {"type": "array", "items": {
            "type": "object", "required": ["type", "loc", "msg"], "properties": {
                "type": {"type": "string"}, "msg": {"type": "string"}, "input": {},
                "ctx": {"type": "object"},
                "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}}}}}}),
    );
    schemas.insert(
        "Detail".into(),
        json!({"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}),
    );
    let problems = json!({"description": "The body violates the contract", "content":
        {"application/json": {"schema": {"$ref": "#/components/schemas/ValidationProblems"}}}});
    let plain = contract["plain"] != false;
    let mut content = Map::new();
    if plain {
        content.insert(
            "application/json".into(),
            json!({"schema": body(&contract)}),
        );
    }
    content.insert(
        "application/msgpack".into(),
        json!({"schema": {"type": "string", "format": "binary",
            "description": "The arguments as one array, in Carveout's wire format"}}),
    );
    let said = |text: &str| {
        json!({"description": text, "content": {"application/json": {"schema":
            {"$ref": "#/components/schemas/Detail"}}}})
    };
    let mut paths = Map::new();
    for op in table.ops {
        paths.insert(
            format!("/{}", op.name),
            json!({"post": {
                "operationId": key(op.name),
                "requestBody": {"required": true, "content": content.clone()},
                "responses": {
                    "200": {"description": "The result", "content": {
                        "application/json": {"schema": schema(&contract["result"])},
                        "application/msgpack": {"schema": {"type": "string", "format": "binary"}}}},
                    "400": {"description":
                        "The operation raised (carveout-outcome: fault), or the body is no text"},
                    "408": said("The body took too long"),
                    "413": said("The body is larger than --max-body"),
                    "415": said("Neither JSON nor MessagePack"),
                    "422": problems.clone(),
                    "500": said("The carving failed. carveout-outcome: failure"),
                    "501": {"description":
                        "Declined; ask the reference. carveout-outcome: decline"},
                    "503": said("Too many calls at once; try again"),
                }
            }}),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": contract["name"], "version": table.hash.get(..12).unwrap_or(table.hash)},
        "paths": paths,
        "components": {"schemas": schemas},
    })
    .to_string()
}

/// Component keys may hold letters, digits, dots, dashes and underscores only.
fn key(name: &str) -> String {
    name.replace(':', ".")
}

/// A single struct parameter is the body itself, as FastAPI has it; several are an object of them.
fn body(contract: &Value) -> Value {
    let Some(params) = contract["params"].as_array() else {
        return json!({});
    };
    if let [only] = params.as_slice() {
        let named = only["type"]["name"].as_str().unwrap_or_default();
        if contract["types"][named]["t"] == "struct" {
            return schema(&only["type"]);
        }
    }
    object(params, false)
}

/// `may_be_absent`: the keys of a TypedDict, which have no defaults.
fn object(fields: &[Value], may_be_absent: bool) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|f| {
            let name = f["name"].as_str().unwrap_or_default().to_owned();
            let mut described = schema(&f["type"]);
            if let (Some(default), Some(object)) = (f.get("default"), described.as_object_mut()) {
                object.insert("default".into(), default.clone());
            }
            (name, described)
        })
        .collect();
    // A default that JSON has no words for is the reference's knowledge: here it must be given.
    let required: Vec<&Value> = fields
        .iter()
        .filter(|f| f["required"] != false || (f.get("default").is_none() && !may_be_absent))
        .map(|f| &f["name"])
        .collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn definition_schema(definition: &Value) -> Value {
    if definition["t"] == "enum" {
        let values: Vec<&Value> = definition["members"]
            .as_array()
            .map(|members| members.iter().map(|m| &m[1]).collect())
            .unwrap_or_default();
        return json!({ "enum": values });
    }
    object(
        definition["fields"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default(),
        definition["kind"] == "typeddict",
    )
}

fn schema(ty: &Value) -> Value {
    let all = |name: &str| -> Vec<Value> {
        ty[name]
            .as_array()
            .map(|items| items.iter().map(schema).collect())
            .unwrap_or_default()
    };
    match ty["t"].as_str().unwrap_or_default() {
        "none" => json!({"type": "null"}),
        "bool" => json!({"type": "boolean"}),
        "int" => json!({"type": "integer"}),
        "float" => json!({"type": "number"}),
        "bytes" | "str" | "decimal" => json!({"type": "string"}),
        "date" => json!({"type": "string", "format": "date"}),
        "datetime" => json!({"type": "string", "format": "date-time"}),
        "time" => json!({"type": "string", "format": "time"}),
        "timedelta" => json!({"type": "string", "format": "duration"}),
        "uuid" => json!({"type": "string", "format": "uuid"}),
        "list" | "vartuple" => json!({"type": "array", "items": schema(&ty["item"])}),
        "set" | "frozenset" => {
            json!({"type": "array", "items": schema(&ty["item"]), "uniqueItems": true})
        }
        "tuple" => {
            let items = all("items");
            json!({"type": "array", "prefixItems": items, "minItems": items.len(), "maxItems": items.len()})
        }
        "dict" if ty["key"]["t"] == "int" => {
            json!({"type": "object", "additionalProperties": schema(&ty["value"]),
                "propertyNames": {"pattern": "^(0|-?[1-9][0-9]*)$"}})
        }
        "dict" => json!({"type": "object", "additionalProperties": schema(&ty["value"])}),
        "optional" => json!({"anyOf": [schema(&ty["item"]), {"type": "null"}]}),
        "union" => json!({ "anyOf": all("members") }),
        "literal" => json!({ "enum": ty["values"] }),
        "ref" => {
            let name = key(ty["name"].as_str().unwrap_or_default());
            json!({"$ref": format!("#/components/schemas/{name}")})
        }
        _ => json!({}),
    }
}
