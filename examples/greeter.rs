//! A plugin in Rust, with no crates: the action "rust.greet" for programs, and
//! the runner behind "/rust-greet Ann" for people.  Build it anywhere with
//!
//!     rustc --edition 2021 -O --crate-type cdylib -C panic=abort \
//!         -o greeter_rs.so greeter.rs
//!
//! The structs are those of <runhost/plugin.h> and <runhost/host.h>, as far as
//! they are used.  A panic ends the worker, and so fails that run alone.

use std::os::raw::{c_char, c_void};
use std::ptr::null;

const MAGIC: u32 = 0x3150_4852;
const VERSION: u32 = 1 << 16; // 1.0: built for it, and content with it
const OK: i32 = 0;
const DEADLINE: i32 = 15;
const COMPLETED: u32 = 1;
const FAILED: u32 = 2;
const TIMEOUT: u32 = 3;
const CANCELLED: u32 = 4;
const STDOUT: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
struct Text {
    p: *const u8,
    len: u64,
}

#[repr(C)]
struct Invocation {
    size: u32,
    kind: u32,
    handle: u64,
    run_id: Text,
    extension_id: Text,
    runner: Text,
    action_id: Text,
    session_id: Text,
    user_id: Text,
    command: Text,
    raw_args: Text,
    args: Text,
    flags: Text,
    input: Text, // more follows
}

#[repr(C)]
struct Outcome {
    size: u32,
    kind: u32,
    output: Text,
    error: Text,
    metadata: Text,
    exit_code: i32,
    retryable: u32,
}

#[repr(C)]
struct Host {
    size: u32,
    version: u32,
    progress: extern "C" fn(u64, *const u8, u64, i32, *const u8, u64) -> i32,
    event: extern "C" fn(u64, *const u8, u64, *const u8, u64) -> i32,
    output: extern "C" fn(u64, u32, *const u8, u64) -> i32,
    checkpoint: extern "C" fn(u64, *const u8, u64, *const u8, u64) -> i32,
    flush: extern "C" fn(u64) -> i32,
    state_get: *const c_void,
    state_set: *const c_void,
    call: *const c_void,
    cancelled: extern "C" fn(u64) -> u32,
    wait: extern "C" fn(u64, i64) -> i32,
    log: extern "C" fn(u64, u32, *const u8, u64) -> i32,
    finish: extern "C" fn(u64, *const Outcome) -> i32,
}

type Run = extern "C" fn(*const Invocation, *const Host);

#[repr(C)]
pub struct Runner {
    size: u32,
    flags: u32,
    name: *const c_char,
    summary: *const c_char,
    run: Run,
}

#[repr(C)]
pub struct Action {
    size: u32,
    flags: u32,
    name: *const c_char,
    summary: *const c_char,
    schema: *const c_char,
    run: Run,
}

#[repr(C)]
pub struct Command {
    size: u32,
    flags: u32,
    name: *const c_char,
    summary: *const c_char,
    runner: *const c_char,
    default_action: *const c_char,
    actions: *const c_void,
    examples: *const List<c_char, 2>,
}

/// Pointers, the last of which is null.
#[repr(transparent)]
pub struct List<T, const N: usize>([*const T; N]);

#[repr(C)]
pub struct Entry {
    magic: u32,
    size: u32,
    built: u32,
    needs: u32,
    flags: u64,
    id: *const c_char,
    version: *const c_char,
    summary: *const c_char,
    runners: *const List<Runner, 2>,
    actions: *const List<Action, 2>,
    commands: *const List<Command, 2>,
    wants: *const c_void,
    extension: *const c_void,
}

// Constant data, which nobody changes.
unsafe impl Sync for Runner {}
unsafe impl Sync for Action {}
unsafe impl Sync for Command {}
unsafe impl Sync for Entry {}
unsafe impl<T, const N: usize> Sync for List<T, N> {}

macro_rules! text {
    ($s:expr) => {
        concat!($s, "\0").as_ptr() as *const c_char
    };
}

/// Valid as long as the function that the host called has not returned.
fn text(t: Text) -> &'static str {
    if t.len == 0 {
        return "";
    }
    let bytes = unsafe { std::slice::from_raw_parts(t.p, t.len as usize) };
    std::str::from_utf8(bytes).unwrap_or("")
}

