//! Who is asking: a bearer token, or the browser's session.
//!
//! A session's id is 256 random bits in a cookie and a hash in the database. (The ids of the tower-sessions crate are
//! of 128 bits by their type, and its record is a bag of values; ours is a row.) Nothing is looked up until somebody asks.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use tokio::sync::OnceCell;

use crate::db;
use crate::db::sessions::Session;
use crate::db::users::User;
use crate::domain::secret::Secret;
use crate::error::{Error, Result};
use crate::study::Study;

/// The cookie of a session; under https the `__Host-` prefix pins it to this host.
pub const SESSION_COOKIE: &str = "autodeck_session";
const SECURE_SESSION_COOKIE: &str = "__Host-autodeck_session";

/// A guest is not signed out: the longest life that browsers grant a cookie, renewed by use.
const GUEST_IDLE: TimeDelta = TimeDelta::days(400);
/// An account that was not used for so long signs in again.
const ACCOUNT_IDLE: TimeDelta = TimeDelta::days(30);
/// However much it is used: a stolen cookie ends some day.
const ACCOUNT_MOST: TimeDelta = TimeDelta::days(180);
/// Longest part of a browser's name that is kept.
const USER_AGENT_CHARACTERS: usize = 200;
/// A token's last use is kept to the hour.
const TOKEN_TOUCH: TimeDelta = TimeDelta::hours(1);

/// The learner who is asking. `Option<Learner>` on pages that also greet strangers.
#[derive(Debug, Clone)]
pub struct Learner(pub User);

/// The learner who is asking from a browser: what a token may not do (passwords, tokens, the end of it all) asks for this.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Through which session.
    pub session: Session,
}

/// The browser behind a request: its session, if it has one, and what is to become of its cookie.
#[derive(Debug, Clone)]
pub struct Browser(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    presented: Option<Secret>,
    user_agent: Option<String>,
    found: OnceCell<Option<Box<SignedIn>>>,
    /// The learner alone, where nobody asked for more.
    learner: OnceCell<Option<Box<User>>>,
    cookie: Mutex<Option<Cookie>>,
}

#[derive(Debug)]
enum Cookie {
    Set(Secret, TimeDelta),
    Remove,
}

impl Browser {
    fn of(headers: &HeaderMap, name: &str) -> Browser {
        let text = |value: &HeaderValue| value.to_str().ok().map(ToOwned::to_owned);
        let presented = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(text)
            .find_map(|pairs| cookie_in(&pairs, name).map(Secret::presented));
        let user_agent = headers.get(USER_AGENT).and_then(text);
        let user_agent =
            user_agent.map(|agent| agent.chars().take(USER_AGENT_CHARACTERS).collect());
        Browser(Arc::new(Inner {
            presented,
            user_agent,
            found: OnceCell::new(),
            learner: OnceCell::new(),
            cookie: Mutex::new(None),
        }))
    }

    /// Who is signed in here; looked up once a request, and renewed once a day.
    pub async fn signed_in(&self, study: &Study) -> Result<Option<SignedIn>> {
        let look = || async { self.look_up(study).await.map(|found| found.map(Box::new)) };
        let found = self.0.found.get_or_try_init(look).await?;
        Ok(found.as_deref().cloned())
    }

    /// The learner who is signed in here: of a session that was used today, in one question.
    async fn learner(&self, study: &Study) -> Result<Option<User>> {
        if let Some(found) = self.0.found.get() {
            return Ok(found.as_ref().map(|here| here.user.clone()));
        }
        let look = || async {
            let Some(secret) = &self.0.presented else {
                return Ok(None);
            };
            let now = study.now();
            let today = now.date_naive().and_time(NaiveTime::MIN).and_utc();
            db::users::find_by_session(&study.db, &secret.hash(), now, today)
                .await
                .map(|user| user.map(Box::new))
        };
        match self.0.learner.get_or_try_init(look).await? {
            Some(user) => Ok(Some(User::clone(user))),
            // Not signed in, or the session has to be renewed.
            None => Ok(self.signed_in(study).await?.map(|here| here.user)),
        }
    }

    async fn look_up(&self, study: &Study) -> sqlx::Result<Option<SignedIn>> {
        let Some(secret) = &self.0.presented else {
            return Ok(None);
        };
        let now = study.now();
        let Some(mut session) = db::sessions::find(&study.db, &secret.hash(), now).await? else {
            return Ok(None);
        };
        let user = match self.0.learner.get() {
            Some(Some(user)) => User::clone(user),
            _ => match db::users::find(&study.db, session.user_id).await? {
                Some(user) => user,
                None => return Ok(None),
            },
        };
        if session.seen_at.date_naive() != now.date_naive() {
            session.expires_at = expiry(&user, session.started_at, now);
            session.seen_at = now;
            db::sessions::renew(&study.db, session.session_id, now, session.expires_at).await?;
            db::users::touch(&study.db, user.user_id, now).await?;
            self.set_cookie(Cookie::Set(secret.clone(), session.expires_at - now));
        }
        Ok(Some(SignedIn { user, session }))
    }

