//! What happens to a data folder in a hard life.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::{Pid, Uid};

use crate::app::{DataDir, Serving, autodeck, finish, send};

#[test]
fn a_killed_app_leaves_its_server_to_the_next_start_which_then_stops_it() {
    let data = DataDir::new();
    let first = Serving::start(&mut autodeck(&data.0, &["serve"]));
    let server = data.postmaster().expect("a server runs");
    first.signal(Signal::SIGKILL);
    first.ended();

    let second = Serving::start(&mut autodeck(&data.0, &[]));
    assert_eq!(data.postmaster(), Some(server), "the same server goes on");
    assert!(second.get("/healthz").starts_with("HTTP/1.1 200"));
    second.signal(Signal::SIGTERM);
    assert!(second.ended() < Duration::from_secs(5));
    assert_eq!(
        data.postmaster(),
        None,
        "the last app took the server with it"
    );
}

#[test]
fn app_and_server_killed_at_once_start_again() {
    let data = DataDir::new();
    for _ in 0..2 {
        let app = Serving::start(&mut autodeck(&data.0, &[]));
        let server = data.postmaster().expect("a server runs");
        send(server, Signal::SIGKILL);
        app.signal(Signal::SIGKILL);
        app.ended();
    }
    let app = Serving::start(&mut autodeck(&data.0, &[]));
    assert!(app.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_pid_file_that_names_a_stranger_does_not_stop_the_start() {
    let data = DataDir::new();
    let app = Serving::start(&mut autodeck(&data.0, &[]));
    let pid_file = std::fs::read_to_string(data.pid_file()).unwrap();
    app.signal(Signal::SIGTERM);
    app.ended();

    // A process of the server's own user that lives on under the old number: PostgreSQL itself would refuse.
    let owner = std::fs::metadata(data.0.join("postgres")).unwrap();
    let mut stranger = Command::new("sleep");
    stranger.arg("600").current_dir("/");
    if Uid::effective().is_root() {
        use std::os::unix::process::CommandExt;
        stranger.uid(owner.uid()).gid(owner.gid());
    }
    let mut stranger = stranger.spawn().unwrap();
    let (_, rest) = pid_file.split_once('\n').unwrap();
    for left in [data.pid_file(), data.0.join("socket/.s.PGSQL.5432.lock")] {
        std::fs::write(&left, format!("{}\n{rest}", stranger.id())).unwrap();
        std::os::unix::fs::chown(&left, Some(owner.uid()), Some(owner.gid())).unwrap();
    }

    let app = Serving::start(&mut autodeck(&data.0, &[]));
    assert_ne!(data.postmaster(), Some(stranger.id()));
    assert!(
        stranger.try_wait().unwrap().is_none(),
        "the stranger was left alone"
    );
    drop(app);
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_second_start_on_the_same_folder_names_the_first_and_fails() {
    let data = DataDir::new();
    let first = Serving::start(&mut autodeck(&data.0, &[]));
    let (code, _, said) = finish(&mut autodeck(&data.0, &["serve"]));
    assert_eq!(code, 1);
    assert!(
        said.contains(&format!(
            "already runs on the data folder {}",
            data.0.display()
        )),
        "{said}"
    );
    assert!(
        said.contains(&format!("(process {})", first.pid())),
        "{said}"
    );
    assert!(
        first.get("/healthz").starts_with("HTTP/1.1 200"),
        "the first goes on"
    );
}

#[test]
fn ctrl_c_ends_the_app_first_and_the_server_after_it() {
    let data = DataDir::new();
    let app = Serving::start(&mut autodeck(&data.0, &[]));
    let server = data.postmaster().unwrap();
    // A terminal sends SIGINT to the whole process group: the server must not be in it.
    let group = nix::unistd::getpgid(Some(Pid::from_raw(i32::try_from(server).unwrap()))).unwrap();
    assert_ne!(group.as_raw(), i32::try_from(app.pid()).unwrap());
    app.signal(Signal::SIGINT);
    assert!(app.ended() < Duration::from_secs(5));
    assert_eq!(data.postmaster(), None);
}

#[test]
fn a_start_killed_while_making_the_cluster_leaves_nothing_in_the_way() {
    let data = DataDir::new();
    let half_made = data.0.join("postgres.new-1");
    std::fs::create_dir(&half_made).unwrap();
    std::fs::write(half_made.join("PG_VERSION"), "1\n").unwrap();
    let _app = Serving::start(&mut autodeck(&data.0, &[]));
    assert!(!half_made.exists());
}

#[test]
fn a_folder_of_another_version_is_left_alone_and_said() {
    let data = DataDir::new();
    let cluster = data.0.join("postgres");
    std::fs::create_dir(&cluster).unwrap();
    std::fs::write(cluster.join("PG_VERSION"), "9\n").unwrap();
    let (code, _, said) = finish(&mut autodeck(&data.0, &[]));
    assert_eq!(code, 1);
    assert!(said.contains("was made by PostgreSQL 9"), "{said}");
    assert_eq!(std::fs::read_dir(&cluster).unwrap().count(), 1);
}

#[test]
fn the_cluster_and_its_socket_are_closed_to_others_and_never_roots() {
    let data = DataDir::new();
    let _app = Serving::start(&mut autodeck(&data.0, &[]));
    for folder in ["postgres", "socket"] {
        let found = std::fs::metadata(data.0.join(folder)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o700, "{folder}");
        assert_ne!(found.uid(), 0, "{folder}");
    }
    // Linux alone shows a process's user as the owner of its /proc folder.
    #[cfg(target_os = "linux")]
    {
        let process = format!("/proc/{}", data.postmaster().unwrap());
        assert_ne!(std::fs::metadata(process).unwrap().uid(), 0);
    }
}

#[test]
fn a_closed_folder_on_the_way_is_named() {
    let data = DataDir::new();
    let closed = data.0.join("closed");
    std::fs::create_dir(&closed).unwrap();
    let mode = if Uid::effective().is_root() {
        0o700
    } else {
        0o500
    };
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(mode)).unwrap();
    let (code, _, said) = finish(&mut autodeck(&closed.join("data"), &[]));
    assert_eq!(code, 1);
    assert!(said.contains(closed.to_str().unwrap()), "{said}");
    assert!(said.contains("AUTODECK_DATA_DIR"), "{said}");
}
