//! What `--help` says.

use wwchaos::exit;

use crate::program::Desk;

#[test]
fn help_lists_the_verbs_and_every_exit_code() {
    let out = Desk::new().must(&["--help"]);
    let (_, codes) = out.split_once("Exit codes:\n").unwrap();
    let expected: Vec<_> = exit::TABLE.iter().map(|(code, meaning)| format!("{code:>3}  {meaning}")).collect();
    let found: Vec<_> = codes.trim_end().lines().map(|line| line.strip_prefix("  ").unwrap()).collect();
    assert_eq!(found, expected);
    for verb in
        ["plan", "run", "check", "report", "list", "up", "doctor", "heal", "down", "calibrate", "compare", "trend"]
    {
        assert!(out.lines().any(|line| line.starts_with(&format!("  {verb} "))), "{verb}");
    }
    for verb in ["load ", "reap "] {
        assert!(!out.lines().any(|line| line.trim_start().starts_with(verb)), "{verb} is ours alone");
    }
}

#[test]
fn down_says_what_it_removes() {
    insta::assert_snapshot!(Desk::new().must(&["down", "-h"]), @r"
    Remove what runs have left on the engine

    Usage: wwchaos down [OPTIONS] [RUNS]...

    Arguments:
      [RUNS]...  Run ids, for example ww1a2b3c; without any, all but those that are being made now

    Options:
          --library <DIR>  Folder with scenarios/ and compose/ of your own; its files override those
                           built in [env: WWCHAOS_LIBRARY=]
          --stale          Leave clusters alone that are kept and whose time is not over
          --courses        Remove the seeded courses that are kept for the next cluster as well
          --reports <DIR>  Folder where runs are kept [env: WWCHAOS_REPORTS=] [default: reports]
      -h, --help           Print help
    ");
}

#[test]
fn the_codes_are_all_different() {
    for (index, (code, _)) in exit::TABLE.iter().enumerate() {
        assert!(exit::TABLE[..index].iter().all(|(other, _)| other != code), "{code}");
    }
}

#[test]
fn without_a_verb_help_is_printed_as_an_error() {
    let said = Desk::new().call(&[]);
    assert_eq!(said.code, exit::USAGE);
    assert!(said.err.contains("Usage: wwchaos"), "{}", said.err);
}
