//! The way of a request out, to addresses of the run's own cluster and to nobody else, and of its page in, up to a length.
//!
//! Whatever is asked for goes through [`address`]: what a page holds (the action of a form) can change what is asked for, and
//! never whom. [`Page::read`] ends a page that is too long or has no end.

use reqwest::{Response, Url};

use super::NODE_HEADER;
use crate::foreign::line;

/// Longest page that is read, in bytes as they are when they were unpacked. WeBWorK's longest that was recorded has 25 kB.
pub const PAGE_MAX: usize = 2 << 20;
/// Most tags of a page. To read some that lie in one another takes the square of their number; so many take a quarter of a second.
pub const TAGS_MAX: usize = 10_000;
/// Longest tag of a page, in bytes, and the same of all together: the sum of the squares of their lengths is at most that of
/// one of this length, for what reads a tag compares each of its attributes with all the others.
pub const TAG_MAX: usize = 64 << 10;
/// Longest name of a node that an answer may give, in characters.
const NODE_MAX: usize = 64;

/// A page as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// The whole of it.
    pub body: String,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum NoPage {
    /// It did not come, or not to its end.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// It is longer than any page of the app is.
    #[error("more than {PAGE_MAX} bytes, {TAGS_MAX} tags, or {TAG_MAX} bytes in a tag")]
    Oversized,
    /// It was never asked for.
    #[error("`{0}` is no address of a cluster of wwchaos")]
    Elsewhere(String),
}

impl Page {
    /// Reads the page that `response` is the head of.
    pub async fn read(mut response: Response) -> Result<Self, NoPage> {
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if bytes.len() + chunk.len() > PAGE_MAX {
                return Err(NoPage::Oversized);
            }
            bytes.extend_from_slice(&chunk);
        }
        if !is_readable(&bytes) {
            return Err(NoPage::Oversized);
        }
        let body =
            String::from_utf8(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned());
        Ok(Self { status, body })
    }
}

/// Whether the tags of a page can be read in a moment.
fn is_readable(page: &[u8]) -> bool {
    let mut squares = 0;
    for (tags, start) in memchr::memchr_iter(b'<', page).enumerate() {
        let longest = &page[start..page.len().min(start + TAG_MAX)];
        let length = memchr::memchr(b'>', longest).unwrap_or(longest.len());
        squares += length * length;
        if tags >= TAGS_MAX || squares >= TAG_MAX * TAG_MAX {
            return false;
        }
    }
    true
}

/// The node that served `response`, where it names one.
pub fn node(response: &Response) -> Option<String> {
    let named = response.headers().get(NODE_HEADER).and_then(|node| node.to_str().ok());
    named.map(|name| line(name, NODE_MAX).into_owned())
}

/// The address of `path` on the server at `base`, which must be of a cluster of wwchaos.
pub fn address(base: &str, path: &str) -> Result<Url, NoPage> {
    let elsewhere = || NoPage::Elsewhere(line(base, NODE_MAX).into_owned());
    let mut url = Url::parse(base).map_err(|_| elsewhere())?;
    if !is_own(&url) {
        return Err(elsewhere());
    }
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(path);
    url.set_query(query);
    Ok(url)
}

/// Whether a cluster of wwchaos may be there: 127.0.0.1, or the network that runs take theirs from, 10.200.0.0/13.
fn is_own(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let octets: Option<Vec<u8>> = host.split('.').map(|octet| octet.parse().ok()).collect();
    matches!(octets.as_deref(), Some([127, 0, 0, 1] | [10, 200..=207, _, _]))
        && matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests;
