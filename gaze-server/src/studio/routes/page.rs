//! The page people open, with what it needs to know in it.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gaze_player::STUDIO_FILES;
use serde_json::{Value, json};

use crate::studio::App;
use crate::studio::failure::Failure;
use crate::studio::guard::Visitor;
use crate::studio::preview::SIZE;
use crate::studio::state::SessionState;

const TITLE: &str = "gaze: drop a portrait, it looks back";
const DESCRIPTION: &str = "Drop a portrait. It looks back, at every visitor of your page.";
const SHARED_TITLE: &str = "It has noticed you.";
const SHARED_DESCRIPTION: &str =
    "A portrait that someone made from one photo. It looks at whoever opens it.";

static TEMPLATE: LazyLock<&'static str> = LazyLock::new(|| {
    let file = STUDIO_FILES.iter().find(|(name, _)| *name == "index.html");
    file.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok()).unwrap_or_default()
});

/// The page as it begins.
pub(crate) async fn home(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    answer(&app, &visitor, StatusCode::OK, Value::Null, None)
}

/// The page with a session; whether it is in full screen the address tells the page.
pub(crate) async fn session(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let found = match name.parse() {
        Ok(id) => match app.session(&id).await {
            Ok(_) => app.line.state(&id).await?,
            Err(failure) if failure.status == StatusCode::NOT_FOUND => None,
            Err(failure) => return Err(failure),
        },
        Err(_) => None,
    };
    Ok(match found {
        Some(state) => {
            let session = serde_json::to_value(&state).unwrap_or_default();
            answer(&app, &visitor, StatusCode::OK, session, Some(&state))
        }
        None => answer(&app, &visitor, StatusCode::NOT_FOUND, SessionState::gone(&name), None),
    })
}

fn answer(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    session: Value,
    state: Option<&SessionState>,
) -> Response {
    let url = app.site.url_for(visitor);
    let machine = app.backend.machine();
    let engine = machine.borrow().engine.clone();
    let finer = app.offers_finer().then(|| {
        json!({
            "engine": engine.as_deref().unwrap_or("liveportrait"),
            "neural": engine.as_deref() != Some("embedded"),
            "seconds": app.line.usual_seconds(),
        })
    });
    let config = json!({
        "base": app.site.base(),
        "publicUrl": url,
        "finer": finer,
        "maxUploadBytes": app.options.max_upload_bytes,
        "keepDays": app.options.keep.as_secs() / 86_400,
        "session": session,
    });
    let (title, description) =
        if state.is_some() { (SHARED_TITLE, SHARED_DESCRIPTION) } else { (TITLE, DESCRIPTION) };
    let values = [
        ("{{base}}", escape(app.site.base())),
        ("{{title}}", title.to_owned()),
        ("{{description}}", description.to_owned()),
        ("{{social}}", state.map(|state| social(&url, state)).unwrap_or_default()),
        ("{{config}}", safe_json(&config)),
    ];
    let html = fill(&TEMPLATE, &values);
    let mut response = (status, html).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A portrait may have come or gone since.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// What chats and search engines read.
fn social(url: &str, state: &SessionState) -> String {
    let id = &state.session_id;
    let properties = [
        ("og:type", "website".to_owned()),
        ("og:title", SHARED_TITLE.to_owned()),
        ("og:description", SHARED_DESCRIPTION.to_owned()),
        ("og:url", format!("{url}{id}")),
        ("og:image", format!("{url}api/session/{id}/preview.jpg")),
        ("og:image:type", "image/jpeg".to_owned()),
        ("og:image:width", SIZE.width.to_string()),
        ("og:image:height", SIZE.height.to_string()),
        ("og:image:alt", "A portrait on a wall".to_owned()),
    ];
    let tags = properties.map(|(name, value)| {
        format!("<meta property=\"{name}\" content=\"{}\">\n", escape(&value))
    });
    // Whoever has the link can see it; search engines do not have it.
    tags.concat()
        + "<meta name=\"twitter:card\" content=\"summary_large_image\">\n<meta name=\"robots\" content=\"noindex\">"
}

/// Fills a template in one pass: what is filled in is not looked through.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut html = String::with_capacity(template.len() + 4096);
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        html.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                html.push_str(value);
                rest = &rest[place.len()..];
            }
            None => {
                html.push_str("{{");
                rest = &rest[2..];
            }
        }
    }
    html + rest
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// JSON as it may stand within a script block.
fn safe_json(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_the_page() {
        let evil = json!({ "session": "</script><script>alert(1)</script><!--" });
        assert!(!safe_json(&evil).contains('<'));
        assert_eq!(escape("\"><img>"), "&quot;&gt;&lt;img&gt;");
        let values = [("{{a}}", "{{b}}".to_owned()), ("{{b}}", "x".to_owned())];
        assert_eq!(fill("1 {{a}} {{b}} {{c}}", &values), "1 {{b}} x {{c}}");
    }

    #[test]
    fn the_page_has_a_place_for_all_of_it() {
        for place in ["{{base}}", "{{title}}", "{{description}}", "{{social}}", "{{config}}"] {
            assert!(TEMPLATE.contains(place), "{place}");
        }
    }
}
