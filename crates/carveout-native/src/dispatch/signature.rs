//! How a call's positional and keyword arguments become the contract's array.
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// How positional and keyword arguments become the contract's array.
pub(super) struct Signature {
    pub names: Vec<Py<PyString>>,
    pub defaults: Vec<Option<Py<PyAny>>>,
    pub positional_only: usize,
    /// Parameters from here on are keyword-only.
    pub keyword_only_from: usize,
}

impl Signature {
    /// The arguments in the contract's order, or None if the reference would not take them (it
    /// then says so itself, with Python's own message).
    pub fn arrange<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> Option<Bound<'py, PyTuple>> {
        let py = args.py();
        let given = args.len();
        let named = kwargs.map_or(0, |k| k.len());
        if named == 0 && given == self.names.len() && given <= self.keyword_only_from {
            return Some(args.clone());
        }
        if given > self.keyword_only_from {
            return None;
        }
        let mut used = 0;
        let mut values = Vec::with_capacity(self.names.len());
        for value in args.iter() {
            values.push(value);
        }
        for (index, name) in self.names.iter().enumerate().skip(given) {
            let keyword = match kwargs {
                Some(kwargs) if index >= self.positional_only => {
                    kwargs.get_item(name.bind(py)).ok()?
                }
                _ => None,
            };
            match (keyword, &self.defaults[index]) {
                (Some(value), _) => {
                    used += 1;
                    values.push(value);
                }
                (None, Some(default)) => values.push(default.bind(py).clone()),
                (None, None) => return None,
            }
        }
        if used != named {
            return None;
        }
        PyTuple::new(py, values).ok()
    }
}
