//! The extension module: `bind`, `call`, `call_release`, `call_wire`, `call_json`, `last_reason`.
//!
//! A decline returns the sentinel `declined`, a caught panic `failed`; only a fault raises.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;
use pyo3_ffi::PyObject;

use super::bound::{Bound, Cx, lookup};
use super::held::{holding, released, settle};
use super::{Cannot, Crossed, FromPy, Object, Owned, ToPy, done};
use crate::fault::{Fault, Stop, Value};
use crate::schema::{Contract, Param};
use crate::table::{Carved, Table, catch, silence_panics};
use crate::{fault, json};

/// One operation that Python can call in its own process.
pub trait Inline: Carved<Out: ToPy> {
    /// Reads the arguments of one call.
    fn take(args: &mut Arguments<'_>) -> Crossed<Self::Args>;
    fn table() -> &'static Table;
    /// Where `bind` keeps what it made for this operation.
    fn binding() -> &'static Binding;
}

/// The arguments of one call, in the order of the parameters.
pub struct Arguments<'c> {
    cx: &'c Cx<'c>,
    params: &'c [Param],
    values: &'c [*mut PyObject],
    at: usize,
}

impl Arguments<'_> {
    /// The next argument.
    #[inline]
    pub fn read<T: FromPy>(&mut self) -> Crossed<T> {
        let at = self.at;
        self.at += 1;
        match (self.params.get(at), self.values.get(at)) {
            // SAFETY: the caller of a METH_FASTCALL function keeps its arguments alive.
            (Some(param), Some(value)) => match unsafe { Object::new(*value) } {
                Some(object) => T::from_py(object, &param.ty, self.cx),
                None => Err(Cannot("no such argument")),
            },
            _ => Err(Cannot("another number of arguments")),
        }
    }
}

/// What `bind` made last; never freed, as a call may still be running on the one before.
pub struct Binding(AtomicPtr<Bound>);

impl Binding {
    #[must_use]
    #[allow(clippy::new_without_default)] // only ever a static
    pub const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn get(&self) -> Option<&'static Bound> {
        // SAFETY: null, or leaked by `bind`.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
}

static REASON: Mutex<Cow<'static, str>> = Mutex::new(Cow::Borrowed(""));

fn remember(reason: impl Into<Cow<'static, str>>) {
    if let Ok(mut slot) = REASON.lock() {
        *slot = reason.into();
    }
}

fn decline(bound: &Bound, why: impl Into<Cow<'static, str>>) -> *mut PyObject {
    remember(why);
    bound.declined.borrow().hold().into_raw()
}

/// Raises RuntimeError and returns null.
fn refuse(text: &str) -> *mut PyObject {
    let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
    // SAFETY: under the GIL.
    unsafe { ffi::PyErr_SetString(ffi::PyExc_RuntimeError, text.as_ptr()) };
    std::ptr::null_mut()
}

fn answer<O: Inline>(
    args: *const *mut PyObject,
    count: ffi::Py_ssize_t,
    run: impl FnOnce(O::Args) -> fault::Outcome<O::Out>,
) -> *mut PyObject {
    let Some(bound) = O::binding().get() else {
        return refuse("call bind() first");
    };
    let cx = Cx::new(bound);
    let params = &bound.contract.params;
    if count.cast_unsigned() != params.len() {
        return decline(bound, "another number of arguments");
    }
    // SAFETY: METH_FASTCALL passes `count` objects; with none, the pointer may be anything.
    let values = if count == 0 {
        &[]
    } else {
        unsafe { std::slice::from_raw_parts(args, count.cast_unsigned()) }
    };
    let called = holding(|| {
        catch(|| {
            let mut arguments = Arguments {
                cx: &cx,
                params,
                values,
                at: 0,
            };
            // Before there are arguments: what is linked from then on belongs to this call.
            crate::shared::sweep();
            #[cfg(feature = "decimal")]
            if let Err(Cannot(why)) = super::decimals::default_context() {
                return decline(bound, why);
            }
            let args = match O::take(&mut arguments) {
                Ok(args) => args,
                Err(Cannot(why)) => return decline(bound, why),
            };
            let outcome = if cx.objects.is_empty() {
                run(args)
            } else {
                // The caller's objects will be changed: nobody else may do so meanwhile.
                O::run(args)
            };
            match outcome {
                Ok(value) => {
                    let made = value.to_py(&bound.contract.result, &cx);
                    match made.and_then(|object| cx.give_back().map(|()| object)) {
                        Ok(object) => object.into_raw(),
                        Err(Cannot(why)) => decline(bound, why),
                    }
                }
                Err(Stop::Decline(why)) => decline(bound, why),
                Err(Stop::Fault(fault)) => raise(bound, &cx, &fault),
            }
        })
    });
    settle();
    match called {
        Ok(object) => object,
        Err(text) => {
            remember(text);
            // SAFETY: under the GIL; a half-made conversion may have left an error behind.
            unsafe { ffi::PyErr_Clear() };
            bound.failed.borrow().hold().into_raw()
        }
    }
}

