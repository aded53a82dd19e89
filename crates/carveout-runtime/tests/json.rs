//! JSON by the contract: what is taken, what is refused and how that reads.

use carveout_runtime::json::{Loc, Problem, args_to_wire, result_to_json};
use carveout_runtime::schema::Contract;

const TYPES: &str = r#"{
  "m:P": {"t":"struct","kind":"dataclass","frozen":false,"fields":[
     {"name":"x","type":{"t":"float"},"required":true},{"name":"side","type":{"t":"ref","name":"m:S"},"required":true}]},
  "m:S": {"t":"enum","base":"str","members":[["BUY","buy"],["SELL","sell"]]},
  "m:T": {"t":"struct","kind":"typeddict","frozen":false,"fields":[
     {"name":"a","type":{"t":"int"},"required":true},{"name":"b","type":{"t":"int"},"required":false}]}}"#;

fn contract(ty: &str) -> Contract {
    Contract::parse(&format!(
        r#"{{"carveout":1,"name":"m:f","types":{TYPES},"result":{ty},
            "params":[{{"name":"v","type":{ty},"kind":"positional","required":true}},
                      {{"name":"n","type":{{"t":"optional","item":{{"t":"int"}}}},"kind":"positional","required":true}}]}}"#
    ))
    .unwrap()
}

/// The value as JSON after the wire and back.
fn around(ty: &str, json: &str) -> Result<String, Vec<Problem>> {
    let contract = contract(ty);
    let mut wire = Vec::new();
    args_to_wire(
        &contract,
        format!("{{\"v\": {json}, \"n\": null}}").as_bytes(),
        &mut wire,
    )?;
    assert_eq!((wire[0], wire[wire.len() - 1]), (0x92, 0xc0));
    let mut out = Vec::new();
    let value = &wire[1..wire.len() - 1];
    result_to_json(&contract, value, &mut out).map_err(|msg| {
        vec![Problem {
            kind: "result".into(),
            loc: vec![],
            msg,
        }]
    })?;
    Ok(String::from_utf8(out).unwrap())
}

fn refused(ty: &str, json: &str) -> (String, Vec<Loc>) {
    let problem = around(ty, json).unwrap_err().remove(0);
    (problem.kind, problem.loc)
}

const INT: &str = r#"{"t":"int"}"#;
const FLOAT: &str = r#"{"t":"float"}"#;
const STR: &str = r#"{"t":"str"}"#;
const P: &str = r#"{"t":"ref","name":"m:P"}"#;

