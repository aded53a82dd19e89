//! A JSON body as arguments on the wire, checked against the contract.
//!
//! Three ways to end: taken; refused, as FastAPI would and in its words; or *unsure*, where FastAPI
//! may take what the contract does not (`"1"` for an int, a default only Python knows) or says more
//! than can be said here. Unsure anywhere outweighs problems elsewhere: FastAPI would list both.

use std::collections::HashSet;

use super::bare;
use super::parse::{self, Node, Text};
use super::problem::{Loc, Problem, Refused, context, place, written};
use super::scalars::{INT_PARSING, is_canonical_int, surely_no_int, write_int};
use crate::schema::{Contract, Field, Shape, StructKind, Type};
use crate::wire::Writer;

/// Bytes of all problems' inputs at most: a large body must not be said back a thousand times.
const MAX_SAID: usize = 1 << 20;

pub(super) struct Checker<'c> {
    contract: &'c Contract,
    /// Only what every framework reads alike: no keys that nobody asked for, no NaN, no byte order
    /// mark.
    pub(super) closed: bool,
    loc: Vec<Loc>,
    problems: Vec<Problem>,
    said: usize,
    unsure: Option<String>,
}

pub fn args(
    contract: &Contract,
    body: &[u8],
    out: &mut Vec<u8>,
    closed: bool,
) -> Result<(), Refused> {
    if !contract.plain {
        return Err(Refused::Unsure(
            "validators, constraints or aliases of the types are Python's".into(),
        ));
    }
    if closed && body.starts_with(parse::MARK) {
        return Err(Refused::Unsure("a byte order mark".into()));
    }
    let start = out.len();
    let mut writer = Writer::new(out);
    let mut checker = Checker::new(contract, closed, Vec::new());
    match parse::parse(body) {
        Err(parse::Invalid::Json { at, error }) => {
            checker.loc.push(Loc::Index(at));
            checker.say(
                "json_invalid",
                "JSON decode error".into(),
                "{}".into(),
                context("error", error),
            );
        }
        Err(parse::Invalid::Text) => return Err(Refused::Unreadable),
        Err(parse::Invalid::Unsure(why)) => return Err(Refused::Unsure(why.into())),
        Ok(None) => match bare(contract) {
            Some(_) if contract.params[0].required => {
                checker.say(
                    "missing",
                    "Field required".into(),
                    "null".into(),
                    String::new(),
                );
            }
            _ => checker.unsure("an empty body"),
        },
        Ok(Some(node)) => {
            writer.array(contract.params.len());
            if let Some(only) = bare(contract) {
                checker.value(only, &node, &mut writer);
            } else {
                checker.params(&node, &mut writer);
            }
        }
    }
    if !writer.within_depth() {
        checker.unsure("nested too deep");
    }
    match checker.refused() {
        None => Ok(()),
        Some(refused) => {
            out.truncate(start);
            Err(refused)
        }
    }
}

impl<'c> Checker<'c> {
    fn new(contract: &'c Contract, closed: bool, loc: Vec<Loc>) -> Self {
        Self {
            contract,
            closed,
            loc,
            problems: Vec::new(),
            said: 0,
            unsure: None,
        }
    }

    fn refused(self) -> Option<Refused> {
        match self.unsure {
            Some(why) => Some(Refused::Unsure(why)),
            None if self.problems.is_empty() => None,
            None => Some(Refused::Problems(self.problems)),
        }
    }

    fn say(&mut self, kind: &str, msg: String, input: String, context: String) {
        self.said += input.len();
        if self.said > MAX_SAID {
            return self.unsure("too much is wrong to be said");
        }
        self.problems.push(Problem {
            kind: kind.into(),
            loc: self.loc.clone(),
            msg,
            input,
            context,
        });
    }

    /// Only Python can tell.
    pub(super) fn unsure(&mut self, why: &str) {
        if self.unsure.is_none() {
            self.unsure = Some(format!("{}: {why}", place(&self.loc)));
        }
    }

    pub(super) fn problem(&mut self, kind: &str, msg: impl Into<String>, node: &Node<'_>) {
        self.problem_of(kind, msg, node, String::new());
    }

    pub(super) fn problem_of(
        &mut self,
        kind: &str,
        msg: impl Into<String>,
        node: &Node<'_>,
        context: String,
    ) {
        match written(node) {
            Some(input) => self.say(kind, msg.into(), input, context),
            None => self.unsure("a value JSON has no words for"),
        }
    }

