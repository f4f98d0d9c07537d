//! Where a server listens, and how it ends.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use gaze_core::{Error, ErrorKind, Result};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long open requests may take to end once the server is told to.
const GRACE: Duration = Duration::from_secs(8);
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
pub(crate) async fn serve(
    listeners: Listeners,
    router: Router,
    stop: CancellationToken,
) -> Result<()> {
    let mut servers = JoinSet::new();
    for listener in listeners.0 {
        let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let stop = stop.clone();
        servers.spawn(async move {
            axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
        });
    }
    let all = async {
        while let Some(ended) = servers.join_next().await {
            if let Ok(Err(e)) = ended {
                return Err(Error::new(ErrorKind::Output, format!("the server stopped: {e}"))
                    .with_source(e));
            }
        }
        Ok(())
    };
    tokio::select! {
        ended = all => ended,
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
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
