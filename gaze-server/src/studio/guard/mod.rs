//! Who may ask, how often, and what every answer says about itself.

mod address;
mod headers;
mod origin;
mod rate;

pub(crate) use address::{Visitor, note_visitor};
pub(crate) use headers::secure;
pub(crate) use origin::{is_local_name, refuse_foreign, without_port};
pub(crate) use rate::{RateLimits, limit_requests};
