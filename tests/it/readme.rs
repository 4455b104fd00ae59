//! The READMEs say what the tables in the code say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wwchaos::check::CHECKS;
use wwchaos::exit;
use wwchaos::fault::KINDS;
use wwchaos::library::Library;
use wwchaos::plan::targets;
use wwchaos::report::FORMATS;
use wwchaos::scenario::expectations;
use wwchaos::settings::{Kind, Spec, duration_text, share_text};

use crate::program::{names, repository, text};

/// Fails unless `row` is a line of `file`.
fn line(file: &str, row: &str) {
    assert!(text(file).lines().any(|line| line == row), "{file} lacks the line\n{row}");
}

#[test]
fn every_fault_is_told_as_the_table_has_it() {
    let file = "scenarios/README.md";
    let whole = text(file);
    for kind in KINDS {
        let heading = format!("\n### {}\n", kind.name);
        let (_, rest) = whole.split_once(&heading).unwrap_or_else(|| panic!("{file} lacks {heading}"));
        let section = rest.split("\n#").next().unwrap();
        let facts = [("does", kind.does), ("stands for", kind.stands_for), ("cannot show", kind.cannot_show)];
        let facts = facts.into_iter().chain([("aimed at", kind.aim.needs())]);
        for (name, told) in facts {
            assert!(section.contains(&format!("\n| {name} | {told} |\n")), "{file}, {}: {name}: {told}", kind.name);
        }
        for spec in (kind.settings)() {
            let row = format!("\n| `{}` | `{}` | {} | {}", spec.name, spec.default, spec.expected(), spec.help);
            assert!(section.contains(&row), "{file}, {}: lacks{row}", kind.name);
        }
    }
    assert_eq!(whole.matches("\n| cannot show | ").count(), KINDS.len());
}

#[test]
fn every_check_is_told_as_the_table_has_it() {
    let whole = text("scenarios/README.md");
    for check in CHECKS {
        let expected = check.expects.map_or_else(|| "always".to_owned(), |name| format!("`{name}`"));
        let about = serde_json::to_value(check.about).unwrap();
        let row = format!("\n| `{}` | {} | {expected} | {} |", check.name, check.judges, about.as_str().unwrap());
        assert!(whole.contains(&row), "scenarios/README.md lacks{row}");
    }
}

#[test]
fn every_expectation_has_its_row_and_every_format_is_named() {
    let whole = text("scenarios/README.md");
    let (_, section) = whole.split_once("\n### Expectations\n").unwrap();
    let table = section.split("\n#").next().unwrap();
    for name in expectations() {
        assert!(table.contains(&format!("\n| `{name}` |")) || table.contains(&format!("\n| `{name}.")), "{name}");
    }
    let names: Vec<_> = FORMATS.iter().map(|format| format!("`{}`", format.name)).collect();
    let (last, others) = names.split_last().unwrap();
    let told = format!("{} or {last}", others.join(", "));
    assert!(text("README.md").contains(&told), "README.md lacks {told}");
}

#[test]
fn every_profile_log_and_pause_is_told_as_the_code_has_it() {
    let whole = text("scenarios/README.md");
    for name in names("scenarios/profiles", ".toml") {
        assert!(whole.contains(&format!("\n| [{name}](profiles/{name}.toml) | ")), "{name}");
    }
    for format in wwchaos::import::FORMATS {
        line("scenarios/README.md", &format!("| {} | {} |", format.name, format.tells));
    }
    let rows: Vec<_> = wwchaos::profile::Pause::all().map(|pause| format!("`{}`", pause.key())).collect();
    assert!(whole.contains(&format!("\n| {} | not made | ", rows.join(", "))), "{rows:?}");
}

#[test]
fn every_exit_code_is_told_as_the_table_has_it() {
    for (code, meaning) in exit::TABLE {
        line("README.md", &format!("| {code} | {meaning} |"));
    }
}

#[test]
fn every_scenario_and_topology_has_its_row() {
    let whole = text("scenarios/README.md");
    for name in names("scenarios", ".toml") {
        assert!(whole.contains(&format!("\n| [{name}]({name}.toml) | ")), "{name}");
    }
    for name in names("scenarios", ".set") {
        assert!(whole.contains(&format!("[{name}.set]({name}.set)")), "{name}");
        let set = Library::default().set(&name).unwrap().unwrap();
        for scenario in set.scenarios() {
            assert!(whole.contains(&format!("`{scenario}`")), "{name}: {scenario}");
        }
    }
    let whole = text("compose/README.md");
    for name in Library::default().topologies() {
        assert!(whole.contains(&format!("\n| [{name}]({name}/README.md) | ")), "{name}");
    }
}

