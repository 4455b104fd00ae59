//! Events of users and of clients → events of students: which client is which user, and which forms of a test were graded
//! submissions.
//!
//! `login.log` names user, address and browser of each sign-in, and an access log has address and browser: a client from which
//! few users signed in is, at any moment, the user who did last. A form that was sent is a graded submission where
//! `answer.log` has one at about the same time: of the same student where that is known, else of any.

use std::collections::HashMap;

use super::event::Event;
use super::people::People;
use super::record::What;

/// A client from which more users than this signed in is none of them: a room behind one address, or a balancer.
const USERS_MAX: usize = 3;
/// How far the stamps of two logs of one sign-in or one submission may be apart, in milliseconds: both are cut to seconds, and
/// nginx stamps a request when it is done.
const EARLIER_MS: i64 = 3000;
/// And the other way round.
const LATER_MS: i64 = 15_000;

/// Gives events of clients to the users who signed in from them; how many clients were given.
pub fn users(events: &mut [Event], logins: &[(Event, u32)]) -> usize {
    let mut by_client: HashMap<u32, Vec<(i64, u32)>> = HashMap::new();
    for (event, user) in logins {
        by_client.entry(event.who).or_default().push((event.at, *user));
    }
    by_client.retain(|_, logins| {
        logins.sort_unstable();
        let mut users: Vec<u32> = logins.iter().map(|(_, user)| *user).collect();
        users.sort_unstable();
        users.dedup();
        users.len() <= USERS_MAX
    });
    let mut given = std::collections::HashSet::new();
    for event in events {
        let Some(logins) = by_client.get(&event.who) else { continue };
        let before = logins.partition_point(|(at, _)| *at <= event.at + EARLIER_MS);
        // Before the first sign-in it was who then signed in.
        if let Some((_, user)) = logins.get(before.saturating_sub(1)) {
            given.insert(event.who);
            event.who = *user;
        }
    }
    given.len()
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
        let from = own.partition_point(|post| events[*post].at < grade.at - EARLIER_MS);
        let near = own[from..].iter().copied().take_while(|post| events[*post].at <= grade.at + LATER_MS);
        let same = |post: &usize| {
            let post_event = events[*post];
            !taken[*post] && (grade.problem == 0 || post_event.problem == grade.problem)
        };
        if let Some(post) = near.filter(same).min_by_key(|post| events[*post].at.abs_diff(grade.at)) {
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

/// Takes away a sign-in that two logs tell of: of one student and so near each other that it is one. `events` are in order of
/// student and time.
pub fn once(events: &mut Vec<Event>) {
    let twice = |later: &mut Event, earlier: &mut Event| {
        let same = later.who == earlier.who && later.what == earlier.what;
        same && matches!(later.what, What::Login | What::Logout) && later.at - earlier.at <= EARLIER_MS
    };
    events.dedup_by(twice);
}
