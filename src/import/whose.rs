//! Clients → users, by when each did the same: where `login.log` tells of a sign-in a client sent the login form, and where `answer.log`
//! tells of a submission one sent the form of a test. What an address does not tell (behind a balancer `login.log` has the balancer's)
//! that tells, the more surely the fewer were there at the time and the more often it was so.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::Seen;
use super::event::Event;
use super::people::People;
use super::record::What;

/// How far what a log of WeBWorK tells may be from the request that it was: stamps are cut to seconds. Who waits for longer is not told
/// apart by that: the wider this is, the more others did the same in it.
const EARLIER_MS: i64 = 1000;
/// And the other way round: a web server stamps a request when it is done.
const LATER_MS: i64 = 2000;
/// Clients at one time, above which that says nothing of whose each is.
const CROWD_MAX: usize = 40;
/// How many tenths of all acts of a user a client must have done to be that user.
const VOTES_TENTHS: u32 = 7;
/// How sure it must be that no other client, of all that there are, did as much by chance: 19 in 20, as a logarithm.
const SURE: f64 = 3.0;
/// Most rounds in which who was found is taken from the choice of the others.
const ROUNDS_MAX: u32 = 10;

/// What a user did by a log of WeBWorK.
struct Act {
    at: i64,
    user: u32,
    /// What the request did that it was.
    asked: What,
    /// The browser; none where the other logs do not show it: they may cut its name off.
    agent: Option<u32>,
}

/// How often a client did something when a user did the same.
#[derive(Clone, Copy, Default)]
struct Votes {
    all: u32,
    /// How unlikely that is by chance: the sum of the logarithms of all clients over those that did it then.
    odds: f64,
}

/// Gives events of clients to the users who did the same whenever they did: the client that did so at nearly all such times, more
/// often than any other, and more surely than by chance. How many clients were given. `events` are in order of time; `agents` has the
/// browser of each client that tells one; `is_request` says of an event whether it is one.
pub fn users(
    events: &mut [Event],
    people: &People,
    (seen, agents): (&[Seen], &HashMap<u32, u32>),
    is_request: impl Fn(&Event) -> bool,
) -> usize {
    let asks = |event: &&Event| (event.what == What::Login || event.what.is_post()) && is_request(event);
    let asked = events.iter().filter(asks).map(|event| Event { what: event.what.whenever(), ..*event });
    let (known, requests): (Vec<Event>, Vec<Event>) = asked.partition(|event| people.is_user(event.who));
    let acts = acts(events, (&requests, &known), seen, agents);
    let user_of = matched(votes(&acts, &requests, agents), clients(&requests));
    for event in events {
        if let Some(user) = user_of.get(&event.who) {
            event.who = *user;
        }
    }
    user_of.len()
}

fn clients(requests: &[Event]) -> usize {
    requests.iter().map(|request| request.who).collect::<HashSet<_>>().len()
}

/// What users did while there were requests, in no order. What a request of the user's own shows already is none of anybody else's.
fn acts(
    events: &[Event],
    (requests, known): (&[Event], &[Event]),
    seen: &[Seen],
    agents: &HashMap<u32, u32>,
) -> Vec<Act> {
    let (Some(first), Some(last)) = (requests.first(), requests.last()) else { return Vec::new() };
    let browsers: HashSet<u32> = agents.values().copied().collect();
    let signed_in = seen.iter().filter(|seen| seen.signs_in).map(|seen| Act {
        at: seen.at,
        user: seen.user,
        asked: What::Login,
        agent: Some(seen.agent).filter(|agent| browsers.contains(agent)),
    });
    let graded = events.iter().filter(|event| event.what == What::Grade);
    let graded = graded.map(|event| Act { at: event.at, user: event.who, asked: What::Post, agent: None });
    let there = first.at - LATER_MS..=last.at + EARLIER_MS;
    let mut own: Vec<(u32, What, i64)> = known.iter().map(|event| (event.who, event.what, event.at)).collect();
    own.sort_unstable();
    let is_own = |act: &Act| {
        let from = own.partition_point(|one| *one < (act.user, act.asked, act.at - EARLIER_MS));
        own.get(from).is_some_and(|one| *one <= (act.user, act.asked, act.at + LATER_MS))
    };
    let mut acts: Vec<Act> =
        signed_in.chain(graded).filter(|act| there.contains(&act.at)).filter(|act| !is_own(act)).collect();
    acts.sort_by_key(|act| (act.user, act.at, act.asked));
    acts.dedup_by_key(|act| (act.user, act.at, act.asked));
    acts
}

