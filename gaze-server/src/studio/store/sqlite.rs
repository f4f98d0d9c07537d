//! Sessions in SQLite.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use gaze_core::{Error, ErrorKind, FaceChoice, Grid, Result, Size};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use rusqlite_migration::{M, Migrations};

use super::{
    Enqueued, JobOrder, JobRecord, JobState, NewSession, Outcome, OwnerKey, Session, SessionStore,
};
use crate::SessionId;
use crate::session_id::milliseconds_now;

/// One step a version; those that were released are never changed.
const MIGRATIONS: &[M<'_>] = &[
    M::up(
        "CREATE TABLE session (
        id TEXT PRIMARY KEY,
        owner BLOB NOT NULL,
        created INTEGER NOT NULL,
        used INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        has_alpha INTEGER NOT NULL,
        has_rig INTEGER NOT NULL,
        has_frames INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX session_used ON session (used);
    CREATE TABLE job (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        session TEXT NOT NULL UNIQUE REFERENCES session (id) ON DELETE CASCADE,
        state TEXT NOT NULL,
        grid INTEGER NOT NULL,
        remove_background INTEGER NOT NULL,
        face_x REAL,
        face_y REAL,
        attempts INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        seconds REAL,
        engine TEXT,
        ended INTEGER
    ) STRICT;
    CREATE INDEX job_state ON job (state, place);",
    ),
    M::up(
        // Where a face is named by its eyes, face_x and face_y are one of them.
        "ALTER TABLE job ADD COLUMN other_eye_x REAL;
    ALTER TABLE job ADD COLUMN other_eye_y REAL;",
    ),
];
/// Jobs whose times are looked at.
const RECENT: u32 = 5;

/// Sessions in a file of SQLite.
#[derive(Debug, Clone)]
pub struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Opens the file, or makes it, and brings it to this version.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where it cannot be opened, or is of a later version.
    pub fn open(path: &Path) -> Result<Self> {
        let open =
            || -> std::result::Result<Connection, Box<dyn std::error::Error + Send + Sync>> {
                let mut connection = Connection::open(path)?;
                // Readers wait for nobody; what is committed outlives the process, and a loss of power.
                connection.pragma_update(None, "journal_mode", "WAL")?;
                connection.pragma_update(None, "synchronous", "FULL")?;
                connection.pragma_update(None, "foreign_keys", true)?;
                connection.busy_timeout(std::time::Duration::from_secs(5))?;
                Migrations::from_slice(MIGRATIONS).to_latest(&mut connection)?;
                Ok(connection)
            };
        let connection = open().map_err(|e| {
            Error::new(ErrorKind::Output, format!("the database cannot be opened: {e}"))
                .with_path(path)
        })?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Does something with the database, away from the threads that answer.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = self.0.clone();
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        let done = tokio::task::spawn_blocking(work).await;
        match done {
            Ok(result) => result.map_err(|e| failed(&e)),
            Err(e) => Err(failed(&e)),
        }
    }
}

fn failed(e: &dyn std::error::Error) -> Error {
    Error::new(ErrorKind::Output, format!("the database does not answer: {e}"))
}

#[async_trait]
impl SessionStore for Sqlite {
    async fn insert(&self, session: NewSession) -> Result<bool> {
        self.with(move |connection| insert(connection, &session)).await
    }