    fn within(&mut self, step: Loc, check: impl FnOnce(&mut Self)) {
        self.loc.push(step);
        check(self);
        self.loc.pop();
    }

    fn params(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        let Node::Object(entries) = node else {
            return self.unsure("the parameters are an object's keys");
        };
        let contract = self.contract;
        for param in &contract.params {
            let given = find(entries, &param.name);
            self.within(Loc::Key(param.name.clone()), |checker| match given {
                Some(value) => checker.value(&param.ty, value, writer),
                None if param.required => {
                    checker.say(
                        "missing",
                        "Field required".into(),
                        "null".into(),
                        String::new(),
                    );
                }
                None => checker.default(&param.ty, param.default.as_deref(), writer),
            });
        }
        self.extras(entries, |name| {
            contract.params.iter().any(|p| p.name == name)
        });
    }

    fn default(&mut self, ty: &Type, default: Option<&str>, writer: &mut Writer<'_>) {
        match default.map(|text| parse::parse(text.as_bytes())) {
            Some(Ok(Some(node))) => self.value(ty, &node, writer),
            _ => self.unsure("its default is known to the reference only"),
        }
    }

    fn extras(&mut self, entries: &[(Text<'_>, Node<'_>)], known: impl Fn(&str) -> bool) {
        let other = |key: &Text<'_>| !key.plain().is_some_and(&known);
        if self.closed && entries.iter().any(|(key, _)| other(key)) {
            self.unsure("keys that are not declared");
        }
    }