/// Of each user how many acts there are, and of each client how often it did the same.
#[allow(clippy::cast_precision_loss, reason = "clients are few")]
fn votes(acts: &[Act], requests: &[Event], agents: &HashMap<u32, u32>) -> BTreeMap<u32, (u32, HashMap<u32, Votes>)> {
    let all = clients(requests) as f64;
    let mut votes: BTreeMap<u32, (u32, HashMap<u32, Votes>)> = BTreeMap::new();
    for act in acts {
        let of_user = votes.entry(act.user).or_default();
        of_user.0 += 1;
        let from = requests.partition_point(|request| request.at < act.at - EARLIER_MS);
        let browser =
            |client: u32| act.agent.is_none() || agents.get(&client).is_none_or(|one| Some(*one) == act.agent);
        let mut near: Vec<u32> = Vec::new();
        let asked = requests[from..].iter().take_while(|request| request.at <= act.at + LATER_MS);
        for request in asked.filter(|request| request.what == act.asked && browser(request.who)) {
            // In a crowd one more or less says nothing.
            if near.len() <= CROWD_MAX && !near.contains(&request.who) {
                near.push(request.who);
            }
        }
        if near.len() > CROWD_MAX {
            continue;
        }
        let odds = (all / near.len().max(1) as f64).ln();
        for client in near {
            let votes = of_user.1.entry(client).or_default();
            votes.all += 1;
            votes.odds += odds;
        }
    }
    votes
}

/// The user of each of `clients` clients of whom that can be said. A client that is the likeliest of several users is a room or a
/// balancer, and none of them. Who was found is no choice for the others any more, round after round.
#[allow(clippy::cast_precision_loss, reason = "clients are few")]
fn matched(mut votes: BTreeMap<u32, (u32, HashMap<u32, Votes>)>, clients: usize) -> HashMap<u32, u32> {
    let sure = (clients.max(1) as f64).ln() + SURE;
    let mut user_of = HashMap::new();
    for _ in 0..ROUNDS_MAX {
        let mut chosen: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (user, (acts, clients)) in &votes {
            let Some((client, votes)) = likeliest(clients) else { continue };
            if votes.odds >= sure && votes.all * 10 >= acts * VOTES_TENTHS {
                chosen.entry(client).or_default().push(*user);
            }
        }
        if chosen.is_empty() {
            break;
        }
        for (client, users) in &chosen {
            if let [user] = users[..] {
                user_of.insert(*client, user);
            }
            // Whoever chose a room has no second choice.
            users.iter().for_each(|user| drop(votes.remove(user)));
        }
        for (_, clients) in votes.values_mut() {
            clients.retain(|client, _| !chosen.contains_key(client));
        }
    }
    user_of
}

/// The client with most votes; none where two have as many.
fn likeliest(clients: &HashMap<u32, Votes>) -> Option<(u32, Votes)> {
    let mut best: Option<(u32, Votes)> = None;
    let mut tied = false;
    for (client, votes) in clients {
        match votes.all.cmp(&best.map_or(0, |(_, most)| most.all)) {
            Ordering::Greater => (best, tied) = (Some((*client, *votes)), false),
            Ordering::Equal => tied = true,
            Ordering::Less => {}
        }
    }
    best.filter(|_| !tied)
}
