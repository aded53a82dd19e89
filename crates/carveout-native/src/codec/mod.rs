//! `Codec`: one contract's arguments, results and outcomes, between Python and the wire.
//!
//! Everything is carried or refused (`CannotCross`, with the path to what can't), never altered.
mod decode;
mod encode;
mod plan;

use carveout_runtime::schema::Contract;
use carveout_runtime::table::parted;
use carveout_runtime::wire::{Reader, Writer};
use pyo3::exceptions::{
    PyAttributeError, PyBaseException, PyImportError, PyNameError, PyOSError, PyRuntimeError,
    PySyntaxError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple, PyType};

use decode::{Decoder, malformed};
pub use encode::Refused;
use encode::{Encoder, at, cannot, write_scalar};
use plan::Plan;

const VALUE: i64 = 0;
const FAULT: i64 = 1;
const DECLINE: i64 = 2;
const FAILURE: i64 = 3;

pyo3::create_exception!(
    carveout._native,
    CannotCross,
    PyValueError,
    "A value that the wire can't carry; `path` says where it is, `reason` why."
);

impl Refused {
    pub fn into_error(self) -> PyErr {
        match self {
            Refused::CannotCross { path, reason } => Python::attach(|py| {
                let path = shortened(path);
                let error = CannotCross::new_err(format!("{path} cannot cross: {reason}"));
                let value = error.value(py);
                match value
                    .setattr("path", path)
                    .and_then(|()| value.setattr("reason", reason))
                {
                    Ok(()) => error,
                    Err(other) => other,
                }
            }),
            Refused::TooLarge => PyValueError::new_err("larger than the limit"),
            Refused::Python(error) => error,
        }
    }
}

/// A path of bearable length: what is nested 200 deep (or in itself) has one of kilobytes.
fn shortened(path: String) -> String {
    const ENDS: usize = 100;
    let count = path.chars().count();
    if count <= 2 * ENDS {
        return path;
    }
    let start: String = path.chars().take(ENDS).collect();
    let end: String = path.chars().skip(count - ENDS).collect();
    format!("{start} … {end}")
}

