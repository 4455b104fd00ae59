//! A form of a page → what a browser sends when a button is pressed: every field that the page gave it, hidden ones
//! included, with what was typed in.

use scraper::{ElementRef, Selector};

use super::tree::tree;

/// A form as a browser holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Path to which it is sent.
    pub path: String,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A person can type into it.
    Typed,
    /// Sent as it is.
    Kept,
    /// Sent when it is pressed.
    Button,
}

impl Form {
    /// The first form of `page` that `selector` chooses and that says where to send it.
    pub fn find(page: &str, selector: &str) -> Option<Self> {
        let selector = Selector::parse(selector).ok()?;
        tree(page)?.select(&selector).find_map(Self::read)
    }

    /// The first form of `page` with a field of this name.
    pub fn with_field(page: &str, name: &str) -> Option<Self> {
        let selector = Selector::parse("form").ok()?;
        tree(page)?.select(&selector).filter_map(Self::read).find(|form| form.value(name).is_some())
    }

    /// A form of a document that was parsed before.
    pub fn read(form: ElementRef<'_>) -> Option<Self> {
        let action = form.value().attr("action")?;
        let below_host =
            action.split_once("://").map_or(Some(action), |(_, rest)| rest.find('/').map(|at| &rest[at..]));
        let path = below_host?.replace("%2C", ",");
        let fields = form.descendent_elements().filter_map(field).collect();
        Some(Self { path, fields })
    }

    /// What a field holds; buttons are none.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.held().find(|field| field.name == name).map(|field| &*field.value)
    }

    /// What the fields hold into which a person can type.
    pub fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.held().filter(|field| field.kind == Kind::Typed).map(|field| (&*field.name, &*field.value))
    }

    /// Whether a person can type into this field.
    pub fn is_typed(&self, name: &str) -> bool {
        self.typed().any(|(typed, _)| typed == name)
    }

    /// Whether the page has this button.
    pub fn has_button(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.kind == Kind::Button && field.name == name)
    }

    /// Puts `value` into the field, where there is one; else adds one.
    pub fn fill(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|field| field.kind != Kind::Button && field.name == name) {
            Some(field) => value.clone_into(&mut field.value),
            None => self.fields.push(Field { name: name.to_owned(), value: value.to_owned(), kind: Kind::Kept }),
        }
    }

    /// What is sent when the button of this name is pressed, which the page need not have; `value` is then its own.
    pub fn press(&self, name: &str, value: &str) -> Vec<(String, String)> {
        let button = self.fields.iter().find(|field| field.kind == Kind::Button && field.name == name);
        let value = button.map_or(value, |button| &button.value);
        let mut sent = self.send();
        sent.push((name.to_owned(), value.to_owned()));
        sent
    }

    /// What is sent when a button without a name is pressed.
    pub fn send(&self) -> Vec<(String, String)> {
        self.held().map(|field| (field.name.clone(), field.value.clone())).collect()
    }

    fn held(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.kind != Kind::Button)
    }
}

/// What of an element a browser may send.
fn field(element: ElementRef<'_>) -> Option<Field> {
    let attribute = |name| element.value().attr(name);
    let own = || attribute("value").unwrap_or_default().to_owned();
    let ticked = attribute("checked").is_some();
    let (kind, value) = match (element.value().name(), attribute("type").unwrap_or("text")) {
        ("button", "button" | "reset") | ("input", "button" | "reset" | "image" | "file") => return None,
        ("button", _) | ("input", "submit") => (Kind::Button, own()),
        ("input", "checkbox" | "radio") if !ticked => return None,
        ("input", "checkbox" | "radio") => (Kind::Kept, attribute("value").unwrap_or("on").to_owned()),
        ("input", "hidden") => (Kind::Kept, own()),
        ("input", _) => (Kind::Typed, own()),
        ("textarea", _) => (Kind::Typed, element.text().collect()),
        ("select", _) => (Kind::Kept, chosen(element)?),
        _ => return None,
    };
    let name = attribute("name").filter(|name| !name.is_empty())?.to_owned();
    Some(Field { name, value, kind })
}

/// The value of the chosen option of a list, which is the first where none is.
fn chosen(list: ElementRef<'_>) -> Option<String> {
    let options = || list.descendent_elements().filter(|element| element.value().name() == "option");
    let option = options().find(|option| option.value().attr("selected").is_some()).or_else(|| options().next())?;
    Some(option.value().attr("value").map_or_else(|| option.text().collect(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<form action=\"/other\"><input name=\"a\"></form>\
        <form name=\"f\" action=\"http://host:80/x/Quiz1%2Cv1/\"><input type=\"hidden\" name=\"h\" value=\"1\">\
        <table><tr><td><input name=\"t\" type=\"text\" value=\"old\"></td></tr></table>\
        <input type=\"checkbox\" name=\"off\" value=\"1\"><input type=\"checkbox\" name=\"on\" checked>\
        <select name=\"s\"><option value=\"1\"><option value=\"2\" selected></select><textarea name=\"w\">words</textarea>\
        <input type=\"submit\" name=\"go\" value=\"Go\"><input type=\"submit\" name=\"stay\" value=\"Stay\">\
        <input type=\"submit\" value=\"nameless\"><button name=\"b\" type=\"button\">b</button></form>";

    fn sent(pairs: Vec<(String, String)>) -> String {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn a_form_is_sent_as_a_browser_does() {
        let mut form = Form::find(PAGE, "form[name=f]").unwrap();
        assert_eq!(form.path, "/x/Quiz1,v1/");
        assert_eq!(sent(form.press("go", "?")), "h=1&t=old&on=on&s=2&w=words&go=Go");
        form.fill("t", "new");
        form.fill("more", "9");
        assert_eq!(sent(form.press("gone", "Gone")), "h=1&t=new&on=on&s=2&w=words&more=9&gone=Gone");
        assert_eq!(form.typed().collect::<Vec<_>>(), [("t", "new"), ("w", "words")]);
        assert_eq!((form.is_typed("t"), form.is_typed("h"), form.has_button("stay")), (true, false, true));
        assert_eq!((form.value("h"), form.value("go")), (Some("1"), None));
    }

    #[test]
    fn a_form_is_found_by_its_fields() {
        assert_eq!(Form::with_field(PAGE, "a").unwrap().path, "/other");
        assert_eq!(Form::with_field(PAGE, "z"), None);
        assert_eq!(Form::find("<form name=\"f\"></form>", "form[name=f]"), None);
    }
}
