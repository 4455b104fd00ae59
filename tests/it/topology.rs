//! Every topology loads, and its compose file says the same as it does.

use std::collections::BTreeSet;

use wwchaos::library::Library;
use wwchaos::plan::Plan;
use wwchaos::topology::{Topology, variable};

use crate::program::{Desk, names, repository, text};

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

/// Every built-in topology with the text of its compose files, which is that of its base and its own where it extends one.
fn topologies() -> Vec<(Topology, String)> {
    let library = Library::default();
    let read = |name: &String| {
        let topology = library.topology(name).unwrap();
        let files = library.compose_files(&topology).unwrap();
        (topology, files.into_iter().map(|(_, text)| text).collect())
    };
    library.topologies().iter().map(read).collect()
}

/// What `compose/README.md` asks of compose files, as far as their text shows it.
#[test]
fn every_compose_file_keeps_the_rules() {
    for (topology, compose) in topologies() {
        let name = &topology.name;
        for service in topology.services() {
            assert!(compose.contains(&format!("\n  {service}:\n")), "{name}: no service {service}");
            let container = format!("container_name: ${{WWCHAOS_RUN}}-{service}\n");
            assert!(compose.contains(&container), "{name}: {container}");
            let octet = topology.addresses.get(service).unwrap_or_else(|| panic!("{name}: {service} has no address"));
            assert!(compose.contains(&format!("${{WWCHAOS_NET}}.{octet}")), "{name}: address of {service}");
        }
        for spec in &topology.settings {
            let variable = variable("SET", &spec.name);
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
    for (Topology { name, .. }, compose) in topologies() {
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

/// What a topology leaves open is the app's, and a new node's is that of the node which it replaces.
#[test]
fn every_service_has_processors_and_memory_whichever_app_runs() {
    let library = Library::default();
    let mut replaced = 0;
    for (name, app) in
        library.topologies().iter().flat_map(|name| library.apps().into_iter().map(move |app| (name, app)))
    {
        let topology = library.cluster(name, &app).unwrap();
        for (role, one) in &topology.roles {
            assert!(one.cpu_share > 0.0 && one.memory_bytes > 0, "{name}, {app}: {role}");
            let Some(other) = one.stands_in_for.as_ref().map(|other| &topology.roles[other]) else { continue };
            replaced += 1;
            assert_eq!((one.cpu_share, one.memory_bytes), (other.cpu_share, other.memory_bytes), "{name}: {role}");
        }
    }
    assert!(replaced > 0, "no topology has nodes that replace others");
}

/// The topologies and scenarios that the tests on the real engine use are refused here rather than there.
#[test]
fn the_libraries_of_the_engine_tests_load() {
    for folder in ["tests/docker/library", "tests/bad"] {
        let library = Library::new(Some(repository(folder))).unwrap();
        for name in library.topologies() {
            library.topology(&name).unwrap_or_else(|error| panic!("{folder}: {name}: {error:#}"));
        }
        for name in library.scenarios() {
            let scenario = library.scenario(&name).unwrap_or_else(|error| panic!("{folder}: {name}: {error:#}"));
            let topology = library.cluster(&scenario.topology, &scenario.app).unwrap();
            Plan::new(&scenario, &topology, 7).unwrap_or_else(|error| panic!("{folder}: {name}: {error:#}"));
        }
    }
}

/// A variant is its base but for what it says, and its files lie over those of the base.
#[test]
fn a_topology_may_extend_another() {
    let desk = Desk::new();
    desk.write(
        "compose/mine/topology.toml",
        "extends = \"two-node\"\ntitle = \"mine\"\nready_within = \"200s\"\n[role.lb]\nservices = [\"lb\"]\ncpu = \
         \"10%\"\nmemory = \"96MiB\"\n[setting.fall]\nkind = \"whole\"\ndefault = \"5\"\nhelp = \"more\"\n",
    );
    desk.write(
        "compose/mine/docker-compose.override.yml",
        "version: \"2.4\"\nservices:\n  lb: {environment: {A: b}}\n",
    );
    let library = Library::new(Some(desk.path().to_owned())).unwrap();
    let [base, mine] = ["two-node", "mine"].map(|name| library.topology(name).unwrap());
    assert_eq!(
        (mine.extends.as_deref(), mine.title.as_str(), mine.ready_within.as_secs()),
        (Some("two-node"), "mine", 200)
    );
    assert_eq!((&mine.detectors, &mine.addresses, &mine.audit), (&base.detectors, &base.addresses, &base.audit));
    assert_eq!(
        (&mine.roles["web"], mine.roles["lb"].port),
        (&base.roles["web"], None),
        "a table is replaced as a whole"
    );
    let names = |topology: &Topology| topology.settings.iter().map(|spec| spec.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&mine), names(&base), "a setting keeps its place");
    assert_eq!(mine.settings.iter().find(|spec| spec.name == "fall").unwrap().default, "5");

    let target = tempfile::tempdir().unwrap();
    let files = library.unpack_topology(&mine, target.path()).unwrap();
    let folder = target.path().join("mine");
    assert_eq!(files, ["docker-compose.yml", "docker-compose.override.yml"].map(|file| folder.join(file)));
    let written = std::fs::read_to_string(&files[0]).unwrap();
    assert_eq!(written, text("compose/two-node/docker-compose.yml"));
    assert_eq!(library.unpack_topology(&base, target.path()).unwrap().len(), 1);
}

/// What is given to Compose is what was checked, and nothing that lies beside it.
#[test]
fn only_checked_compose_files_are_written() {
    let desk = Desk::new();
    desk.write("compose/mine/topology.toml", "extends = \"two-node\"\ntitle = \"mine\"\n[address]\nweb1 = 31\n");
    let over = "services:\n  web1:\n    networks: {net: {ipv4_address: \"${WWCHAOS_NET}.31\"}}\n";
    desk.write("compose/mine/docker-compose.override.yml", over);
    desk.write("compose/mine/conf/docker-compose.yml", "services of something else\n");
    let library = Library::new(Some(desk.path().to_owned())).unwrap();
    let mine = library.topology("mine").unwrap();
    let checked: Vec<_> = library.compose_files(&mine).unwrap().into_iter().map(|(_, text)| text).collect();
    let target = tempfile::tempdir().unwrap();
    let read = |file: &std::path::PathBuf| std::fs::read_to_string(file).unwrap();
    let written: Vec<_> = library.unpack_topology(&mine, target.path()).unwrap().iter().map(read).collect();
    assert_eq!(written, [text("compose/two-node/docker-compose.yml"), over.to_owned()]);
    assert_eq!(written, checked);
    assert!(
        target.path().join("mine/conf/docker-compose.yml").is_file(),
        "a file of that name further down is no such"
    );
    // Whatever has come between the plan and now is refused now.
    desk.write("compose/two-node/docker-compose.override.yml", "services: {lb: {privileged: true}}\n");
    let target = tempfile::tempdir().unwrap();
    for topology in [&Library::default().topology("two-node").unwrap(), &mine] {
        let said = library.unpack_topology(topology, target.path()).unwrap_err().to_string();
        assert!(said.contains("two-node/docker-compose.override.yml: `two-node` extends nothing"), "{said}");
    }
    assert!(std::fs::read_dir(target.path()).unwrap().next().is_none());
}
