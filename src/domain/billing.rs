//! What a learner pays for, decided from Stripe's present state alone: which events told us, in which order and how
//! often, is no part of it.
// long: half of it is its tests

use chrono::{DateTime, Months, TimeDelta, Utc};

use super::plan::Plan;

/// Days before a yearly renewal at which the learner is reminded: time enough to cancel after a holiday.
pub const REMINDER_BEFORE: TimeDelta = TimeDelta::days(15);

/// Status of a subscription, in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not paid for yet, and meant to be.
    Trialing,
    /// Paid.
    Active,
    /// A payment failed and Stripe tries again.
    PastDue,
    /// The first payment did not go through yet.
    Incomplete,
    /// Nor in time.
    IncompleteExpired,
    /// Stripe has given up on the payment.
    Unpaid,
    /// A trial that ended without a way to pay.
    Paused,
    /// Ended.
    Canceled,
}

impl Status {
    /// By Stripe's word; a word that we do not know pays for nothing.
    pub fn from_name(name: &str) -> Option<Status> {
        Some(match name {
            "trialing" => Status::Trialing,
            "active" => Status::Active,
            "past_due" => Status::PastDue,
            "incomplete" => Status::Incomplete,
            "incomplete_expired" => Status::IncompleteExpired,
            "unpaid" => Status::Unpaid,
            "paused" => Status::Paused,
            "canceled" => Status::Canceled,
            _ => return None,
        })
    }

    /// Stripe's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Trialing => "trialing",
            Status::Active => "active",
            Status::PastDue => "past_due",
            Status::Incomplete => "incomplete",
            Status::IncompleteExpired => "incomplete_expired",
            Status::Unpaid => "unpaid",
            Status::Paused => "paused",
            Status::Canceled => "canceled",
        }
    }

    /// Whether the plan holds. With a failed payment it holds until Stripe gives up, and to the end of a period that was
    /// cancelled: Stripe leaves both statuses as they are until then.
    pub const fn pays(self) -> bool {
        matches!(self, Status::Trialing | Status::Active | Status::PastDue)
    }

    /// Whether it has ended for good.
    pub const fn is_over(self) -> bool {
        matches!(self, Status::Canceled | Status::IncompleteExpired)
    }
}

/// How often it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interval {
    /// Each month.
    Month,
    /// Each year.
    Year,
}

impl Interval {
    /// As in the table and in Stripe.
    pub const fn as_str(self) -> &'static str {
        match self {
            Interval::Month => "month",
            Interval::Year => "year",
        }
    }

    /// The inverse of [`Interval::as_str`].
    pub fn from_name(name: &str) -> Option<Interval> {
        [Interval::Month, Interval::Year]
            .into_iter()
            .find(|interval| interval.as_str() == name)
    }
}

/// A subscription as Stripe has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Stripe's id.
    pub id: String,
    /// Its status; `None`: a word that we do not know.
    pub status: Option<Status>,
    /// What it sells; `None`: at a price and of a product that are on offer no longer, or nothing of ours.
    pub plan: Option<Plan>,
    /// It carries our learner's id, which our payment page puts there: ours, whatever it sells.
    pub is_ours: bool,
    /// How often it is paid.
    pub interval: Option<Interval>,
    /// Until when it is paid.
    pub period_end: Option<DateTime<Utc>>,
    /// It ends then.
    pub ends_at_period_end: bool,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When the present period began, and with it its payment was due.
    pub period_start: Option<DateTime<Utc>>,
    /// When it ended for good.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Subscription {
    fn pays(&self) -> bool {
        self.plan.is_some() && self.status.is_some_and(Status::pays)
    }

    /// The last day of payment that a payment at `paid_at` can have been for; `None` where it was before all of them,
    /// or after the end.
    fn charged_on(&self, paid_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let was_over = self.ended_at.is_some_and(|end| end < paid_at);
        if was_over || self.status == Some(Status::IncompleteExpired) {
            return None;
        }
        let months = match self.interval {
            Some(Interval::Month) => 1,
            Some(Interval::Year) => 12,
            None => 0,
        };
        // A century of months ends any list of times that is wrong.
        let renewals = (1..1_200_u32)
            .take_while(|_| months > 0)
            .map_while(|number| {
                self.created_at
                    .checked_add_months(Months::new(number * months))
            })
            .take_while(|day| *day <= paid_at);
        renewals
            .chain(
                self.period_start
                    .filter(|day| (self.created_at..=paid_at).contains(day)),
            )
            .chain((self.created_at <= paid_at + PAID_BEFORE).then_some(self.created_at))
            .max()
    }

    /// Ours, and not over. What the same shop sells besides is not ours to end.
    pub fn may_be_charged(&self) -> bool {
        (self.plan.is_some() || self.is_ours) && !self.status.is_some_and(Status::is_over)
    }
}

