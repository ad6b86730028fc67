//! Jobs between workers: claimed once, taken over, handed back, and fenced against late writes.

use std::time::Duration;

use autodeck::db;
use autodeck::domain::card::CardText;
use autodeck::generator::pipeline::{Kept, Pipeline};
use autodeck::generator::save::{SaveContext, Saved, save};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::generation::{cards, jobs};
use crate::model_server::{Frame, Reply};
use crate::support::TestApp;

#[tokio::test]
async fn two_orders_at_once_make_one_live_job() {
    let app = TestApp::start().await;
    let (one, other) = (app.guest().await, app.guest().await);
    tokio::join!(one.deck("Rivers"), other.deck("rivers"));
    let live: i64 =
        sqlx::query_scalar("select count(*) from generation_jobs where state = 'queued'")
            .fetch_one(&app.db)
            .await
            .expect("a count");
    assert_eq!(live, 1);
}

#[tokio::test]
async fn a_job_is_claimed_by_one_of_many_workers() {
    let app = TestApp::start().await;
    app.guest().await.deck("Rivers").await;
    let claims = futures::future::join_all((0..20).map(|_| {
        db::jobs::claim(
            &app.db,
            app.clock.now(),
            app.clock.now() + TimeDelta::seconds(30),
        )
    }))
    .await;
    assert_eq!(
        claims
            .into_iter()
            .filter(|claim| claim.as_ref().is_ok_and(Option::is_some))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_silent_workers_job_is_taken_over_where_it_stopped() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    guest.deck("Rivers").await;
    let now = app.clock.now();
    let claimed = db::jobs::claim(&app.db, now, now + TimeDelta::seconds(30))
        .await
        .expect("rows")
        .expect("the job");
    assert!(!app.generator.step().await.expect("a database"), "leased");
    app.advance(TimeDelta::seconds(31));
    app.generate().await;
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert_eq!(
        (job.state.as_str(), job.made, job.failures),
        ("done", 10, 1)
    );
    assert!(
        !db::jobs::extend_lease(&app.db, claimed.job_id, claimed.fence, now)
            .await
            .expect("rows")
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn a_late_worker_writes_nothing_in_200_trials() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    guest.deck("Rivers").await;
    let mut late_writes = 0;
    for trial in 0..200_u32 {
        let now = app.clock.now();
        let until = now + TimeDelta::seconds(2);
        let late = db::jobs::claim(&app.db, now, until)
            .await
            .expect("rows")
            .expect("a job");
        app.advance(TimeDelta::seconds(3));
        let again = app.clock.now();
        let owner = db::jobs::claim(&app.db, again, again + TimeDelta::seconds(2))
            .await
            .expect("rows");
        let owner = owner.expect("the same job");
        assert_eq!((owner.job_id, owner.fence), (late.job_id, late.fence + 1));

        let card = Kept {
            text: CardText {
                question: format!("Which river has the number {trial}?"),
                answer: format!("River {trial}"),
                explanation: None,
                subtopic: None,
            },
            marks: Vec::new(),
        };
        let context = SaveContext {
            job: &late,
            model: "late",
            pool_card_id: Uuid::new_v4(),
            now: again,
            lease_until: again,
        };
        let saved = save(&app.db, &mut Pipeline::new(10, &[]), &card, context)
            .await
            .expect("a database");
        late_writes += u32::from(saved != Saved::NotOurs);
        for late_write in [
            db::jobs::end(&app.db, late.job_id, late.fence, "done", None, again).await,
            db::jobs::requeue(&app.db, late.job_id, late.fence, again, None, false).await,
            db::jobs::extend_lease(&app.db, late.job_id, late.fence, again).await,
        ] {
            late_writes += u32::from(late_write.expect("a database"));
        }
        let given_back =
            db::jobs::requeue(&app.db, owner.job_id, owner.fence, again, None, false).await;
        assert!(given_back.expect("a database"));
    }
    assert_eq!(late_writes, 0);
    let pool: i64 = sqlx::query_scalar("select count(*) from pool_cards")
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(pool, 0);
}

#[tokio::test]
async fn a_worker_told_to_stop_hands_its_job_back_and_nothing_is_lost() {
    let app = TestApp::start().await;
    app.model.answer_next(Reply::of([
        Frame::Open,
        Frame::Text(cards(1..4)),
        Frame::Stall,
    ]));
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    let other = app.beside().await;
    let worker = tokio::spawn(other.generator.clone().run(1));
    let (_, first) = guest.get(&format!("/decks/{deck}/next?wait=20")).await;
    assert!(!first["study"].is_null(), "{first}");
    other.stop.cancel();
    tokio::time::timeout(Duration::from_secs(4), worker)
        .await
        .expect("in time")
        .expect("no panic");
    let [job] = &jobs(&app).await[..] else {
        panic!("one job")
    };
    assert_eq!((job.state.as_str(), job.failures), ("queued", 0));
    assert!(job.made >= 1);
    app.generate().await;
    assert_eq!(jobs(&app).await[0].state, "done");
    app.check_invariants().await;
}

#[tokio::test]
async fn a_transaction_that_was_given_up_for_another_runs_once_more() {
    let app = TestApp::start().await;
    let runs = std::sync::atomic::AtomicUsize::new(0);
    let run = |deadlocks: usize| {
        let number = runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let db = app.db.clone();
        async move {
            let statement = match number < deadlocks {
                true => "do $$ begin raise exception using errcode = '40P01'; end $$",
                false => "select 1",
            };
            sqlx::raw_sql(statement).execute(&db).await
        }
    };
    assert!(autodeck::db::again_after_deadlock(|| run(1)).await.is_ok());
    assert_eq!(runs.load(std::sync::atomic::Ordering::SeqCst), 2);
    let given_up = autodeck::db::again_after_deadlock(|| run(9)).await;
    assert!(given_up.is_err(), "and not for ever");
    assert_eq!(runs.load(std::sync::atomic::Ordering::SeqCst), 4);
}
