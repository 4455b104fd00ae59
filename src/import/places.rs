//! Courses and sets → numbers, with how much was done in each.

use std::collections::HashMap;

/// Most pairs of course and set: a term of a large site has a few thousand. What is done in more of them is told and counts nowhere.
const PLACES_MAX: usize = u16::MAX as usize;
/// Longest name that is kept.
const NAME_MAX: usize = 200;

/// A pair of course and set, either of which may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The course; empty where the log names none.
    pub course: Box<[u8]>,
    /// The set; empty where it is about none.
    pub set: Box<[u8]>,
}

/// Pairs of course and set that logs name.
#[derive(Default)]
pub struct Places {
    known: Vec<Place>,
    numbers: HashMap<Place, u16>,
    last: Option<u16>,
}

impl Places {
    /// The number of a pair; none of one that is new where there are too many.
    pub fn number(&mut self, course: &[u8], set: &[u8]) -> Option<u16> {
        let is = |place: &Place| *place.course == *course && *place.set == *set;
        // Lines of one set follow each other.
        if let Some(last) = self.last.filter(|last| self.known.get(usize::from(*last)).is_some_and(is)) {
            return Some(last);
        }
        let cut = |name: &[u8]| name[..name.len().min(NAME_MAX)].into();
        let place = Place { course: cut(course), set: cut(set) };
        let number = match self.numbers.get(&place) {
            Some(number) => *number,
            None if self.known.len() < PLACES_MAX => self.add(place),
            None => return None,
        };
        self.last = Some(number);
        Some(number)
    }

    /// The pair with this number.
    pub fn place(&self, number: u16) -> &Place {
        static NOWHERE: std::sync::LazyLock<Place> = std::sync::LazyLock::new(Place::default);
        self.known.get(usize::from(number)).unwrap_or(&NOWHERE)
    }

    fn add(&mut self, place: Place) -> u16 {
        let number = u16::try_from(self.known.len()).unwrap_or(u16::MAX);
        self.known.push(place.clone());
        self.numbers.insert(place, number);
        number
    }
}