/// What an outcome on the wire says, decoded.
pub enum Answer<'py> {
    Value(Bound<'py, PyAny>),
    Fault(Bound<'py, PyAny>),
    Decline(String),
    Failure(String),
}

#[pyclass(frozen, module = "carveout._native")]
pub struct Codec {
    plan: Plan,
}

type Encoded = Result<Vec<u8>, Refused>;

impl Codec {
    fn encoder<'a, 'w>(&'a self, out: &'w mut Vec<u8>, limit: usize) -> Encoder<'a, 'w> {
        Encoder {
            plan: &self.plan,
            writer: Writer::new(out),
            limit,
        }
    }

    fn decoder<'a, 'py>(&'a self, py: Python<'py>) -> Decoder<'a, 'py> {
        Decoder {
            plan: &self.plan,
            py,
        }
    }

    /// The arguments, already in the contract's order, appended to `out`.
    pub fn append_args(
        &self,
        args: &Bound<'_, PyTuple>,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Refused> {
        let params = &self.plan.params;
        if args.len() != params.len() {
            return at(
                cannot(format!("{} arguments, not {}", args.len(), params.len())),
                || "args".to_owned(),
            );
        }
        let mut encoder = self.encoder(out, limit);
        encoder.writer.array(params.len());
        for (param, value) in params.iter().zip(args.iter_borrowed()) {
            at(encoder.value(&param.node, &value), || {
                format!("args.{}", param.text)
            })?;
        }
        Ok(())
    }

    pub fn args_to_wire(&self, args: &Bound<'_, PyTuple>, limit: usize) -> Encoded {
        let mut out = Vec::with_capacity(64);
        self.append_args(args, &mut out, limit)?;
        Ok(out)
    }

    fn result_to_wire(&self, value: &Bound<'_, PyAny>, limit: usize, outcome: bool) -> Encoded {
        let mut out = Vec::with_capacity(64);
        let mut encoder = self.encoder(&mut out, limit);
        if outcome {
            encoder.writer.array(2);
            encoder.writer.int(VALUE);
        }
        at(encoder.value(&self.plan.result, value), || {
            "result".to_owned()
        })?;
        Ok(out)
    }

    pub fn value_to_wire(&self, value: &Bound<'_, PyAny>, limit: usize) -> Encoded {
        self.result_to_wire(value, limit, true)
    }

    pub fn fault_to_wire(&self, error: &Bound<'_, PyAny>, limit: usize) -> Encoded {
        let Ok(error) = error.cast::<PyBaseException>() else {
            return cannot("not an exception");
        };
        let class = error.get_type();
        let module = class.module()?;
        let kind = format!("{}:{}", module, class.qualname()?);
        let mut out = Vec::with_capacity(64);
        let mut writer = Writer::new(&mut out);
        writer.array(3);
        writer.int(FAULT);
        writer.str(&kind);
        let args = error.getattr("args")?;
        let args = args.cast::<PyTuple>().map_err(PyErr::from)?;
        writer.array(args.len());
        for (index, arg) in args.iter_borrowed().enumerate() {
            at(write_scalar(&mut writer, &arg), || {
                format!("fault.args[{index}]")
            })?;
        }
        if out.len() > limit {
            return Err(Refused::TooLarge);
        }
        if !says_all_in_args(error, &module)? {
            // Slow, and it runs the class's own constructor: only where args may not be all.
            let altered = error
                .py()
                .import("carveout.contract.faults")?
                .call_method1("altered", (error,))?;
            if !altered.is_none() {
                let why = format!("{} ({altered})", class.qualname()?);
                return at(cannot(why), || "fault".to_owned());
            }
        }
        Ok(out)
    }

    /// The class a fault names: a built-in, one of the contract's, or one already imported. Nothing
    /// is imported because bytes say so.
    fn fault_class<'py>(&self, py: Python<'py>, kind: &str) -> PyResult<Bound<'py, PyType>> {
        let unknown = || PyValueError::new_err(format!("bad wire: unknown fault {kind}"));
        let class = if let Some(class) = self.plan.classes.get(kind) {
            class.bind(py).clone()
        } else {
            let (module, qualname) = kind.split_once(':').ok_or_else(unknown)?;
            let modules = py.import("sys")?.getattr("modules")?;
            let mut found = modules.get_item(module).map_err(|_| unknown())?;
            for name in qualname.split('.') {
                found = found.getattr(name).map_err(|_| unknown())?;
            }
            found
        };
        let class = class.cast_into::<PyType>().map_err(|_| unknown())?;
        if class.is_subclass_of::<PyBaseException>()? {
            Ok(class)
        } else {
            Err(unknown())
        }
    }

    pub fn read_outcome<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Answer<'py>> {
        if let Some((_, Some(_))) = parted(bytes) {
            let why = "it changes its arguments or gives one back: an inline carving can";
            return Ok(Answer::Decline(why.to_owned()));
        }
        let mut reader = Reader::new(bytes);
        let len = reader.array().map_err(malformed)?;
        let tag = reader.i64().map_err(malformed)?;
        let decoder = self.decoder(py);
        let answer = match (tag, len) {
            (VALUE, 2) => Answer::Value(decoder.value(&self.plan.result, &mut reader)?),
            (FAULT, 3) => {
                let kind = reader.str().map_err(malformed)?;
                let n = reader.array().map_err(malformed)?;
                let mut args = Vec::with_capacity(n);
                for _ in 0..n {
                    args.push(decoder.scalar(&mut reader)?);
                }
                let class = self.fault_class(py, kind)?;
                let args = PyTuple::new(py, args)?;
                let fault = class.call1(&args)?;
                // An `__init__` may make other arguments of these: then it is another exception.
                if scalars(&fault.getattr("args")?) == scalars(args.as_any()) {
                    Answer::Fault(fault)
                } else {
                    Answer::Decline(format!("{kind} changes its arguments when it is made"))
                }
            }
            (DECLINE, 2) => Answer::Decline(reader.str().map_err(malformed)?.to_owned()),
            (FAILURE, 2) => Answer::Failure(reader.str().map_err(malformed)?.to_owned()),
            _ => return Err(PyValueError::new_err("bad wire: not an outcome")),
        };
        reader.end().map_err(malformed)?;
        Ok(answer)
    }
}

