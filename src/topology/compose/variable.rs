//! Variables of a compose file: those that wwchaos sets, in the few forms that Compose 1.29 and v2 read alike.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::settings::{Problem, Refusal};
use crate::topology::{Topology, variable, yaml};

/// A variable, perhaps with what is said where it is missing, or a `$` that is meant for the container.
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\$(?:\$|\{(?<braced>WWCHAOS_[A-Z0-9_]+)(?::?\?[^}$]*)?\}|(?<bare>WWCHAOS_[A-Z0-9_]+))").ok()
});

/// The text with every variable written in one way, without what is said where it is missing.
pub(super) fn plain(text: &str) -> String {
    VARIABLE.as_ref().map_or_else(
        || text.to_owned(),
        |variable| {
            let plain = |found: &regex::Captures<'_>| match found.name("braced").or(found.name("bare")) {
                Some(name) => format!("${{{}}}", name.as_str()),
                None => found[0].to_owned(),
            };
            variable.replace_all(text, plain).into_owned()
        },
    )
}

/// The variables in `text`.
pub(super) fn names(text: &str) -> Vec<&str> {
    let found = VARIABLE.iter().flat_map(|variable| variable.captures_iter(text));
    found.filter_map(|found| Some(found.name("braced").or(found.name("bare"))?.as_str())).collect()
}

/// Those that every run sets.
const ALWAYS: &[&str] = &[
    "WWCHAOS_APP",
    "WWCHAOS_CERTIFICATE",
    "WWCHAOS_COOKIE_SECRET",
    "WWCHAOS_DB_PASSWORD",
    "WWCHAOS_DOCKER_SOCKET",
    "WWCHAOS_ENTRY_PORT",
    "WWCHAOS_IMAGE_APP",
    "WWCHAOS_NET",
    "WWCHAOS_REPL_PASSWORD",
    "WWCHAOS_RUN",
    "WWCHAOS_STUDENT_PASSWORD",
];

/// Every variable that a compose file of `topology` may name; what an app may be set is the app's.
pub fn variables(topology: &Topology) -> BTreeSet<String> {
    let images = topology.images.iter().map(|image| variable("IMAGE", image));
    let memories = topology.roles.keys().map(|role| variable("MEMORY", role));
    let settings = topology.settings.iter().map(|spec| variable("SET", &spec.name));
    ALWAYS.iter().map(|name| (*name).to_owned()).chain(images).chain(memories).chain(settings).collect()
}

/// Variables in the compose file `text` that nobody sets.
pub(super) fn unknown(topology: &Topology, text: &str) -> Vec<Problem> {
    let known = variables(topology);
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let wrong = |line: usize, scalar: &str| -> Vec<Problem> {
        let unknown = names(scalar).into_iter().filter(|name| !known.contains(name));
        let refusal = |name: &str| Refusal {
            message: format!("unknown variable `{name}`; compose/README.md lists them"),
            ..Refusal::unknown("variable", name, &known)
        };
        unknown.map(|name| refusal(name).at(line, "")).collect()
    };
    yaml::scalars(text).iter().flat_map(|(line, scalar)| wrong(*line, scalar)).collect()
}

/// Whether `text` has a variable that is none of ours, or in a form that may hide what it becomes.
pub(super) fn is_strange(text: &str) -> bool {
    VARIABLE.as_ref().is_none_or(|variable| variable.replace_all(text, "").contains('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_read_in_every_form_that_is_allowed() {
        assert_eq!(
            plain("$WWCHAOS_RUN-${WWCHAOS_NET:?none}.1 $$WWCHAOS_RUN $$"),
            "${WWCHAOS_RUN}-${WWCHAOS_NET}.1 $$WWCHAOS_RUN $$"
        );
        assert_eq!(names("${WWCHAOS_RUN}$WWCHAOS_NET $$WWCHAOS_APP"), ["WWCHAOS_RUN", "WWCHAOS_NET"]);
        for fine in ["", "a", "$$", "$$HOME", "${WWCHAOS_RUN?a}", "echo $${x:-1}"] {
            assert!(!is_strange(fine), "{fine}");
        }
        for strange in [
            "$HOME",
            "${HOME}",
            "${WWCHAOS_X:-/etc}",
            "${WWCHAOS_X-/etc}",
            "${WWCHAOS_APP:+/}",
            "${WWCHAOS_APP+/}",
            "${WWCHAOS_X:?${HOME}}",
            "$$$HOME",
            "$",
        ] {
            assert!(is_strange(strange), "{strange}");
        }
    }
}