    async fn enqueue(
        &self,
        session: Option<NewSession>,
        id: SessionId,
        order: JobOrder,
        limit: u32,
    ) -> Result<Enqueued> {
        self.with(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let waiting: u32 = transaction.query_row(
                "SELECT count(*) FROM job WHERE state = 'queued'",
                [],
                |row| row.get(0),
            )?;
            if waiting >= limit {
                return Ok(Enqueued::Full);
            }
            if let Some(session) = &session
                && !insert(&transaction, session)?
            {
                return Ok(Enqueued::Taken);
            }
            let [x, y, other_x, other_y] = match order.face {
                FaceChoice::At { x, y } => [Some(x), Some(y), None, None],
                FaceChoice::Eyes([[ax, ay], [bx, by]]) => [ax, ay, bx, by].map(Some),
                FaceChoice::Largest | FaceChoice::Index(_) => [None; 4],
            };
            // A new job takes the place of one that is over, at the end of the line.
            transaction.execute(
                "DELETE FROM job WHERE session = ?1 AND state NOT IN ('queued', 'running')",
                [id.as_str()],
            )?;
            let added = transaction.execute(
                "INSERT OR IGNORE INTO job (
                    session, state, grid, remove_background, face_x, face_y, other_eye_x, other_eye_y
                 ) VALUES (?1, 'queued', ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    id.as_str(),
                    order.grid.side(),
                    order.remove_background,
                    x,
                    y,
                    other_x,
                    other_y
                ],
            )?;
            transaction.commit()?;
            Ok(if added == 1 { Enqueued::Waiting } else { Enqueued::Taken })
        })
        .await
    }

    async fn get(&self, id: &SessionId) -> Result<Option<(Session, Option<JobRecord>)>> {
        let id = id.clone();
        self.with(move |connection| {
            let mut sessions = connection.prepare("SELECT * FROM session WHERE id = ?1")?;
            let Some(session) = sessions.query_row([id.as_str()], session_of).optional()? else {
                return Ok(None);
            };
            let mut jobs = connection.prepare("SELECT * FROM job WHERE session = ?1")?;
            Ok(Some((session, jobs.query_row([id.as_str()], job_of).optional()?)))
        })
        .await
    }

    async fn begin_next(&self) -> Result<Option<(SessionId, JobRecord)>> {
        self.with(|connection| {
            let mut next = connection.prepare(
                "UPDATE job SET state = 'running', attempts = attempts + 1
                 WHERE place = (SELECT place FROM job WHERE state = 'queued' ORDER BY place LIMIT 1) RETURNING *",
            )?;
            next.query_row([], named_job_of).optional()
        })
        .await
    }

    async fn finish(&self, id: &SessionId, outcome: Outcome) -> Result<()> {
        let id = id.clone();
        self.with(move |connection| {
            let transaction = connection.transaction()?;
            let state = match &outcome {
                Outcome::Complete { .. } => JobState::Complete,
                Outcome::Again | Outcome::Postponed => JobState::Queued,
                Outcome::Failed(_) => JobState::Failed,
                Outcome::Cancelled => JobState::Cancelled,
            };
            let error = if let Outcome::Failed(message) = &outcome { Some(message) } else { None };
            transaction.execute(
                "UPDATE job SET state = ?2, error = ?3, ended = ?4 WHERE session = ?1",
                params![id.as_str(), state.name(), error, milliseconds_now().cast_signed()],
            )?;
            if outcome == Outcome::Postponed {
                transaction.execute("UPDATE job SET attempts = attempts - 1 WHERE session = ?1", [id.as_str()])?;
            }
            if let Outcome::Complete { seconds, engine, size, has_alpha, has_rig } = &outcome {
                transaction.execute(
                    "UPDATE job SET seconds = ?2, engine = ?3 WHERE session = ?1",
                    params![id.as_str(), seconds, engine],
                )?;
                transaction.execute(
                    "UPDATE session SET has_frames = 1, width = ?2, height = ?3, has_alpha = ?4, has_rig = ?5
                     WHERE id = ?1",
                    params![id.as_str(), size.width, size.height, has_alpha, has_rig],
                )?;
            }
            transaction.commit()
        })
        .await
    }

    async fn line(&self) -> Result<Vec<SessionId>> {
        self.with(|connection| {
            ids(connection, "SELECT session FROM job WHERE state = 'queued' ORDER BY place", [])
        })
        .await
    }

    async fn interrupted(&self) -> Result<Vec<(SessionId, JobRecord)>> {
        self.with(|connection| {
            let mut jobs =
                connection.prepare("SELECT * FROM job WHERE state = 'running' ORDER BY place")?;
            jobs.query_map([], named_job_of)?.collect()
        })
        .await
    }

    async fn touch(&self, id: &SessionId) -> Result<()> {
        let id = id.clone();
        self.with(move |connection| {
            let now = milliseconds_now().cast_signed();
            connection
                .execute("UPDATE session SET used = ?2 WHERE id = ?1", params![id.as_str(), now])
                .map(drop)
        })
        .await
    }

    async fn delete(&self, id: &SessionId) -> Result<bool> {
        let id = id.clone();
        self.with(move |connection| {
            connection
                .execute("DELETE FROM session WHERE id = ?1", [id.as_str()])
                .map(|deleted| deleted > 0)
        })
        .await
    }

    async fn unused_since(&self, time: u64) -> Result<Vec<SessionId>> {
        self.with(move |connection| {
            let unused = "SELECT id FROM session WHERE used < ?1
                 AND id NOT IN (SELECT session FROM job WHERE state IN ('queued', 'running'))";
            ids(connection, unused, [time.cast_signed()])
        })
        .await
    }

    async fn recent_seconds(&self) -> Result<Vec<f64>> {
        self.with(|connection| {
            let mut recent = connection.prepare(
                "SELECT seconds FROM job WHERE state = 'complete' AND seconds > 0 ORDER BY ended DESC LIMIT ?1",
            )?;
            recent.query_map([RECENT], |row| row.get(0))?.collect()
        })
        .await
    }
}

