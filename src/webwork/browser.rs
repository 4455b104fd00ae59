//! A student's browser as an HTTP client: cookies, a name, trust in the certificate of the run's entry and in no other. It goes
//! straight to the server that it is sent to, past any proxy of this machine, and follows nobody away from there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result};
use reqwest::cookie::CookieStore;
use reqwest::header::{HOST, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, Url};

use super::USER_AGENT;

/// Redirects that are followed one after the other, as browsers do.
const REDIRECTS_MAX: usize = 20;
/// Cookies that are kept of one server, and the longest of them in bytes with its attributes, as browsers do.
const COOKIES_MAX: usize = 50;
const COOKIE_MAX: usize = 4096;

/// A browser that trusts `certificate` (PEM), where the entry has one, and nobody else: there is nothing else to ask, and
/// a machine without certificates will do.
pub fn browser(certificate: Option<&str>) -> Result<ClientBuilder> {
    let certificate = certificate.map(|pem| Certificate::from_pem(pem.as_bytes())).transpose();
    let trusted = certificate.context("the certificate of the entry")?;
    Ok(builder(Few::default()).tls_certs_only(trusted))
}

/// The host that a node is asked for when it is asked directly. A worker of WeBWorK that was once asked for another host than
/// this one puts that host on the cookies of everybody from then on (2.20, `setSessionParams` in lib/WeBWorK/Controller.pm),
/// and browsers refuse them.
pub const NODE_HOST: &str = "localhost";

/// A client that asks a node directly as the balancer does: over plain HTTP, for the host that leaves no trace, and with
/// cookies that a browser may send back over TLS only. `secure`: its client came to the balancer by TLS. It asks from this
/// machine's address in the network of the node at `base`: where that network is gone, nothing is sent.
pub fn direct(base: &str, secure: bool) -> ClientBuilder {
    let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(NODE_HOST))]);
    if secure {
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
    }
    builder(Jar::default()).default_headers(headers).tls_certs_only([]).local_address(gateway(base))
}

/// The address of this machine in the /24 of the node at `base`, by the contract of topologies (compose/README.md); none
/// where the node is this machine.
fn gateway(base: &str) -> Option<IpAddr> {
    let node: Ipv4Addr = Url::parse(base).ok()?.host_str()?.parse().ok()?;
    let [first, second, third, _] = node.octets();
    (!node.is_loopback()).then(|| Ipv4Addr::new(first, second, third, 1).into())
}

/// What all clients have in common.
fn builder(cookies: impl CookieStore + 'static) -> ClientBuilder {
    ClientBuilder::new().cookie_provider(Arc::new(cookies)).user_agent(USER_AGENT).no_proxy().redirect(Policy::custom(
        |attempt| {
            let first = attempt.previous().first();
            let same = first.is_some_and(|first| first.origin() == attempt.url().origin());
            // Where it is not followed, the redirect is the page.
            if same && attempt.previous().len() <= REDIRECTS_MAX { attempt.follow() } else { attempt.stop() }
        },
    ))
}

/// Cookies as a browser keeps them, but not any number of them.
#[derive(Default)]
struct Few {
    jar: reqwest::cookie::Jar,
    names: RwLock<BTreeSet<String>>,
}

impl CookieStore for Few {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        let mut kept = headers.filter(|header| name_of(header).is_some_and(|name| take(&mut names, name)));
        self.jar.set_cookies(&mut kept, url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        self.jar.cookies(url)
    }
}

/// The name of the cookie that a header sets; none of one that is too long.
fn name_of(header: &HeaderValue) -> Option<&str> {
    let text = header.to_str().ok().filter(|text| text.len() <= COOKIE_MAX)?;
    Some(text.split_once('=')?.0.trim())
}

/// Whether a cookie of this name is kept: those that came first.
fn take(names: &mut BTreeSet<String>, name: &str) -> bool {
    names.contains(name) || (names.len() < COOKIES_MAX && names.insert(name.to_owned()))
}

/// Cookies by name, whatever else is said of them: for one host, whose cookies are of one session.
#[derive(Debug, Default)]
struct Jar(RwLock<BTreeMap<String, String>>);

impl CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, _url: &Url) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for text in headers.filter(|header| header.len() <= COOKIE_MAX).filter_map(|header| header.to_str().ok()) {
            let Some((name, value)) = text.split(';').next().and_then(|pair| pair.trim().split_once('=')) else {
                continue;
            };
            if held.len() < COOKIES_MAX || held.contains_key(name) {
                held.insert(name.to_owned(), value.to_owned());
            }
        }
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

    #[test]
    fn a_node_is_asked_from_its_own_network() {
        assert_eq!(gateway("http://10.203.7.11:8080"), Some(Ipv4Addr::new(10, 203, 7, 1).into()));
        assert_eq!(gateway("http://127.0.0.1:8080"), None);
        assert_eq!(gateway("no address"), None);
    }

    #[test]
    fn cookies_are_few_and_short() {
        let url = Url::parse("http://127.0.0.1:8080/").unwrap();
        let many: Vec<_> =
            (0..1000).map(|number| HeaderValue::try_from(format!("c{number:04}={number}")).unwrap()).collect();
        let long = HeaderValue::try_from(format!("long={}", "x".repeat(COOKIE_MAX))).unwrap();
        let check = |jar: &dyn CookieStore| {
            jar.set_cookies(&mut [&long].into_iter(), &url);
            jar.set_cookies(&mut many.iter(), &url);
            jar.set_cookies(&mut [HeaderValue::from_static("c0000=new")].iter(), &url);
            let sent = jar.cookies(&url).unwrap();
            let sent = sent.to_str().unwrap();
            assert!(sent.split("; ").count() == COOKIES_MAX && sent.contains("c0000=new"), "{sent}");
        };
        check(&Jar::default());
        check(&Few::default());
        // For others they are none of ours.
        let few = Few::default();
        few.set_cookies(&mut [HeaderValue::from_static("a=b; Domain=example.org")].iter(), &url);
        assert_eq!(few.cookies(&url), None);
    }
}