/// What a setting may be, as a README writes it.
fn values(spec: &Spec) -> String {
    match (&spec.kind, &spec.min, &spec.max) {
        (Kind::Choice(words), ..) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        (_, min, max) => format!("`{}` to `{}`", min.as_ref().unwrap(), max.as_ref().unwrap()),
    }
}

#[test]
fn every_setting_of_a_topology_is_told_with_its_default_and_values() {
    for name in Library::default().topologies() {
        let file = format!("compose/{name}/README.md");
        let whole = text(&file);
        let rows: Vec<Vec<&str>> = whole.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
        for spec in Library::default().topology(&name).unwrap().settings {
            let told = rows.iter().filter(|row| row.len() > 4).find_map(|row| {
                let place = row[1].split(", ").position(|name| name == format!("`{}`", spec.name))?;
                let values = match spec.kind {
                    Kind::Choice(_) => Some(row[3]),
                    _ => row[3].split(", ").nth(place),
                };
                Some((row[2].split(", ").nth(place)?, values?))
            });
            let values = values(&spec);
            assert_eq!(told, Some((&*format!("`{}`", spec.default), &*values)), "{file}: {}", spec.name);
        }
    }
}

#[test]
fn every_setting_of_an_app_is_told_with_its_default_and_values() {
    let library = Library::default();
    let whole = text("compose/apps/README.md");
    for name in library.apps() {
        assert!(whole.contains(&format!("\n| [{name}]({name}/app.toml) | ")), "{name}");
        for spec in library.app(&name).unwrap().settings {
            let values = values(&spec);
            let row = format!("`{}` | `{}` | {values} |", spec.name, spec.default);
            let told = ["both".to_owned(), format!("`{name}`")]
                .iter()
                .any(|who| whole.contains(&format!("\n| {who} | {row}")));
            assert!(told, "compose/apps/README.md: {name}: {row}");
        }
    }
}

#[test]
fn the_memory_of_clusters_is_told() {
    let library = Library::default();
    let readme = text("README.md").replace('\n', " ");
    let bytes = |name: &str, app: &str| -> u64 {
        let topology = library.cluster(name, app).unwrap();
        topology.roles.values().map(|role| role.memory_bytes * role.services.len() as u64).sum()
    };
    #[allow(clippy::cast_precision_loss, reason = "a few gibibytes")]
    let gib = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 30));
    let usual = format!("`two-node` may use {} GiB of memory", gib(bytes("two-node", "standin")));
    assert!(readme.contains(&usual), "{usual}");
    let clusters = ["gage", "lounds", "glin", "metts", "box"];
    let told = clusters.map(|name| format!("`{name}` {}", gib(bytes(name, "standin")))).join(", ");
    assert!(readme.contains(&format!("({told})")), "{told}");
    let more = clusters.map(|name| bytes(name, "webwork") - bytes(name, "standin"));
    let [least, most] = [more.iter().min(), more.iter().max()].map(|one| gib(*one.unwrap()));
    assert!(readme.contains(&format!("{least} to {most} more with WeBWorK")), "{least} to {most}");
}

