//! How often an address or an account may do what costs money, mail or patience. Kept in the database: a limit in a
//! process would be as many limits as there are processes, and gone with each restart.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::db;
use crate::error::{Error, Result};
use crate::study::Study;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// A try to sign in, right or wrong.
    SignIn,
    /// A new account.
    SignUp,
    /// A mail that a form sends.
    Mail,
    /// A new guest.
    Guest,
    /// A topic, or another try after a failure: both may order cards from the model.
    Topic,
    /// A page or form that makes us ask Stripe.
    Payment,
    /// Another wording of a card, which the model is asked for.
    Rephrasing,
    /// Everything as one archive.
    Archive,
}

/// So many at once, and then one each interval.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    interval: TimeDelta,
}

/// The rates of one address, and of one account (or the mail address that is tried).
struct Rates {
    name: &'static str,
    by_address: Rate,
    by_account: Rate,
}

const fn rate(burst: u32, seconds: i64) -> Rate {
    Rate {
        burst,
        interval: TimeDelta::seconds(seconds),
    }
}

impl Limited {
    fn rates(self) -> Rates {
        match self {
            // An account that somebody tries from outside is slowed down, not locked: a mailed link still opens it.
            Limited::SignIn => Rates {
                name: "sign_in",
                by_address: rate(30, 20),
                by_account: rate(10, 60),
            },
            Limited::SignUp => Rates {
                name: "sign_up",
                by_address: rate(10, 600),
                by_account: rate(5, 600),
            },
            Limited::Mail => Rates {
                name: "mail",
                by_address: rate(10, 300),
                by_account: rate(3, 1_200),
            },
            // A class behind one router begins together.
            Limited::Guest => Rates {
                name: "guest",
                by_address: rate(60, 60),
                by_account: rate(60, 60),
            },
            Limited::Topic => Rates {
                name: "topic",
                by_address: rate(240, 10),
                by_account: rate(60, 60),
            },
            // Many times what changing one's mind takes. Stripe bounds what we ask, and what one learner asks for must
            // not take that from the others.
            Limited::Payment => Rates {
                name: "payment",
                by_address: rate(120, 10),
                by_account: rate(30, 60),
            },
            Limited::Rephrasing => Rates {
                name: "rephrasing",
                by_address: rate(120, 30),
                by_account: rate(30, 300),
            },
            // Reads and packs all that somebody has.
            Limited::Archive => Rates {
                name: "archive",
                by_address: rate(30, 60),
                by_account: rate(5, 300),
            },
        }
    }

    /// Whoever sits at the machine that runs a self-hosted AutoDeck may begin what they like.
    fn is_free_at_home(self) -> bool {
        matches!(self, Limited::Guest | Limited::Topic)
    }
}

/// Whether and for whom limits hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Off in tests that are about something else.
    pub are_on: bool,
    /// Proxies in front of us whose word on the client's address is taken (`AUTODECK_TRUSTED_HOPS`).
    pub trusted_hops: usize,
    /// Nobody pays here: requests from this very machine that came through no proxy begin guests and topics at will.
    pub is_self_hosted: bool,
}

impl Limits {
    /// Spends one try of `what` for the client and, where there is one, for an account or the address that is tried.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub async fn spend(
        &self,
        study: &Study,
        what: Limited,
        client: &Client,
        account: Option<&str>,
    ) -> Result<()> {
        let is_home = self.is_self_hosted && client.is_this_machine;
        if !self.are_on {
            return Ok(());
        }
        let rates = what.rates();
        if !(is_home && what.is_free_at_home()) {
            let who = format!("address {}", block(client.address));
            spend(study, rates.name, &who, rates.by_address).await?;
        }
        if let Some(account) = account {
            let who = format!("account {account}");
            spend(study, rates.name, &who, rates.by_account).await?;
        }
        Ok(())
    }
}

async fn spend(study: &Study, what: &str, who: &str, rate: Rate) -> Result<()> {
    let key = Sha256::digest(format!("{what} {who}"));
    let now = study.now();
    let spent = db::limits::spend(&study.db, &key, now, rate.interval, rate.burst).await?;
    spent.map_err(|free_at| {
        metrics::counter!("autodeck_rate_limited_total", "what" => what.to_owned()).increment(1);
        let millis = (free_at - now).num_milliseconds().max(0).unsigned_abs();
        // Rounded up: whoever waits as long as they are told gets in.
        Error::RateLimited(Duration::from_secs(millis.div_ceil(1000)))
    })
}

/// One IPv6 customer has a whole /64.
fn block(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => four.into(),
            None => Ipv6Addr::from(u128::from(six) & !u128::from(u64::MAX)).into(),
        },
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// The address, as far as it can be trusted.
    pub address: IpAddr,
    /// From this machine, and through no proxy that says so.
    pub is_this_machine: bool,
}

impl Client {
    /// The client as `peer` and our own proxies name it: of `X-Forwarded-For` only what `trusted_hops` proxies added,
    /// from the right, counts. What stands further left anybody can write.
    fn of(peer: IpAddr, headers: &HeaderMap, trusted_hops: usize) -> Client {
        let lines = headers.get_all("x-forwarded-for").iter();
        let named: Vec<&str> = lines
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        let is_forwarded = !named.is_empty() || headers.contains_key("forwarded");
        let address = match trusted_hops {
            0 => None,
            hops => named
                .len()
                .checked_sub(hops)
                .and_then(|at| named[at].parse().ok()),
        };
        Client {
            address: address.unwrap_or(peer),
            is_this_machine: peer.to_canonical().is_loopback() && !is_forwarded,
        }
    }
}

impl<S> FromRequestParts<S> for Client
where
    S: Send + Sync,
    Limits: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> std::result::Result<Client, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Without a peer (a router called in process) all share one address.
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
        Ok(Client::of(
            peer,
            &parts.headers,
            Limits::from_ref(state).trusted_hops,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&'static str], hops: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(
                "x-forwarded-for",
                axum::http::HeaderValue::from_static(value),
            );
        }
        Client::of(peer.parse().unwrap(), &headers, hops)
            .address
            .to_string()
    }

    #[test]
    fn a_header_counts_only_as_far_as_proxies_are_trusted() {
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], 0), "9.9.9.9");
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(client("9.9.9.9", &["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(
            client("9.9.9.9", &["6.6.6.6, 1.1.1.1, 8.8.8.8"], 2),
            "1.1.1.1"
        );
        assert_eq!(client("9.9.9.9", &["6.6.6.6", "1.1.1.1"], 1), "1.1.1.1");
        // Fewer than promised, or no address: the peer it is.
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], 2), "9.9.9.9");
        assert_eq!(client("9.9.9.9", &["unknown"], 1), "9.9.9.9");
        assert_eq!(client("9.9.9.9", &[], 1), "9.9.9.9");
    }

    #[test]
    fn home_is_this_machine_without_a_proxy() {
        let plain = HeaderMap::new();
        let mut proxied = HeaderMap::new();
        proxied.insert(
            "x-forwarded-for",
            axum::http::HeaderValue::from_static("1.1.1.1"),
        );
        let home =
            |peer: &str, headers| Client::of(peer.parse().unwrap(), headers, 0).is_this_machine;
        assert!(
            home("127.0.0.1", &plain) && home("::1", &plain) && home("::ffff:127.0.0.1", &plain)
        );
        assert!(!home("10.0.0.1", &plain) && !home("127.0.0.1", &proxied));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_limit() {
        let of = |text: &str| block(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:1.2.3.4"), "1.2.3.4");
    }
}
