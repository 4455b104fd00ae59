//! `wwchaos list` names everything that there is.

use wwchaos::check::CHECKS;
use wwchaos::fault::KINDS;
use wwchaos::library::Library;
use wwchaos::report::FORMATS;
use wwchaos::settings::Spec;

use crate::program::{Desk, names, repository};

#[test]
fn list_names_every_scenario_set_topology_fault_check_and_format() {
    let out = Desk::new().must(&["list"]);
    let named = |name: &str| out.split(|c: char| c.is_whitespace() || c == ',').any(|word| word == name);
    let (scenarios, sets) = (names("scenarios", ".toml"), names("scenarios", ".set"));
    let folders = names("compose", "");
    let topologies = folders.iter().filter(|name| repository("compose").join(name).join("topology.toml").is_file());
    let all = scenarios.iter().chain(&sets).chain(topologies).map(String::as_str);
    let faults = KINDS.iter().map(|kind| kind.name);
    let checks = CHECKS.iter().map(|check| check.name);
    let formats = FORMATS.iter().map(|format| format.name);
    for name in all.chain(faults).chain(checks).chain(formats) {
        assert!(named(name), "`{name}` is not in\n{out}");
    }
    assert!(!out.contains("invalid"), "{out}");
}

#[test]
fn list_says_what_faults_and_checks_do_and_what_their_settings_may_be() {
    let out = Desk::new().must(&["list"]);
    for text in KINDS.iter().map(|kind| kind.does).chain(CHECKS.iter().map(|check| check.judges)) {
        assert!(out.contains(text), "`{text}` is not in\n{out}");
    }
    let library = Library::default();
    let topologies = library.topologies().into_iter().flat_map(|name| library.topology(&name).unwrap().settings);
    let apps = library.apps().into_iter().flat_map(|name| library.app(&name).unwrap().settings);
    for spec in KINDS.iter().flat_map(|kind| (kind.settings)()).chain(topologies).chain(apps) {
        let Spec { name, default, help, .. } = &spec;
        let mut lines = out.lines().filter(|line| line.trim_start().starts_with(&format!("{name} ")));
        // Two apps may have a setting of one name.
        let parts = [help.as_str(), &format!("[{default}]"), &spec.expected()];
        assert!(lines.any(|line| parts.iter().all(|part| line.contains(part))), "{parts:?} are not in\n{out}");
    }
}
