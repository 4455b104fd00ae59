//! Names of users and addresses of clients → numbers, and nothing else. What is kept of a name is a hash under a key that is
//! drawn for one import (SipHash with 128 bits from the operating system, by the standard library) and never leaves this
//! file; when the import ends, key and hashes are gone, and a number says nothing but in which order people came.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use percent_encoding::percent_decode;

/// Nobody.
pub const NOBODY: u32 = u32::MAX;
/// Most people, users and clients together.
pub const PEOPLE_MAX: usize = 200_000;

/// Numbers of people, in the order in which lines named them.
#[derive(Default)]
pub struct People {
    key: RandomState,
    numbers: HashMap<u64, u32>,
    /// Of each number whether it is a user of WeBWorK, not a client.
    users: Vec<bool>,
}

impl People {
    /// The number of a user; none where there are too many people. `ada%40x.edu` in the address of a page is `ada@x.edu`: no name of a
    /// user has a per cent sign (`lib/WeBWorK/DB.pm` of WeBWorK 2.20).
    pub fn user(&mut self, name: &[u8]) -> Option<u32> {
        let name = Cow::from(percent_decode(name));
        self.number(&[b"user", &name], true)
    }

    /// The number of a client; none where there are too many people.
    pub fn client(&mut self, address: &[u8], agent: &[u8]) -> Option<u32> {
        self.number(&[b"client", address, agent], false)
    }

    /// What stands for a browser's name, as far as 32 bits tell browsers apart.
    #[allow(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    pub fn agent(&self, name: &[u8]) -> u32 {
        self.key.hash_one([&b"agent"[..], name]) as u32
    }

    /// Whether a number is that of a user.
    pub fn is_user(&self, number: u32) -> bool {
        self.users.get(number as usize).copied().unwrap_or_default()
    }

    fn number(&mut self, parts: &[&[u8]], user: bool) -> Option<u32> {
        let hash = self.key.hash_one(parts);
        if let Some(number) = self.numbers.get(&hash) {
            return Some(*number);
        }
        let number = u32::try_from(self.users.len()).ok().filter(|_| self.users.len() < PEOPLE_MAX)?;
        self.numbers.insert(hash, number);
        self.users.push(user);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_numbered_as_they_come_and_by_another_key_each_time() {
        let mut people = People::default();
        let numbers =
            [people.user(b"zoe"), people.user(b"adam"), people.client(b"10.0.0.1", b"x"), people.user(b"zoe")];
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(0)]);
        assert!(people.is_user(1) && !people.is_user(2) && !people.is_user(NOBODY));
        assert_eq!([people.user(b"a%40x.edu"), people.user(b"a@x.edu")], [Some(3); 2]);
        // A name and an address that read the same are two people.
        assert_ne!(people.user(b"10.0.0.1"), people.client(b"10.0.0.1", b""));
        let hashes = |mut people: People| {
            people.user(b"zoe");
            people.numbers.into_keys().collect::<Vec<_>>()
        };
        assert_ne!(hashes(People::default()), hashes(People::default()));
    }
}
