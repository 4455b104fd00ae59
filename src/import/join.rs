//! Events of users and of clients → events of students: which client is which user, and which forms of a test were graded
//! submissions.
//!
//! `login.log` names user, address and browser of each sign-in, and an access log has address and browser, and the user where the
//! address of a page or the server tells: a client at which few users were seen is, at any moment, the one who was last. Where that
//! says nothing, `whose` asks who did what at the same time. A form that was sent is a graded submission where
//! `answer.log` has one at about the same time: of the same student where that is known, else of any.

use std::collections::{HashMap, HashSet};

use super::Seen;
use super::event::Event;
use super::people::People;
use super::record::What;

/// A client at which more users than this were seen is none of them: a room behind one address, or a balancer.
const USERS_MAX: usize = 3;
/// Nor is one at which another was seen so soon after the one before: they are there at once, and who asks is not told.
const AT_ONCE_MS: i64 = 60_000;
/// How far two stamps of WeBWorK of one sign-in may be apart, and a request of somebody before that sign-in, in milliseconds: they are cut
/// to seconds.
const SIGN_IN_MS: i64 = 3000;
/// How far WeBWorK's stamp of a sign-in may be from that of its request, either way: a page may take this long.
const PAGE_MS: i64 = 15_000;
/// How far a form may be before WeBWorK's stamp of the submission that it was, in milliseconds, in a log that stamps requests when they
/// come: balancers usually let a request wait for a minute.
const WAITED_MS: i64 = 60_000;
/// And after it, by clocks that differ; the stamp of the submission is cut to seconds.
const CLOCKS_MS: i64 = 2000;
/// How far a form may be before that stamp in a log of which it is not known when it stamps requests: Apache does when they come.
const UNTOLD_BEFORE_MS: i64 = 3000;
/// And after it: nginx stamps a request when it is done, in the same form of line.
const UNTOLD_AFTER_MS: i64 = 15_000;
// [`grades`] looks for no form beyond the wider of both.
const _: () = assert!(UNTOLD_BEFORE_MS <= WAITED_MS && CLOCKS_MS <= UNTOLD_AFTER_MS);

/// Gives events of clients to the users who were seen there; how many clients were given, and whether any is one at which somebody
/// signed in by `login.log`.
pub fn users(events: &mut [Event], seen: &[Seen]) -> (usize, bool) {
    let mut by_client: HashMap<u32, Vec<(i64, u32)>> = HashMap::new();
    for seen in seen {
        // Two logs tell of one sign-in, a request that names its user of itself.
        let early = if seen.signs_in { SIGN_IN_MS } else { 0 };
        by_client.entry(seen.client).or_default().push((seen.at - early, seen.user));
    }
    let signed_in: HashSet<u32> = seen.iter().filter(|seen| seen.signs_in).map(|seen| seen.client).collect();
    let known = events.iter().any(|event| signed_in.contains(&event.who));
    by_client.retain(|_, users| {
        users.sort_unstable();
        if users.windows(2).any(|pair| pair[0].1 != pair[1].1 && pair[1].0 - pair[0].0 < AT_ONCE_MS) {
            return false;
        }
        let mut names: Vec<u32> = users.iter().map(|(_, user)| *user).collect();
        names.sort_unstable();
        names.dedup();
        names.len() <= USERS_MAX
    });
    let mut given = HashSet::new();
    for event in events {
        let Some(users) = by_client.get(&event.who) else { continue };
        let before = users.partition_point(|(at, _)| *at <= event.at);
        // Before the first sign-in it was who then signed in.
        if let Some((_, user)) = users.get(before.saturating_sub(1)) {
            given.insert(event.who);
            event.who = *user;
        }
    }
    (given.len(), known)
}

/// Makes one event of each submission of a test: `answer.log` has a line for each of its problems, all with the one second in which
/// WeBWorK received it. Who submits twice in the same second has two lines of a problem, and where a full disk took lines the problem
/// tells that kept most. Those of two students may be mixed.
pub fn submissions_once(events: &mut Vec<Event>) {
    let mut parts: Vec<Event> = events.extract_if(.., |event| event.what == What::GradedPart).collect();
    parts.sort_unstable_by_key(|part| (part.who, part.place, part.at, part.problem));
    for second in parts.chunk_by(|one, other| (one.who, one.place, one.at) == (other.who, other.place, other.at)) {
        let times = second.chunk_by(|one, other| one.problem == other.problem).map(<[Event]>::len).max();
        let submission = Event { what: What::Grade, problem: 0, ..second[0] };
        events.extend(std::iter::repeat_n(submission, times.unwrap_or_default()));
    }
}

