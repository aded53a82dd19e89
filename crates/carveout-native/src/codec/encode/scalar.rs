//! Numbers and text, and the scalars that a fault's arguments are made of.
use carveout_runtime::wire::Writer;
use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyString, PyTuple};

use super::{Result, at, cannot, mismatch};

pub fn write_int(writer: &mut Writer<'_>, value: &Bound<'_, PyInt>) -> Result<()> {
    let mut overflow = 0;
    // SAFETY: the object is an int; -1 with no overflow is the number itself for an exact int.
    let small = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &mut overflow) };
    if overflow == 0 {
        writer.int(small);
        return Ok(());
    }
    let py = value.py();
    let bits = value.call_method0("bit_length")?.extract::<usize>()?;
    let options = PyDict::new(py);
    options.set_item("signed", true)?;
    let bytes = value.call_method("to_bytes", (bits / 8 + 1, "big"), Some(&options))?;
    writer.big_int(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
    Ok(())
}

pub fn write_str(writer: &mut Writer<'_>, value: &Bound<'_, PyString>) -> Result<()> {
    match value.to_str() {
        Ok(text) => {
            if text.len() > u32::MAX as usize {
                return cannot("longer than 4 GiB");
            }
            writer.str(text);
        }
        Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(value.py()) => {
            let bytes = value.call_method1("encode", ("utf-8", "surrogatepass"))?;
            writer.surrogates(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// A fault's argument: it describes itself, so only scalars and tuples of them.
pub fn write_scalar(writer: &mut Writer<'_>, value: &Bound<'_, PyAny>) -> Result<()> {
    if value.is_none() {
        writer.nil();
    } else if let Ok(value) = value.cast_exact::<PyBool>() {
        writer.bool(value.is_true());
    } else if let Ok(value) = value.cast_exact::<PyInt>() {
        write_int(writer, value)?;
    } else if let Ok(value) = value.cast_exact::<PyFloat>() {
        writer.f64(value.value());
    } else if let Ok(value) = value.cast_exact::<PyString>() {
        write_str(writer, value)?;
    } else if let Ok(value) = value.cast_exact::<PyBytes>() {
        writer.bin(value.as_bytes());
    } else if let Ok(value) = value.cast_exact::<PyTuple>() {
        if !writer.enter() {
            return cannot("nested deeper than 200");
        }
        writer.array(value.len());
        for (index, item) in value.iter_borrowed().enumerate() {
            at(write_scalar(writer, &item), || format!("[{index}]"))?;
        }
        writer.leave();
    } else {
        return mismatch(value, "a scalar or a tuple of scalars");
    }
    Ok(())
}
