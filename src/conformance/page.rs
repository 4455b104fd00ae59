//! What a page is judged by: its status, its texts, the names of its fields.

use std::collections::BTreeSet;

use scraper::{Html, Selector};

use super::journey::Step;

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// The whole of it.
    pub body: String,
}

impl Page {
    /// Names of its fields and buttons.
    pub fn fields(&self) -> BTreeSet<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse("input[name], button[name], select[name], textarea[name]");
        let named = selector.iter().flat_map(|selector| html.select(selector));
        named.filter_map(|field| field.attr("name").map(str::to_owned)).collect()
    }

    /// Where it is not what `step` says.
    pub fn deviations(&self, step: &Step) -> Vec<String> {
        let mut found = Vec::new();
        if self.status != step.status {
            found.push(format!("status {}, expected {}", self.status, step.status));
        }
        let missing = step.markers.iter().filter(|marker| !self.body.contains(*marker));
        found.extend(missing.map(|marker| format!("without `{marker}`")));
        let present = step.forbidden.iter().filter(|text| self.body.contains(*text));
        found.extend(present.map(|text| format!("with `{text}`")));
        let fields = self.fields();
        let missing = step.form_fields.iter().filter(|name| !fields.contains(*name));
        found.extend(missing.map(|name| format!("without the field `{name}`")));
        found
    }
}
