//! The exit codes: one constant each, the same in `--help`, the README and the tests.

/// Every expectation was met.
pub const PASS: u8 = 0;
/// wwchaos itself went wrong, or could not write what it found.
pub const BUG: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// At least one expectation was violated, or a figure is worse than that of the runs that it was held against.
pub const FAIL: u8 = 100;
/// At least one expectation could not be judged, or a figure not held against a base that has it, and neither is a failure.
pub const UNKNOWN: u8 = 101;
/// The scenario, the topology or the stored run is invalid: a file, and not the command line, is to be mended.
pub const INVALID: u8 = 102;
/// The cluster did not come up, Docker Engine does not answer, or this machine lacks something.
pub const NOT_UP: u8 = 103;
/// Something was left behind: a fault not healed, a container not removed.
pub const LEFT_BEHIND: u8 = 104;
/// Ended by Ctrl-C or SIGTERM; everything was healed and removed.
pub const INTERRUPTED: u8 = 130;

/// What each code means, in the order in which `--help` prints them.
pub const TABLE: &[(u8, &str)] = &[
    (PASS, "pass: every expectation was met"),
    (BUG, "wwchaos itself went wrong, or could not write what it found"),
    (USAGE, "wrong command line"),
    (FAIL, "fail: at least one expectation was violated, or a figure is worse than the base"),
    (UNKNOWN, "unknown: at least one expectation could not be judged, or a figure not compared"),
    (INVALID, "the scenario, the topology or the stored run is invalid"),
    (NOT_UP, "the cluster did not come up, Docker Engine does not answer, or this machine lacks something"),
    (LEFT_BEHIND, "something was left behind"),
    (INTERRUPTED, "interrupted; healed and removed"),
];

/// What `code` means, in the words of [`TABLE`].
pub fn meaning(code: u8) -> &'static str {
    TABLE.iter().find(|(known, _)| *known == code).map_or("", |(_, meaning)| meaning)
}
