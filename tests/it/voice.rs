//! Who may read what is printed while a command goes on: people, programs, nobody.

use wwchaos::exit;

use crate::program::Desk;

#[test]
fn quiet_and_json_exclude_each_other() {
    for verb in ["run", "up"] {
        let said = Desk::new().call(&[verb, "freeze", "--quiet", "--json"]);
        assert_eq!(said.code, exit::USAGE);
        assert!(said.err.contains("'--quiet' cannot be used with '--json'"), "{}", said.err);
    }
}

#[test]
fn the_last_event_says_how_it_ended() {
    for (words, code) in [(["run", "freeze", "--json"], exit::NOT_UP), (["up", "nowhere", "--json"], exit::USAGE)] {
        let said = Desk::new().call(&words);
        assert_eq!(said.code, code, "{}", said.err);
        let events: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let last = events.last().unwrap();
        assert_eq!((events.len(), &last["event"], &last["code"]), (1, &"end".into(), &code.into()));
        assert!(said.err.contains(last["error"].as_str().unwrap()), "{}", said.err);
    }
    let said = Desk::new().call(&["run", "freeze", "-q"]);
    assert_eq!((said.code, said.out.as_str()), (exit::NOT_UP, ""));
}
