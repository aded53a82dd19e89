//! A JSON body as arguments on the wire, checked against the contract.

use std::collections::HashSet;

use super::parse::{Node, Text, parse};
use super::{Loc, Problem, absent, alternatives, bare, scalar_text, time};
use crate::schema::{Contract, Field, Shape, StructKind, Type};
use crate::wire::Writer;

/// Digits of an int at most: Python's own limit for text.
const MAX_DIGITS: usize = 4300;

struct Checker<'c> {
    contract: &'c Contract,
    /// Keys nobody asked for are a problem.
    closed: bool,
    loc: Vec<Loc>,
    problems: Vec<Problem>,
}

pub fn args(
    contract: &Contract,
    body: &[u8],
    out: &mut Vec<u8>,
    closed: bool,
) -> Result<(), Vec<Problem>> {
    let start = out.len();
    let mut writer = Writer::new(out);
    let mut checker = Checker {
        contract,
        closed,
        loc: Vec::new(),
        problems: Vec::new(),
    };
    match parse(body) {
        Err(invalid) => {
            checker.loc.push(Loc::Index(invalid.at));
            checker.problem("json_invalid", "JSON decode error");
        }
        Ok(node) => {
            writer.array(contract.params.len());
            if let Some(only) = bare(contract) {
                checker.value(only, &node, &mut writer);
            } else {
                checker.params(&node, &mut writer);
            }
        }
    }
    if checker.problems.is_empty() && !writer.within_depth() {
        checker.problem("recursion_loop", "Input is nested too deep");
    }
    if checker.problems.is_empty() {
        return Ok(());
    }
    out.truncate(start);
    Err(checker.problems)
}