#[test]
fn values_go_around() {
    for (ty, json, back) in [
        (INT, "-0", "0"),
        (INT, "18446744073709551615", "18446744073709551615"),
        (FLOAT, "1", "1.0"),
        (FLOAT, "-0.0", "-0.0"),
        (FLOAT, "1e16", "1e+16"),
        (FLOAT, "0.00001", "1e-05"),
        (
            STR,
            r#""a\"\\\n\u0041\ud83c\udf88é\u0001""#,
            "\"a\\\"\\\\\\nA🎈é\\u0001\"",
        ),
        (r#"{"t":"bytes"}"#, r#""é""#, r#""é""#),
        (r#"{"t":"bool"}"#, "true", "true"),
        (r#"{"t":"date"}"#, r#""2024-02-29""#, r#""2024-02-29""#),
        (
            r#"{"t":"datetime"}"#,
            r#""2024-01-02 03:04:05.6Z""#,
            r#""2024-01-02T03:04:05.600000+00:00""#,
        ),
        (
            r#"{"t":"datetime"}"#,
            r#""2024-01-02T03:04:05-05:30""#,
            r#""2024-01-02T03:04:05-05:30""#,
        ),
        (r#"{"t":"time"}"#, r#""03:04""#, r#""03:04:00""#),
        (
            r#"{"t":"timedelta"}"#,
            r#""-P1DT2H3M4.000005S""#,
            r#""-P1DT2H3M4.000005S""#,
        ),
        (r#"{"t":"timedelta"}"#, r#""PT0S""#, r#""PT0S""#),
        (
            r#"{"t":"uuid"}"#,
            r#""12345678-1234-5678-1234-567812345678""#,
            r#""12345678-1234-5678-1234-567812345678""#,
        ),
        (r#"{"t":"decimal"}"#, r#""1.10""#, r#""1.10""#),
        (r#"{"t":"set","item":{"t":"int"}}"#, "[2,1,2]", "[2,1]"),
        (
            r#"{"t":"dict","key":{"t":"int"},"value":{"t":"str"}}"#,
            r#"{"2":"b","1":"a","2":"c"}"#,
            r#"{"2":"c","1":"a"}"#,
        ),
        (
            r#"{"t":"tuple","items":[{"t":"int"},{"t":"str"}]}"#,
            r#"[1,"x"]"#,
            r#"[1,"x"]"#,
        ),
        (
            r#"{"t":"union","members":[{"t":"float"},{"t":"int"},{"t":"str"}]}"#,
            "1",
            "1",
        ),
        (
            r#"{"t":"union","members":[{"t":"float"},{"t":"str"}]}"#,
            "1",
            "1.0",
        ),
        (r#"{"t":"literal","values":["a",1,null]}"#, "1", "1"),
        (
            P,
            r#"{"side":"sell","x":2,"extra":1}"#,
            r#"{"x":2.0,"side":"sell"}"#,
        ),
        (r#"{"t":"ref","name":"m:T"}"#, r#"{"a":1}"#, r#"{"a":1}"#),
    ] {
        assert_eq!(around(ty, json).as_deref(), Ok(back), "{ty} {json}");
    }
}

#[test]
fn values_are_refused_where_they_stand() {
    let v = Loc::Key("v".into());
    for (ty, json, kind, rest) in [
        (INT, "1.0", "int_from_float", vec![]),
        (INT, "true", "int_type", vec![]),
        (INT, "\"1\"", "int_type", vec![]),
        (FLOAT, "1e400", "finite_number", vec![]),
        (FLOAT, "true", "float_type", vec![]),
        (STR, "1", "string_type", vec![]),
        (
            r#"{"t":"date"}"#,
            "\"2023-02-29\"",
            "date_from_datetime_parsing",
            vec![],
        ),
        (
            r#"{"t":"list","item":{"t":"int"}}"#,
            "[1,2,null]",
            "int_type",
            vec![Loc::Index(2)],
        ),
        (
            r#"{"t":"list","item":{"t":"int"}}"#,
            "{}",
            "list_type",
            vec![],
        ),
        (P, r#"{"x":1.5}"#, "missing", vec![Loc::Key("side".into())]),
        (
            P,
            r#"{"x":1.5,"side":"hold"}"#,
            "enum",
            vec![Loc::Key("side".into())],
        ),
        (P, "[]", "model_attributes_type", vec![]),
        (
            r#"{"t":"dict","key":{"t":"int"},"value":{"t":"int"}}"#,
            r#"{"01":1}"#,
            "int_parsing",
            vec![Loc::Key("01".into())],
        ),
        (
            r#"{"t":"union","members":[{"t":"str"},{"t":"date"}]}"#,
            r#""2024-01-01""#,
            "union_ambiguous",
            vec![],
        ),
        (
            r#"{"t":"literal","values":["a",1]}"#,
            "true",
            "literal_error",
            vec![],
        ),
        (
            r#"{"t":"tuple","items":[{"t":"int"}]}"#,
            "[1,2]",
            "too_long",
            vec![],
        ),
        (
            r#"{"t":"tuple","items":[{"t":"int"}]}"#,
            "[]",
            "missing",
            vec![Loc::Index(0)],
        ),
    ] {
        let mut loc = vec![v.clone()];
        loc.extend(rest);
        assert_eq!(refused(ty, json), (kind.to_owned(), loc), "{ty} {json}");
    }
}

#[test]
fn what_is_not_json() {
    for json in [
        "NaN",
        "Infinity",
        "01",
        "1.",
        ".5",
        "+1",
        "'a'",
        "\"\n\"",
        "[1,]",
        "{\"a\":1,}",
        "\"\\x\"",
        "nul",
        "",
        "1 2",
        "\"\\u12\"",
    ] {
        assert_eq!(refused(INT, json).0, "json_invalid", "{json}");
    }
    assert!(
        around(
            INT,
            &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))
        )
        .is_err()
    );
}

#[test]
fn lone_surrogates_keep_their_own_form() {
    let mut wire = Vec::new();
    args_to_wire(&contract(STR), br#"{"v":"\ud800x","n":1}"#, &mut wire).unwrap();
    assert_eq!(wire[1..], [0xd6, 2, 0xed, 0xa0, 0x80, b'x', 1]);
}

#[test]
fn several_problems_at_once() {
    let mut out = vec![7];
    let problems = args_to_wire(&contract(INT), b"{\"v\": \"x\"}", &mut out).unwrap_err();
    assert_eq!(
        problems.iter().map(|p| p.kind.as_str()).collect::<Vec<_>>(),
        ["int_type", "missing"]
    );
    assert_eq!(out, [7]);
}

#[test]
fn big_ints_are_exact() {
    let mut wire = Vec::new();
    args_to_wire(
        &contract(INT),
        b"{\"v\":-18446744073709551617,\"n\":1}",
        &mut wire,
    )
    .unwrap();
    assert_eq!(
        wire[1..],
        [
            0xc7, 9, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1
        ]
    );
}

#[test]
fn floats_read_as_python_writes_them() {
    for (value, text) in [
        (0.1, "0.1"),
        (100.0, "100.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e-5, "1.5e-05"),
        (0.0001, "0.0001"),
        (1e100, "1e+100"),
        (-0.0, "-0.0"),
        (5e-324, "5e-324"),
        (123456789.125, "123456789.125"),
        // Two texts of seventeen digits are equally near: the even one.
        (2f64.powi(-25), "2.9802322387695312e-08"),
    ] {
        assert_eq!(around(FLOAT, text).unwrap(), text);
        assert_eq!(carveout_runtime::float::repr(value), text);
    }
}