/// Whether a fault is a built-in one that is no more than its args, as nearly all are.
fn says_all_in_args(
    error: &Bound<'_, PyBaseException>,
    module: &Bound<'_, PyString>,
) -> PyResult<bool> {
    if module.to_str()? != "builtins"
        || error.is_instance_of::<PyOSError>()
        || error.is_instance_of::<PyImportError>()
        || error.is_instance_of::<PyAttributeError>()
        || error.is_instance_of::<PyNameError>()
        || error.is_instance_of::<PySyntaxError>()
    {
        return Ok(false);
    }
    // Notes and attributes set by hand are here.
    let fields = error.getattr("__dict__")?;
    Ok(fields.cast::<PyDict>().map_err(PyErr::from)?.is_empty())
}

/// A fault's arguments on the wire; None if they can't be there.
fn scalars(args: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write_scalar(&mut Writer::new(&mut out), args).ok()?;
    Some(out)
}

fn bytes_or_error(py: Python<'_>, encoded: Encoded) -> PyResult<Bound<'_, PyBytes>> {
    encoded
        .map(|bytes| PyBytes::new(py, &bytes))
        .map_err(Refused::into_error)
}

#[pymethods]
impl Codec {
    /// `classes` has every struct, enum and exception class by its "pkg.mod:Name".
    #[new]
    fn new(contract_json: &[u8], classes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let text = std::str::from_utf8(contract_json)
            .map_err(|_| PyValueError::new_err("a contract is UTF-8"))?;
        let contract = Contract::parse(text).map_err(PyValueError::new_err)?;
        Ok(Codec {
            plan: Plan::new(classes.py(), &contract, classes)?,
        })
    }

    fn encode_args<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyBytes>> {
        bytes_or_error(args.py(), self.args_to_wire(args, usize::MAX))
    }

    fn decode_args<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyTuple>> {
        let mut reader = Reader::new(bytes);
        let params = &self.plan.params;
        reader.array_of(params.len()).map_err(malformed)?;
        let decoder = self.decoder(py);
        let mut args = Vec::with_capacity(params.len());
        for param in params {
            args.push(decoder.value(&param.node, &mut reader)?);
        }
        reader.end().map_err(malformed)?;
        PyTuple::new(py, args)
    }

    fn encode_result<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        bytes_or_error(value.py(), self.result_to_wire(value, usize::MAX, false))
    }

    fn decode_result<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let mut reader = Reader::new(bytes);
        let value = self.decoder(py).value(&self.plan.result, &mut reader)?;
        reader.end().map_err(malformed)?;
        Ok(value)
    }

    /// A result as an outcome.
    fn encode_value<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        bytes_or_error(value.py(), self.value_to_wire(value, usize::MAX))
    }

    /// An outcome, and the arguments after the call if the carving may have changed them.
    #[staticmethod]
    fn part_outcome<'py>(
        py: Python<'py>,
        bytes: &[u8],
    ) -> (Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>) {
        let (outcome, args) = parted(bytes).unwrap_or((bytes, None));
        (
            PyBytes::new(py, outcome),
            args.map(|args| PyBytes::new(py, args)),
        )
    }

    /// An exception as an outcome.
    fn encode_fault<'py>(&self, error: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        bytes_or_error(error.py(), self.fault_to_wire(error, usize::MAX))
    }

    fn decode_outcome<'py>(
        &self,
        py: Python<'py>,
        bytes: &[u8],
    ) -> PyResult<(&'static str, Bound<'py, PyAny>)> {
        // For people and comparisons: a change of the arguments is told by `part_outcome`.
        let (bytes, _) = parted(bytes).unwrap_or((bytes, None));
        let text = |text: String| text.into_pyobject(py).map(Bound::into_any);
        Ok(match self.read_outcome(py, bytes)? {
            Answer::Value(value) => ("value", value),
            Answer::Fault(fault) => ("fault", fault),
            Answer::Decline(why) => ("decline", text(why).map_err(|_| unreachable())?),
            Answer::Failure(why) => ("failure", text(why).map_err(|_| unreachable())?),
        })
    }
}

fn unreachable() -> PyErr {
    PyRuntimeError::new_err("a str can always be made")
}
