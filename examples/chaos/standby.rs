//! The primary is lost under load and its streaming standby promoted. With synchronous replication no acknowledged answer
//! may be missing there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::time::{Instant, sleep};

use crate::model_server::{ModelServer, Script};
use crate::proxy::{Proxy, Target};
use crate::world::{
    Acknowledgements, App, Folder, Learner, as_owner_of, client, count_broken, count_lost, database,
};

const LEARNERS: usize = 6;
const STUDIED: Duration = Duration::from_secs(8);
const STANDBY_PORT: u16 = 5433;

pub async fn run() -> String {
    let folder = Folder::new();
    let primary = database(&folder).await;
    let options = primary.options();
    let socket = options
        .get_socket()
        .expect("our own server has a socket")
        .clone();
    let standby = Standby::follow(&options, &socket).await;
    let db = PgPool::connect_with(options.clone())
        .await
        .expect("the primary");
    wait_until_synchronous(&db).await;
    db.close().await;

    let model = ModelServer::start(Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 300.0,
        ..Script::default()
    })
    .await;
    // In life a name or an address that moves; here a proxy that is told where the primary is.
    let at = |port: u16| Target::Unix(socket.join(format!(".s.PGSQL.{port}")));
    let front = Proxy::start(at(options.get_port()), 0, Duration::ZERO).await;
    let settings = [
        (
            "DATABASE_URL",
            format!(
                "postgres://autodeck@127.0.0.1:{}/autodeck?sslmode=disable",
                front.port
            ),
        ),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
    ];
    let app = App::start(&client(), None, &settings).await;
    let acknowledged = Acknowledgements::default();
    let mut studying = Vec::new();
    for number in 0..LEARNERS {
        let learner = Learner::new(&app, &format!("Standby {number}")).await;
        studying.push(tokio::spawn(learner.study(acknowledged.clone())));
    }
    sleep(STUDIED).await;
    let pid = primary.postmaster().expect("it runs");
    kill(
        Pid::from_raw(i32::try_from(pid).expect("a process id")),
        Signal::SIGKILL,
    )
    .expect("it runs");
    let lost_at = Instant::now();
    standby.promote();
    front.lead_to(at(STANDBY_PORT));
    let promoted = lost_at.elapsed();
    app.ready(Duration::from_secs(60)).await;
    let before = acknowledged.lock().expect("nobody panics with it").len();
    while acknowledged.lock().expect("nobody panics with it").len() == before {
        assert!(
            lost_at.elapsed() < Duration::from_secs(60),
            "nobody studies on"
        );
        sleep(Duration::from_millis(5)).await;
    }
    let first_success = lost_at.elapsed();
    sleep(STUDIED).await;
    for learner in studying {
        learner.abort();
    }
    let answers = acknowledged.lock().expect("nobody panics with it").clone();
    let lost = count_lost(&app, &answers).await;
    let db = PgPool::connect_with(options.port(STANDBY_PORT))
        .await
        .expect("the new primary");
    let broken = count_broken(&db, &answers).await;
    db.close().await;
    app.kill();
    standby.stop();
    assert_eq!((lost, broken), (0, 0), "lost answers, broken invariants");
    format!(
        "Standby promoted under load, replication synchronous: {} answers acknowledged ({before} before), 0 lost, 0 invariants \
         broken; promoted {promoted:.2?} after the primary was killed, first answer {first_success:.2?} after",
        answers.len()
    )
}

/// A copy that follows.
struct Standby {
    cluster: PathBuf,
    socket: PathBuf,
    programs: PathBuf,
}

impl Standby {
    /// Copies the primary and follows it; commits on the primary wait for the copy from now on.
    async fn follow(primary: &PgConnectOptions, socket: &Path) -> Standby {
        let programs = autodeck::db::embedded::client_program("pg_ctl")
            .await
            .expect("PostgreSQL");
        let standby = Standby {
            cluster: socket.join("standby"),
            socket: socket.to_owned(),
            programs: programs.parent().expect("a folder").to_owned(),
        };
        let from = format!(
            "host={} port={} user=autodeck",
            socket.display(),
            primary.get_port()
        );
        standby.run(
            "pg_basebackup",
            &[
                "--dbname",
                &from,
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--pgdata",
            ],
        );
        let db = PgPool::connect_with(primary.clone())
            .await
            .expect("the primary");
        for statement in [
            "alter system set synchronous_standby_names = '*'",
            "select pg_reload_conf()",
        ] {
            sqlx::query(statement)
                .execute(&db)
                .await
                .expect("a superuser");
        }
        db.close().await;
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c port={STANDBY_PORT}",
            socket.display()
        );
        let log = socket.join("standby.log");
        standby.run(
            "pg_ctl",
            &[
                "start",
                "--silent",
                "--wait",
                "--log",
                &log.display().to_string(),
                "--options",
                &options,
                "--pgdata",
            ],
        );
        standby
    }

    fn promote(&self) {
        self.run("pg_ctl", &["promote", "--silent", "--wait", "--pgdata"]);
    }

    fn stop(self) {
        self.run(
            "pg_ctl",
            &["stop", "--silent", "--mode=immediate", "--pgdata"],
        );
    }

    /// Runs a program of PostgreSQL as the database's user; the copy's folder is its last argument.
    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        as_owner_of(&mut command, &self.socket);
        let status = command
            .args(arguments)
            .arg(&self.cluster)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("a program of PostgreSQL");
        assert!(status.success(), "{program} {arguments:?} failed");
    }
}

async fn wait_until_synchronous(db: &PgPool) {
    let began = Instant::now();
    loop {
        let is_synchronous: bool = sqlx::query_scalar(
            "select exists (select from pg_stat_replication where sync_state = 'sync')",
        )
        .fetch_one(db)
        .await
        .expect("the primary answers");
        if is_synchronous {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the standby does not follow"
        );
        sleep(Duration::from_millis(50)).await;
    }
}
