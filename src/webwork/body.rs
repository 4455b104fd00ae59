//! An answer → its page, of which no more is kept than a page may have.

use reqwest::{Error, Response};

/// Most bytes of a page that are read; WeBWorK's have some tens of kilobytes. Of a longer one only so much is judged.
const PAGE_MAX: usize = 1 << 20;

/// The page that `response` brings, to its end or to the limit.
pub async fn read_page(mut response: Response) -> Result<String, Error> {
    let mut page: Vec<u8> = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = PAGE_MAX - page.len();
        page.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if page.len() == PAGE_MAX {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}
