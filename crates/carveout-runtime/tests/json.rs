//! JSON by the contract: what is taken, what is refused and how that reads.

use carveout_runtime::json::{Loc, Problem, Refused, args_to_wire, details, result_to_json};
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
fn around(ty: &str, json: &str) -> Result<String, Refused> {
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
    result_to_json(&contract, value, &mut out).map_err(Refused::Unsure)?;
    Ok(String::from_utf8(out).unwrap())
}

fn problems(refused: Refused) -> Vec<Problem> {
    match refused {
        Refused::Problems(problems) => problems,
        other => panic!("{other:?}"),
    }
}

fn refused(ty: &str, json: &str) -> (String, Vec<Loc>) {
    let problem = problems(around(ty, json).unwrap_err()).remove(0);
    (problem.kind, problem.loc)
}

const INT: &str = r#"{"t":"int"}"#;
const BOOL: &str = r#"{"t":"bool"}"#;
const INTS: &str = r#"{"t":"list","item":{"t":"int"}}"#;
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
        (INT, "1.5", "int_from_float", vec![]),
        (INT, "null", "int_type", vec![]),
        (INT, "\"x\"", "int_parsing", vec![]),
        (FLOAT, "[]", "float_type", vec![]),
        (FLOAT, "\"x\"", "float_parsing", vec![]),
        (BOOL, "2", "bool_parsing", vec![]),
        (BOOL, "2.5", "bool_type", vec![]),
        (BOOL, "\"maybe\"", "bool_parsing", vec![]),
        (STR, "1", "string_type", vec![]),
        (INTS, "[1,2,null]", "int_type", vec![Loc::Index(2)]),
        (INTS, "{}", "list_type", vec![]),
        (P, r#"{"x":1.5}"#, "missing", vec![Loc::Key("side".into())]),
        (
            P,
            r#"{"x":1.5,"side":"hold"}"#,
            "enum",
            vec![Loc::Key("side".into())],
        ),
        (P, "[]", "dataclass_type", vec![]),
        (
            r#"{"t":"dict","key":{"t":"int"},"value":{"t":"int"}}"#,
            r#"{"x":1}"#,
            "int_parsing",
            vec![Loc::Key("x".into()), Loc::Key("[key]".into())],
        ),
        (
            r#"{"t":"literal","values":["a",1]}"#,
            "2",
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
fn what_pydantic_may_convert_is_left_to_it() {
    for (ty, json) in [
        (INT, "1.0"),
        (INT, "true"),
        (INT, "\"1\""),
        (INT, "\" 1_0 \""),
        (INT, "NaN"),
        (FLOAT, "false"),
        (FLOAT, "\"nan\""),
        (BOOL, "1"),
        (BOOL, "0.0"),
        (BOOL, "\"Yes\""),
        (r#"{"t":"date"}"#, "\"2023-02-29\""),
        (r#"{"t":"date"}"#, "0"),
        (
            r#"{"t":"dict","key":{"t":"int"},"value":{"t":"int"}}"#,
            r#"{"01":1}"#,
        ),
        (
            r#"{"t":"union","members":[{"t":"str"},{"t":"date"}]}"#,
            r#""2024-01-01""#,
        ),
        (r#"{"t":"literal","values":["a",1]}"#, "true"),
        (r#"{"t":"literal","values":["a",1]}"#, "1.0"),
        (r#"{"t":"literal","values":["it's"]}"#, "\"x\""),
        (INT, "\"x\\ud800\""),
        (INTS, "[null, \"1\"]"),
    ] {
        let got = around(ty, json).unwrap_err();
        assert!(matches!(got, Refused::Unsure(_)), "{ty} {json}: {got:?}");
    }
}

#[test]
fn defaults_are_filled_in_where_json_has_words_for_them() {
    let contract = Contract::parse(
        r#"{"carveout":1,"name":"m:f","types":{},"result":{"t":"int"},"params":[
            {"name":"a","type":{"t":"float"},"kind":"positional","required":false,"default":-0.0},
            {"name":"b","type":{"t":"list","item":{"t":"int"}},"kind":"positional","required":false,"default":[]},
            {"name":"c","type":{"t":"int"},"kind":"positional","required":false}]}"#,
    )
    .unwrap();
    let mut wire = Vec::new();
    args_to_wire(&contract, br#"{"c":1}"#, &mut wire).unwrap();
    assert_eq!(wire, [0x93, 0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x90, 1]);
    let unsure = args_to_wire(&contract, b"{}", &mut wire).unwrap_err();
    assert_eq!(
        unsure,
        Refused::Unsure("body.c: its default is known to the reference only".into())
    );
}

#[test]
fn a_contract_that_is_not_plain_is_left_to_its_framework() {
    let contract = Contract::parse(
        r#"{"carveout":1,"name":"m:f","types":{},"result":{"t":"int"},"plain":false,"params":[
            {"name":"a","type":{"t":"int"},"kind":"positional","required":true}]}"#,
    )
    .unwrap();
    let refused = args_to_wire(&contract, br#"{"a":1}"#, &mut Vec::new()).unwrap_err();
    assert!(matches!(refused, Refused::Unsure(_)));
}

/// Texts and positions are those of `json.loads`.
#[test]
fn what_is_not_json() {
    let start = "{\"v\": ".len();
    for (json, at, error) in [
        ("nul", 0, "Expecting value"),
        ("", 0, "Expecting value"),
        (".5", 0, "Expecting value"),
        ("+1", 0, "Expecting value"),
        ("-", 0, "Expecting value"),
        ("'a'", 0, "Expecting value"),
        ("[", 1, "Expecting value"),
        ("[1,]", 3, "Expecting value"),
        ("01", 1, "Expecting ',' delimiter"),
        ("1.", 1, "Expecting ',' delimiter"),
        ("1.e5", 1, "Expecting ',' delimiter"),
        ("1e+", 1, "Expecting ',' delimiter"),
        ("[1 2]", 3, "Expecting ',' delimiter"),
        ("1 2", 2, "Expecting ',' delimiter"),
        (
            "{\"é\":1,}",
            7,
            "Expecting property name enclosed in double quotes",
        ),
        (
            "{a:1}",
            1,
            "Expecting property name enclosed in double quotes",
        ),
        ("{\"a\" 1}", 5, "Expecting ':' delimiter"),
        ("\"é\n\"", 2, "Invalid control character at"),
        ("\"é\\x\"", 2, "Invalid \\escape"),
        ("\"\\u12\"", 2, "Invalid \\uXXXX escape"),
        ("\"\\ud800\\u12\"", 8, "Invalid \\uXXXX escape"),
        ("1} x", 3, "Extra data"),
    ] {
        let got = problems(around(INT, json).unwrap_err()).remove(0);
        assert_eq!(got.kind, "json_invalid", "{json}");
        assert_eq!(
            got.context,
            format!("{{\"error\":{}}}", quoted(error)),
            "{json}"
        );
        assert_eq!(got.loc, [Loc::Index(start + at)], "{json}");
    }
    let whole = |body: &[u8]| args_to_wire(&contract(INT), body, &mut Vec::new()).unwrap_err();
    for (body, at) in [(&b"{\"v\": \"x"[..], 6), (b"{\"v\": \"x\\", 6), (b"  ", 2)] {
        assert_eq!(problems(whole(body))[0].loc, [Loc::Index(at)]);
    }
    assert_eq!(whole(b"{\"v\": \"\xff\"}"), Refused::Unreadable);
    assert_eq!(whole("9".repeat(4301).as_bytes()), Refused::Unreadable);
    for body in [
        "[".repeat(100_000).as_bytes(),
        b"\xff\xfe{\x00",
        b"{\x00}\x00",
        b"\"\xed\xa0\x80\"",
    ] {
        assert!(matches!(whole(body), Refused::Unsure(_)));
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\"))
}

#[test]
fn problems_read_as_fastapis() {
    let got = problems(around(P, r#"{"x": "é", "extra": [1.50, 1e2]}"#).unwrap_err());
    let text = String::from_utf8(details(&got)).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"detail":[{"type":"float_parsing","loc":["body","v","x"],"#,
            r#""msg":"Input should be a valid number, unable to parse string as a number","#,
            r#""input":"é"},"#,
            r#"{"type":"missing","loc":["body","v","side"],"msg":"Field required","#,
            r#""input":{"x":"é","extra":[1.5,100.0]}}]}"#
        )
    );
}

#[test]
fn a_large_body_is_not_said_back_many_times() {
    let long = "x".repeat(100_000);
    let lines = vec![format!("{{\"pad\":\"{long}\"}}"); 20].join(",");
    let ty = format!(r#"{{"t":"list","item":{P}}}"#);
    let got = around(&ty, &format!("[{lines}]")).unwrap_err();
    assert!(matches!(got, Refused::Unsure(_)));
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
    let got = problems(args_to_wire(&contract(INT), b"{\"v\": \"x\"}", &mut out).unwrap_err());
    assert_eq!(
        got.iter().map(|p| p.kind.as_str()).collect::<Vec<_>>(),
        ["int_parsing", "missing"]
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