/// Raises the fault as its real exception; declines if that class cannot be made here.
fn raise(bound: &Bound, cx: &Cx<'_>, fault: &Fault) -> *mut PyObject {
    let made = exception(bound, cx, fault);
    match made.and_then(|exception| cx.give_back().map(|()| exception)) {
        // SAFETY: an instance of an exception class.
        Ok((class, instance)) => unsafe {
            ffi::PyErr_SetObject(class.raw(), instance.raw());
            std::ptr::null_mut()
        },
        Err(Cannot(why)) => decline(bound, why),
    }
}

fn exception(bound: &Bound, cx: &Cx<'_>, fault: &Fault) -> Crossed<(Owned, Owned)> {
    let unknown = Cannot("an exception class that was not bound");
    if fault.kind.starts_with("decimal:") {
        return Err(Cannot(
            "an exception of `decimal`, whose arguments are classes",
        ));
    }
    // SAFETY: under the GIL; the builtins dict outlives this call.
    unsafe {
        let class = match fault.kind.strip_prefix("builtins:") {
            Some(name) => {
                let builtins = Object::new(ffi::PyEval_GetBuiltins()).ok_or(unknown)?;
                lookup(builtins, name).ok_or(unknown)?.hold()
            }
            None => lookup(bound.classes.borrow(), &fault.kind)
                .ok_or(unknown)?
                .hold(),
        };
        if ffi::PyExceptionClass_Check(class.raw()) == 0 {
            return Err(unknown);
        }
        let args = tuple_of(&fault.args, cx)?;
        let instance = Owned::take(ffi::PyObject_Call(
            class.raw(),
            args.raw(),
            std::ptr::null_mut(),
        ))?;
        if ffi::PyExceptionInstance_Check(instance.raw()) == 0 {
            return Err(unknown);
        }
        // An `__init__` may make other arguments of these: then it is another exception.
        let kept = Owned::take(ffi::PyObject_GetAttrString(
            instance.raw(),
            c"args".as_ptr(),
        ))?;
        if !fault.made && !same_items(&kept, &args) {
            return Err(Cannot("an exception that changes its arguments"));
        }
        Ok((class, instance))
    }
}

/// Whether two tuples hold the very same objects.
fn same_items(a: &Owned, b: &Owned) -> bool {
    // SAFETY: under the GIL; checked to be tuples, whose items are read within their size.
    unsafe {
        ffi::PyTuple_Check(a.raw()) != 0
            && ffi::PyTuple_Size(a.raw()) == ffi::PyTuple_Size(b.raw())
            && (0..ffi::PyTuple_Size(b.raw()))
                .all(|i| ffi::PyTuple_GetItem(a.raw(), i) == ffi::PyTuple_GetItem(b.raw(), i))
    }
}

fn tuple_of(values: &[Value], cx: &Cx<'_>) -> Crossed<Owned> {
    // SAFETY: a new tuple, filled once.
    unsafe {
        let tuple = Owned::take(ffi::PyTuple_New(values.len().cast_signed()))?;
        for (i, value) in values.iter().enumerate() {
            done(ffi::PyTuple_SetItem(
                tuple.raw(),
                i.cast_signed(),
                object_of(value, cx)?.into_raw(),
            ))?;
        }
        Ok(tuple)
    }
}

fn object_of(value: &Value, cx: &Cx<'_>) -> Crossed<Owned> {
    // SAFETY: each makes a new reference, under the GIL.
    unsafe {
        Owned::take(match value {
            Value::None => ffi::Py_NewRef(ffi::Py_None()),
            Value::Bool(b) => ffi::PyBool_FromLong(c_int::from(*b).into()),
            Value::Int(i) => ffi::PyLong_FromLongLong(*i),
            Value::Float(f) => ffi::PyFloat_FromDouble(*f),
            Value::Str(s) => {
                let s: &str = s.as_ref();
                ffi::PyUnicode_FromStringAndSize(s.as_ptr().cast(), s.len().cast_signed())
            }
            Value::Bytes(b) => {
                let b: &[u8] = b.as_ref();
                ffi::PyBytes_FromStringAndSize(b.as_ptr().cast(), b.len().cast_signed())
            }
            Value::Tuple(items) => return tuple_of(items, cx),
        })
    }
}

unsafe extern "C" fn call<O: Inline>(
    _module: *mut PyObject,
    args: *mut *mut PyObject,
    count: ffi::Py_ssize_t,
) -> *mut PyObject {
    answer::<O>(args, count, O::run)
}

