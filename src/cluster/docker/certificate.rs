//! The certificate of a run's entry: made for it, signed by itself, good for this machine's own addresses only. Clients of
//! the run trust it and no other.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What the entry shows, and its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Certificate and private key, PEM, one after the other, as HAProxy wants them.
    pub pem: String,
    /// The certificate alone, PEM.
    pub public: String,
}

impl Certificate {
    /// A new one for `entry`, 127.0.0.1 and localhost.
    pub fn new(entry: Ipv4Addr) -> Result<Self> {
        let names = [entry.to_string(), Ipv4Addr::LOCALHOST.to_string(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).context("make a certificate")?;
        let public = made.cert.pem();
        Ok(Self { pem: format!("{public}{}", made.signing_key.serialize_pem()), public })
    }
}
