//! A page → its tree of elements, of pages that are not made to take time: a parser's work grows with the square of how
//! deep elements stand in each other.

use scraper::Html;

/// Most bytes of a page that becomes a tree; forms of WeBWorK's largest tests have some tens of kilobytes.
const TREE_MAX: usize = 256 << 10;
/// Most elements that are begun and not ended, those that need no end included.
const OPEN_MAX: usize = 4000;

/// The tree of `page`; none where it would take too long.
pub fn tree(page: &str) -> Option<Html> {
    if page.len() > TREE_MAX {
        return None;
    }
    let (mut open, mut most) = (0_usize, 0);
    for place in memchr::memchr_iter(b'<', page.as_bytes()) {
        match page.as_bytes().get(place + 1) {
            Some(b'/') => open = open.saturating_sub(1),
            Some(letter) if letter.is_ascii_alphabetic() => open += 1,
            _ => {}
        }
        most = most.max(open);
    }
    (most <= OPEN_MAX).then(|| Html::parse_document(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_would_take_long_is_no_tree() {
        assert!(tree("<form><input></form>").is_some());
        assert!(tree(&"<p><b>x</b></p>".repeat(10_000)).is_some());
        assert!(tree(&"<div>".repeat(OPEN_MAX + 1)).is_none());
        assert!(tree(&" ".repeat(TREE_MAX + 1)).is_none());
    }
}
