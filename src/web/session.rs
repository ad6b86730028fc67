//! Who is asking: a bearer token, or the browser's session.

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use crate::db;
use crate::db::users::User;
use crate::domain::ids::UserId;
use crate::error::{Error, Result};
use crate::study::Study;

const USER_ID: &str = "user_id";
/// The day on which the session was last renewed: its cookie moves on once a day, not with each request.
const RENEWED_ON: &str = "renewed_on";

/// The learner who is asking. `Option<Learner>` on pages that also greet strangers.
#[derive(Debug, Clone)]
pub struct Learner(pub User);

/// The learner of a request, if there is one.
async fn find_learner(parts: &mut Parts, study: &Study) -> Result<Option<User>> {
    if let Some(header) = parts.headers.get(AUTHORIZATION) {
        let token = header.to_str().ok().and_then(|text| text.split_once(' '));
        return match token {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok(db::users::find_by_token(&study.db, &token_hash(token.trim())).await?)
            }
            _ => Ok(None),
        };
    }
    let Some(session) = parts.extensions.get::<Session>() else {
        return Ok(None);
    };
    let Some(user_id) = session.get::<UserId>(USER_ID).await? else {
        return Ok(None);
    };
    let user = db::users::find(&study.db, user_id).await?;
    let today = study.now().date_naive();
    if user.is_some() && session.get::<NaiveDate>(RENEWED_ON).await? != Some(today) {
        session.insert(RENEWED_ON, today).await?;
    }
    Ok(user)
}

impl<S> FromRequestParts<S> for Learner
where
    S: Send + Sync,
    Study: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Learner> {
        find_learner(parts, &Study::from_ref(state))
            .await?
            .map(Learner)
            .ok_or(Error::Unauthorized)
    }
}

impl<S> OptionalFromRequestParts<S> for Learner
where
    S: Send + Sync,
    Study: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Learner>> {
        Ok(find_learner(parts, &Study::from_ref(state))
            .await?
            .map(Learner))
    }
}

/// Signs a learner in on this browser, under a new session id.
pub async fn sign_in(session: &Session, user_id: UserId) -> Result<()> {
    session.cycle_id().await?;
    session.insert(USER_ID, user_id).await?;
    Ok(())
}

/// A bearer token (256 random bits, URL-safe) and the hash under which it is kept.
pub fn new_token() -> (String, [u8; 32]) {
    let secret: [u8; 32] = rand::random();
    let token = URL_SAFE_NO_PAD.encode(secret);
    let hash = token_hash(&token);
    (token, hash)
}

fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
