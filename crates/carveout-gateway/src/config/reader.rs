//! Reads one table: every key once, by type and range; what is left over is a mistake.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::time::Duration;

use super::node::{Node, Problem, Value};

pub type Problems = Rc<RefCell<Vec<Problem>>>;

pub struct Reader<'a> {
    pub path: String,
    entries: &'a [(String, Option<Range<usize>>, Node)],
    pub span: Option<Range<usize>>,
    known: RefCell<Vec<&'static str>>,
    problems: Problems,
}

pub enum TextOrTable<'a> {
    Text(&'a str),
    Table(Reader<'a>),
}

impl<'a> Reader<'a> {
    /// None, and a problem, if the node is no table.
    pub fn new(path: &str, node: &'a Node, problems: &Problems) -> Option<Reader<'a>> {
        let Value::Table(entries) = &node.value else {
            problems.borrow_mut().push(Problem {
                message: format!("`{path}` must be a table, not {}", node.kind()),
                key: path.to_string(),
                span: node.span.clone(),
                hint: None,
            });
            return None;
        };
        Some(Reader {
            path: path.to_string(),
            entries,
            span: node.span.clone(),
            known: RefCell::default(),
            problems: problems.clone(),
        })
    }

    fn key(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub fn problem(&self, name: &str, message: impl Into<String>, hint: Option<&str>) {
        let span = self
            .entries
            .iter()
            .find(|(key, _, _)| key == name)
            .map(|(_, key, node)| {
                let key = key.clone().or_else(|| node.span.clone());
                node.span.clone().filter(|s| s.len() < 200).or(key)
            });
        self.problems.borrow_mut().push(Problem {
            message: message.into(),
            key: if name.is_empty() {
                self.path.clone()
            } else {
                self.key(name)
            },
            span: span.flatten().or_else(|| self.span.clone()),
            hint: hint.map(str::to_string),
        });
    }

    pub fn node(&self, name: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(name);
        self.entries
            .iter()
            .find(|(key, _, _)| key == name)
            .map(|(_, _, node)| node)
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, _, _)| key == name)
    }

    fn wrong(&self, name: &str, expected: &str, node: &Node) {
        self.problem(
            name,
            format!(
                "`{}` must be {expected}, not {}",
                self.key(name),
                node.kind()
            ),
            None,
        );
    }

    pub fn text(&self, name: &'static str) -> Option<String> {
        match self.node(name)? {
            Node {
                value: Value::Text(text),
                ..
            } if !text.is_empty() => Some(text.clone()),
            Node {
                value: Value::Text(_),
                ..
            } => {
                self.problem(name, format!("`{}` is empty", self.key(name)), None);
                None
            }
            node => {
                self.wrong(name, "text", node);
                None
            }
        }
    }

    pub fn one_of(
        &self,
        name: &'static str,
        choices: &[&'static str],
        default: &'static str,
    ) -> &'static str {
        let Some(text) = self.text(name) else {
            return default;
        };
        choices
            .iter()
            .copied()
            .find(|choice| *choice == text)
            .unwrap_or_else(|| {
                let hint = format!("one of: {}", choices.join(", "));
                self.problem(
                    name,
                    format!("`{}` is `{text}`", self.key(name)),
                    Some(&hint),
                );
                default
            })
    }

    pub fn truth(&self, name: &'static str, default: bool) -> bool {
        match self.node(name) {
            None => default,
            Some(Node {
                value: Value::Bool(truth),
                ..
            }) => *truth,
            Some(node) => {
                self.wrong(name, "true or false", node);
                default
            }
        }
    }

    pub fn whole(&self, name: &'static str, default: u64, range: RangeInclusive<u64>) -> u64 {
        match self.node(name) {
            None => default,
            Some(Node {
                value: Value::Int(number),
                ..
            }) => match u64::try_from(*number) {
                Ok(number) if range.contains(&number) => number,
                _ => {
                    let hint = format!("from {} to {}", range.start(), range.end());
                    self.problem(
                        name,
                        format!("`{}` is {number}", self.key(name)),
                        Some(&hint),
                    );
                    default
                }
            },
            Some(node) => {
                self.wrong(name, "a whole number", node);
                default
            }
        }
    }

    pub fn number(&self, name: &'static str, default: f64, range: RangeInclusive<f64>) -> f64 {
        let number = match self.node(name) {
            None => return default,
            Some(Node {
                value: Value::Int(number),
                ..
            }) => *number as f64,
            Some(Node {
                value: Value::Float(number),
                ..
            }) => *number,
            Some(node) => {
                self.wrong(name, "a number", node);
                return default;
            }
        };
        if range.contains(&number) {
            return number;
        }
        let hint = format!("from {} to {}", range.start(), range.end());
        self.problem(
            name,
            format!("`{}` is {number}", self.key(name)),
            Some(&hint),
        );
        default
    }

    /// A key that ends in `_ms`. 0 is allowed only where `zero` says what it means.
    pub fn millis(&self, name: &'static str, default: u64, zero: bool) -> Duration {
        Duration::from_millis(self.whole(name, default, u64::from(!zero)..=86_400_000))
    }

    /// Text, or a list of texts.
    pub fn texts(&self, name: &'static str) -> Vec<String> {
        match self.node(name) {
            None => Vec::new(),
            Some(Node {
                value: Value::Text(text),
                ..
            }) => vec![text.clone()],
            Some(Node {
                value: Value::List(items),
                ..
            }) => items
                .iter()
                .filter_map(|item| match &item.value {
                    Value::Text(text) => Some(text.clone()),
                    _ => {
                        self.wrong(name, "a list of texts", item);
                        None
                    }
                })
                .collect(),
            Some(node) => {
                self.wrong(name, "a list of texts", node);
                Vec::new()
            }
        }
    }

    /// A table of texts, in the file's order.
    pub fn pairs(&self, name: &'static str) -> Vec<(String, String)> {
        let Some(node) = self.node(name) else {
            return Vec::new();
        };
        let Value::Table(entries) = &node.value else {
            self.wrong(name, "a table of texts", node);
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (key, _, value) in entries {
            match &value.value {
                Value::Text(text) => pairs.push((key.clone(), text.clone())),
                _ => self.wrong(name, "a table of texts", value),
            }
        }
        pairs
    }

    pub fn table(&self, name: &'static str) -> Option<Reader<'a>> {
        Reader::new(&self.key(name), self.node(name)?, &self.problems)
    }

    /// The table, or an empty one in its place: every key has its default then.
    pub fn table_or_empty(&self, name: &'static str) -> Reader<'a> {
        self.table(name).unwrap_or_else(|| Reader {
            path: self.key(name),
            entries: &[],
            span: None,
            known: RefCell::default(),
            problems: self.problems.clone(),
        })
    }

    /// Neither there nor more than an empty list.
    pub fn lacks(&self, name: &str) -> bool {
        match self.entries.iter().find(|(key, _, _)| key == name) {
            None => true,
            Some((_, _, node)) => matches!(&node.value, Value::List(items) if items.is_empty()),
        }
    }

    /// A list of texts and tables, or one text.
    pub fn texts_or_tables(&self, name: &'static str) -> Vec<TextOrTable<'a>> {
        match self.node(name) {
            None => Vec::new(),
            Some(Node {
                value: Value::Text(text),
                ..
            }) => vec![TextOrTable::Text(text)],
            Some(Node {
                value: Value::List(items),
                ..
            }) => items
                .iter()
                .enumerate()
                .filter_map(|(i, item)| match &item.value {
                    Value::Text(text) => Some(TextOrTable::Text(text)),
                    _ => {
                        let path = format!("{}[{i}]", self.key(name));
                        Reader::new(&path, item, &self.problems).map(TextOrTable::Table)
                    }
                })
                .collect(),
            Some(node) => {
                self.wrong(name, "a list of texts or tables", node);
                Vec::new()
            }
        }
    }

    /// `[[name]]`: a list of tables.
    pub fn tables(&self, name: &'static str) -> Vec<Reader<'a>> {
        match self.node(name) {
            None => Vec::new(),
            Some(Node {
                value: Value::List(items),
                ..
            }) => items
                .iter()
                .enumerate()
                .filter_map(|(i, item)| {
                    Reader::new(&format!("{}[{i}]", self.key(name)), item, &self.problems)
                })
                .collect(),
            Some(node) => {
                self.wrong(name, "a list of tables", node);
                Vec::new()
            }
        }
    }

    /// `[name.X]`: a table of tables, each with its name.
    pub fn named(&self, name: &'static str) -> Vec<(String, Reader<'a>)> {
        let Some(node) = self.node(name) else {
            return Vec::new();
        };
        let Value::Table(entries) = &node.value else {
            self.wrong(name, "a table of tables", node);
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|(key, _, node)| {
                let reader =
                    Reader::new(&format!("{}.{key}", self.key(name)), node, &self.problems)?;
                Some((key.clone(), reader))
            })
            .collect()
    }

    /// Every key that nobody asked for is a mistake; the nearest known one is the hint.
    pub fn finish(self) {
        let known = self.known.borrow();
        for (key, span, _) in self.entries {
            if known.iter().any(|k| k == key) {
                continue;
            }
            let near = known
                .iter()
                .map(|k| (distance(k, key), *k))
                .min()
                .filter(|(d, _)| *d <= 3);
            let hint = match near {
                Some((_, name)) => format!("did you mean `{name}`?"),
                None => format!("keys here: {}", known.join(", ")),
            };
            self.problems.borrow_mut().push(Problem {
                message: format!("`{}` is not a key", self.key(key)),
                key: self.key(key),
                span: span.clone(),
                hint: Some(hint),
            });
        }
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let cost = (diagonal + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}
