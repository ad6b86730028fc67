//! `autodeck backup` and `autodeck restore`: the whole database in one file, by PostgreSQL's own pg_dump and pg_restore.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use secrecy::ExposeSecret;
use tokio::process::Command;

use super::{database, say};
use crate::config::{Database, Settings};
use crate::db;
use crate::db::embedded;

/// Writes everything into a new file that only this user may read. The app may go on serving: the dump is of one moment.
///
/// # Errors
/// A sentence when the file is there already, there is no database, or pg_dump fails; then no file is left.
pub async fn backup(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let unfinished = with_suffix(file, ".part");
    ensure!(
        !file.exists(),
        "{} is there already. Name another file; nothing was overwritten.",
        file.display()
    );
    let database = database::open_beside(settings).await?;
    let dumped = dump(settings, &database, &unfinished).await;
    database.close().await;
    if let Err(error) = dumped {
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    fs::rename(&unfinished, file)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let bytes = fs::metadata(file)?.len();
    say(format_args!(
        "Everything is in {} ({bytes} bytes). It holds what learners wrote and their e-mail addresses: keep it safe.",
        file.display()
    ));
    Ok(())
}

/// Puts a backup into an empty database, in one transaction, and brings its schema up to this build.
///
/// # Errors
/// A sentence when the database holds anything, or pg_restore fails; then the database is as empty as before.
pub async fn restore(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let backup = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let database = database::open(settings)
        .await
        .context("The app has to be stopped while a backup is put back")?;
    let restored = async {
        ensure!(
            db::inspect::is_empty(&database.pool).await?,
            "This database ({}) holds something already, and a backup is only put into an empty one. Name another with \
             AUTODECK_DATA_DIR or DATABASE_URL.",
            database.place
        );
        let mut command = program("pg_restore", settings, &database).await?;
        command
            .args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"])
            .stdin(Stdio::from(backup));
        finish("pg_restore", command).await?;
        db::migrate(&database.sessions)
            .await
            .context("It was put back; its schema could not be brought up to this build")
    }
    .await;
    let place = database.place.clone();
    database.close().await;
    restored?;
    say(format_args!(
        "{} is in the database ({place}).",
        file.display()
    ));
    Ok(())
}

async fn dump(
    settings: &Settings,
    database: &database::OpenDatabase,
    file: &Path,
) -> anyhow::Result<()> {
    // Opened by us, so that it belongs to whoever asked, and closed to everybody else.
    let output = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let mut command = program("pg_dump", settings, database).await?;
    command
        .args(["--format=custom", "--no-owner", "--no-privileges"])
        .stdout(Stdio::from(output));
    finish("pg_dump", command).await
}

/// One of PostgreSQL's programs, with the address of the database. A password goes by the environment: the arguments of a
/// process can be read by every user.
async fn program(
    name: &str,
    settings: &Settings,
    database: &database::OpenDatabase,
) -> anyhow::Result<Command> {
    let mut command = Command::new(embedded::client_program(name).await?);
    let options = database.sessions.connect_options();
    match &settings.database {
        Database::Embedded => {
            let socket = options
                .get_socket()
                .context("the private database has a socket")?;
            command
                .arg("--host")
                .arg(socket)
                .arg(format!("--port={}", options.get_port()))
                .arg(format!("--username={}", options.get_username()))
                .arg("--dbname")
                .arg(options.get_database().unwrap_or("postgres"));
        }
        Database::Url(url) => {
            let mut url = reqwest::Url::parse(url.expose_secret()).context(
                "DATABASE_URL is not an address that the programs of PostgreSQL understand",
            )?;
            if let Some(password) = url.password() {
                command.env("PGPASSWORD", percent_decoded(password));
                url.set_password(None).ok();
            }
            command.arg(format!("--dbname={url}"));
        }
    }
    command.kill_on_drop(true).stdin(Stdio::null());
    Ok(command)
}

fn percent_decoded(text: &str) -> String {
    // The form encoding and the address differ in the plus sign alone.
    let pair = format!("p={}", text.replace('+', "%2B"));
    reqwest::Url::parse(&format!("http://localhost/?{pair}"))
        .ok()
        .and_then(|url| {
            url.query_pairs()
                .next()
                .map(|(_, value)| value.into_owned())
        })
        .unwrap_or_else(|| text.to_owned())
}

async fn finish(name: &str, mut command: Command) -> anyhow::Result<()> {
    let output = command
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} cannot be started"))?
        .wait_with_output()
        .await?;
    if !output.status.success() {
        bail!(
            "{name} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_read_as_the_address_means_it() {
        assert_eq!(percent_decoded("a%20b+c%2F%25"), "a b+c/%");
    }
}