impl Checker<'_> {
    fn problem(&mut self, kind: &str, msg: impl Into<String>) {
        self.problems.push(Problem {
            kind: kind.into(),
            loc: self.loc.clone(),
            msg: msg.into(),
        });
    }

    fn within(&mut self, step: Loc, check: impl FnOnce(&mut Self)) {
        self.loc.push(step);
        check(self);
        self.loc.pop();
    }

    fn params(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        let Node::Object(entries) = node else {
            return self.problem("dict_type", "Input should be a valid dictionary");
        };
        let contract = self.contract;
        for param in &contract.params {
            let given = entries
                .iter()
                .find(|(key, _)| key.plain() == Some(&param.name));
            self.within(Loc::Key(param.name.clone()), |checker| match given {
                Some((_, value)) => checker.value(&param.ty, value, writer),
                // Its default is the reference's knowledge.
                None => checker.problem("missing", "Field required"),
            });
        }
        self.extras(entries, |name| {
            contract.params.iter().any(|p| p.name == name)
        });
    }

    fn extras(&mut self, entries: &[(Text<'_>, Node<'_>)], known: impl Fn(&str) -> bool) {
        if self.closed
            && entries
                .iter()
                .any(|(key, _)| !key.plain().is_some_and(&known))
        {
            self.problem("extra_forbidden", "Extra inputs are not permitted");
        }
    }

    fn value(&mut self, ty: &Type, node: &Node<'_>, writer: &mut Writer<'_>) {
        match (ty, node) {
            (Type::None, Node::Null) => writer.nil(),
            (Type::None, _) => self.problem("none_required", "Input should be None"),
            (Type::Bool, Node::Bool(value)) => writer.bool(*value),
            (Type::Bool, _) => self.problem("bool_type", "Input should be a valid boolean"),
            (Type::Int, Node::Int(written)) => self.int(written, writer),
            (Type::Int, Node::Float(_)) => self.problem(
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            ),
            (Type::Int, _) => self.problem("int_type", "Input should be a valid integer"),
            (Type::Float, Node::Int(written) | Node::Float(written)) => self.float(written, writer),
            (Type::Float, _) => self.problem("float_type", "Input should be a valid number"),
            (Type::Bytes, Node::Str(Text::Plain(text))) => writer.bin(text.as_bytes()),
            (Type::Bytes, _) => self.problem("bytes_type", "Input should be a valid bytes"),
            (Type::Str, Node::Str(Text::Plain(text))) => writer.str(text),
            (Type::Str, Node::Str(Text::Surrogates(bytes))) => writer.surrogates(bytes),
            (Type::Str, _) => self.problem("string_type", "Input should be a valid string"),
            (Type::Decimal, Node::Int(written)) if *written != "-0" => writer.str(written),
            (
                Type::Date
                | Type::Time
                | Type::Datetime
                | Type::Timedelta
                | Type::Uuid
                | Type::Decimal,
                Node::Str(Text::Plain(text)),
            ) => self.worded(ty, text, writer),
            (
                Type::Date
                | Type::Time
                | Type::Datetime
                | Type::Timedelta
                | Type::Uuid
                | Type::Decimal,
                _,
            ) => {
                let (kind, _, msg) = words(ty);
                self.problem(kind, msg);
            }
            (Type::List(item), Node::Array(nodes)) => self.items(item, nodes, writer),
            (Type::List(_), _) => self.problem("list_type", "Input should be a valid list"),
            (Type::VarTuple(item), Node::Array(nodes)) => self.items(item, nodes, writer),
            (Type::VarTuple(_) | Type::Tuple(_), node) if !matches!(node, Node::Array(_)) => {
                self.problem("tuple_type", "Input should be a valid tuple");
            }
            (Type::Tuple(types), Node::Array(nodes)) => self.tuple(types, nodes, writer),
            (Type::Set(item), Node::Array(nodes)) => self.set(item, nodes, writer),
            (Type::FrozenSet(item), Node::Array(nodes)) => self.set(item, nodes, writer),
            (Type::Set(_), _) => self.problem("set_type", "Input should be a valid set"),
            (Type::FrozenSet(_), _) => {
                self.problem("frozen_set_type", "Input should be a valid frozenset")
            }
            (Type::Dict(key, item), Node::Object(entries)) => self.dict(key, item, entries, writer),
            (Type::Dict(..), _) => self.problem("dict_type", "Input should be a valid dictionary"),
            (Type::Optional(_), Node::Null) => writer.nil(),
            (Type::Optional(item), _) => self.value(item, node, writer),
            (Type::Union(members), _) => self.union(members, node, writer),
            (Type::Literal(values), _) => self.literal(values, node, writer),
            (Type::Ref(index), _) => self.named(*index, node, writer),
            (Type::Tuple(_) | Type::VarTuple(_), _) => {
                self.problem("tuple_type", "Input should be a valid tuple");
            }
        }
    }

    fn int(&mut self, written: &str, writer: &mut Writer<'_>) {
        if let Ok(value) = written.parse::<i64>() {
            writer.int(value);
        } else if let Ok(value) = written.parse::<u64>() {
            writer.uint(value);
        } else if written.len() > MAX_DIGITS {
            self.problem(
                "int_parsing_size",
                "Unable to parse input string as an integer, exceeded maximum size",
            );
        } else {
            writer.big_int(&twos_complement(written));
        }
    }

    fn float(&mut self, written: &str, writer: &mut Writer<'_>) {
        match written.parse::<f64>() {
            Ok(value) if value.is_finite() => writer.f64(value),
            _ => self.problem("finite_number", "Input should be a finite number"),
        }
    }

    /// A scalar that JSON carries as text.
    fn worded(&mut self, ty: &Type, text: &str, writer: &mut Writer<'_>) {
        let read = match ty {
            Type::Date => time::read_date(text, writer),
            Type::Time => time::read_time(text, writer),
            Type::Datetime => time::read_datetime(text, writer),
            Type::Timedelta => time::read_timedelta(text, writer),
            Type::Uuid => uuid(text).map(|bytes| writer.bin(&bytes)),
            _ => is_decimal(text).then(|| writer.str(text)),
        };
        if read.is_none() {
            let (_, kind, msg) = words(ty);
            self.problem(kind, msg);
        }
    }

    fn items(&mut self, item: &Type, nodes: &[Node<'_>], writer: &mut Writer<'_>) {
        writer.array(nodes.len());
        if writer.enter() {
            for (i, node) in nodes.iter().enumerate() {
                // Most values are fine: the way to one is only spelled out as far as the index.
                self.loc.push(Loc::Index(i));
                self.value(item, node, writer);
                self.loc.pop();
            }
        }
        writer.leave();
    }

    fn tuple(&mut self, types: &[Type], nodes: &[Node<'_>], writer: &mut Writer<'_>) {
        if nodes.len() > types.len() {
            let (most, got) = (types.len(), nodes.len());
            let noun = if most == 1 { "item" } else { "items" };
            return self.problem(
                "too_long",
                format!("Tuple should have at most {most} {noun} after validation, not {got}"),
            );
        }
        writer.array(types.len());
        if writer.enter() {
            for (i, ty) in types.iter().enumerate() {
                self.within(Loc::Index(i), |checker| match nodes.get(i) {
                    Some(node) => checker.value(ty, node, writer),
                    None => checker.problem("missing", "Field required"),
                });
            }
        }
        writer.leave();
    }

    fn set(&mut self, item: &Type, nodes: &[Node<'_>], writer: &mut Writer<'_>) {
        let mut seen = HashSet::with_capacity(nodes.len());
        let mut kept = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            let mut bytes = Vec::new();
            let mut own = Writer::new(&mut bytes);
            self.within(Loc::Index(i), |checker| checker.value(item, node, &mut own));
            // -0.0 equals 0.0, and the first one stays.
            let mut key = bytes.clone();
            if matches!(item, Type::Float) && key.get(1..) == Some(&[0x80, 0, 0, 0, 0, 0, 0, 0]) {
                key[1] = 0;
            }
            if seen.insert(key) {
                kept.push(bytes);
            }
        }
        writer.array(kept.len());
        if writer.enter() {
            kept.iter().for_each(|bytes| writer.raw(bytes));
        }
        writer.leave();
    }

    fn dict(
        &mut self,
        key: &Type,
        item: &Type,
        entries: &[(Text<'_>, Node<'_>)],
        writer: &mut Writer<'_>,
    ) {
        writer.map(entries.len());
        if writer.enter() {
            for (text, node) in entries {
                let name = String::from_utf8_lossy(text.bytes()).into_owned();
                self.loc.push(Loc::Key(name));
                self.key(key, text, writer);
                self.value(item, node, writer);
                self.loc.pop();
            }
        }
        writer.leave();
    }

    /// A key, which JSON has only as text: an int in the form Python writes it.
    fn key(&mut self, ty: &Type, text: &Text<'_>, writer: &mut Writer<'_>) {
        match (ty, text.plain()) {
            (Type::Int, Some(written)) if is_canonical_int(written) => self.int(written, writer),
            (Type::Int, _) => self.problem(
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            ),
            (Type::Bool | Type::Float | Type::None, _) => {
                self.problem("key_type", "Keys of this type have no JSON form");
            }
            _ => self.value(ty, &Node::Str(text.clone()), writer),
        }
    }

    /// The one member that takes the value; several that do are a choice only the reference makes.
    fn union(&mut self, members: &[Type], node: &Node<'_>, writer: &mut Writer<'_>) {
        let mut fits = Vec::new();
        for (i, member) in members.iter().enumerate() {
            // 1 is an int before it is a float.
            let lax = matches!((member, node), (Type::Float, Node::Int(_)))
                && members.contains(&Type::Int);
            let mut bytes = Vec::new();
            let mut inner = Checker {
                contract: self.contract,
                closed: self.closed,
                loc: self.loc.clone(),
                problems: Vec::new(),
            };
            inner.value(member, node, &mut Writer::new(&mut bytes));
            if inner.problems.is_empty() && !lax {
                fits.push((i, bytes));
            }
        }
        match fits.as_slice() {
            [(index, bytes)] => {
                writer.array(2);
                writer.uint(*index as u64);
                if writer.enter() {
                    writer.raw(bytes);
                }
                writer.leave();
            }
            [] => self.problem(
                "union_type",
                "Input should match one of the types of the union",
            ),
            _ => self.problem(
                "union_ambiguous",
                "Input matches several types of the union",
            ),
        }
    }

    fn literal(&mut self, values: &[serde_json::Value], node: &Node<'_>, writer: &mut Writer<'_>) {
        match values.iter().position(|value| same(value, node)) {
            Some(index) => writer.uint(index as u64),
            None => {
                let listed: Vec<String> = values.iter().map(scalar_text).collect();
                self.problem(
                    "literal_error",
                    format!("Input should be {}", alternatives(&listed)),
                );
            }
        }
    }

    fn named(&mut self, index: usize, node: &Node<'_>, writer: &mut Writer<'_>) {
        let contract = self.contract;
        match contract.shape(index) {
            Shape::Enum { members, .. } => match members.iter().position(|(_, v)| same(v, node)) {
                Some(member) => writer.uint(member as u64),
                None => {
                    let listed: Vec<String> = members.iter().map(|(_, v)| scalar_text(v)).collect();
                    self.problem("enum", format!("Input should be {}", alternatives(&listed)));
                }
            },
            Shape::Struct {
                kind: StructKind::NamedTuple,
                fields,
                ..
            } if matches!(node, Node::Array(_)) => {
                if let Node::Array(nodes) = node {
                    let types: Vec<Type> = fields.iter().map(|f| f.ty.clone()).collect();
                    self.tuple(&types, nodes, writer);
                }
            }
            Shape::Struct { kind, fields, .. } => match node {
                Node::Object(entries) => self.fields(*kind, fields, entries, writer),
                _ => self.problem(
                    "model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from",
                ),
            },
        }
    }

    fn fields(
        &mut self,
        kind: StructKind,
        fields: &[Field],
        entries: &[(Text<'_>, Node<'_>)],
        writer: &mut Writer<'_>,
    ) {
        writer.array(fields.len());
        if writer.enter() {
            for (i, field) in fields.iter().enumerate() {
                // Bodies mostly keep the order of the fields.
                let named = |entry: &&(Text<'_>, Node<'_>)| entry.0.plain() == Some(&field.name);
                let given = entries
                    .get(i)
                    .filter(named)
                    .or_else(|| entries.iter().find(named));
                match given {
                    Some((_, node)) => {
                        self.within(Loc::Key(field.name.clone()), |c| {
                            c.value(&field.ty, node, writer)
                        });
                    }
                    None if kind == StructKind::TypedDict && !field.required => absent(writer),
                    None => self.within(Loc::Key(field.name.clone()), |c| {
                        c.problem("missing", "Field required")
                    }),
                }
            }
        }
        writer.leave();
        self.extras(entries, |name| fields.iter().any(|f| f.name == name));
    }
}

/// Kind when it is not text, kind when the text is wrong, and the message.
fn words(ty: &Type) -> (&'static str, &'static str, &'static str) {
    match ty {
        Type::Date => (
            "date_type",
            "date_from_datetime_parsing",
            "Input should be a valid date",
        ),
        Type::Time => (
            "time_type",
            "time_parsing",
            "Input should be in a valid time format",
        ),
        Type::Datetime => (
            "datetime_type",
            "datetime_parsing",
            "Input should be a valid datetime",
        ),
        Type::Timedelta => (
            "time_delta_type",
            "time_delta_parsing",
            "Input should be a valid timedelta",
        ),
        Type::Uuid => ("uuid_type", "uuid_parsing", "Input should be a valid UUID"),
        _ => (
            "decimal_type",
            "decimal_parsing",
            "Input should be a valid decimal",
        ),
    }
}

/// Type-strict: `1`, `true` and `1.0` differ.
fn same(value: &serde_json::Value, node: &Node<'_>) -> bool {
    match (value, node) {
        (serde_json::Value::Null, Node::Null) => true,
        (serde_json::Value::Bool(a), Node::Bool(b)) => a == b,
        (serde_json::Value::String(a), Node::Str(text)) => text.plain() == Some(a),
        (serde_json::Value::Number(a), Node::Int(written)) => {
            !a.is_f64() && a.to_string() == *written
        }
        (serde_json::Value::Number(a), Node::Float(written)) => {
            a.is_f64() && a.as_f64() == written.parse().ok()
        }
        _ => false,
    }
}

fn is_canonical_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0"
}

