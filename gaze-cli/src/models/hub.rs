//! The hub with the public model files: what it lists, and requests for their bytes.

use std::path::PathBuf;
use std::time::Duration;

use gaze_core::{Error, ErrorKind, Result};
use hf_hub::api::sync::{Api, ApiBuilder};
use hf_hub::{Cache, Repo, RepoType};
use serde::Deserialize;
use ureq::config::RedirectAuthHeaders;
use ureq::http::header::{AUTHORIZATION, RANGE, RETRY_AFTER};
use ureq::http::{HeaderMap, Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::digest::Digest;
use super::failure::Failure;

/// The repository with the public ONNX set, and the folder in it.
const REPOSITORY: &str = "warmshao/FasterLivePortrait";
const FOLDER: &str = "liveportrait_onnx";
/// No model file is larger, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 30;
/// Longest list of files that is read, in bytes.
const MAX_LIST_BYTES: u64 = 8 << 20;
/// How long a server may stay silent.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// A hub, or a mirror of one.
pub(crate) struct Hub {
    api: Api,
    agent: Agent,
    host: String,
    token: Option<String>,
}

/// A file as the hub lists it.
#[derive(Debug)]
pub(crate) struct RemoteFile {
    /// Address of its bytes at a fixed commit, which stays the same when the revision moves.
    pub(crate) url: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Digest that its content must have.
    pub(crate) digest: Digest,
}

/// The hub's listing of a revision.
#[derive(Deserialize)]
struct Revision {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: Option<String>,
    size: Option<u64>,
}

impl Hub {
    /// A hub at an address such as `https://huggingface.co`. The access token is the environment's, or the one that
    /// the hub's own tools keep; without any, requests are anonymous.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where the address or the token is not a valid one.
    pub(crate) fn new(endpoint: &str) -> Result<Self> {
        Self::with_token(endpoint, token)
    }

    /// The same with the access token from elsewhere.
    fn with_token(endpoint: &str, token: impl FnOnce() -> Result<Option<String>>) -> Result<Self> {
        let endpoint = endpoint.trim_end_matches('/');
        let host = parse_host(endpoint)?;
        let token = token()?;
        // The cache is that of other tools: nothing is put there, and where it is does not matter.
        let api = ApiBuilder::from_cache(Cache::new(PathBuf::new()))
            .with_endpoint(endpoint.to_owned())
            .with_token(token.clone())
            .build()
            .map_err(|e| unusable(&format!("the hub's client cannot be made: {e}")))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A hub redirects to storage on other hosts, which must not see the token.
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            // Ranges are of the bytes as they are stored.
            .accept_encoding("identity")
            .user_agent(concat!("gaze/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls())
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(READ_TIMEOUT))
            .timeout_per_read(Some(READ_TIMEOUT))
            .build()
            .new_agent();
        Ok(Self { api, agent, host, token })
    }

    /// The server's host name, for messages.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Looks up these files at a revision: a branch, a tag or a commit.
    pub(crate) fn find_files(
        &self,
        names: &[&str],
        revision: &str,
    ) -> Result<Vec<RemoteFile>, Failure> {
        let repo = Repo::with_revision(REPOSITORY.into(), RepoType::Model, revision.into());
        let request = self.api.repo(repo).info_request().query("blobs", "true").config();
        let request = request
            .http_status_as_error(false)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .tls_config(tls())
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(READ_TIMEOUT))
            .build();
        let mut answer = request.call().map_err(|e| Failure::from_request(&self.host, e))?;
        self.check_status(&answer, &format!("{REPOSITORY} at revision {revision}"))?;
        let body = answer.body_mut().with_config().limit(MAX_LIST_BYTES).read_to_vec();
        let body = body.map_err(|e| Failure::from_request(&self.host, e))?;
        let listed: Revision = serde_json::from_slice(&body).map_err(|e| self.not_a_hub(e))?;
        if !is_commit(&listed.sha) {
            return Err(Failure::permanent(format!(
                "{} names no commit: check --endpoint",
                self.host
            )));
        }
        names.iter().map(|name| self.find(name, &listed)).collect()
    }

    fn find(&self, name: &str, listed: &Revision) -> Result<RemoteFile, Failure> {
        let host = &self.host;
        let path = format!("{FOLDER}/{name}");
        let sibling = listed.siblings.iter().find(|sibling| sibling.rfilename == path);
        let sibling = sibling.ok_or_else(|| {
            Failure::permanent(format!(
                "{REPOSITORY} at {host} does not have {path}: check --revision, or name the files that you need"
            ))
        })?;
        let lfs = sibling.lfs.as_ref();
        let sha256 = lfs.and_then(|lfs| lfs.sha256.as_deref());
        // Git itself holds only a pointer to a large file.
        let blob = if lfs.is_some() { None } else { sibling.blob_id.as_deref() };
        let digest = Digest::from_hub(sha256, blob);
        let size = lfs.and_then(|lfs| lfs.size).or(sibling.size);
        let (Some(digest), Some(size)) = (digest, size) else {
            return Err(Failure::permanent(format!(
                "{host} announces no size and digest of {name}, so that nothing could be checked: name another server with --endpoint"
            )));
        };
        if size == 0 || size > MAX_FILE_BYTES {
            return Err(Failure::permanent(format!(
                "{host} announces {size} bytes for {name}, which no model file has: check --endpoint"
            )));
        }
        // By commit: the revision may move before the next request.
        let repo = Repo::with_revision(REPOSITORY.into(), RepoType::Model, listed.sha.clone());
        Ok(RemoteFile { url: self.api.repo(repo).url(&path), size, digest })
    }

    /// Asks for a file's bytes from `offset` on.
    pub(crate) fn get(&self, url: &str, offset: u64) -> Result<Response<Body>, Failure> {
        let mut request = self.agent.get(url);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        request.call().map_err(|e| Failure::from_request(&self.host, e))
    }

    /// Fails with a message unless the answer is a success.
    pub(crate) fn check_status(&self, answer: &Response<Body>, what: &str) -> Result<(), Failure> {
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let retry_after = text_of(answer.headers(), RETRY_AFTER.as_str());
        Err(Failure::from_status(&self.host, what, status, retry_after, self.token.is_some()))
    }

    fn not_a_hub(&self, e: serde_json::Error) -> Failure {
        let message = format!(
            "{} does not answer as a hub does: a login page or a proxy may stand in between, check it and --endpoint",
            self.host
        );
        Failure::Permanent(Error::new(ErrorKind::Engine, message).with_source(e))
    }
}

/// A header's text, where it is there and is text.
pub(crate) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The certificates that the machine trusts, a company's own among them.
fn tls() -> TlsConfig {
    TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build()
}

fn token() -> Result<Option<String>> {
    let given = std::env::var("HF_TOKEN").ok().map(|token| token.trim().to_owned());
    match given.filter(|token| !token.is_empty()).or_else(stored_token) {
        Some(token) if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(unusable("the access token has characters that none has: check HF_TOKEN"))
        }
        token => Ok(token),
    }
}