/// A payment as Stripe has it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// All of it went back, by our own hand or by a lost dispute.
    pub is_taken_back: bool,
}

/// What a learner has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Free, or what a subscription pays for.
    pub plan: Plan,
    /// The subscription that decides; without one that pays, the latest.
    pub subscription: Option<Subscription>,
}

impl Entitlement {
    /// Of all the subscriptions that a customer has or had, the one that pays for the most.
    pub fn of(subscriptions: &[Subscription]) -> Entitlement {
        let rank = |one: &&Subscription| {
            let plan = one.plan.filter(|_| one.pays());
            (plan, one.created_at, one.id.clone())
        };
        let subscription = subscriptions.iter().max_by_key(rank);
        let plan = subscription
            .filter(|one| one.pays())
            .and_then(|one| one.plan);
        Entitlement {
            plan: plan.unwrap_or(Plan::Free),
            subscription: subscription.cloned(),
        }
    }
}

/// How long before its subscription a first payment may stand: Stripe's payment page takes the money first and makes the
/// subscription when that is done (its change of 2025-03-31), which with a bank's own check can take minutes.
const PAID_BEFORE: TimeDelta = TimeDelta::hours(1);

/// The subscriptions to cancel at once, because a payment made for them was taken back: of several each for its own
/// payments alone. One begun after a payment is not meant by it, but for the one that the payment itself began.
pub fn taken_back<'a>(
    subscriptions: &'a [Subscription],
    payments: &[Payment],
) -> Vec<&'a Subscription> {
    let back = payments.iter().filter(|payment| payment.is_taken_back);
    let meant: Vec<&str> = back
        .filter_map(|payment| paid_by(subscriptions, payment.created_at))
        .map(|one| one.id.as_str())
        .collect();
    subscriptions
        .iter()
        .filter(|one| one.may_be_charged() && meant.contains(&one.id.as_str()))
        .collect()
}

/// The subscription that a payment at `paid_at` was made for: the one whose own day of payment is nearest. A payment of
/// Stripe's present version names none.
fn paid_by(subscriptions: &[Subscription], paid_at: DateTime<Utc>) -> Option<&Subscription> {
    subscriptions
        .iter()
        .filter_map(|one| Some(((one.charged_on(paid_at)? - paid_at).abs(), one)))
        .min_by_key(|(apart, one)| (*apart, !one.may_be_charged(), one.id.as_str()))
        .map(|(_, one)| one)
}

/// Subscriptions that can still be charged: what is cancelled before an account goes.
pub fn live(subscriptions: &[Subscription]) -> impl Iterator<Item = &Subscription> {
    subscriptions.iter().filter(|one| one.may_be_charged())
}