    /// Signs a learner in on this browser, under a new id; the session that was here ends.
    pub async fn sign_in(&self, study: &Study, user: &User) -> Result<()> {
        let now = study.now();
        let secret = study.new_secret();
        let session = Session {
            session_id: study.new_id(),
            user_id: user.user_id,
            started_at: now,
            seen_at: now,
            expires_at: expiry(user, now, now),
            user_agent: self.0.user_agent.clone(),
        };
        self.end_session(study).await?;
        db::sessions::insert(&study.db, &session, &secret.hash()).await?;
        self.set_cookie(Cookie::Set(secret, session.expires_at - now));
        Ok(())
    }

    /// Ends the session of this browser and takes its cookie back.
    pub async fn sign_out(&self, study: &Study) -> Result<()> {
        self.end_session(study).await?;
        self.forget();
        Ok(())
    }

    /// Takes the cookie back; its session has ended otherwise.
    pub fn forget(&self) {
        self.set_cookie(Cookie::Remove);
    }

    async fn end_session(&self, study: &Study) -> Result<()> {
        if let Some(SignedIn { session, .. }) = self.signed_in(study).await? {
            db::sessions::delete(&study.db, session.user_id, session.session_id).await?;
        }
        Ok(())
    }

    fn set_cookie(&self, cookie: Cookie) {
        *self.0.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie);
    }
}

/// Until when a session of `user` holds that began at `started_at` and is used now.
fn expiry(user: &User, started_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if user.is_account() {
        (now + ACCOUNT_IDLE).min(started_at + ACCOUNT_MOST)
    } else {
        now + GUEST_IDLE
    }
}

fn cookie_in<'a>(pairs: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = pairs
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Whether cookies are `Secure` and carry the `__Host-` prefix: where the public address is https.
#[derive(Debug, Clone, Copy)]
pub struct IsHttps(pub bool);

/// Gives each request its [`Browser`], and the answer the cookie that came of it.
pub async fn layer(
    State(IsHttps(is_https)): State<IsHttps>,
    mut request: Request,
    next: Next,
) -> Response {
    let name = if is_https {
        SECURE_SESSION_COOKIE
    } else {
        SESSION_COOKIE
    };
    let browser = Browser::of(request.headers(), name);
    request.extensions_mut().insert(browser.clone());
    let mut response = next.run(request).await;
    let cookie = browser
        .0
        .cookie
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(cookie) = cookie {
        let (value, seconds) = match &cookie {
            Cookie::Set(secret, life) => (secret.expose(), life.num_seconds()),
            Cookie::Remove => ("", 0),
        };
        let secure = if is_https { "; Secure" } else { "" };
        let header =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let header = HeaderValue::try_from(header).expect("our own secrets are URL-safe");
        response.headers_mut().append(SET_COOKIE, header);
    }
    response
}

/// The learner of a request, if there is one.
async fn find_learner(parts: &mut Parts, study: &Study) -> Result<Option<User>> {
    if let Some(header) = parts.headers.get(AUTHORIZATION) {
        let token = header.to_str().ok().and_then(|text| text.split_once(' '));
        return match token {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                of_token(&parts.method, &Secret::presented(token.trim()), study).await
            }
            _ => Ok(None),
        };
    }
    let Some(browser) = parts.extensions.get::<Browser>().cloned() else {
        return Ok(None);
    };
    browser.learner(study).await
}

async fn of_token(method: &Method, token: &Secret, study: &Study) -> Result<Option<User>> {
    let (now, hash) = (study.now(), token.hash());
    let writes = !method.is_safe();
    if let Some(user) =
        db::users::find_by_token(&study.db, &hash, writes, now - TOKEN_TOUCH).await?
    {
        return Ok(Some(user));
    }
    let Some(token) = db::tokens::find(&study.db, &hash).await? else {
        return Ok(None);
    };
    if token.scope != "write" && writes {
        return Err(Error::Forbidden(
            "This token may read only. Make one that may write, in the settings.".into(),
        ));
    }
    if token.last_used_at.is_none_or(|at| now - at >= TOKEN_TOUCH) {
        db::tokens::touch(&study.db, token.token_id, now).await?;
        db::users::touch(&study.db, token.user_id, now).await?;
    }
    Ok(db::users::find(&study.db, token.user_id).await?)
}

impl<S> FromRequestParts<S> for Learner
where
    S: Send + Sync,
    Study: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Learner> {
        // Boxed: the handler's future would keep room for it while a learner waits.
        Box::pin(find_learner(parts, &Study::from_ref(state)))
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

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Study: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<SignedIn> {
        let browser = Browser::from_request_parts(parts, state).await?;
        browser
            .signed_in(&Study::from_ref(state))
            .await?
            .ok_or(Error::Unauthorized)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Browser> {
        // A request without the layer is one of a test of a single handler: nobody is signed in.
        let here = parts.extensions.get::<Browser>().cloned();
        Ok(here.unwrap_or_else(|| Browser::of(&HeaderMap::new(), SESSION_COOKIE)))
    }
}

#[cfg(test)]
mod tests {
    use super::cookie_in;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let pairs = "a=1; __Host-autodeck_session=secure;autodeck_session=plain ; b=2";
        assert_eq!(cookie_in(pairs, "autodeck_session"), Some("plain"));
        assert_eq!(cookie_in(pairs, "__Host-autodeck_session"), Some("secure"));
        assert_eq!(cookie_in(pairs, "session"), None);
    }
}
