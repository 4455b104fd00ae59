//! A student's browser as an HTTP client: cookies, a name, and trust in the certificate of the run's entry and in no other.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result};
use reqwest::cookie::CookieStore;
use reqwest::header::{HOST, HeaderMap, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Url};

use super::USER_AGENT;

/// A browser that trusts `certificate` (PEM), where the entry has one, and nobody else: there is nothing else to ask, and
/// a machine without certificates will do.
pub fn browser(certificate: Option<&str>) -> Result<ClientBuilder> {
    let certificate = certificate.map(|pem| Certificate::from_pem(pem.as_bytes())).transpose();
    let trusted = certificate.context("the certificate of the entry")?;
    Ok(ClientBuilder::new().cookie_store(true).user_agent(USER_AGENT).tls_certs_only(trusted))
}

/// The host that a node is asked for when it is asked directly. A worker of WeBWorK that was once asked for another host than
/// this one puts that host on the cookies of everybody from then on (2.20, `setSessionParams` in lib/WeBWorK/Controller.pm),
/// and browsers refuse them.
pub const NODE_HOST: &str = "localhost";

/// A client that asks a node directly as the balancer does: over plain HTTP, for the host that leaves no trace, and with
/// cookies that a browser may send back over TLS only. `secure`: its client came to the balancer by TLS.
pub fn direct(secure: bool) -> ClientBuilder {
    let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(NODE_HOST))]);
    if secure {
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
    }
    let builder = ClientBuilder::new().cookie_provider(Arc::new(Jar::default())).user_agent(USER_AGENT);
    builder.default_headers(headers).tls_certs_only([])
}

/// Cookies by name, whatever else is said of them: for one host, whose cookies are of one session.
#[derive(Debug, Default)]
struct Jar(RwLock<BTreeMap<String, String>>);

impl CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, _url: &Url) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let texts = headers.filter_map(|header| header.to_str().ok());
        let pairs = texts.filter_map(|text| text.split(';').next()?.trim().split_once('='));
        held.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    fn cookies(&self, _url: &Url) -> Option<HeaderValue> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<_> = held.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!all.is_empty()).then(|| HeaderValue::from_str(&all.join("; ")).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secure_cookie_goes_back_to_a_node_over_plain_http() {
        let (jar, url) = (Jar::default(), Url::parse("http://10.0.0.1:8080/").unwrap());
        assert_eq!(jar.cookies(&url), None);
        let told = [HeaderValue::from_static("a=1; secure; HttpOnly"), HeaderValue::from_static("b=2; path=/x")];
        jar.set_cookies(&mut told.iter(), &url);
        jar.set_cookies(&mut [HeaderValue::from_static("a=3; secure")].iter(), &url);
        assert_eq!(jar.cookies(&url).unwrap(), "a=3; b=2");
    }
}
