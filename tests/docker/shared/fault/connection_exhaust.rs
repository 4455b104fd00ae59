//! `connection-exhaust`: who comes next is told by the server itself that there are too many.

use anyhow::{Result, ensure};

use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Place, SOON};

/// What the database says to whoever connects.
const GREETING: &str = r#"
    use IO::Socket::INET;
    my $db = IO::Socket::INET->new(PeerAddr => $ENV{WEBWORK_DB_HOST}, PeerPort => 3306, Timeout => 3) or exit;
    sysread $db, my $text, 200;
    print $text =~ tr/ -~//cdr;
"#;

#[tokio::test]
async fn a_database_without_a_connection_left_says_so_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let web = place.container("web");
    let greeting = async || ask::docker(&["exec", &web, "perl", "-e", GREETING]).await;
    let greeted = async || anyhow::Ok(greeting().await?.contains("MariaDB"));
    ensure!(greeted().await?, "not greeted before the fault");

    let injection = place.inject("connection-exhaust", &[("connections", "300")], "db").await?;
    let full = async || Ok(greeting().await?.contains("Too many connections").then_some(()));
    until("the server's word", SOON, full).await?;

    place.heal(&injection, "db").await?;
    ensure!(greeted().await?, "not greeted after heal");
    ensure!(place.serves("web").await?, "not served after heal");
    place.end().await
}
