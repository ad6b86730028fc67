//! Wrong settings, wrong addresses: a sentence each, all at once, and an exit code.

use std::net::TcpListener;

use crate::app::{DataDir, autodeck, finish};

#[test]
fn all_wrong_settings_are_listed_at_once_before_anything_is_touched() {
    let data = DataDir::new();
    let mut command = autodeck(&data.0, &[]);
    command
        .env("AUTODECK_LISTEN", "everywhere")
        .env("AUTODECK_WORKERS", "many")
        .env("AUTODECK_BILLING", "stripe");
    let (code, _, said) = finish(&mut command);
    assert_eq!(code, 2);
    for name in [
        "AUTODECK_LISTEN",
        "AUTODECK_WORKERS",
        "STRIPE_SECRET_KEY",
        "STRIPE_PRICE_PRO_YEARLY",
    ] {
        assert!(said.contains(&format!("  - {name} ")), "{name} in {said}");
    }
    assert_eq!(std::fs::read_dir(&data.0).unwrap().count(), 0);
}

#[test]
fn a_dot_env_file_is_read_and_the_environment_goes_before_it() {
    let data = DataDir::new();
    let here = data.0.join("here");
    std::fs::create_dir(&here).unwrap();
    std::fs::write(
        here.join(".env"),
        "AUTODECK_WORKERS=many\nAUTODECK_LISTEN=nowhere\n",
    )
    .unwrap();
    let (code, _, said) = finish(autodeck(&data.0, &[]).current_dir(&here));
    assert_eq!(code, 2);
    assert!(said.contains("AUTODECK_WORKERS is \"many\""), "{said}");
    assert!(
        !said.contains("AUTODECK_LISTEN"),
        "the environment has a good one: {said}"
    );
}

#[test]
fn a_broken_dot_env_file_is_said_without_repeating_what_may_be_a_key() {
    let data = DataDir::new();
    std::fs::write(
        data.0.join(".env"),
        "AUTODECK_LLM_API_KEY=sk-secret and more\n",
    )
    .unwrap();
    let (code, _, said) = finish(autodeck(&data.0, &[]).current_dir(&data.0));
    assert_eq!(code, 2);
    assert!(said.contains(".env holds a line"), "{said}");
    assert!(!said.contains("sk-secret"), "{said}");
}

#[test]
fn a_taken_address_is_a_sentence() {
    let data = DataDir::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, said) = finish(autodeck(&data.0, &[]).env("AUTODECK_LISTEN", &address));
    assert_eq!(code, 1);
    assert!(
        said.contains(&format!("The address {address} is taken")),
        "{said}"
    );
    assert_eq!(
        data.postmaster(),
        None,
        "the private server does not stay behind"
    );
}
