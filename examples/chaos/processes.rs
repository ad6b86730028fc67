//! Many processes on one database: two that serve and one that writes, behind nginx, which sends each request to the next
//! of them; one that serves is killed and comes back. Then the same through PgBouncer, which lends its connections.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use autodeck::db::embedded::Embedded;
use tokio::time::{Instant, sleep};

use crate::model_server::{ModelServer, Script};
use crate::world::{
    Acknowledgements, App, Folder, Learner, client, count_broken, count_lost, database,
    free_address, url,
};

const LEARNERS: usize = 8;
const STUDIED: Duration = Duration::from_secs(10);
/// A first card that waits for a slow poll takes two to five seconds; one that a wake-up brings, the model's time. There are
/// workers enough that no order waits for one.
const FIRST_CARD: Duration = Duration::from_secs(1);

/// Three processes behind nginx.
pub async fn behind_nginx() -> String {
    let folder = Folder::new();
    let server = database(&folder).await;
    let model = model().await;
    let http = client();
    let settings = |workers: &str| {
        vec![
            ("DATABASE_URL", url(&server.options())),
            ("AUTODECK_LLM_BASE_URL", model.base_url()),
            ("AUTODECK_WORKERS", workers.to_owned()),
            ("AUTODECK_TRUSTED_HOPS", "1".to_owned()),
        ]
    };
    let first = App::start(&http, None, &settings("0")).await;
    let second = App::start(&http, None, &settings("0")).await;
    let third = App::start(&http, None, &settings("32")).await;
    let all = [first.listens_at(), second.listens_at(), third.listens_at()];
    let nginx = Nginx::start(&folder, &all);
    let front = App::front(&http, &nginx.address).await;
    let acknowledged = Acknowledgements::default();
    let mut slowest = Duration::ZERO;
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&front, &format!("Processes {number}")).await;
        let began = Instant::now();
        while learner.next(5).await.is_none() {}
        slowest = slowest.max(began.elapsed());
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    sleep(STUDIED / 2).await;
    let at = second.listens_at();
    second.kill();
    sleep(STUDIED / 2).await;
    let while_down = acknowledged.lock().expect("nobody panics with it").len();
    let second = App::start(&http, Some(&at), &settings("0")).await;
    sleep(STUDIED).await;
    for learner in studying {
        learner.abort();
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&front, &answers).await;
    let db = autodeck::db::connect(server.options())
        .await
        .expect("the database");
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    drop(nginx);
    [first, second, third].into_iter().for_each(App::kill);
    server.stop().await.expect("a server that stops");
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    assert!(
        slowest <= FIRST_CARD,
        "a first card took {slowest:?}: no wake-up came"
    );
    assert!(
        answers.len() > while_down,
        "nobody studied after the restart"
    );
    format!(
        "Three processes behind nginx, two without workers, one killed and started again: {} answers acknowledged, 0 lost, 0 \
         invariants broken; each learner met all three; slowest first card {slowest:.2?}",
        answers.len()
    )
}

/// Two processes through PgBouncer in session mode.
pub async fn through_pgbouncer() -> String {
    let folder = Folder::new();
    let server = database(&folder).await;
    let bouncer = PgBouncer::start(&folder, &server).await;
    let model = model().await;
    let http = client();
    let settings = |workers: &str| {
        vec![
            ("DATABASE_URL", bouncer.url.clone()),
            ("DATABASE_DIRECT_URL", url(&server.options())),
            ("AUTODECK_LLM_BASE_URL", model.base_url()),
            ("AUTODECK_WORKERS", workers.to_owned()),
        ]
    };
    let serving = App::start(&http, None, &settings("0")).await;
    let writing = App::start(&http, None, &settings("32")).await;
    let acknowledged = Acknowledgements::default();
    let mut slowest = Duration::ZERO;
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&serving, &format!("Lent {number}")).await;
        let began = Instant::now();
        while learner.next(5).await.is_none() {}
        slowest = slowest.max(began.elapsed());
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    sleep(STUDIED).await;
    for learner in studying {
        learner.abort();
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&serving, &answers).await;
    let db = autodeck::db::connect(server.options())
        .await
        .expect("the database");
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    [serving, writing].into_iter().for_each(App::kill);
    drop(bouncer);
    server.stop().await.expect("a server that stops");
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    assert!(
        slowest <= FIRST_CARD,
        "a first card took {slowest:?}: no wake-up came"
    );
    assert!(!answers.is_empty(), "nobody got through");
    format!(
        "Two processes through PgBouncer in session mode, LISTEN on a connection of its own: {} answers acknowledged, 0 lost, \
         0 invariants broken; slowest first card {slowest:.2?}",
        answers.len()
    )
}

