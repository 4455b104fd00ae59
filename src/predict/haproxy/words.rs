//! The text of `haproxy.cfg` → sections of lines of words, as HAProxy itself splits them: quotes, backslashes, comments
//! and sections as in its configuration manual, 2.2 to 2.4. Variables of the environment stay as they are written.
//!
//! The crate `haproxy-config` (0.4.1) was looked at: it knows neither quotes nor `defaults ... from`.

/// The words that begin a section.
const SECTIONS: &[&str] = &[
    "backend",
    "cache",
    "crt-list",
    "crt-store",
    "defaults",
    "dynamic-update",
    "fcgi-app",
    "frontend",
    "global",
    "http-errors",
    "listen",
    "log-forward",
    "log-profile",
    "mailers",
    "peers",
    "program",
    "resolvers",
    "ring",
    "traces",
    "userlist",
];

/// A section with its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// `backend`, `defaults`, ...
    pub kind: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// The defaults section that it names.
    pub from: Option<String>,
    /// Its lines, without the empty ones.
    pub lines: Vec<Vec<String>>,
}

/// The sections of a file, in its order.
pub fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines().map(words).filter(|line| !line.is_empty()) {
        if SECTIONS.contains(&line[0].as_str()) {
            sections.push(section(line));
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections
}

fn section(header: Vec<String>) -> Section {
    let from = header.iter().position(|word| word == "from").filter(|place| *place > 0);
    let name = header.get(1).filter(|_| from != Some(1)).cloned().unwrap_or_default();
    let from = from.and_then(|place| header.get(place + 1).cloned());
    Section { kind: header.into_iter().next().unwrap_or_default(), name, from, lines: Vec::new() }
}

/// A line up to its comment, if it has one.
pub fn without_comment(line: &str) -> &str {
    &line[..split(line).1]
}

fn words(line: &str) -> Vec<String> {
    split(line).0
}

/// One line, split at blanks outside quotes, and where its comment begins: at its end, if it has none.
fn split(line: &str) -> (Vec<String>, usize) {
    let (mut words, mut word, mut quote): (_, Option<String>, Option<char>) = (Vec::new(), None, None);
    let mut end = line.len();
    let mut letters = line.char_indices();
    while let Some((place, letter)) = letters.next() {
        match (letter, quote) {
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(open)) if letter == open => quote = None,
            // Between single quotes nothing is special.
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(letters.next().map(|(_, letter)| letter)),
            ('#', None) => {
                end = place;
                break;
            }
            (_, None) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (words, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_haproxy_splits_it() {
        let check = |line: &str, expected: &[&str]| assert_eq!(words(line), expected, "{line}");
        check("", &[]);
        check("   # only a comment", &[]);
        check("\tserver web1\t10.0.0.1:80  check#comment", &["server", "web1", "10.0.0.1:80", "check"]);
        check(
            r#"http-check expect string 'id="login_form"'"#,
            &["http-check", "expect", "string", r#"id="login_form""#],
        );
        check(r#"a "b c"\ d '' \#e 'f\'"#, &["a", "b c d", "", "#e", r"f\"]);
    }

    #[test]
    fn sections_have_names_and_parents() {
        let text = "global\n maxconn 10\ndefaults\ndefaults web from base # x\n\nbackend nodes from web\n balance roundrobin\n";
        let found: Vec<_> =
            sections(text).into_iter().map(|one| (one.kind, one.name, one.from, one.lines.len())).collect();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("global".to_owned(), String::new(), None, 1),
            ("defaults".to_owned(), String::new(), None, 0),
            ("defaults".to_owned(), "web".to_owned(), some("base"), 0),
            ("backend".to_owned(), "nodes".to_owned(), some("web"), 1),
        ];
        assert_eq!(found, expected);
    }
}