fn insert(connection: &Connection, session: &NewSession) -> rusqlite::Result<bool> {
    let now = milliseconds_now().cast_signed();
    let NewSession { id, owner, size, has_alpha, has_rig } = session;
    let added = connection.execute(
        "INSERT OR IGNORE INTO session (id, owner, created, used, width, height, has_alpha, has_rig)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)",
        params![id.as_str(), owner.to_bytes(), now, size.width, size.height, has_alpha, has_rig],
    )?;
    Ok(added == 1)
}

fn ids(
    connection: &Connection,
    query: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<SessionId>> {
    let mut statement = connection.prepare(query)?;
    statement.query_map(values, |row| id_of(row, 0))?.collect()
}

fn id_of(row: &Row<'_>, column: impl rusqlite::RowIndex) -> rusqlite::Result<SessionId> {
    let text: String = row.get(column)?;
    text.parse().map_err(|e| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e))
    })
}

fn session_of(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: id_of(row, "id")?,
        owner: OwnerKey::from_bytes(row.get("owner")?),
        created: row.get::<_, i64>("created")?.cast_unsigned(),
        size: Size { width: row.get("width")?, height: row.get("height")? },
        has_alpha: row.get("has_alpha")?,
        has_rig: row.get("has_rig")?,
        has_frames: row.get("has_frames")?,
    })
}

fn named_job_of(row: &Row<'_>) -> rusqlite::Result<(SessionId, JobRecord)> {
    Ok((id_of(row, "session")?, job_of(row)?))
}

