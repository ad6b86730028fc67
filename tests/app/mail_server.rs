//! A mail server that takes every letter and keeps it: mailin speaks the protocol, tokio moves the bytes.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autodeck::config::MailSettings;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A letter as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub to: String,
    /// Header and body, as sent.
    pub raw: String,
}

impl Received {
    /// The body, with quoted-printable undone.
    pub fn text(&self) -> String {
        let (head, body) = self
            .raw
            .split_once("\r\n\r\n")
            .expect("a header and a body");
        if !head.to_lowercase().contains("quoted-printable") {
            return body.to_owned();
        }
        let mut bytes = Vec::new();
        let unfolded = body.replace("=\r\n", "");
        let mut pieces = unfolded.split('=');
        bytes.extend(pieces.next().unwrap_or_default().bytes());
        for piece in pieces {
            bytes.push(u8::from_str_radix(&piece[..2], 16).expect("two digits"));
            bytes.extend(piece[2..].bytes());
        }
        String::from_utf8(bytes).expect("UTF-8")
    }

    /// The only link in it.
    pub fn link(&self) -> String {
        let text = self.text();
        let links: Vec<&str> = text
            .split_whitespace()
            .filter(|word| word.contains("?token="))
            .collect();
        assert_eq!(links.len(), 1, "{text}");
        links[0].to_owned()
    }
}

/// Runs until its test ends.
#[derive(Clone)]
pub struct MailServer {
    port: u16,
    letters: Arc<Mutex<Vec<Received>>>,
    arrived: Arc<Notify>,
    refuses: Arc<Mutex<usize>>,
}

impl MailServer {
    pub async fn start() -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = MailServer {
            port: listener.local_addr().expect("bound").port(),
            letters: Arc::default(),
            arrived: Arc::default(),
            refuses: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().converse(stream));
            }
        });
        server
    }

    pub fn settings(&self) -> MailSettings {
        MailSettings {
            smtp_url: format!("smtp://127.0.0.1:{}", self.port).into(),
            from: "AutoDeck <cards@example.org>".into(),
        }
    }

    /// The next `count` letters are refused.
    pub fn refuse(&self, count: usize) {
        *self.refuses.lock().expect("nobody panics with it") = count;
    }

    pub fn count(&self) -> usize {
        self.letters.lock().expect("nobody panics with it").len()
    }

    /// The `number`th letter, waited for a bounded time.
    pub async fn letter(&self, number: usize) -> Received {
        let wait = async {
            loop {
                let arrived = self.arrived.notified();
                if let Some(letter) = self
                    .letters
                    .lock()
                    .expect("nobody panics with it")
                    .get(number - 1)
                {
                    return letter.clone();
                }
                arrived.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .unwrap_or_else(|_| panic!("letter {number} did not arrive"))
    }

    async fn converse(self, stream: TcpStream) {
        let peer = stream.peer_addr().expect("connected").ip();
        let keeper = Keeper {
            server: self,
            letter: Received::default(),
        };
        let mut session = SessionBuilder::new("mail.test").build(peer, keeper);
        let mut stream = BufReader::new(stream);
        let mut reply = session.greeting();
        loop {
            let mut out = Vec::new();
            reply.write_to(&mut out).expect("into memory");
            // A server that failed hangs up.
            if stream.write_all(&out).await.is_err()
                || reply.is_error
                || matches!(reply.action, Action::Close)
            {
                return;
            }
            reply = loop {
                let mut line = Vec::new();
                match stream.read_until(b'\n', &mut line).await {
                    Ok(1..) => {}
                    _ => return,
                }
                let reply = session.process(&line);
                if !matches!(reply.action, Action::NoReply) {
                    break reply;
                }
            };
        }
    }
}

struct Keeper {
    server: MailServer,
    letter: Received,
}

impl Handler for Keeper {
    fn data_start(&mut self, _domain: &str, _from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.letter = Received {
            to: to.join(","),
            raw: String::new(),
        };
        response::OK
    }

    fn data(&mut self, buf: &[u8]) -> io::Result<()> {
        self.letter.raw.push_str(&String::from_utf8_lossy(buf));
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mut refuses = self.server.refuses.lock().expect("nobody panics with it");
        if *refuses > 0 {
            *refuses -= 1;
            return response::INTERNAL_ERROR;
        }
        self.server
            .letters
            .lock()
            .expect("nobody panics with it")
            .push(self.letter.clone());
        self.server.arrived.notify_one();
        response::OK
    }
}
