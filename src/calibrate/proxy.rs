//! A TCP proxy that can be switched: it passes everything on, or is away in one of the ways of [`Kind`], or holds what it
//! gets until it is switched again.
//!
//! It reads no HTTP. What comes from a client on an open connection is a request, or a part of one, and the mode at that
//! moment decides what becomes of it, on a connection made before the switch as on a new one. The answers that it gives
//! itself end their connection.

use std::io;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::kind::Kind;
use crate::clock::Stamp;

/// A slow answer comes this long after its request: later than any probe waits.
const SLOW: Duration = Duration::from_secs(3);
/// Connections that the kernel keeps for us before they are accepted.
const BACKLOG: u32 = 1024;

/// Status 500.
const SERVER_ERROR: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\
                            Connection: close\r\n\r\n<p>Server error.</p>\n";
/// A page that a status check, and even a look for the right words, would take for the right one.
const SOFT_FAILURE: &str = "<p>Logged in as somebody.</p><p>WeBWorK has encountered a software error while attempting to \
                            process this problem.</p>\n";

/// What the proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Pass everything on.
    Open,
    /// Hold requests; pass them on when the mode changes.
    Stalled,
    /// Be away.
    Away(Kind),
}

/// A proxy at work. Dropping it ends it and every connection through it.
pub struct Proxy {
    address: String,
    orders: mpsc::Sender<Order>,
}

struct Order {
    mode: Mode,
    done: oneshot::Sender<io::Result<Stamp>>,
}

/// The listening side.
struct Door {
    address: String,
    server: String,
    /// Keeps the port ours while nothing listens: bound and never listening, it neither answers nor lets the kernel give
    /// the port to a client.
    _reserved: TcpSocket,
    listener: Option<TcpListener>,
}

impl Proxy {
    /// A proxy on a free port of 127.0.0.1 that passes everything on to `server`.
    pub fn start(server: &str) -> Result<Self> {
        let reserved = socket("127.0.0.1:0").context("find a port for the proxy")?;
        let address = reserved.local_addr()?.to_string();
        let listener = Some(listen(&address).with_context(|| format!("listen on {address}"))?);
        let door = Door { address: address.clone(), server: server.to_owned(), _reserved: reserved, listener };
        let (orders, inbox) = mpsc::channel(1);
        tokio::spawn(door.keep(inbox));
        Ok(Self { address, orders })
    }

    /// Base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Does `mode` from now on; the moment from which it holds.
    pub async fn switch(&self, mode: Mode) -> Result<Stamp> {
        let (done, is_done) = oneshot::channel();
        // The proxy has ended only when it panicked.
        let _ = self.orders.send(Order { mode, done }).await;
        is_done.await.context("the proxy has ended")?.with_context(|| format!("switch the proxy to {mode:?}"))
    }
}

impl Door {
    /// Accepts connections and obeys, until the proxy is dropped.
    async fn keep(mut self, mut inbox: mpsc::Receiver<Order>) {
        let (modes, mode) = watch::channel(Mode::Open);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                order = inbox.recv() => {
                    let Some(order) = order else { return };
                    let switched = self.turn(order.mode);
                    modes.send_replace(order.mode);
                    let _ = order.done.send(switched.map(|()| Stamp::now()));
                }
                client = accept(self.listener.as_ref()) => {
                    let server = self.server.clone();
                    // A connection that ends badly is what this proxy is for.
                    connections.spawn(serve(client, server, mode.clone()));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    /// Listens, or does not.
    fn turn(&mut self, mode: Mode) -> io::Result<()> {
        if mode == Mode::Away(Kind::Refused) {
            self.listener = None;
        } else if self.listener.is_none() {
            self.listener = Some(listen(&self.address)?);
        }
        Ok(())
    }
}

fn socket(address: &str) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address.parse().map_err(io::Error::other)?)?;
    Ok(socket)
}

fn listen(address: &str) -> io::Result<TcpListener> {
    socket(address)?.listen(BACKLOG)
}

/// The next connection; never comes while nothing listens.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        if let Ok((client, _)) = listener.accept().await {
            return client;
        }
        // Out of file descriptors, or the client has gone: the next turn must not be at once.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// One connection, to its end.
async fn serve(mut client: TcpStream, server: String, mut mode: watch::Receiver<Mode>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut upstream: Option<TcpStream> = None;
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            biased;
            changed = mode.changed() => {
                let now = *mode.borrow_and_update();
                match now {
                    Mode::Away(Kind::Refused) => return cut(&client),
                    // Whatever is connected to a host that freezes is connected to it for ever.
                    Mode::Away(Kind::Hung) => return swallow(client).await,
                    _ if changed.is_err() => return Ok(()),
                    _ => {}
                }
            }
            count = client.read(&mut asked) => {
                let count = count?;
                if count == 0 {
                    return Ok(());
                }
                let now = *mode.wait_for(|mode| *mode != Mode::Stalled).await.map_err(io::Error::other)?;
                match now {
                    Mode::Open | Mode::Stalled => {}
                    Mode::Away(Kind::Refused | Kind::Reset) => return cut(&client),
                    Mode::Away(Kind::Hung) => return swallow(client).await,
                    Mode::Away(Kind::ServerError) => return answer(client, SERVER_ERROR).await,
                    Mode::Away(Kind::SoftFailure) => return answer(client, &soft_failure()).await,
                    Mode::Away(Kind::Slow) => tokio::time::sleep(SLOW).await,
                }
                pass(&asked[..count], &mut upstream, &server).await?;
            }
            count = read(upstream.as_mut(), &mut answered) => {
                let count = count?;
                if count == 0 {
                    return client.shutdown().await;
                }
                client.write_all(&answered[..count]).await?;
            }
        }
    }
}

