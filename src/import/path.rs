//! Method and path of a request → what was done, in which course and set. The paths are those of WeBWorK 2.20
//! (`lib/WeBWorK/Utils/Routes.pm`), with `quiz_mode` of older versions.

use super::record::What;

/// Pages of a course that are no set.
const PAGES: [&[u8]; 9] = [
    b"options",
    b"grades",
    b"achievements",
    b"equation",
    b"feedback",
    b"hardcopy",
    b"show_answers",
    b"proctor_login",
    b"skeleton",
];
/// Below the root, what is no course.
const NO_COURSES: [&[u8]; 8] = [
    b"render_rpc",
    b"instructor_rpc",
    b"html2xml",
    b"ltiadvanced",
    b"ltiadvantage",
    b"saml2",
    b"pod",
    b"sampleproblems",
];
/// What tests are below in a course.
const TESTS: [&[u8]; 4] = [b"test_mode", b"proctored_test_mode", b"quiz_mode", b"proctored_quiz_mode"];

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The course.
    pub course: &'a [u8],
    /// The set, without the number of a version; empty where there is none.
    pub set: &'a [u8],
    /// The problem; 0 where there is none.
    pub problem: u8,
    /// What was done.
    pub what: What,
    /// The user that the query names, as it stands there; empty where it names none.
    pub user: &'a [u8],
}

/// What a request for `target` (a path, with a query perhaps) was for; none where it is not about a course. `posts`: whether
/// a form was sent.
pub fn asked(target: &[u8], posts: bool) -> Option<Asked<'_>> {
    let (path, query) = split(without_host(target), b'?');
    let below = path.strip_prefix(b"/webwork2/")?;
    let mut parts = below.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    let course = parts.next().filter(|course| !NO_COURSES.contains(course))?;
    let user = named(query, b"user");
    let of = |what, set, problem| Some(Asked { course, set, problem, what, user });
    let (one, two, three) = (parts.next(), parts.next(), parts.next());
    let none = &b""[..];
    match (one, two, three) {
        (None, ..) => of(if posts { What::Login } else { What::Front }, none, 0),
        (Some(b"logout"), ..) => of(What::Logout, none, 0),
        (Some(b"instructor"), ..) => of(What::Staff, none, 0),
        (Some(page), ..) if PAGES.contains(&page) => of(What::Other, none, 0),
        (Some(mode), Some(version), None) if TESTS.contains(&mode) => {
            let (set, versioned) = set_of(version);
            let what = match (versioned, posts) {
                (true, true) => What::Post,
                (true, false) => What::Look,
                // The form of a page that only starts is that of signing in.
                (false, true) => What::Login,
                (false, false) => What::Start,
            };
            of(what, set, 0)
        }
        (Some(mode), ..) if TESTS.contains(&mode) => of(What::Other, none, 0),
        (Some(set), None, None) => {
            let (set, _) = set_of(set);
            of(if posts { What::Login } else { What::Info }, set, 0)
        }
        (Some(set), Some(problem), None) => match super::stamp::whole(problem) {
            Some(number) => {
                let number = u8::try_from(number).unwrap_or(u8::MAX);
                of(if posts { What::Post } else { What::Look }, set_of(set).0, number)
            }
            None => of(What::Other, none, 0),
        },
        _ => of(What::Other, none, 0),
    }
}

/// The path of a target that names its host, as HAProxy logs those of HTTP/2: `https://host/path`.
fn without_host(target: &[u8]) -> &[u8] {
    let rest = target.strip_prefix(b"https://").or_else(|| target.strip_prefix(b"http://"));
    rest.map_or(target, |rest| memchr::memchr(b'/', rest).map_or(&[][..], |place| &rest[place..]))
}

/// The set of a version such as `Quiz1,v3`, and whether it was one. Browsers may write the comma as `%2C`.
pub fn set_of(version: &[u8]) -> (&[u8], bool) {
    for comma in [&b",v"[..], b"%2Cv", b"%2cv"] {
        let place = version.len().checked_sub(1).and_then(|last| {
            let digits = version.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0 && digits <= last).then(|| version.len() - digits)
        });
        if let Some(set) = place.and_then(|end| version[..end].strip_suffix(comma)) {
            return (set, true);
        }
    }
    (version, false)
}

/// The value of `name` in a query; empty where it is not there.
fn named<'a>(query: &'a [u8], name: &[u8]) -> &'a [u8] {
    let mut pairs = query.split(|byte| *byte == b'&').map(|pair| split(pair, b'='));
    pairs.find(|(key, _)| *key == name).map_or(b"", |(_, value)| value)
}

/// What is before the first `byte`, and what is after it.
fn split(text: &[u8], byte: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(byte, text) {
        Some(place) => (&text[..place], &text[place + 1..]),
        None => (text, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_was_done() {
        let check = |target: &str, posts, expected: Option<(What, &str, u8)>| {
            let found = asked(target.as_bytes(), posts);
            let found = found.map(|asked| (asked.what, std::str::from_utf8(asked.set).unwrap(), asked.problem));
            assert_eq!(found, expected, "{target} {posts}");
        };
        check("/webwork2/quiz", false, Some((What::Front, "", 0)));
        check("/webwork2/quiz/", true, Some((What::Login, "", 0)));
        check("/webwork2/quiz/Quiz1", false, Some((What::Info, "Quiz1", 0)));
        check("/webwork2/quiz/Quiz1?x=1", true, Some((What::Login, "Quiz1", 0)));
        check("/webwork2/quiz/test_mode/Quiz1", false, Some((What::Start, "Quiz1", 0)));
        check("/webwork2/quiz/test_mode/Quiz1,v12", false, Some((What::Look, "Quiz1", 0)));
        check("/webwork2/quiz/test_mode/Quiz1%2Cv12/", true, Some((What::Post, "Quiz1", 0)));
        check("/webwork2/quiz/quiz_mode/Quiz1,v1", true, Some((What::Post, "Quiz1", 0)));
        check("/webwork2/quiz/HW1/3", false, Some((What::Look, "HW1", 3)));
        check("/webwork2/quiz/HW1/3/", true, Some((What::Post, "HW1", 3)));
        check("/webwork2/quiz/logout", false, Some((What::Logout, "", 0)));
        check("/webwork2/quiz/instructor/users/somebody", false, Some((What::Staff, "", 0)));
        // HAProxy logs requests of HTTP/2 with their host.
        check("https://host.example/webwork2/quiz/instructor/users/a", false, Some((What::Staff, "", 0)));
        check("https://host.example", false, None);
        check("/webwork2/quiz/grades", false, Some((What::Other, "", 0)));
        check("/webwork2/quiz/HW1/3/show_me_another", false, Some((What::Other, "", 0)));
        check("/webwork2/render_rpc", true, None);
        check("/webwork2_files/js/x.js", false, None);
        check("/webwork2/", false, None);
        check("*", false, None);
        assert_eq!(asked(b"/webwork2/quiz?effectiveUser=b&user=a&key=c", false).unwrap().user, b"a");
        assert_eq!([set_of(b",v1"), set_of(b"v1"), set_of(b"1")], [(&b""[..], true), (b"v1", false), (b"1", false)]);
    }
}
