//! Limits of a child process: memory, time and stack, no files to write or to open.

use std::os::fd::BorrowedFd;
use std::sync::OnceLock;

use rustix::io::{close, fcntl_getfd};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::{Allowance, MOST_TOGETHER};

/// Bytes of stack. Only runaway recursion needs more.
const STACK: u64 = 16 << 20;
/// Most open files: three standard streams, the socket, a few files that are kept, and those just received.
const MOST_FILES: u64 = 16 + MOST_TOGETHER as u64;
/// Bytes of memory that no allowance exceeds.
const MOST_MEMORY: u64 = 2 << 30;

/// Bytes of address space that the program takes before it decodes anything. Known in a child alone.
static OWN_MEMORY: OnceLock<u64> = OnceLock::new();

/// Permanently drops rights of this process that no decoder needs.
///
/// A limit that the system does not know or allow is left out; the others hold.
pub(super) fn at_start() {
    // Detached from the terminal and its signals.
    let _ = rustix::process::setsid();
    close_files();
    let own = *OWN_MEMORY.get_or_init(own_memory);
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, MOST_FILES),
        (Resource::Stack, STACK),
        (Resource::As, own + MOST_MEMORY),
    ] {
        set(resource, most, Some(most));
    }
    restrict_rights();
}

/// Sets the limits on the next answer.
pub(super) fn allow(allowance: Allowance) {
    let own = OWN_MEMORY.get().copied().unwrap_or_default();
    let memory = own + allowance.memory.min(MOST_MEMORY);
    set(Resource::As, memory, getrlimit(Resource::As).maximum);
    limit_processor_time(u64::from(allowance.processor_s));
}

/// Adds to the processor time of this answer. In a process that is no child, nothing happens.
pub(super) fn allow_more(seconds: u32) {
    let limit = getrlimit(Resource::Cpu);
    if let (Some(_), Some(current)) = (OWN_MEMORY.get(), limit.current) {
        let most = current.saturating_add(u64::from(seconds));
        set(Resource::Cpu, most, limit.maximum);
    }
}

/// Ends the process if it uses more than `seconds` of processor time from now. The system counts whole seconds since the start
/// of the process; a tenth of a second is ignored, so that the first second of a new process counts as one and not two.
fn limit_processor_time(seconds: u64) {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let tenths = used.tv_sec.unsigned_abs() * 10 + used.tv_nsec.unsigned_abs() / 100_000_000;
    let most = (tenths.saturating_sub(1)).div_ceil(10) + seconds;
    set(Resource::Cpu, most, getrlimit(Resource::Cpu).maximum);
}

/// Closes files that the parent got from its own parent and passed on without knowing.
#[expect(unsafe_code, reason = "no safe function closes a file by its number")]
fn close_files() {
    let Ok(open) = std::fs::read_dir("/dev/fd") else {
        return;
    };
    let numbers = open.flatten().map(|entry| entry.file_name());
    let numbers: Vec<i32> = numbers
        .filter_map(|name| name.to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|&number| number > 2) {
        // SAFETY: this process has one thread and has not opened anything that it still uses, so no value of it owns a file
        // beyond the standard streams. The call asks only about the number, and closes it if it is an open file: the list also
        // names the folder that it was read from, which is closed too.
        unsafe {
            if fcntl_getfd(BorrowedFd::borrow_raw(number)).is_ok() {
                close(number);
            }
        }
    }
}

fn set(resource: Resource, most: u64, maximum: Option<u64>) {
    let limit = Rlimit {
        current: Some(maximum.map_or(most, |maximum| most.min(maximum))),
        maximum,
    };
    let _ = setrlimit(resource, limit);
}

/// Bytes of address space that this process uses, if the system states it.
#[cfg(target_os = "linux")]
fn own_memory() -> u64 {
    // The first number is the size of the address space in pages (proc(5)).
    let stated = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = stated.split_whitespace().next();
    let pages: Option<u64> = pages.and_then(|pages| pages.parse().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}

#[cfg(not(target_os = "linux"))]
fn own_memory() -> u64 {
    0
}

/// Removes access to the file system, TCP, and other processes: files come from the parent, already open.
#[cfg(target_os = "linux")]
fn restrict_rights() {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, Scope};

    let restrict = || -> Result<(), RulesetError> {
        // A kernel without this part, or with an older one, restricts what it knows.
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V6))?
            .handle_access(AccessNet::from_all(ABI::V6))?
            .scope(Scope::from_all(ABI::V6))?;
        ruleset.create()?.restrict_self()?;
        Ok(())
    };
    if let Err(error) = restrict() {
        tracing::debug!(%error, "a child process keeps the rights of its account");
    }
}

#[cfg(not(target_os = "linux"))]
fn restrict_rights() {}