/// README says what a machine needs for them, SECURITY.md what their web nodes are without.
#[test]
fn clusters_that_mount_by_fuse_are_told() {
    let library = Library::default();
    let mounts = |name: &String| library.cluster(name, "standin").unwrap().fuse;
    let found: BTreeSet<_> = library.topologies().into_iter().filter(mounts).collect();
    let told = |file: &str, from: &str, to: &str| -> BTreeSet<String> {
        let whole = text(file).replace('\n', " ");
        let (_, list) = whole.split_once(from).unwrap_or_else(|| panic!("{file} lacks {from}"));
        let (list, _) = list.split_once(to).unwrap_or_else(|| panic!("{file} lacks {to}"));
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    assert_eq!(told("README.md", "FUSE for ", ";"), found);
    assert_eq!(told("SECURITY.md", "The web nodes of ", "mount by FUSE"), found);
}

#[test]
fn defaults_of_a_class_are_told() {
    let class = wwchaos::scenario::Class::default();
    let rows = [
        ("students", class.students.to_string()),
        ("problems", class.problems.to_string()),
        ("per_page", class.per_page.to_string()),
        ("attempts", class.attempts.to_string()),
        ("grade_every", class.grade_every.to_string()),
        ("preview", share_text(class.preview_share)),
        ("arrival", seconds(class.arrival)),
        ("trickle", share_text(class.trickle_share)),
        ("deadline_spike", seconds(class.deadline_spike)),
        ("evenly", class.evenly.to_string()),
        ("patience", seconds(class.patience)),
        ("patience_max", seconds(class.patience_max)),
        ("retries", class.retries.to_string()),
        ("retry_pause", seconds(class.retry_pause)),
    ];
    let whole = text("scenarios/README.md");
    for (name, default) in rows {
        assert!(whole.contains(&format!("`{name}` | `{default}` | ")), "{name}: {default}");
    }
}

#[test]
fn every_format_has_its_file_in_the_table_of_reports() {
    let whole = text("reports/README.md");
    for format in FORMATS {
        let row = format!("\n| `{}` | after | format `{}`", format.file, format.name);
        assert!(whole.contains(&row), "reports/README.md lacks{row}");
    }
}

#[test]
fn the_readme_begins_with_a_command_and_is_short() {
    let whole = text("README.md");
    assert!(whole.lines().count() <= 150);
    let command = whole.lines().position(|line| line.starts_with("make ")).unwrap();
    assert!(command < 15, "the first command is in line {}", command + 1);
    for verb in ["list", "plan", "run", "check", "report", "up", "down"] {
        let told = |line: &str| line.starts_with("| ") && line.contains(&format!("`wwchaos {verb}"));
        assert!(whole.lines().any(told), "{verb}");
    }
}

/// Links of every page, to files and to headings of pages.
#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let whole = std::fs::read_to_string(&page).unwrap();
        for target in whole.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let there = path.exists() && (heading.is_empty() || headings(&path).any(|other| other == heading));
            if !there {
                broken.push(format!("{}: {target}", page.strip_prefix(repository("")).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Anchors of a page's headings, as they are made where it is shown.
fn headings(page: &Path) -> impl Iterator<Item = String> {
    let whole = std::fs::read_to_string(page).unwrap();
    let anchor = |line: &str| -> String {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    whole.lines().filter(|line| line.starts_with('#')).map(anchor).collect::<Vec<_>>().into_iter()
}

fn pages() -> Vec<PathBuf> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // What was built and what runs have left is not ours to keep right.
            let made = name == "target" || folder.ends_with("reports");
            if path.is_dir() && !name.starts_with('.') && !made {
                below(&path, found);
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(&repository(""), &mut found);
    found
}

fn seconds(span: std::time::Duration) -> String {
    if span.as_secs() == 60 { "60s".to_owned() } else { duration_text(span) }
}

#[test]
fn every_verb_has_its_row() {
    let help = crate::program::Desk::new().must(&["--help"]);
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs: Vec<_> = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let verbs: Vec<_> = verbs.into_iter().filter(|verb| !verb.is_empty() && *verb != "help").collect();
    assert!(verbs.contains(&"run") && verbs.contains(&"calibrate"), "{help}");
    let whole = text("README.md");
    let cells: Vec<_> = whole.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    for verb in verbs {
        let names = |cell: &&str| cell.contains(&format!("`wwchaos {verb}"));
        assert!(cells.iter().any(names), "README.md lacks the verb {verb}");
    }
}

/// Single services may be told as "any service".
#[test]
fn every_topology_names_its_targets() {
    let library = Library::default();
    for name in library.topologies() {
        let topology = library.cluster(&name, "standin").unwrap();
        let file = format!("compose/{name}/README.md");
        let whole = text(&file);
        let told = whole.split("\n\n").find(|part| part.starts_with("Targets: "));
        let told = told.unwrap_or_else(|| panic!("{file} names no targets"));
        let (told, _) = told.split_once(". ").unwrap_or((told, ""));
        let told: BTreeSet<_> = told.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let targets: BTreeSet<_> = targets(&topology).into_iter().collect();
        let missing: Vec<_> = targets.difference(&told).collect();
        assert!(missing.is_empty(), "{file} lacks {missing:?}");
        let services: Vec<_> = topology.services().map(str::to_owned).collect();
        let strange: Vec<_> = told.difference(&targets).filter(|name| !services.contains(name)).collect();
        assert!(strange.is_empty(), "{file}: {strange:?} is nobody");
    }
}

/// A cluster with scenarios of its own: they and the usual quizzes were run on the stand-in and on WeBWorK.
#[test]
fn what_each_cluster_met_is_told() {
    let library = Library::default();
    let scenarios = library.scenarios();
    let mut told = 0;
    for cluster in library.topologies() {
        let own = scenarios.iter().filter(|name| name.starts_with(&format!("{cluster}-"))).map(String::as_str);
        let own: Vec<_> = own.collect();
        if own.is_empty() {
            continue;
        }
        told += 1;
        let file = format!("compose/{cluster}/measured.md");
        let whole = text(&file);
        let parts: Vec<_> = whole.split("\n## ").skip(1).collect();
        assert_eq!(parts.len(), 2, "{file}");
        for part in parts {
            let app = part.lines().next().unwrap_or_default();
            let missing: Vec<_> =
                own.iter().chain(&["quiz-spike", "quiz-db"]).filter(|name| !part.contains(**name)).collect();
            assert!(missing.is_empty(), "{file} has no word of {missing:?} on {app}");
        }
    }
    assert_eq!(told, 5, "clusters with scenarios of their own");
}
