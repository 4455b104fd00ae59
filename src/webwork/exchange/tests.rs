//! A hostile app on this machine: pages without an end, heads that are too long, ways that lead elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response as Answer;
use axum::routing::get;

use super::*;
use crate::history::ErrorClass;
use crate::webwork::{Form, browser, direct, transport_class};

/// Serves `app`; its URL.
async fn served(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

async fn asked(client: &reqwest::Client, base: &str, path: &str) -> Result<Page, NoPage> {
    Page::read(client.get(address(base, path)?).timeout(Duration::from_secs(20)).send().await?).await
}

fn class(page: Result<Page, NoPage>) -> ErrorClass {
    transport_class(&page.unwrap_err(), ErrorClass::Timeout)
}

/// 64 KiB at a time for as long as somebody reads, and counted.
fn endless(sent: Arc<AtomicUsize>) -> Answer {
    let chunk = Bytes::from(vec![b'x'; 1 << 16]);
    let chunks = futures_util::stream::repeat_with(move || {
        sent.fetch_add(chunk.len(), Ordering::Relaxed);
        Ok::<_, std::io::Error>(chunk.clone())
    });
    Answer::new(Body::from_stream(chunks))
}

fn with_header(status: u16, name: &str, value: &str) -> Answer {
    Answer::builder().status(status).header(name, value).body(Body::from("page")).unwrap()
}

#[tokio::test]
async fn a_page_is_read_up_to_a_length() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let fields = || (0..60_000).map(|place| format!("<i id={place}>")).collect::<String>();
    // 10 MB of nothing, packed into 10 kB.
    let bomb =
        std::process::Command::new("sh").args(["-c", "head -c 10000000 /dev/zero | gzip"]).output().unwrap().stdout;
    let packed = move || {
        let body = Body::from(bomb.clone());
        Answer::builder().header("content-encoding", "gzip").body(body).unwrap()
    };
    let app = Router::new()
        .route("/endless", get(move || async move { endless(counted) }))
        .route("/tags", get(move || async move { fields() }))
        .route(
            "/attributes",
            get(|| async { format!("<i {}>", (0..20_000).map(|n| format!(" a{n}")).collect::<String>()) }),
        )
        .route("/bomb", get(move || async move { packed() }))
        .route("/long", get(|| async { "ä".repeat(PAGE_MAX / 2) }))
        .route("/head", get(|| async { with_header(200, "x-long", &"y".repeat(1 << 20)) }));
    let base = served(app).await;
    let client = browser(None).unwrap().build().unwrap();
    for path in ["/endless", "/tags", "/attributes", "/bomb", "/head"] {
        assert_eq!(class(asked(&client, &base, path).await), ErrorClass::Oversized, "{path}");
    }
    assert!(sent.load(Ordering::Relaxed) < 4 * PAGE_MAX + (8 << 20), "whoever has enough stops reading");
    assert_eq!(asked(&client, &base, "/long").await.unwrap().body.len(), PAGE_MAX);
}

#[tokio::test]
async fn a_page_that_never_ends_takes_no_longer_than_the_limit() {
    let slow = || async {
        Answer::new(Body::from_stream(futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
        })))
    };
    let app = Router::new().fallback(get(slow));
    let base = served(app).await;
    let client = browser(None).unwrap().build().unwrap();
    let page = async {
        let request = client.get(address(&base, "/")?).timeout(Duration::from_millis(300));
        Page::read(request.send().await?).await
    };
    assert_eq!(class(page.await), ErrorClass::Timeout);
}

/// Another server on this machine, and one whose every page leads to it.
async fn misleading() -> (String, String, Arc<AtomicUsize>) {
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let other = served(Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { "the other server" }
    }));
    let other = other.await;
    let elsewhere = format!("{other}/x");
    let app = Router::new().fallback(move |sent: Request| {
        let elsewhere = elsewhere.clone();
        async move {
            match sent.uri().path() {
                "/away" => with_header(302, "location", &elsewhere),
                "/without-scheme" => with_header(302, "location", elsewhere.trim_start_matches("http:")),
                "/near" => with_header(302, "location", "/here"),
                "/round" => with_header(302, "location", "/round"),
                path => Answer::new(Body::from(path.to_owned())),
            }
        }
    });
    (served(app).await, other, hits)
}

#[tokio::test]
async fn a_redirect_leads_to_the_same_server_or_nowhere() {
    let (base, _, hits) = misleading().await;
    for client in [browser(None).unwrap().build().unwrap(), direct(&base, false).build().unwrap()] {
        for path in ["/away", "/without-scheme", "/round"] {
            assert_eq!(asked(&client, &base, path).await.unwrap().status, 302, "{path}");
        }
        assert_eq!(asked(&client, &base, "/near").await.unwrap(), Page { status: 200, body: "/here".to_owned() });
    }
    assert_eq!(hits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_form_leads_to_the_same_server() {
    let (base, other, hits) = misleading().await;
    let client = browser(None).unwrap().build().unwrap();
    let host = other.trim_start_matches("http://");
    for action in [
        format!("{other}/x"),
        format!("//{host}/x"),
        format!("///{host}/x"),
        format!("\\\\{host}\\x"),
        format!("/\t/{host}/x"),
        format!("@{host}/x"),
        format!(":1@{host}/x"),
        format!("http:\\\\{host}/x"),
        format!("\n{other}/x"),
    ] {
        let form = Form::find(&format!("<form action=\"{action}\"></form>"), "form");
        let Some(form) = form else { continue };
        let url = address(&base, &form.path).unwrap();
        assert!(url.as_str().starts_with(&format!("{base}/")), "{action:?} leads to {url}");
        client.post(url).form(&form.send()).send().await.unwrap();
    }
    assert_eq!(hits.load(Ordering::Relaxed), 0);
}

#[test]
fn only_addresses_of_clusters_are_asked() {
    let own = |base: &str| address(base, "/webwork2/quiz?a=b").map(|url| url.to_string());
    assert_eq!(own("http://127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080/webwork2/quiz?a=b");
    assert_eq!(own("https://10.203.7.9").unwrap(), "https://10.203.7.9/webwork2/quiz?a=b");
    for base in [
        "http://webwork.example.org",
        "http://10.0.0.1",
        "http://10.208.0.1",
        "http://127.0.0.2",
        "http://127.0.0.1.example.org",
        "http://10.203.7.9.example.org",
        "http://localhost",
        "http://[::1]",
        "http://127.0.0.1@webwork.example.org",
        "http://user:pass@127.0.0.1",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "",
    ] {
        assert!(matches!(own(base), Err(NoPage::Elsewhere(_))), "{base}");
    }
}

#[test]
fn what_can_be_read_in_a_moment_is_read() {
    let image = format!("<img src=\"data:image/png;base64,{}\">", "x".repeat(TAG_MAX - 100));
    assert!(is_readable(image.as_bytes()) && is_readable("a < b ".repeat(100).as_bytes()));
    assert!(is_readable("<td class=\"a b c\"></td>".repeat(TAGS_MAX / 2).as_bytes()));
    assert!(!is_readable("<b>".repeat(TAGS_MAX + 1).as_bytes()));
    assert!(!is_readable(image.repeat(2).as_bytes()));
    assert!(!is_readable(format!("<{}", "x".repeat(TAG_MAX)).as_bytes()));
}