async fn model() -> ModelServer {
    ModelServer::start(Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 300.0,
        ..Script::default()
    })
    .await
}

/// A program that serves until it is dropped.
struct Daemon(Child);

impl Daemon {
    fn start(command: &mut Command) -> Daemon {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Daemon(child.expect("installed: scripts/need nginx pgbouncer"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both end at a SIGTERM, their own children with them; either call fails where it has ended already.
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).expect("a process id"));
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

struct Nginx {
    _daemon: Daemon,
    address: String,
}

impl Nginx {
    /// Deals requests out in turn. One that a dead process did not take goes to the next: it was not begun.
    fn start(folder: &Folder, apps: &[String]) -> Nginx {
        let root = folder.data().with_file_name("nginx");
        std::fs::create_dir(&root).expect("our own folder");
        let address = free_address();
        let servers: String = apps
            .iter()
            .map(|app| format!("server {app} max_fails=0; "))
            .collect();
        let at = root.display();
        let config = format!(
            "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/error.log; events {{ worker_connections 512; }}
             http {{ access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;
             fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
             upstream apps {{ {servers} keepalive 32; }}
             server {{ listen {address}; location / {{ proxy_pass http://apps; proxy_http_version 1.1;
             proxy_set_header Connection ''; proxy_set_header Host $host; proxy_read_timeout 70s;
             proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}"
        );
        let path = root.join("nginx.conf");
        std::fs::write(&path, config).expect("our own folder");
        let mut command = Command::new(program("nginx"));
        command.arg("-c").arg(&path).arg("-p").arg(&root);
        Nginx {
            _daemon: Daemon::start(&mut command),
            address,
        }
    }
}

struct PgBouncer {
    _daemon: Daemon,
    url: String,
}

impl PgBouncer {
    async fn start(folder: &Folder, server: &Embedded) -> PgBouncer {
        let options = server.options();
        let socket = options.get_socket().expect("our own server has a socket");
        let root = folder.data().with_file_name("pgbouncer");
        std::fs::create_dir(&root).expect("our own folder");
        let address = free_address();
        let port = address.rsplit(':').next().expect("a port");
        let config = format!(
            "[databases]\nautodeck = host={} port={} user=autodeck\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = session\nmax_client_conn = 200\ndefault_pool_size = 40\n\
             ignore_startup_parameters = extra_float_digits\n",
            socket.display(),
            options.get_port(),
        );
        let path = root.join("pgbouncer.ini");
        std::fs::write(&path, config).expect("our own folder");
        let mut command = Command::new(program("pgbouncer"));
        // It refuses to be root, and only the database's own user may pass to the socket.
        crate::world::as_owner_of(&mut command, socket);
        command.arg(&path);
        let bouncer = PgBouncer {
            _daemon: Daemon::start(&mut command),
            url: format!("postgres://autodeck@{address}/autodeck?sslmode=disable"),
        };
        let began = Instant::now();
        while tokio::net::TcpStream::connect(&address).await.is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "PgBouncer does not start"
            );
            sleep(Duration::from_millis(20)).await;
        }
        bouncer
    }
}

/// Debian puts servers where an ordinary PATH does not look.
fn program(name: &str) -> String {
    let in_sbin = format!("/usr/sbin/{name}");
    match Path::new(&in_sbin).exists() {
        true => in_sbin,
        false => name.to_owned(),
    }
}