unsafe extern "C" fn call_release<O: Inline>(
    _module: *mut PyObject,
    args: *mut *mut PyObject,
    count: ffi::Py_ssize_t,
) -> *mut PyObject {
    answer::<O>(args, count, |args| released(|| O::run(args)))
}

/// The bytes of a bytes object; valid while it is.
fn bytes_of(object: Object<'_>) -> Option<&[u8]> {
    // SAFETY: checked to be bytes, which never change.
    unsafe {
        if ffi::PyBytes_Check(object.raw()) == 0 {
            return None;
        }
        let data = ffi::PyBytes_AsString(object.raw());
        let len = ffi::PyBytes_Size(object.raw());
        Some(std::slice::from_raw_parts(data.cast(), len.cast_unsigned()))
    }
}

fn new_bytes(bytes: &[u8]) -> *mut PyObject {
    // SAFETY: copies `len` bytes; null means MemoryError is set.
    unsafe { ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), bytes.len().cast_signed()) }
}

fn wants_bytes() -> *mut PyObject {
    // SAFETY: under the GIL.
    unsafe { ffi::PyErr_SetString(ffi::PyExc_TypeError, c"bytes expected".as_ptr()) };
    std::ptr::null_mut()
}

unsafe extern "C" fn call_wire<O: Inline>(
    _module: *mut PyObject,
    arg: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: METH_O keeps its argument alive during the call.
    let Some(args) = (unsafe { Object::new(arg) }).and_then(bytes_of) else {
        return wants_bytes();
    };
    let mut out = Vec::new();
    #[cfg(feature = "decimal")]
    if let Err(Cannot(why)) = super::decimals::default_context() {
        crate::table::write_reason(&mut out, crate::table::DECLINE, why);
        return new_bytes(&out);
    }
    released(|| (O::table().ops[0].call_wire)(args, &mut out));
    new_bytes(&out)
}

fn json_answer<O: Inline>(body: &[u8]) -> Result<Vec<u8>, Cow<'static, str>> {
    let bound = O::binding().get().ok_or("call bind() first")?;
    let called = catch(|| json::call(&bound.contract, O::table().ops[0].call_wire, body));
    match called {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(error.to_string().into()),
        Err(panic) => Err(panic.into()),
    }
}

unsafe extern "C" fn call_json<O: Inline>(
    _module: *mut PyObject,
    arg: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: METH_O keeps its argument alive during the call.
    let Some(body) = (unsafe { Object::new(arg) }).and_then(bytes_of) else {
        return wants_bytes();
    };
    #[cfg(feature = "decimal")]
    if let Err(Cannot(why)) = super::decimals::default_context() {
        return give_json(Err(why.into()));
    }
    give_json(json_answer::<O>(body))
}

unsafe extern "C" fn call_json_release<O: Inline>(
    _module: *mut PyObject,
    arg: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: METH_O keeps its argument alive during the call.
    let Some(body) = (unsafe { Object::new(arg) }).and_then(bytes_of) else {
        return wants_bytes();
    };
    #[cfg(feature = "decimal")]
    if let Err(Cannot(why)) = super::decimals::default_context() {
        return give_json(Err(why.into()));
    }
    give_json(released(|| json_answer::<O>(body)))
}

fn give_json(answer: Result<Vec<u8>, Cow<'static, str>>) -> *mut PyObject {
    match answer {
        Ok(text) => new_bytes(&text),
        Err(why) => {
            remember(why);
            // SAFETY: under the GIL.
            unsafe { ffi::Py_NewRef(ffi::Py_None()) }
        }
    }
}

unsafe extern "C" fn bind<O: Inline>(
    _module: *mut PyObject,
    args: *mut *mut PyObject,
    count: ffi::Py_ssize_t,
) -> *mut PyObject {
    if count != 3 {
        return refuse("bind(classes, declined, failed)");
    }
    // SAFETY: three live arguments.
    let objects = unsafe {
        [
            Object::new(*args),
            Object::new(*args.add(1)),
            Object::new(*args.add(2)),
        ]
    };
    let [Some(classes), Some(declined), Some(failed)] = objects else {
        return refuse("bind(classes, declined, failed)");
    };
    // SAFETY: a live object.
    if unsafe { ffi::PyDict_Check(classes.raw()) } == 0 {
        return refuse("bind: classes is a dict");
    }
    let made = catch(|| {
        let contract = Contract::parse(O::table().contract)?;
        if contract.params.len() != O::ARITY {
            return Err(
                "bind: the carving takes another number of arguments than its contract".into(),
            );
        }
        Bound::new(contract, classes, declined, failed)
    });
    match made.unwrap_or_else(Err) {
        Ok(bound) => {
            O::binding()
                .0
                .store(Box::into_raw(Box::new(bound)), Ordering::Release);
            // SAFETY: under the GIL.
            unsafe { ffi::Py_NewRef(ffi::Py_None()) }
        }
        Err(text) => refuse(&text),
    }
}

