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
/// How far the stamps of two logs of one sign-in may be apart that are both WeBWorK's or both of requests, in milliseconds: they are cut
/// to seconds.
const EARLIER_MS: i64 = 3000;
/// How far WeBWorK's stamp of a sign-in or a submission and that of its request may be apart, either way: HAProxy and Apache stamp a
/// request when it comes, WeBWorK when it gets to it, nginx when it is done, and a page may take this long where a class waits.
const PAGE_MS: i64 = 15_000;

/// Gives events of clients to the users who were seen there; how many clients were given, and whether any is one at which somebody
/// signed in by `login.log`.
pub fn users(events: &mut [Event], seen: &[Seen]) -> (usize, bool) {
    let mut by_client: HashMap<u32, Vec<(i64, u32)>> = HashMap::new();
    for seen in seen {
        // Two logs tell of one sign-in, a request that names its user of itself.
        let early = if seen.signs_in { EARLIER_MS } else { 0 };
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
    let mut lines: HashMap<(u32, u16, i64, u8), u32> = HashMap::new();
    let mut submissions: HashMap<(u32, u16, i64), u32> = HashMap::new();
    events.retain_mut(|event| {
        if event.what != What::GradedPart {
            return true;
        }
        let line = lines.entry((event.who, event.place, event.at, event.problem)).or_default();
        *line += 1;
        let known = submissions.entry((event.who, event.place, event.at)).or_default();
        let is_new = *line > *known;
        *known = (*known).max(*line);
        (event.what, event.problem) = (What::Grade, 0);
        is_new
    });
}

/// Makes graded submissions of the forms that `answer.log` tells of, and takes away the events that told it. `events` are in
/// order of time. A submission for which no form is found stays an event of its own.
pub fn grades(events: &mut Vec<Event>, people: &People) {
    let posts: Vec<usize> = (0..events.len()).filter(|place| events[*place].what == What::Post).collect();
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
        let from = own.partition_point(|post| events[*post].at < grade.at - PAGE_MS);
        let near = own[from..].iter().copied().take_while(|post| events[*post].at <= grade.at + PAGE_MS);
        let same = |post: &usize| {
            let post_event = events[*post];
            !taken[*post] && (grade.problem == 0 || post_event.problem == grade.problem)
        };
        // The stamp is the second in which the submission came, so that its middle is nearest on average.
        if let Some(post) = near.filter(same).min_by_key(|post| events[*post].at.abs_diff(grade.at + 500)) {
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

/// Takes away a sign-in that two logs tell of: of one student and so near each other that it is one. The stamp of the request
/// stays: `is_request` says of an event whether it is one. `events` are in order of student and time.
pub fn once(events: &mut Vec<Event>, is_request: impl Fn(&Event) -> bool) {
    events.dedup_by(|later, earlier| {
        let same = later.who == earlier.who && later.what == earlier.what;
        let requests = [&*earlier, &*later].map(&is_request);
        let apart = if requests[0] == requests[1] { EARLIER_MS } else { PAGE_MS };
        let twice = same && matches!(later.what, What::Login | What::Logout) && later.at - earlier.at <= apart;
        if twice && requests == [false, true] {
            *earlier = *later;
        }
        // Two requests are two tries.
        twice && requests != [true, true]
    });
}