fn job_of(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    let point = |x: &str, y: &str| -> rusqlite::Result<Option<[f32; 2]>> {
        let (x, y): (Option<f32>, Option<f32>) = (row.get(x)?, row.get(y)?);
        Ok(x.zip(y).map(<[f32; 2]>::from))
    };
    let face = match (point("face_x", "face_y")?, point("other_eye_x", "other_eye_y")?) {
        (Some(eye), Some(other)) => FaceChoice::Eyes([eye, other]),
        (Some([x, y]), None) => FaceChoice::At { x, y },
        (None, _) => FaceChoice::Largest,
    };
    let state: String = row.get("state")?;
    Ok(JobRecord {
        state: state.parse().unwrap_or(JobState::Failed),
        order: JobOrder {
            grid: Grid::from_side(row.get("grid")?).unwrap_or_default(),
            remove_background: row.get("remove_background")?,
            face,
        },
        attempts: row.get("attempts")?,
        error: row.get("error")?,
        seconds: row.get("seconds")?,
        engine: row.get("engine")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_session() -> NewSession {
        let (_, owner) = OwnerKey::new();
        let size = Size { width: 410, height: 512 };
        NewSession { id: SessionId::new(), owner, size, has_alpha: false, has_rig: false }
    }

    fn order() -> JobOrder {
        let face = FaceChoice::At { x: 12.5, y: 8.0 };
        JobOrder { grid: Grid::from_side(4).unwrap(), remove_background: true, face }
    }

    #[tokio::test]
    async fn the_line_keeps_its_order_and_its_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("studio.sqlite");
        let store = Sqlite::open(&path).unwrap();
        let sessions: Vec<NewSession> = (0..4).map(|_| new_session()).collect();
        for (n, session) in sessions.iter().enumerate() {
            let enqueued =
                store.enqueue(Some(session.clone()), session.id.clone(), order(), 3).await.unwrap();
            assert_eq!(enqueued, if n < 3 { Enqueued::Waiting } else { Enqueued::Full });
        }
        assert!(store.get(&sessions[3].id).await.unwrap().is_none());
        let again = store
            .enqueue(Some(sessions[0].clone()), sessions[0].id.clone(), order(), 9)
            .await
            .unwrap();
        assert_eq!(again, Enqueued::Taken);

        let (first, job) = store.begin_next().await.unwrap().unwrap();
        assert_eq!((&first, job.attempts), (&sessions[0].id, 1));
        assert_eq!(job.order, order());
        // The process is killed; whoever comes after finds it.
        drop(store);
        let store = Sqlite::open(&path).unwrap();
        let interrupted = store.interrupted().await.unwrap();
        assert_eq!(interrupted.len(), 1);
        store.finish(&first, Outcome::Again).await.unwrap();
        let (next, job) = store.begin_next().await.unwrap().unwrap();
        assert_eq!((next, job.attempts), (first.clone(), 2));
        let size = Size { width: 300, height: 200 };
        let complete = Outcome::Complete {
            seconds: 12.5,
            engine: Some("embedded".to_owned()),
            size,
            has_alpha: true,
            has_rig: true,
        };
        store.finish(&first, complete).await.unwrap();
        let (session, job) = store.get(&first).await.unwrap().unwrap();
        assert!(session.has_frames && session.has_alpha && session.size == size);
        assert_eq!(job.unwrap().state, JobState::Complete);
        assert_eq!(store.recent_seconds().await.unwrap(), [12.5]);
        assert_eq!(store.line().await.unwrap(), [sessions[1].id.clone(), sessions[2].id.clone()]);
    }

    #[tokio::test]
    async fn every_face_that_may_be_asked_for_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("studio.sqlite")).unwrap();
        let eyes = FaceChoice::Eyes([[10.0, 20.5], [30.0, 20.0]]);
        for face in [FaceChoice::Largest, FaceChoice::At { x: 1.0, y: 0.0 }, eyes] {
            let (session, order) = (new_session(), JobOrder { face, ..order() });
            let id = session.id.clone();
            store.enqueue(Some(session), id.clone(), order, 9).await.unwrap();
            assert_eq!(store.get(&id).await.unwrap().unwrap().1.unwrap().order, order);
        }
    }

    #[tokio::test]
    async fn what_waits_is_not_unused() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("studio.sqlite")).unwrap();
        let (shared, waiting) = (new_session(), new_session());
        assert!(store.insert(shared.clone()).await.unwrap());
        assert!(!store.insert(shared.clone()).await.unwrap());
        store.enqueue(Some(waiting.clone()), waiting.id.clone(), order(), 9).await.unwrap();
        assert_eq!(
            store.unused_since(milliseconds_now() + 1000).await.unwrap(),
            std::slice::from_ref(&shared.id)
        );
        assert!(store.unused_since(0).await.unwrap().is_empty());
        assert!(store.delete(&shared.id).await.unwrap());
        assert!(!store.delete(&shared.id).await.unwrap());
    }

    #[test]
    fn keys_are_compared_by_their_digest() {
        let (key, owner) = OwnerKey::new();
        assert!(owner.is(&key) && !owner.is("") && !owner.is(&key[1..]));
        assert_eq!(format!("{owner:?}"), "OwnerKey(..)");
    }
}
