//! Opening sessions of ONNX Runtime, and where it placed their nodes.

use std::ffi::CStr;
use std::path::Path;
use std::ptr;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use ort::AsPointer;
use ort::session::Session;
use ort::session::builder::SessionBuilder;

use crate::runtime::device::Device;
use crate::runtime::library::Runtime;
use crate::runtime::provider::ProviderOptions;

/// How a session is opened.
#[derive(Clone, Copy)]
pub(crate) struct SessionOptions<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) device: Device,
    pub(crate) provider: ProviderOptions,
    /// Threads that compute on the CPU; 0 for one a core.
    pub(crate) threads: usize,
}

/// Loads a model from a file.
///
/// # Errors
/// [`ErrorKind::Engine`] where the provider does not start or the model does not load.
pub(crate) fn open_session(path: &Path, options: &SessionOptions<'_>) -> Result<Session> {
    builder(options)?.commit_from_file(path).map_err(|e| {
        engine_error("this model does not load", e).with_hint(Hint::VerifyModels).with_path(path)
    })
}

/// Loads a model from memory.
///
/// # Errors
/// Those of [`open_session`].
pub(crate) fn open_session_from_memory(
    model: &[u8],
    options: &SessionOptions<'_>,
) -> Result<Session> {
    builder(options)?
        .commit_from_memory(model)
        .map_err(|e| engine_error("the adapted model does not load", e))
}

fn builder(options: &SessionOptions<'_>) -> Result<SessionBuilder> {
    let failed = |e: ort::Error| engine_error("ONNX Runtime opens no session", e);
    let builder = Session::builder(&options.runtime.environment).map_err(failed)?;
    let builder = builder.with_intra_threads(options.threads).map_err(|e| failed(e.into()))?;
    // Frames are pasted and encoded on the same cores while the networks wait for each other.
    let builder = builder.with_intra_op_spinning(false).map_err(|e| failed(e.into()))?;
    let builder = builder
        .with_config_entry("session.record_ep_graph_assignment_info", "1")
        .map_err(|e| failed(e.into()))?;
    builder.with_execution_providers(options.device.providers(options.provider)).map_err(|e| {
        let e: ort::Error = e.into();
        engine_error(
            &format!(
                "{} does not start; its driver or libraries are missing or do not fit",
                options.device
            ),
            e,
        )
        .with_hint(Hint::Diagnose)
        .with_hint(Hint::UseCpu)
    })
}

/// Nodes of a session that run on the CPU, by operator and name.
///
/// # Errors
/// [`ErrorKind::Engine`] where the runtime does not say.
pub(crate) fn nodes_on_cpu(session: &Session) -> Result<Vec<(String, String)>> {
    let api = ort::api();
    let check = |status: ort::sys::OrtStatusPtr| {
        // SAFETY: the status comes straight from a call of the interface and is consumed once.
        unsafe { ort::Error::result_from_status(status) }
            .map_err(|e| engine_error("ONNX Runtime does not say where nodes run", e))
    };
    let mut nodes = Vec::new();
    let (mut subgraphs, mut count) = (ptr::null(), 0);
    // SAFETY: the session lives; both results are written before they are read.
    check(unsafe {
        (api.Session_GetEpGraphAssignmentInfo)(session.ptr(), &raw mut subgraphs, &raw mut count)
    })?;
    for index in 0..count {
        // SAFETY: `subgraphs` has `count` entries that live as long as the session.
        let subgraph = unsafe { *subgraphs.add(index) };
        let mut provider = ptr::null();
        // SAFETY: the subgraph belongs to the session, and so does the name that comes back.
        check(unsafe { (api.EpAssignedSubgraph_GetEpName)(subgraph, &raw mut provider) })?;
        // SAFETY: a C string that lives as long as the session.
        if unsafe { CStr::from_ptr(provider) }.to_bytes() != b"CPUExecutionProvider" {
            continue;
        }
        let (mut members, mut member_count) = (ptr::null(), 0);
        // SAFETY: as above.
        check(unsafe {
            (api.EpAssignedSubgraph_GetNodes)(subgraph, &raw mut members, &raw mut member_count)
        })?;
        for member in 0..member_count {
            // SAFETY: `members` has `member_count` entries that live as long as the session.
            let node = unsafe { *members.add(member) };
            let (mut operator, mut name) = (ptr::null(), ptr::null());
            // SAFETY: the node belongs to the session, and so do the strings that come back.
            check(unsafe { (api.EpAssignedNode_GetOperatorType)(node, &raw mut operator) })?;
            // SAFETY: the same.
            check(unsafe { (api.EpAssignedNode_GetName)(node, &raw mut name) })?;
            // SAFETY: C strings that live as long as the session.
            let text = |text| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
            nodes.push((text(operator), text(name)));
        }
    }
    Ok(nodes)
}

/// An engine error with what ONNX Runtime says of it.
pub(crate) fn engine_error(what: &str, source: ort::Error) -> Error {
    // Its messages may end with a line break.
    let said = source.to_string();
    Error::new(ErrorKind::Engine, what).with_detail(said.trim_end()).with_source(source)
}