/// Big-endian two's complement of a decimal int as JSON writes it.
fn twos_complement(written: &str) -> Vec<u8> {
    let (negative, digits) = match written.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, written),
    };
    // Little-endian magnitude, nine digits at a time.
    let mut words: Vec<u32> = Vec::new();
    for chunk in digits.as_bytes().chunks(9) {
        let number = chunk
            .iter()
            .fold(0_u64, |n, d| n * 10 + u64::from(d - b'0'));
        let scale = 10_u64.pow(chunk.len() as u32);
        let mut carry = number;
        for word in &mut words {
            let sum = u64::from(*word) * scale + carry;
            *word = sum as u32;
            carry = sum >> 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    // One more word than the magnitude needs always has room for the sign.
    words.push(0);
    if negative {
        let mut carry = true;
        for word in &mut words {
            let (sum, over) = (!*word).overflowing_add(u32::from(carry));
            *word = sum;
            carry = over;
        }
    }
    words
        .iter()
        .rev()
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let hex = match text.len() {
        32 => text.to_owned(),
        36 if [8, 13, 18, 23]
            .iter()
            .all(|at| text.as_bytes()[*at] == b'-') =>
        {
            text.replace('-', "")
        }
        _ => return None,
    };
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&hex, 16).ok().map(u128::to_be_bytes)
}

/// `[+-]digits[.digits][e[+-]digits]`, at least one digit; no NaN, no infinity.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['+', '-']).unwrap_or(e);
            !e.is_empty() && e.len() < 7 && digits(e)
        })
}
