//! A browser without script: it keeps cookies, sends forms as browsers do, and follows or shows redirects.

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};
use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::support::TestApp;

/// One browser, with its own cookies.
pub struct Browser<'a> {
    pub app: &'a TestApp,
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What a page answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Where a redirect goes; empty when it is none.
    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .map_or("", |value| value.to_str().expect("text"))
    }

    pub fn has(&self, words: &str) -> bool {
        self.text.contains(words)
    }
}

impl TestApp {
    /// A browser that was never here.
    pub fn browser(&self) -> Browser<'_> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Browser {
            app: self,
            http,
            cookies: Mutex::default(),
        }
    }
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.at(path))).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encoded = reqwest::Url::parse_with_params("http://x", fields).expect("an address");
        let request = self
            .http
            .post(self.at(path))
            .header(ORIGIN, &self.app.address)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded.query().unwrap_or_default().to_owned());
        self.send(request).await
    }

    /// Sends a request with this browser's cookies, and keeps those of the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let cookies: Vec<String> = {
            let kept = self.cookies.lock().expect("one at a time");
            kept.iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        let cookies = cookies.join("; ");
        let answer = request
            .header("cookie", cookies)
            .send()
            .await
            .expect("the app answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, value) = cookie
                .split(';')
                .next()
                .expect("a pair")
                .split_once('=')
                .expect("a pair");
            let mut kept = self.cookies.lock().expect("one at a time");
            if cookie.contains("Max-Age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = answer.text().await.expect("a body");
        Answer {
            status,
            headers,
            text,
        }
    }

    /// The path of a link, or a path itself, at this app.
    fn at(&self, path: &str) -> String {
        let path = path
            .split_once("://")
            .map_or(path, |(_, rest)| &rest[rest.find('/').unwrap_or(0)..]);
        format!("{}{path}", self.app.address)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies
            .lock()
            .expect("one at a time")
            .get(name)
            .cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .lock()
            .expect("one at a time")
            .insert(name.into(), value.into());
    }

    /// Begins a deck, as a guest if nobody is signed in; returns its id.
    pub async fn begin(&self, topic: &str) -> String {
        let answer = self.post("/decks", &[("topic", topic)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer
            .location()
            .split('/')
            .nth(2)
            .expect("an id")
            .to_owned()
    }

    /// Makes an account; what was here as a guest is its.
    pub async fn sign_up(&self, email: &str, password: &str) {
        let answer = self
            .post("/sign-up", &[("email", email), ("password", password)])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password)])
            .await
    }

    /// `/api/v1/me` by the session's cookie.
    pub async fn me(&self) -> serde_json::Value {
        let answer = self.get("/api/v1/me").await;
        serde_json::from_str(&answer.text).expect("JSON")
    }
}
