//! Who takes the place of a node is told what that is told: it is no other node.

use std::collections::BTreeMap;

use super::merged::{Merged, Service};
use super::variable::plain;
use super::{Found, WEB};
use crate::settings::Refusal;

/// How the variables begin that an app is told; compose/apps/README.md lists them.
const TOLD: [&str; 2] = ["APP_", "WEBWORK_"];

impl Found<'_> {
    /// Whether `service` runs the app, or does so when it takes the place of one that does.
    pub(super) fn is_of_the_app(&self, service: &Service<'_>) -> bool {
        let role = self.topology.role_of(service.name);
        role.is_some_and(|(name, role)| name == WEB || role.stands_in_for.as_deref() == Some(WEB))
    }

    /// Holds what each service that stands in for a web node is told against what the first of them is.
    pub(super) fn told(&mut self, merged: &Merged<'_>) {
        let web = self.topology.roles.get(WEB).and_then(|web| web.services.first());
        let Some(first) = merged.services.iter().find(|service| web.is_some_and(|web| web == service.name)) else {
            return;
        };
        let expected = variables(first);
        let spares: Vec<_> = self.topology.spares_of(WEB).collect();
        for service in merged.services.iter().filter(|service| spares.contains(&service.name)) {
            let got = variables(service);
            let place = service.last("environment").map_or(service.place(), |said| said.place);
            for (name, value) in expected.iter().filter(|(name, value)| got.get(*name) != Some(value)) {
                let got = got.get(name).map_or("none", String::as_str);
                let refusal = Refusal::new(format!("expected `{value}`, as `{}` has it, got `{got}`", first.name));
                self.add(place, &format!("services.{}.environment.{name}", service.name), refusal);
            }
        }
    }
}

/// What an app is told by `service`, with the last word on each.
fn variables(service: &Service<'_>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for said in service.all("environment") {
        let named = said.node.all().into_iter().map(|entry| Some((entry.name.to_owned(), entry.node.text()?)));
        let listed = said.node.items().into_iter().map(|node| {
            let text = node.text()?;
            text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        });
        let all = named.chain(listed).flatten();
        let told = all.filter(|(name, _)| TOLD.iter().any(|beginning| name.starts_with(beginning)));
        variables.extend(told.map(|(name, value)| (name, plain(&value))));
    }
    variables
}