/// Finishes; the text is the output of what completed, else the error.
fn finish(inv: &Invocation, host: &Host, kind: u32, exit_code: i32, s: &str) {
    let said = Text { p: s.as_ptr(), len: s.len() as u64 };
    let nothing = Text { p: null(), len: 0 };
    let outcome = Outcome {
        size: std::mem::size_of::<Outcome>() as u32,
        kind,
        output: if kind == COMPLETED { said } else { nothing },
        error: if kind == COMPLETED { nothing } else { said },
        metadata: nothing,
        exit_code,
        retryable: 0,
    };
    (host.finish)(inv.handle, &outcome);
}

/// The string member "name" of a JSON object as it is written, with its
/// quotes; the host has checked the object against the schema, which has no
/// other member.
fn name_of(json: &str) -> Option<&str> {
    let value = json[json.find(':')? + 1..].trim_start();
    let mut escaped = false;

    for (i, c) in value.char_indices().skip(1) {
        if c == '"' && !escaped {
            return Some(&value[..=i]);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

extern "C" fn greet(inv: *const Invocation, host: *const Host) {
    let (inv, host) = unsafe { (&*inv, &*host) };

    match name_of(text(inv.input)) {
        Some(name) => {
            let reply = format!("{{\"hello\": {}}}", name);
            finish(inv, host, COMPLETED, 0, &reply)
        }
        None => finish(inv, host, FAILED, 1, "no name"),
    }
}

fn progress(inv: &Invocation, host: &Host, stage: &str, percent: i32) {
    let len = stage.len() as u64;

    (host.progress)(inv.handle, stage.as_ptr(), len, percent, null(), 0);
}

extern "C" fn greet_slowly(inv: *const Invocation, host: *const Host) {
    let (inv, host) = unsafe { (&*inv, &*host) };
    let line = format!("Hello, {}!\n", text(inv.action_id));

    for step in 1..=3 {
        match (host.wait)(inv.handle, 50) {
            OK => {}
            DEADLINE => return finish(inv, host, TIMEOUT, 124, "no time left"),
            _ => return finish(inv, host, CANCELLED, 130, "stopped"),
        }
        (host.output)(inv.handle, STDOUT, line.as_ptr(), line.len() as u64);
        progress(inv, host, "GREETING", 30 * step);
    }
    progress(inv, host, "DONE", 100);
    finish(inv, host, COMPLETED, 0, "greeted in Rust\n");
}

static RUNNER: Runner = Runner {
    size: std::mem::size_of::<Runner>() as u32,
    flags: 1, // RH_RUNNER_IDEMPOTENT
    name: text!("rust"),
    summary: text!("Greets three times"),
    run: greet_slowly,
};
static RUNNERS: List<Runner, 2> = List([&RUNNER, null()]);

static ACTION: Action = Action {
    size: std::mem::size_of::<Action>() as u32,
    flags: 0,
    name: text!("rust.greet"),
    summary: text!("Greets who is named"),
    schema: text!(
        r#"{"type": "object", "properties": {"name": {"type": "string"}},
            "required": ["name"], "additionalProperties": false}"#
    ),
    run: greet,
};
static ACTIONS: List<Action, 2> = List([&ACTION, null()]);

static EXAMPLES: List<c_char, 2> = List([text!("/rust-greet Ann"), null()]);
static COMMAND: Command = Command {
    size: std::mem::size_of::<Command>() as u32,
    flags: 1, // RH_COMMAND_ANY_ACTION
    name: text!("/rust-greet"),
    summary: text!("Greets who is named"),
    runner: text!("rust"),
    default_action: text!("World"),
    actions: null(),
    examples: &EXAMPLES,
};
static COMMANDS: List<Command, 2> = List([&COMMAND, null()]);

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static rh_plugin_entry: Entry = Entry {
    magic: MAGIC,
    size: std::mem::size_of::<Entry>() as u32,
    built: VERSION,
    needs: VERSION,
    flags: 1, // RH_PLUGIN_STATELESS
    id: text!("org.example.greeter-rs"),
    version: text!("1.0.0"),
    summary: text!("Greets, in Rust"),
    runners: &RUNNERS,
    actions: &ACTIONS,
    commands: &COMMANDS,
    wants: null(),
    extension: null(),
};
