//! The public address: what links and cookies are made of, and which origins count as ours.

use std::fmt;

use reqwest::Url;

/// Names of this very machine. A page opened under one of them may post to another.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The address that learners use: a scheme, a host and a port, no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads `https://cards.example.org`, with or without a port and a closing slash.
    ///
    /// # Errors
    /// What is wrong, to stand after the variable's name.
    pub fn parse(text: &str) -> Result<BaseUrl, String> {
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        match url {
            None => Err(format!(
                "is {text:?}, and must be an address like https://cards.example.org"
            )),
            Some(url) if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
                Err(format!(
                    "is {text:?}, and must end after the host and the port"
                ))
            }
            Some(url) if !url.username().is_empty() || url.password().is_some() => {
                Err("must not hold a user or a password".to_owned())
            }
            Some(url) => Ok(BaseUrl(url)),
        }
    }

    /// `http://localhost:PORT`.
    pub fn local(port: u16) -> BaseUrl {
        let url = Url::parse(&format!("http://localhost:{port}"))
            .expect("a host and a number make an address");
        BaseUrl(url)
    }

    /// Whether cookies are `Secure` and may carry the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is an address of this machine only.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// An absolute address for `path`, which begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// The origins that count as ours, as browsers write them: this one, and under a loopback name its other names.
    pub fn origins(&self) -> Vec<String> {
        let mut origins = vec![self.to_string()];
        if is_loopback(&self.0) {
            for name in LOOPBACK {
                let mut other = self.0.clone();
                if other.set_host(Some(name)).is_ok() {
                    origins.push(other.origin().ascii_serialization());
                }
            }
            origins.sort();
            origins.dedup();
        }
        origins
    }

    /// Whether a browser's `Origin` header names this address. All names of the loopback count as one.
    pub fn is_origin(&self, origin: &str) -> bool {
        let Ok(other) = Url::parse(origin) else {
            return false;
        };
        let same_host =
            other.host_str() == self.0.host_str() || (is_loopback(&other) && is_loopback(&self.0));
        same_host
            && other.scheme() == self.0.scheme()
            && other.port_or_known_default() == self.0.port_or_known_default()
    }
}

/// The origin, without a closing slash.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| LOOPBACK.contains(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_a_host_and_a_port() {
        let base = BaseUrl::parse("https://Cards.Example.org/").unwrap();
        assert_eq!(base.to_string(), "https://cards.example.org");
        assert_eq!(base.link("/decks"), "https://cards.example.org/decks");
        assert!(base.is_https());
        for wrong in [
            "cards.example",
            "ftp://a",
            "https://a/b",
            "https://a/?q",
            "https://me@a",
            "https://",
        ] {
            assert!(BaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_matches_by_scheme_host_and_port() {
        let base = BaseUrl::parse("https://cards.example.org").unwrap();
        assert!(base.is_origin("https://cards.example.org"));
        assert!(base.is_origin("https://cards.example.org:443"));
        for other in [
            "http://cards.example.org",
            "https://cards.example.org:8443",
            "https://example.org",
            "null",
        ] {
            assert!(!base.is_origin(other), "{other}");
        }
    }

    #[test]
    fn the_names_of_the_loopback_count_as_one_at_one_port() {
        let base = BaseUrl::local(3000);
        for same in [
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
        ] {
            assert!(base.is_origin(same), "{same}");
        }
        assert!(!base.is_origin("http://127.0.0.1:3001"));
        assert!(!base.is_origin("http://127.0.0.1.evil.example:3000"));
    }
}
