//! Under which address the studio is reached.

use axum::http::Uri;
use gaze_core::{Error, ErrorKind, Result};

use super::guard::{Visitor, is_local_name, without_port};

/// Where people reach the studio.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// `https://gaze.example/faces/`, where it was told.
    public_url: Option<String>,
    /// Its host, with a port.
    public_host: Option<String>,
    /// The path under which it is reached: begins and ends in a slash.
    base: String,
    /// Whether nobody but this machine can ask.
    is_local: bool,
}

impl Site {
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for an address that is no web address.
    pub(crate) fn new(public_url: Option<&str>, is_local: bool) -> Result<Self> {
        let Some(text) = public_url else {
            return Ok(Self {
                public_url: None,
                public_host: None,
                base: "/".to_owned(),
                is_local,
            });
        };
        let refused = || {
            let message =
                format!("the public address is {text}: use one like https://gaze.example/faces");
            Error::new(ErrorKind::InvalidOption, message)
        };
        let url: Uri = text.parse().map_err(|_| refused())?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
        let (Some("http" | "https"), Some(authority)) = (url.scheme_str(), url.authority()) else {
            return Err(refused());
        };
        if url.query().is_some() || !url.path().bytes().all(is_plain) {
            return Err(refused());
        }
        let base = format!("{}/", url.path().trim_end_matches('/'));
        let scheme = url.scheme_str().unwrap_or("https");
        Ok(Self {
            public_url: Some(format!("{scheme}://{authority}{base}")),
            public_host: Some(authority.as_str().to_ascii_lowercase()),
            base,
            is_local,
        })
    }

    /// The path under which it is reached: begins and ends in a slash.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// What links begin with; ends in a slash.
    pub(crate) fn url_for(&self, visitor: &Visitor) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            let scheme = if visitor.is_https { "https" } else { "http" };
            format!("{scheme}://{}/", visitor.host)
        })
    }

    /// Whether the studio answers to this name.
    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        match &self.public_host {
            Some(own) => {
                host == own || without_port(host) == without_port(own) || is_local_name(host)
            }
            None => !self.is_local || is_local_name(host),
        }
    }

    /// Whether this is the host of the public address, with its port: what pages name as their origin, whatever name a proxy
    /// passes on.
    pub(crate) fn is_public_host(&self, host: &str) -> bool {
        self.public_host.as_deref() == Some(host)
    }

    /// A request's path without the base, which a proxy may have left in place.
    pub(crate) fn strip_base(&self, uri: &Uri) -> Option<Uri> {
        let rest = uri.path().strip_prefix(&self.base).filter(|_| self.base.len() > 1)?;
        let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
        format!("/{rest}{query}").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_part_of_every_address() {
        let site = Site::new(Some("https://Gaze.example/faces"), false).unwrap();
        assert_eq!(site.base(), "/faces/");
        let strip = |uri: &str| site.strip_base(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(strip("/faces/api/queue?x=1").as_deref(), Some("/api/queue?x=1"));
        assert_eq!(strip("/faces/").as_deref(), Some("/"));
        assert_eq!(strip("/api/queue"), None);
        assert!(site.is_own_host("gaze.example") && site.is_own_host("localhost:3000"));
        assert!(!site.is_own_host("evil.example"));
    }

    #[test]
    fn a_local_studio_answers_to_local_names() {
        let site = Site::new(None, true).unwrap();
        assert!(
            site.is_own_host("127.0.0.1:3000")
                && site.is_own_host("[::1]:3000")
                && !site.is_own_host("evil.example")
        );
        assert!(Site::new(None, false).unwrap().is_own_host("studio.lan"));
        for url in [
            "gaze.example",
            "ftp://gaze.example",
            "https://",
            "https://a/\"><script>",
            "https://a/?b",
        ] {
            assert!(Site::new(Some(url), false).is_err(), "{url}");
        }
    }
}
