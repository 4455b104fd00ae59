//! Every topology loads, and its compose file says the same as it does.

use std::collections::BTreeSet;

use wwchaos::library::Library;

use crate::program::{names, repository, text};

#[test]
fn every_folder_with_a_topology_loads() {
    let library = Library::default();
    let mut found = 0;
    for name in names("compose", "").into_iter().filter(|name| is_topology(name)) {
        let topology = library.topology(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(topology.name, name);
        for image in &topology.images {
            assert!(repository(&format!("compose/images/{image}/Dockerfile")).is_file(), "{name}: image {image}");
        }
        found += 1;
    }
    assert_eq!(found, library.topologies().len());
}

/// What `compose/README.md` asks of a compose file, as far as its text shows it.
#[test]
fn every_compose_file_keeps_the_rules() {
    for name in names("compose", "").into_iter().filter(|name| is_topology(name)) {
        let topology = Library::default().topology(&name).unwrap();
        let compose = text(&format!("compose/{name}/docker-compose.yml"));
        for service in topology.services() {
            assert!(compose.contains(&format!("\n  {service}:\n")), "{name}: no service {service}");
            let container = format!("container_name: ${{WWCHAOS_RUN}}-{service}\n");
            assert!(compose.contains(&container), "{name}: {container}");
            let octet = topology.addresses.get(service).unwrap_or_else(|| panic!("{name}: {service} has no address"));
            assert!(compose.contains(&format!("${{WWCHAOS_NET}}.{octet}")), "{name}: address of {service}");
        }
        for spec in &topology.settings {
            let variable = format!("WWCHAOS_SET_{}", spec.name.to_uppercase());
            assert!(compose.contains(&variable), "{name}: {variable} changes nothing");
        }
        for volume in topology.volumes.keys() {
            assert!(compose.contains(&format!("${{WWCHAOS_RUN}}-{volume}")), "{name}: volume {volume}");
        }
        assert!(!compose.contains("privileged: true"), "{name}");
        let published = compose.lines().filter(|line| line.contains("_PORT}:"));
        assert!(published.clone().count() == 1 && published.clone().all(|line| line.contains("127.0.0.1:")), "{name}");
    }
}

#[test]
fn every_variable_of_a_compose_file_is_documented() {
    let known = text("compose/README.md");
    for name in names("compose", "").into_iter().filter(|name| is_topology(name)) {
        let compose = text(&format!("compose/{name}/docker-compose.yml"));
        let is_part = |c: char| !(c.is_ascii_uppercase() || c == '_');
        let variables: BTreeSet<_> = compose.split(is_part).filter(|word| word.starts_with("WWCHAOS_")).collect();
        for variable in variables {
            let family = ["WWCHAOS_IMAGE_", "WWCHAOS_MEMORY_", "WWCHAOS_SET_"];
            let documented = family.iter().any(|start| variable.starts_with(start) && known.contains(start))
                || known.contains(&format!("`{variable}`"));
            assert!(documented, "{name}: {variable} is not in compose/README.md");
        }
    }
}

fn is_topology(name: &str) -> bool {
    repository(&format!("compose/{name}/topology.toml")).is_file()
}

/// The topologies that the tests on the real engine use are refused here rather than there.
#[test]
fn the_topologies_of_the_engine_tests_load() {
    let library = Library::new(Some(repository("tests/docker/library"))).unwrap();
    for name in library.topologies() {
        library.topology(&name).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
}