    pub(super) fn value(&mut self, ty: &Type, node: &Node<'_>, writer: &mut Writer<'_>) {
        match (ty, node) {
            (Type::None, Node::Null) => writer.nil(),
            (Type::None, _) => self.problem("none_required", "Input should be None", node),
            (Type::Bool, _) => self.bool(node, writer),
            (Type::Int, _) => self.int(node, writer),
            (Type::Float, _) => self.float(node, writer),
            (Type::Bytes, _) => self.bytes(node, writer),
            (Type::Str, _) => self.str(node, writer),
            (
                Type::Date
                | Type::Time
                | Type::Datetime
                | Type::Timedelta
                | Type::Uuid
                | Type::Decimal,
                _,
            ) => self.worded(ty, node, writer),
            (Type::List(item) | Type::VarTuple(item), Node::Array(nodes)) => {
                self.items(item, nodes, writer);
            }
            (Type::List(_), _) => self.problem("list_type", "Input should be a valid list", node),
            (Type::Tuple(types), Node::Array(nodes)) => self.tuple(types, nodes, node, writer),
            (Type::VarTuple(_) | Type::Tuple(_), _) => {
                self.problem("tuple_type", "Input should be a valid tuple", node);
            }
            (Type::Set(item) | Type::FrozenSet(item), Node::Array(nodes)) => {
                self.set(item, nodes, writer);
            }
            (Type::Set(_), _) => self.problem("set_type", "Input should be a valid set", node),
            (Type::FrozenSet(_), _) => {
                self.problem("frozen_set_type", "Input should be a valid frozenset", node);
            }
            (Type::Dict(key, item), Node::Object(entries)) => self.dict(key, item, entries, writer),
            (Type::Dict(..), _) => {
                self.problem("dict_type", "Input should be a valid dictionary", node);
            }
            (Type::Optional(_), Node::Null) => writer.nil(),
            (Type::Optional(item), _) => self.value(item, node, writer),
            (Type::Union(members), _) => self.union(members, node, writer),
            (Type::Literal(values), _) => self.literal(values, node, writer),
            (Type::Ref(index), _) => self.named(*index, node, writer),
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

    fn tuple(
        &mut self,
        types: &[Type],
        nodes: &[Node<'_>],
        whole: &Node<'_>,
        writer: &mut Writer<'_>,
    ) {
        if nodes.len() > types.len() {
            let (most, got) = (types.len(), nodes.len());
            let noun = if most == 1 { "item" } else { "items" };
            return self.problem_of(
                "too_long",
                format!("Tuple should have at most {most} {noun} after validation, not {got}"),
                whole,
                format!(
                    "{{\"field_type\":\"Tuple\",\"max_length\":{most},\"actual_length\":{got}}}"
                ),
            );
        }
        writer.array(types.len());
        if writer.enter() {
            for (i, ty) in types.iter().enumerate() {
                self.within(Loc::Index(i), |checker| match nodes.get(i) {
                    Some(node) => checker.value(ty, node, writer),
                    None => checker.problem("missing", "Field required", whole),
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
            (Type::Str, _) => self.str(&Node::Str(text.clone()), writer),
            (Type::Int, Some(written)) if is_canonical_int(written) => write_int(written, writer),
            (Type::Int, Some(written)) if surely_no_int(written) => {
                self.within(Loc::Key("[key]".into()), |checker| {
                    checker.problem("int_parsing", INT_PARSING, &Node::Str(text.clone()));
                });
            }
            (Type::Ref(_) | Type::Literal(_), _) => {
                let mut inner = Checker::new(self.contract, true, Vec::new());
                inner.value(ty, &Node::Str(text.clone()), writer);
                if inner.refused().is_some() {
                    self.unsure("a key that is not of its type");
                }
            }
            _ => self.unsure("a key that is not a text"),
        }
    }

    /// The one member that takes the value exactly; which of several is Pydantic's to say.
    fn union(&mut self, members: &[Type], node: &Node<'_>, writer: &mut Writer<'_>) {
        let mut fits = Vec::new();
        for (i, member) in members.iter().enumerate() {
            // 1 is an int before it is a float.
            let lax = matches!((member, node), (Type::Float, Node::Int(_)))
                && members.contains(&Type::Int);
            let mut bytes = Vec::new();
            let mut inner = Checker::new(self.contract, true, Vec::new());
            inner.value(member, node, &mut Writer::new(&mut bytes));
            if inner.refused().is_none() && !lax {
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
            [] => self.unsure("none of the union's types"),
            _ => self.unsure("several of the union's types"),
        }
    }

    fn named(&mut self, index: usize, node: &Node<'_>, writer: &mut Writer<'_>) {
        let contract = self.contract;
        let (kind, fields) = match contract.shape(index) {
            Shape::Enum { members, .. } => return self.member(members, node, writer),
            Shape::Struct { kind, fields, .. } => (*kind, fields),
        };
        match (kind, node) {
            (StructKind::NamedTuple, Node::Array(nodes)) if nodes.len() == fields.len() => {
                writer.array(fields.len());
                if writer.enter() {
                    for (i, field) in fields.iter().enumerate() {
                        self.within(Loc::Index(i), |c| c.value(&field.ty, &nodes[i], writer));
                    }
                }
                writer.leave();
            }
            (StructKind::NamedTuple, _) => self.unsure("another form of a named tuple"),
            (_, Node::Object(entries)) => self.fields(kind, fields, entries, node, writer),
            (StructKind::TypedDict, _) => {
                self.problem("dict_type", "Input should be a valid dictionary", node);
            }
            (StructKind::Dataclass, _) => {
                let name = contract.short_name(index);
                let name = name.rsplit('.').next().unwrap_or(name);
                self.problem_of(
                    "dataclass_type",
                    format!("Input should be a dictionary or an instance of {name}"),
                    node,
                    context("class_name", name),
                );
            }
            (StructKind::Object, _) => self.unsure("an object of a plain class"),
            (StructKind::Msgspec | StructKind::Pydantic, _) => self.problem(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
                node,
            ),
        }
    }

    fn fields(
        &mut self,
        kind: StructKind,
        fields: &[Field],
        entries: &[(Text<'_>, Node<'_>)],
        whole: &Node<'_>,
        writer: &mut Writer<'_>,
    ) {
        writer.array(fields.len());
        if writer.enter() {
            for (i, field) in fields.iter().enumerate() {
                // Bodies mostly keep the order of the fields.
                let given = entries
                    .get(i)
                    .filter(|(key, _)| key.plain() == Some(&field.name))
                    .map(|(_, node)| node)
                    .or_else(|| find(entries, &field.name));
                match given {
                    Some(node) => {
                        self.within(Loc::Key(field.name.clone()), |c| {
                            c.value(&field.ty, node, writer);
                        });
                    }
                    None if kind == StructKind::TypedDict && !field.required => writer.absent(),
                    None => self.within(Loc::Key(field.name.clone()), |c| {
                        if field.required {
                            c.problem("missing", "Field required", whole);
                        } else {
                            c.default(&field.ty, field.default.as_deref(), writer);
                        }
                    }),
                }
            }
        }
        writer.leave();
        self.extras(entries, |name| fields.iter().any(|f| f.name == name));
    }
}

fn find<'n, 'b>(entries: &'n [(Text<'b>, Node<'b>)], name: &str) -> Option<&'n Node<'b>> {
    entries
        .iter()
        .find(|(key, _)| key.plain() == Some(name))
        .map(|(_, node)| node)
}