unsafe extern "C" fn last_reason(_module: *mut PyObject, _none: *mut PyObject) -> *mut PyObject {
    let text = REASON.lock().map(|slot| slot.clone()).unwrap_or_default();
    // SAFETY: UTF-8 of this length.
    unsafe { ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len().cast_signed()) }
}

unsafe extern "C" fn exec<O: Inline>(module: *mut PyObject) -> c_int {
    silence_panics();
    let table = O::table();
    // SAFETY: called by the import machinery with the new module, under the GIL.
    unsafe {
        // Classes and sentinels are held by the process, not by an interpreter.
        if ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) != 0 {
            ffi::PyErr_SetString(
                ffi::PyExc_ImportError,
                c"a carving runs in the main interpreter only".as_ptr(),
            );
            return -1;
        }
        tune_malloc();
        crate::fault::set_python_minor((ffi::Py_Version >> 16 & 0xff) as u8);
        let text =
            |s: &str| ffi::PyUnicode_FromStringAndSize(s.as_ptr().cast(), s.len().cast_signed());
        let set = |name: &CStr, value: *mut PyObject| {
            Owned::take(value).map_or(-1, |value| {
                ffi::PyObject_SetAttrString(module, name.as_ptr(), value.raw())
            })
        };
        let failed = set(c"ABI", ffi::PyLong_FromLong(table.abi.into())) < 0
            || set(c"HASH", text(table.hash)) < 0
            || set(c"CONTRACT", text(table.contract)) < 0
            || set(c"OPERATION", text(table.ops[0].name)) < 0
            || set(c"CHANGES", ffi::PyBool_FromLong(O::CHANGES.into())) < 0;
        -c_int::from(failed)
    }
}

/// A large argument and a large result a call would be mapped and unmapped each time: 850 µs of
/// page faults a call at 1 MB. Keep such blocks in the heap instead.
fn tune_malloc() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes two ints and is safe to call at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 << 20);
    }
}

/// The body of `PyInit_carving`.
#[must_use]
pub fn init<O: Inline>() -> *mut PyObject {
    let fast = |function: ffi::PyCFunctionFast| ffi::PyMethodDefPointer {
        PyCFunctionFast: function,
    };
    let plain = |function: ffi::PyCFunction| ffi::PyMethodDefPointer {
        PyCFunction: function,
    };
    let method = |name: &'static CStr, ml_meth, flags, doc: &'static CStr| ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth,
        ml_flags: flags,
        ml_doc: doc.as_ptr(),
    };
    let methods = Box::leak(Box::new([
        method(
            c"bind",
            fast(bind::<O>),
            ffi::METH_FASTCALL,
            c"bind(classes, declined, failed): what the carving needs of Python.",
        ),
        method(
            c"call",
            fast(call::<O>),
            ffi::METH_FASTCALL,
            c"call(*args): run, holding the GIL.",
        ),
        method(
            c"call_release",
            fast(call_release::<O>),
            ffi::METH_FASTCALL,
            c"call_release(*args): run, releasing the GIL while computing.",
        ),
        method(
            c"call_wire",
            plain(call_wire::<O>),
            ffi::METH_O,
            c"call_wire(args): the outcome of wire arguments, both bytes.",
        ),
        method(
            c"call_json",
            plain(call_json::<O>),
            ffi::METH_O,
            c"call_json(body): the result as JSON, or None for the slow way.",
        ),
        method(
            c"call_json_release",
            plain(call_json_release::<O>),
            ffi::METH_O,
            c"call_json(body), releasing the GIL.",
        ),
        method(
            c"last_reason",
            plain(last_reason),
            ffi::METH_NOARGS,
            c"last_reason(): why a call was declined or failed last.",
        ),
        ffi::PyMethodDef::zeroed(),
    ]));
    let slots = Box::leak(Box::new([
        ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_exec,
            value: exec::<O> as *mut c_void,
        },
        ffi::PyModuleDef_Slot {
            slot: 0,
            value: std::ptr::null_mut(),
        },
    ]));
    let definition = Box::leak(Box::new(ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: c"carving".as_ptr(),
        m_doc: c"A carving.".as_ptr(),
        m_size: 0,
        m_methods: methods.as_mut_ptr(),
        m_slots: slots.as_mut_ptr(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    }));
    // SAFETY: a definition that is never freed.
    unsafe { ffi::PyModuleDef_Init(definition) }
}