/// Makes graded submissions of the forms that `answer.log` tells of, and takes away the events that told it. `events` are in
/// order of time. A submission for which no form is found stays an event of its own.
pub fn grades(events: &mut Vec<Event>, people: &People) {
    let posts: Vec<usize> = (0..events.len()).filter(|place| events[*place].what.is_post()).collect();
    if posts.is_empty() {
        return;
    }
    let mut of: HashMap<u32, Vec<usize>> = HashMap::new();
    for place in &posts {
        of.entry(events[*place].who).or_default().push(*place);
    }
    // Those of clients that are no known user, whose submissions may be anybody's.
    let anybody: Vec<usize> = posts.iter().copied().filter(|place| !people.is_user(events[*place].who)).collect();
    let (mut taken, mut told) = (vec![false; events.len()], vec![false; events.len()]);
    for place in 0..events.len() {
        let grade = events[place];
        if grade.what != What::Grade {
            continue;
        }
        let own = of.get(&grade.who).map_or(&anybody, |own| own);
        let from = own.partition_point(|post| events[*post].at < grade.at - WAITED_MS);
        let near = own[from..].iter().copied().take_while(|post| events[*post].at <= grade.at + UNTOLD_AFTER_MS);
        let same = |post: &usize| {
            let post_event = events[*post];
            !taken[*post] && (grade.problem == 0 || post_event.problem == grade.problem)
        };
        let candidate = |post: usize| Some((apart(&events[post], grade.at)?, post));
        if let Some((_, post)) = near.filter(same).filter_map(candidate).min() {
            taken[post] = true;
            told[place] = true;
        }
    }
    for (place, event) in events.iter_mut().enumerate() {
        if taken[place] {
            event.what = What::Grade;
        }
    }
    let mut place = 0;
    events.retain(|_| {
        place += 1;
        !told[place - 1]
    });
}

/// How little like the submission at `grade` the form `post` is; none where it cannot be it.
fn apart(post: &Event, grade: i64) -> Option<i64> {
    // The stamp is the second in which the submission came, so that its middle is nearest on average.
    let off = (post.at - (grade + 500)).abs();
    let (before, after) = (grade - post.at, post.at - grade);
    if post.what != What::PostCame {
        return (before <= UNTOLD_BEFORE_MS && after <= UNTOLD_AFTER_MS).then_some(off);
    }
    // The last one that came before WeBWorK got to it: the next one a student sends after seeing the page.
    let later = if after < 1000 { 0 } else { WAITED_MS };
    (before <= WAITED_MS && after < CLOCKS_MS).then_some(off + later)
}

/// Takes away a sign-in that two logs tell of: of one student and so near each other that it is one, whatever is between. The stamp of
/// the request stays: `is_request` says of an event whether it is one. `events` are in order of student and time.
pub fn once(events: &mut Vec<Event>, is_request: impl Fn(&Event) -> bool) {
    let mut again = vec![false; events.len()];
    // The last one of each kind, of the student.
    let mut last: HashMap<What, usize> = HashMap::new();
    for place in 0..events.len() {
        let later = events[place];
        if !matches!(later.what, What::Login | What::Logout) {
            continue;
        }
        let is_same = |earlier: &usize| {
            let earlier = events[*earlier];
            let apart = match (is_request(&earlier), is_request(&later)) {
                // Two requests are two tries.
                (true, true) => return false,
                (false, false) => SIGN_IN_MS,
                _ => PAGE_MS,
            };
            earlier.who == later.who && later.at - earlier.at <= apart
        };
        let same = last.get(&later.what).copied().filter(is_same);
        if same.is_some() && !is_request(&later) {
            again[place] = true;
            continue;
        }
        if let Some(earlier) = same {
            again[earlier] = true;
        }
        last.insert(later.what, place);
    }
    let mut places = 0..events.len();
    events.retain(|_| !places.next().is_some_and(|place| again[place]));
}
