//! One fact with its moment, and how it is read.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Fact, Mark};
use crate::clock::Stamp;

/// One fact and the moment at which it was known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observation {
    /// When it was known here.
    pub at: Stamp,
    /// What was seen.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Observation {
    /// Every moment that it tells.
    pub fn moments(&self) -> [Option<Stamp>; 5] {
        let [one, two, three, four] = match &self.fact {
            Fact::LoadStarted { zero } => [Some(*zero), None, None, None],
            Fact::Request(request) => {
                [Some(request.intended), Some(request.sent), request.first_byte, Some(request.end)]
            }
            Fact::Probe(probe) => [Some(probe.intended), Some(probe.sent), probe.first_byte, Some(probe.end)],
            Fact::NotOffered { intended, .. } => [Some(*intended), None, None, None],
            Fact::Detector { not_before: moment, .. }
            | Fact::DetectorRead { since: moment, .. }
            | Fact::Window { mark: Mark::EffectSeen { not_before: moment, .. }, .. } => [*moment, None, None, None],
            _ => [None; 4],
        };
        [Some(self.at), one, two, three, four]
    }
}

/// Read by hand, since serde would put every line into a buffer first to find the tag in it, at several times the cost.
/// A line is in the order in which it is written: the moment, the kind of fact, then what the fact holds.
impl<'de> Deserialize<'de> for Observation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Observation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an observation: `at`, then `fact`, then what the fact holds")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Observation, A::Error> {
        let at = field(&mut map, Key::At)?;
        let kind: String = field(&mut map, Key::Fact)?;
        let fact = match kind.as_str() {
            "probe" => Fact::Probe(Deserialize::deserialize(MapAccessDeserializer::new(map))?),
            "request" => Fact::Request(Deserialize::deserialize(MapAccessDeserializer::new(map))?),
            "stored" => Fact::Stored(Deserialize::deserialize(MapAccessDeserializer::new(map))?),
            _ => Fact::deserialize(MapAccessDeserializer::new(Tagged { kind: Some(kind), rest: map }))?,
        };
        Ok(Observation { at, fact })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    At,
    Fact,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Fact => "fact",
        }
    }
}

/// The next field of the map, which must be `wanted`.
fn field<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A, wanted: Key) -> Result<T, A::Error> {
    match map.next_key::<Key>()? {
        Some(key) if key == wanted => map.next_value(),
        _ => Err(A::Error::custom(format_args!("expected the field `{}` here", wanted.name()))),
    }
}

/// The rest of a map with its tag put back in front: for the kinds that are rare enough for serde's own way.
struct Tagged<A> {
    kind: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tagged<A> {
    type Error = A::Error;

    fn next_key_seed<K: serde::de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.kind {
            Some(_) => seed.deserialize(Key::Fact.name().into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: serde::de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.kind.take() {
            Some(kind) => seed.deserialize(kind.into_deserializer()),
            None => self.rest.next_value_seed(seed),
        }
    }
}
