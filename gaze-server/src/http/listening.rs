//! Where a server listens, and how it ends.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use gaze_core::{Error, ErrorKind, Result};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long open requests may take to end once the server is told to.
const GRACE: Duration = Duration::from_secs(8);
/// How long the head of a request may take, from the first byte or the last answer on.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// Connections that are open at a time: each holds a file descriptor, of which a process has a thousand or so at least.
const MAX_CONNECTIONS: usize = 4096;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// The sockets of a server.
#[derive(Debug)]
pub(crate) struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Listens on a port, 0 for a free one: of this machine alone for `localhost`, by IPv4 and IPv6, since either may be meant
    /// by that name; of every network for `all`; else of the one address that `host` is.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for another host, [`ErrorKind::Output`] where the port cannot be had.
    pub(crate) async fn bind(host: &str, port: u16) -> Result<Self> {
        let (first, second): (IpAddr, Option<IpAddr>) = match host {
            "localhost" => (Ipv4Addr::LOCALHOST.into(), Some(Ipv6Addr::LOCALHOST.into())),
            "all" => (Ipv4Addr::UNSPECIFIED.into(), Some(Ipv6Addr::UNSPECIFIED.into())),
            address => (
                address.parse().map_err(|_| {
                    let message =
                        format!("the host is {address}: use localhost, all, or an address");
                    Error::new(ErrorKind::InvalidOption, message)
                })?,
                None,
            ),
        };
        let first = listen(SocketAddr::new(first, port)).map_err(|e| {
            Error::new(
                ErrorKind::Output,
                format!("port {port} cannot be used, choose another: {e}"),
            )
            .with_source(e)
        })?;
        let port = first.local_addr().map_or(port, |address| address.port());
        // There may be no IPv6 here.
        let second = second.and_then(|second| listen(SocketAddr::new(second, port)).ok());
        Ok(Self([Some(first), second].into_iter().flatten().collect()))
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.0
            .first()
            .and_then(|listener| listener.local_addr().ok())
            .map_or(0, |address| address.port())
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that is started again finds its port free.
    socket.set_reuseaddr(cfg!(unix))?;
    #[cfg(target_os = "linux")]
    if address.is_ipv6() {
        only_ipv6(&socket)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// IPv4 has a socket of its own.
#[cfg(target_os = "linux")]
fn only_ipv6(socket: &TcpSocket) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is open while `socket` lives; the option is an int, of which pointer and size are given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IPV6,
            libc::IPV6_V6ONLY,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Serves until `stop`, and a little longer for requests that are open.
///
/// # Errors
/// None while there is a listener.
pub(crate) async fn serve(
    listeners: Listeners,
    router: Router,
    stop: CancellationToken,
) -> Result<()> {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut servers = JoinSet::new();
    for listener in listeners.0 {
        servers.spawn(accept(listener, router.clone(), room.clone(), stop.clone()));
    }
    let all = async { while servers.join_next().await.is_some() {} };
    tokio::select! {
        () = all => {}
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => {}
    }
    Ok(())
}

/// Accepts connections, and when it is told to stop waits for those that are open.
async fn accept(
    listener: TcpListener,
    router: Router,
    room: Arc<Semaphore>,
    stop: CancellationToken,
) {
    let open = TaskTracker::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &room) => accepted,
            () = stop.cancelled() => break,
        };
        let Some((stream, address, place)) = accepted else { continue };
        // Events are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            router.clone().oneshot(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let stop = stop.clone();
        open.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(e) = ended {
                tracing::debug!("a connection broke off: {e}");
            }
            drop(place);
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// The next connection, once there is room for it.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, place)),
        Err(e) => {
            // Of one connection, or of all: too many open files pass.
            tracing::debug!("no connection: {e}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// Resolves when the process is asked to end: Ctrl-C, or SIGTERM.
pub(crate) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminate {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
