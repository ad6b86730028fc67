//! Who runs the database server: ourselves, or an ordinary user when we are root.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Uid, User};
use tokio::process::Command;

use super::EmbeddedError;

/// Tried in this order when root starts AutoDeck. Distributions make `postgres` with the package.
const ORDINARY_USERS: [&str; 2] = ["postgres", "nobody"];

/// The user that owns the cluster and runs its server.
#[derive(Debug)]
pub(super) struct Account {
    name: String,
    /// User and group to become; `None` when that is who we are.
    become_ids: Option<(u32, u32)>,
}

impl Account {
    /// Root drops to the user who already owns the cluster, else to an ordinary user; anybody else stays.
    pub(super) fn choose(cluster: &Path) -> Result<Account, EmbeddedError> {
        if !Uid::effective().is_root() {
            return Ok(Account {
                name: "you".to_owned(),
                become_ids: None,
            });
        }
        let owner = std::fs::metadata(cluster)
            .ok()
            .map(|found| Uid::from_raw(found.uid()));
        let owner = owner
            .filter(|uid| !uid.is_root())
            .and_then(|uid| User::from_uid(uid).ok().flatten());
        let ordinary = || {
            ORDINARY_USERS
                .iter()
                .find_map(|name| User::from_name(name).ok().flatten())
        };
        let user = owner
            .or_else(ordinary)
            .ok_or(EmbeddedError::NoOrdinaryUser)?;
        Ok(Account {
            name: user.name,
            become_ids: Some((user.uid.as_raw(), user.gid.as_raw())),
        })
    }

    /// A command run as this user, deaf to our terminal's Ctrl-C and to the operator's PG* variables.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // The standard library also drops root's other groups when it changes the user.
        if let Some((user, group)) = self.become_ids {
            command.uid(user).gid(group);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("PG")) {
                command.env_remove(&name);
            }
        }
        // English messages, because we read some; a folder that every user may stand in.
        command
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0)
            .stdin(std::process::Stdio::null());
        command
    }

    /// Hands `path` to this user. Nothing to do when that is who we are.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        match self.become_ids {
            Some((user, group)) => std::os::unix::fs::chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// The user id that files of this account carry.
    pub(super) fn uid(&self) -> u32 {
        self.become_ids
            .map_or(Uid::effective().as_raw(), |(user, _)| user)
    }

    /// Looks at each folder on the way to `folder` with this user's own eyes (modes alone miss access lists).
    pub(super) async fn check_it_can_enter(&self, folder: &Path) -> Result<(), EmbeddedError> {
        if self.become_ids.is_none() {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        let mut command = self.command(Path::new("/bin/sh"));
        command
            .args([
                "-c",
                r#"for d do test -x "$d" || { printf %s "$d"; exit 1; }; done"#,
                "sh",
            ])
            .args(&way);
        let output = command
            .output()
            .await
            .map_err(|cause| EmbeddedError::Unstartable {
                doing: "Becoming an ordinary user",
                cause,
            })?;
        if output.status.success() {
            return Ok(());
        }
        let closed = String::from_utf8_lossy(&output.stdout).into_owned();
        Err(EmbeddedError::NoWayIn {
            user: self.name.clone(),
            folder: closed.into(),
        })
    }
}