/// Whether the learner is to be reminded of a renewal now: yearly ones only, once each.
pub fn is_reminder_due(
    entitlement: &Entitlement,
    reminded_of: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    let Some(subscription) = &entitlement.subscription else {
        return false;
    };
    let renews = entitlement.plan.is_paid() && !subscription.ends_at_period_end;
    let is_yearly = subscription.interval == Some(Interval::Year);
    subscription.period_end.is_some_and(|end| {
        renews && is_yearly && reminded_of != Some(end) && now < end && end - now <= REMINDER_BEFORE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn subscription(status: Status, plan: Plan, created: i64) -> Subscription {
        Subscription {
            id: format!("sub_{created}"),
            status: Some(status),
            plan: Some(plan),
            is_ours: true,
            interval: Some(Interval::Year),
            period_end: Some(day(created + 365)),
            ends_at_period_end: false,
            created_at: day(created),
            period_start: Some(day(created)),
            ended_at: None,
        }
    }

    #[test]
    fn each_status_gives_the_plan_that_the_table_says() {
        for (status, plan) in [
            ("trialing", Plan::Plus),
            ("active", Plan::Plus),
            ("past_due", Plan::Plus),
            ("incomplete", Plan::Free),
            ("incomplete_expired", Plan::Free),
            ("unpaid", Plan::Free),
            ("paused", Plan::Free),
            ("canceled", Plan::Free),
            ("a word of next year", Plan::Free),
        ] {
            let one = Subscription {
                status: Status::from_name(status),
                ..subscription(Status::Active, Plan::Plus, 1)
            };
            assert_eq!(Entitlement::of(&[one]).plan, plan, "{status}");
        }
        assert_eq!(Entitlement::of(&[]).plan, Plan::Free);
    }

    #[test]
    fn of_several_subscriptions_the_one_that_pays_for_most_decides_in_any_order() {
        let mut all = [
            subscription(Status::Active, Plan::Plus, 5),
            subscription(Status::Active, Plan::Pro, 1),
            subscription(Status::Canceled, Plan::Pro, 9),
        ];
        for _ in 0..3 {
            all.rotate_left(1);
            let decided = Entitlement::of(&all);
            assert_eq!(decided.plan, Plan::Pro);
            assert_eq!(decided.subscription.unwrap().id, "sub_1");
        }
    }

    #[test]
    fn what_sells_nothing_of_ours_pays_for_nothing_and_is_left_alone() {
        let foreign = Subscription {
            plan: None,
            is_ours: false,
            ..subscription(Status::Active, Plan::Pro, 1)
        };
        let refund = Payment {
            created_at: day(2),
            is_taken_back: true,
        };
        assert_eq!(
            Entitlement::of(std::slice::from_ref(&foreign)).plan,
            Plan::Free
        );
        assert!(taken_back(&[foreign], &[refund]).is_empty());
    }

    #[test]
    fn ours_at_a_price_of_no_plan_pays_for_nothing_and_can_still_be_charged() {
        let moved = Subscription {
            plan: None,
            ..subscription(Status::Active, Plan::Pro, 1)
        };
        let refund = Payment {
            created_at: day(2),
            is_taken_back: true,
        };
        let all = [moved];
        assert_eq!(Entitlement::of(&all).plan, Plan::Free);
        assert_eq!(live(&all).count(), 1);
        assert_eq!(taken_back(&all, &[refund]).len(), 1);
    }

    #[test]
    fn a_payment_taken_back_ends_what_it_paid_for_and_nothing_begun_since() {
        let all = [
            subscription(Status::Active, Plan::Plus, 1),
            subscription(Status::Active, Plan::Plus, 20),
            subscription(Status::Canceled, Plan::Plus, 0),
        ];
        let refund = Payment {
            created_at: day(1),
            is_taken_back: true,
        };
        let kept = Payment {
            created_at: day(20),
            is_taken_back: false,
        };
        let ids: Vec<_> = taken_back(&all, &[refund, kept])
            .iter()
            .map(|one| one.id.as_str())
            .collect();
        assert_eq!(ids, ["sub_1"]);
    }

    #[test]
    fn of_two_subscriptions_a_refund_ends_the_one_that_it_was_paid_for() {
        let monthly = |created: i64, now: i64| Subscription {
            interval: Some(Interval::Month),
            period_start: Some(day(now)),
            ..subscription(Status::Active, Plan::Plus, created)
        };
        let back = |at: DateTime<Utc>| Payment {
            created_at: at,
            is_taken_back: true,
        };
        // Begun on the 2nd and the 21st of January, and renewed on the 2nd and the 21st of each month.
        let all = [monthly(1, 60), monthly(20, 79)];
        let ended = |payment: Payment| -> Vec<&str> {
            let found = taken_back(&all, &[payment]);
            found.into_iter().map(|one| one.id.as_str()).collect()
        };
        let hour = TimeDelta::hours(1);
        for (at, id) in [
            (day(1) - TimeDelta::seconds(5), "sub_1"),
            (day(20) - TimeDelta::seconds(5), "sub_20"),
            (day(32) + hour, "sub_1"),
            (day(51) + hour, "sub_20"),
            (day(60) + hour, "sub_1"),
            (day(79) + hour, "sub_20"),
        ] {
            assert_eq!(ended(back(at)), [id], "{at}");
        }
        // What was over by then was not paid, and its refund after its end ends no other.
        let over = Subscription {
            status: Some(Status::Canceled),
            ended_at: Some(day(25)),
            ..monthly(20, 20)
        };
        let all = [monthly(1, 32), over];
        assert_eq!(taken_back(&all, &[back(day(32) + hour)])[0].id, "sub_1");
        assert!(taken_back(&all, &[back(day(20) + hour)]).is_empty());
    }

    #[test]
    fn a_payment_that_stands_before_its_subscription_ends_it_and_not_the_next_one() {
        let at = |seconds: i64| day(1) + TimeDelta::seconds(seconds);
        let begun = |seconds: i64, status: Status| Subscription {
            id: format!("sub_at_{seconds}"),
            created_at: at(seconds),
            ..subscription(status, Plan::Plus, 1)
        };
        let paid = |seconds: i64, is_taken_back: bool| Payment {
            created_at: at(seconds),
            is_taken_back,
        };
        let ids = |all: &[Subscription], payments: &[Payment]| -> Vec<String> {
            let found = taken_back(all, payments);
            found.into_iter().map(|one| one.id.clone()).collect()
        };
        // Paid, begun five seconds later, and the money went back.
        let first = begun(5, Status::Active);
        assert_eq!(
            ids(std::slice::from_ref(&first), &[paid(0, true)]),
            ["sub_at_5"]
        );
        assert!(ids(std::slice::from_ref(&first), &[paid(0, false)]).is_empty());
        // Bought again two minutes later: that one was paid for, and stands. So with a subscription made first.
        let again = [begun(5, Status::Canceled), begun(120, Status::Active)];
        assert!(ids(&again, &[paid(0, true), paid(115, false)]).is_empty());
        let again = [begun(0, Status::Canceled), begun(120, Status::Active)];
        assert!(ids(&again, &[paid(1, true), paid(121, false)]).is_empty());
        // And when that money goes back too, it ends.
        assert_eq!(
            ids(&again, &[paid(1, true), paid(115, true)]),
            ["sub_at_120"]
        );
        // A payment of long before began nothing of now.
        assert!(ids(&[begun(86_400, Status::Active)], &[paid(0, true)]).is_empty());
    }

    #[test]
    fn a_yearly_renewal_is_told_once_before_it_and_not_when_it_is_cancelled() {
        let yearly = Entitlement::of(&[subscription(Status::Active, Plan::Plus, 0)]);
        assert!(!is_reminder_due(&yearly, None, day(349)));
        assert!(is_reminder_due(&yearly, None, day(350)));
        assert!(!is_reminder_due(&yearly, Some(day(365)), day(351)));
        assert!(is_reminder_due(&yearly, Some(day(0)), day(351)));
        assert!(!is_reminder_due(&yearly, None, day(365)));
        let mut ending = subscription(Status::Active, Plan::Plus, 0);
        ending.ends_at_period_end = true;
        assert!(!is_reminder_due(
            &Entitlement::of(&[ending]),
            None,
            day(351)
        ));
        let mut monthly = subscription(Status::Active, Plan::Plus, 0);
        monthly.interval = Some(Interval::Month);
        assert!(!is_reminder_due(
            &Entitlement::of(&[monthly]),
            None,
            day(351)
        ));
    }
}