/// Passes `bytes` on to the server, over a connection that is made for the first.
async fn pass(bytes: &[u8], upstream: &mut Option<TcpStream>, server: &str) -> io::Result<()> {
    let stream = match upstream {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(server).await?;
            stream.set_nodelay(true)?;
            upstream.insert(stream)
        }
    };
    stream.write_all(bytes).await
}

/// Reads what the server answers; never comes while there is no connection to it.
async fn read(upstream: Option<&mut TcpStream>, buffer: &mut [u8]) -> io::Result<usize> {
    match upstream {
        Some(stream) => stream.read(buffer).await,
        None => std::future::pending().await,
    }
}

/// Resets the connection when it is dropped.
fn cut(client: &TcpStream) -> io::Result<()> {
    client.set_zero_linger()
}

/// Reads and never answers, until the client gives up.
async fn swallow(mut client: TcpStream) -> io::Result<()> {
    tokio::io::copy(&mut client, &mut tokio::io::sink()).await.map(|_| ())
}

/// Answers and ends the connection, without a reset that would overtake the answer.
async fn answer(mut client: TcpStream, text: &str) -> io::Result<()> {
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await?;
    swallow(client).await
}

fn soft_failure() -> String {
    let length = SOFT_FAILURE.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{SOFT_FAILURE}"
    )
}

#[cfg(test)]
mod tests {
    use super::super::server::Server;
    use super::*;
    use crate::history::{ErrorClass, Outcome};
    use crate::webwork::{Expected, judge, transport_class};

    /// For what never comes, or comes late: shorter than a slow answer takes.
    const SHORT: Duration = Duration::from_millis(1500);
    /// For what comes at once, however busy the machine is.
    const LONG: Duration = Duration::from_secs(30);

    /// What a client sees that asks for the login page and waits for so long.
    async fn ask(http: &reqwest::Client, proxy: &Proxy, patience: Duration) -> Outcome {
        let exchange = async {
            let response = http.get(format!("{}/webwork2/quiz", proxy.url())).timeout(patience).send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>(judge(Expected::LoginForm, status, &response.text().await?).outcome)
        };
        exchange.await.unwrap_or_else(|error| Outcome::Failed(transport_class(&error, ErrorClass::Timeout)))
    }

    /// A new connection, and one that was made and used before the outage, meet the same.
    async fn check(kind: Kind, expected: ErrorClass) {
        let server = Server::start().await.unwrap();
        let proxy = Proxy::start(&server.address).unwrap();
        let (before, new) = (reqwest::Client::new(), reqwest::Client::new());
        assert_eq!(ask(&before, &proxy, LONG).await, Outcome::Success);
        let patience = if expected == ErrorClass::Timeout { SHORT } else { LONG };
        let from = proxy.switch(Mode::Away(kind)).await.unwrap();
        for http in [&before, &new] {
            assert_eq!(ask(http, &proxy, patience).await, Outcome::Failed(expected.clone()), "{kind:?}");
        }
        let to = proxy.switch(Mode::Open).await.unwrap();
        assert!(to > from);
        for http in [&before, &new] {
            assert_eq!(ask(http, &proxy, LONG).await, Outcome::Success, "{kind:?}");
        }
    }

    #[tokio::test]
    async fn each_kind_is_seen_as_what_it_is() {
        check(Kind::Refused, ErrorClass::Refused).await;
        check(Kind::Hung, ErrorClass::Timeout).await;
        check(Kind::Reset, ErrorClass::Reset).await;
        check(Kind::ServerError, ErrorClass::Status(500)).await;
        check(Kind::SoftFailure, ErrorClass::SoftwareError).await;
        check(Kind::Slow, ErrorClass::Timeout).await;
    }

    /// What comes of a request that is under way when the proxy, doing `mode`, is switched back.
    async fn under_way(mode: Mode, patience: Duration) -> Outcome {
        let server = Server::start().await.unwrap();
        let proxy = Proxy::start(&server.address).unwrap();
        proxy.switch(mode).await.unwrap();
        let (patient, other) = (reqwest::Client::new(), reqwest::Client::new());
        let switched = async {
            // Another one asks as well and gives up: then the first is there too.
            assert_eq!(ask(&other, &proxy, SHORT).await, Outcome::Failed(ErrorClass::Timeout));
            proxy.switch(Mode::Open).await.unwrap();
        };
        tokio::join!(ask(&patient, &proxy, patience), switched).0
    }

    #[tokio::test]
    async fn what_hangs_is_not_answered_after_the_end_and_what_is_stalled_is() {
        let hung = under_way(Mode::Away(Kind::Hung), SHORT * 2).await;
        assert_eq!(hung, Outcome::Failed(ErrorClass::Timeout));
        assert_eq!(under_way(Mode::Stalled, LONG).await, Outcome::Success);
    }
}
