//! Times → an HdrHistogram as text, and back: the form of version 2, deflated, in base64, as HdrHistogram logs have it.
//!
//! As text it is small (some hundred bytes for some hundred times); as a histogram in memory it takes 180 KiB.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latency::histogram;

/// A histogram of times in microseconds, with 3 significant digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Encoded(String);

/// A text that is no histogram.
#[derive(Debug, thiserror::Error)]
#[error("no HdrHistogram of version 2 in base64: {0}")]
pub struct NoHistogram(String);

impl Encoded {
    /// Of `times`; none when there are none.
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let histogram = histogram(times)?;
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&histogram, &mut bytes).ok()?;
        Some(Self(STANDARD.encode(bytes)))
    }

    /// The histogram.
    pub fn decode(&self) -> Result<Histogram<u64>, NoHistogram> {
        let bytes = STANDARD.decode(&self.0).map_err(|error| NoHistogram(error.to_string()))?;
        Deserializer::new().deserialize(&mut &bytes[..]).map_err(|error| NoHistogram(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let times: Vec<_> = (1..=1000).map(Duration::from_millis).collect();
        let encoded = Encoded::of(times.clone()).unwrap();
        assert_eq!(encoded.decode().unwrap(), histogram(times).unwrap());
        assert_eq!(Encoded::of([]), None);
        let one = Encoded::of([Duration::from_millis(80)]).unwrap();
        assert!(one.0.len() < 100, "{} bytes for one time", one.0.len());
    }

    #[test]
    fn what_is_no_histogram_says_so() {
        for text in ["", "no base64", "SElTVEZBQUFBRw=="] {
            let error = Encoded(text.to_owned()).decode().unwrap_err().to_string();
            assert!(error.starts_with("no HdrHistogram of version 2 in base64: "), "{error}");
        }
    }
}
