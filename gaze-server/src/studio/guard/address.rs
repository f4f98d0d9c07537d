//! Whose request it is.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::studio::App;

/// What is known of whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Its address, or of IPv6 its network: a household has a /64 for itself.
    pub(crate) network: IpAddr,
    /// The host that it asked, with its port.
    pub(crate) host: String,
    pub(crate) is_https: bool,
}

/// Notes for all that follows who asks.
pub(crate) async fn note_visitor(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let visitor = visitor(peer, request.headers(), &app.options.trusted_proxies);
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

fn visitor(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Visitor {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.to_canonical());
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let (mut address, mut host, mut is_https) = (peer, text(HOST.as_str()), false);
    if is_trusted(&peer) {
        // From the right: each proxy adds whom it heard from; beyond the first that is none of ours anybody wrote it.
        let chain =
            headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let chain: Vec<IpAddr> = chain
            .flat_map(|value| value.split(','))
            .filter_map(|part| part.trim().parse().ok())
            .collect();
        address = chain
            .iter()
            .rev()
            .map(IpAddr::to_canonical)
            .find(|address| !is_trusted(address))
            .unwrap_or(peer);
        host = text("x-forwarded-host").or(host);
        is_https = text("x-forwarded-proto") == Some("https");
    }
    Visitor {
        network: network_of(address),
        host: host.unwrap_or_default().to_ascii_lowercase(),
        is_https,
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(forwarded: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("host", "Gaze.Example:80".parse().unwrap());
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        headers
    }

    #[test]
    fn forwarded_addresses_are_believed_from_a_stated_proxy_only() {
        let peer: IpAddr = "10.0.0.7".parse().unwrap();
        let stranger = visitor(Some(peer), &headers("1.2.3.4"), &[]);
        assert_eq!(stranger.network, peer);
        assert!(!stranger.is_https);
        assert_eq!(stranger.host, "gaze.example:80");

        let proxy = ["10.0.0.0/8".parse().unwrap()];
        // The visitor wrote the first one itself.
        let known = visitor(Some(peer), &headers("6.6.6.6, 1.2.3.4, 10.9.9.9"), &proxy);
        assert_eq!(known.network, "1.2.3.4".parse::<IpAddr>().unwrap());
        assert!(known.is_https);
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let of = |peer: &str| visitor(Some(peer.parse().unwrap()), &HeaderMap::new(), &[]).network;
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:1.2.3.4"), of("1.2.3.4"));
    }
}
