//! An error of the transport → how a request failed that brought no whole page.

use super::exchange::NoPage;
use crate::history::ErrorClass;

const ENOMEM: i32 = rustix::io::Errno::NOMEM.raw_os_error();
const ENFILE: i32 = rustix::io::Errno::NFILE.raw_os_error();
const EMFILE: i32 = rustix::io::Errno::MFILE.raw_os_error();
const ENOBUFS: i32 = rustix::io::Errno::NOBUFS.raw_os_error();

/// The class of a request that brought no whole page. `abandoned` tells whether the caller's own limit ended it,
/// and with which class that counts.
pub fn transport_class(error: &(dyn std::error::Error + 'static), limit: ErrorClass) -> ErrorClass {
    let mut cause = Some(error);
    let mut texts = String::new();
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(NoPage::Oversized)) {
            return ErrorClass::Oversized;
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind;
            // Too many open files, here or on the whole machine; no buffers; no memory.
            if matches!(io.raw_os_error(), Some(EMFILE | ENFILE | ENOBUFS | ENOMEM)) {
                return ErrorClass::Local;
            }
            match io.kind() {
                ErrorKind::AddrNotAvailable => return ErrorClass::Local,
                ErrorKind::ConnectionRefused => return ErrorClass::Refused,
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
                    return ErrorClass::Reset;
                }
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => return ErrorClass::Unreachable,
                ErrorKind::UnexpectedEof => return ErrorClass::CutBody,
                _ => {}
            }
        }
        texts.push_str(&error.to_string());
        texts.push('\n');
        cause = error.source();
    }
    let has = |text: &str| texts.contains(text);
    if has("operation timed out") || has("deadline has elapsed") {
        limit
    } else if has("message head is too large") {
        ErrorClass::Oversized
    } else if has("dns error") || has("failed to lookup address") {
        ErrorClass::Dns
    } else if has("connection closed before message completed") {
        ErrorClass::Reset
    } else if has("end of file before message length reached") || has("error reading a body") {
        ErrorClass::CutBody
    } else {
        ErrorClass::Unforeseen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_that_sends_lacks_is_its_own_failure() {
        let class = |code: i32| transport_class(&std::io::Error::from_raw_os_error(code), ErrorClass::Timeout);
        assert!([EMFILE, ENFILE, ENOBUFS, ENOMEM].map(class).iter().all(|class| *class == ErrorClass::Local));
        assert_eq!(class(rustix::io::Errno::ADDRNOTAVAIL.raw_os_error()), ErrorClass::Local);
        assert_eq!(class(rustix::io::Errno::CONNREFUSED.raw_os_error()), ErrorClass::Refused);
    }
}
