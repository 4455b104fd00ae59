//! What wwchaos says of its own command line: completions and manual pages.

use std::io::Write;
use std::process::{Command, Stdio};

use wwchaos::exit;

use crate::program::Desk;

/// The verbs that `--help` lists.
fn verbs() -> Vec<String> {
    let help = Desk::new().must(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let list = list.split("\n\n").next().unwrap().lines();
    // What does not fit in a line goes on deeper.
    let verbs = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let verbs: Vec<_> = verbs.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    assert!(verbs.contains(&"completions".to_owned()) && verbs.contains(&"man".to_owned()), "{verbs:?}");
    verbs
}

/// Verbs that are ours alone.
const HIDDEN: &[&str] = &["load", "reap"];

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).any(|other| other == word)
}

#[test]
fn every_shell_completes_the_verbs_and_no_hidden_one() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Desk::new().must(&["completions", shell]);
        verbs().iter().for_each(|verb| assert!(has_word(&script, verb), "{shell}: {verb}"));
        HIDDEN.iter().for_each(|verb| assert!(!has_word(&script, verb), "{shell}: {verb}"));
        assert!(script.contains("quiet"), "{shell}");
    }
    let said = Desk::new().call(&["completions", "csh"]);
    assert_eq!(said.code, exit::USAGE);
    assert!(said.err.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{}", said.err);
}

#[test]
fn bash_reads_its_completions() {
    let script = Desk::new().must(&["completions", "bash"]);
    let complete =
        "\nCOMP_WORDS=(wwchaos run freeze --q); COMP_CWORD=3; _wwchaos wwchaos --q freeze; echo \"${COMPREPLY[@]}\"\n";
    for (words, text, expected) in [(["-n"].as_slice(), script.clone(), ""), (&["-s"], script + complete, "--quiet\n")]
    {
        let mut bash = Command::new("bash");
        let mut bash = bash.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = bash.wait_with_output().unwrap();
        assert!(output.status.success(), "{words:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{words:?}");
    }
}

#[test]
fn the_manual_names_every_verb_and_no_hidden_one() {
    let page = Desk::new().must(&["man"]);
    assert!(page.contains("\n.SH SUBCOMMANDS\n") && page.contains("WWCHAOS_REPORTS"), "{page}");
    verbs().iter().for_each(|verb| assert!(page.contains(&format!("wwchaos\\-{verb}(1)")), "{verb}"));
    HIDDEN.iter().for_each(|verb| assert!(!page.contains(&format!("wwchaos\\-{verb}(1)")), "{verb}"));
}

#[test]
fn a_page_for_each_verb_is_written_into_a_folder() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path().join("man1")).unwrap();
    assert_eq!(desk.must(&["man", "--out", "man1"]), "");
    let mut found: Vec<_> = std::fs::read_dir(desk.path().join("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut expected: Vec<_> = verbs().iter().map(|verb| format!("wwchaos-{verb}.1")).collect();
    expected.push("wwchaos.1".to_owned());
    expected.sort();
    // clap has no page of `help` of its own.
    expected.retain(|name| found.contains(name) || name != "wwchaos-help.1");
    assert_eq!(found, expected);
    let page = std::fs::read_to_string(desk.path().join("man1/wwchaos-run.1")).unwrap();
    assert!(page.contains("quiet") && page.contains("one JSON object a line"), "{page}");
    let said = desk.call(&["man", "--out", "nowhere"]);
    assert_eq!(said.code, exit::USAGE);
    assert!(
        said.err.starts_with("wwchaos: --out nowhere: ") && said.err.ends_with("; expected a folder\n"),
        "{}",
        said.err
    );
}