/// The token that `hf auth login` stored.
fn stored_token() -> Option<String> {
    let home = std::env::var_os("HF_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(dirs::home_dir()?.join(".cache").join("huggingface")))?;
    Cache::new(home.join("hub")).token()
}

fn parse_host(endpoint: &str) -> Result<String> {
    let uri: Option<Uri> = endpoint.parse().ok();
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let host = uri.as_ref().filter(|uri| uri.query().is_none()).and_then(Uri::host);
    host.map(str::to_owned).ok_or_else(|| {
        unusable(&format!(
            "{endpoint:?} is no server's address: use one such as --endpoint https://huggingface.co"
        ))
    })
}

fn is_commit(text: &str) -> bool {
    (40..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unusable(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hub that is asked without this machine's access token.
    fn anonymous(endpoint: &str) -> Result<Hub> {
        Hub::with_token(endpoint, || Ok(None))
    }

    fn find(siblings: &str) -> Result<RemoteFile, Failure> {
        let sha = "a".repeat(40);
        let listed = format!(r#"{{"sha":"{sha}","siblings":[{siblings}]}}"#);
        let hub = anonymous("http://127.0.0.1:1").unwrap();
        hub.find("m.onnx", &serde_json::from_str(&listed).unwrap())
    }

    #[test]
    fn large_files_have_a_sha256_and_small_ones_a_blob() {
        let name = r#""rfilename":"liveportrait_onnx/m.onnx""#;
        let (sha256, blob) = ("1".repeat(64), "2".repeat(40));
        let large = find(&format!(
            r#"{{{name},"size":130,"blobId":"{blob}","lfs":{{"sha256":"{sha256}","size":9,"pointerSize":130}}}}"#
        ));
        let large = large.unwrap();
        assert_eq!((large.size, large.digest.hex()), (9, sha256.as_str()));
        assert!(large.url.ends_with(&format!(
            "/warmshao/FasterLivePortrait/resolve/{}/liveportrait_onnx/m.onnx",
            "a".repeat(40)
        )));
        let small = find(&format!(r#"{{{name},"size":7,"blobId":"{blob}"}}"#)).unwrap();
        assert_eq!((small.size, small.digest), (7, Digest::GitBlob(blob.clone())));
        for (wrong, says) in [
            (format!(r#"{{{name},"size":7}}"#), "digest"),
            (format!(r#"{{{name},"blobId":"{blob}"}}"#), "digest"),
            (format!(r#"{{{name},"size":7,"blobId":"{blob}","lfs":{{}}}}"#), "digest"),
            (format!(r#"{{{name},"size":4294967297,"blobId":"{blob}"}}"#), "4294967297"),
            (r#"{"rfilename":"m.onnx"}"#.to_owned(), "does not have"),
        ] {
            let Err(Failure::Permanent(error)) = find(&wrong) else { panic!("{wrong}") };
            assert!(error.to_string().contains(says), "{wrong}: {error}");
        }
    }

    #[test]
    fn addresses_are_checked() {
        for endpoint in ["", "huggingface.co", "ftp://hub", "http://", "https://hub/?a", "a b"] {
            let error = anonymous(endpoint).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidOption, "{endpoint}");
        }
        assert_eq!(anonymous("https://hub.example/path/").unwrap().host(), "hub.example");
    }
}
