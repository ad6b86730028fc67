//! Who pays, and how Stripe is reached.

use secrecy::SecretString;

use super::Reader;

/// Who pays (`AUTODECK_BILLING`).
#[derive(Debug)]
pub enum Billing {
    /// Self-hosted: everything is allowed to everyone and no prices are shown.
    Off,
    /// Plans, paid through Stripe.
    Stripe(StripeSettings),
}

impl Billing {
    /// Whether plans are sold.
    pub fn is_on(&self) -> bool {
        matches!(self, Billing::Stripe(_))
    }
}

/// What Stripe has to know of us, and we of it.
#[derive(Debug, Clone)]
pub struct StripeSettings {
    /// `STRIPE_SECRET_KEY`.
    pub secret_key: SecretString,
    /// `STRIPE_WEBHOOK_SECRET`: what signs its messages.
    pub webhook_secret: SecretString,
    /// What is sold.
    pub prices: StripePrices,
    /// `STRIPE_API_BASE`, for tests; `None`: Stripe itself.
    pub api_base: Option<String>,
}

/// The ids of the four prices; their amounts are Stripe's.
#[derive(Debug, Clone, Default)]
pub struct StripePrices {
    /// `STRIPE_PRICE_PLUS_MONTHLY`.
    pub plus_monthly: String,
    /// `STRIPE_PRICE_PLUS_YEARLY`.
    pub plus_yearly: String,
    /// `STRIPE_PRICE_PRO_MONTHLY`.
    pub pro_monthly: String,
    /// `STRIPE_PRICE_PRO_YEARLY`.
    pub pro_yearly: String,
}

/// Reads the settings; what is missing or wrong is added to the reader's problems.
pub(super) fn read<F: Fn(&str) -> Option<String>>(reader: &mut Reader<'_, F>) -> Billing {
    match reader.get("AUTODECK_BILLING").as_deref() {
        None | Some("off") => Billing::Off,
        Some("stripe") => Billing::Stripe(stripe(reader)),
        Some(other) => {
            reader.problems.push(format!(
                "AUTODECK_BILLING is {other:?}, and must be off or stripe."
            ));
            Billing::Off
        }
    }
}

fn stripe<F: Fn(&str) -> Option<String>>(reader: &mut Reader<'_, F>) -> StripeSettings {
    let settings = StripeSettings {
        secret_key: needed(reader, "STRIPE_SECRET_KEY", &["sk_", "rk_"]).into(),
        webhook_secret: needed(reader, "STRIPE_WEBHOOK_SECRET", &["whsec_"]).into(),
        prices: StripePrices {
            plus_monthly: needed(reader, "STRIPE_PRICE_PLUS_MONTHLY", &["price_"]),
            plus_yearly: needed(reader, "STRIPE_PRICE_PLUS_YEARLY", &["price_"]),
            pro_monthly: needed(reader, "STRIPE_PRICE_PRO_MONTHLY", &["price_"]),
            pro_yearly: needed(reader, "STRIPE_PRICE_PRO_YEARLY", &["price_"]),
        },
        api_base: reader.read("STRIPE_API_BASE", api_base),
    };
    let StripePrices {
        plus_monthly,
        plus_yearly,
        pro_monthly,
        pro_yearly,
    } = &settings.prices;
    let mut ids = [plus_monthly, plus_yearly, pro_monthly, pro_yearly];
    ids.sort_unstable();
    if ids
        .windows(2)
        .any(|pair| pair[0] == pair[1] && !pair[0].is_empty())
    {
        reader.problems.push(
            "STRIPE_PRICE_… names one price twice: each plan and interval needs its own.".into(),
        );
    }
    settings
}

/// A value that has to be there and to begin in one of these ways. It may be a secret, so it is never repeated.
fn needed<F: Fn(&str) -> Option<String>>(
    reader: &mut Reader<'_, F>,
    name: &str,
    beginnings: &[&str],
) -> String {
    let Some(value) = reader.get(name) else {
        reader.problems.push(format!(
            "{name} must be set, because AUTODECK_BILLING is stripe."
        ));
        return String::new();
    };
    let fits = beginnings.iter().any(|start| value.starts_with(start));
    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits || !is_plain {
        let start = beginnings.join(" or ");
        reader.problems.push(format!(
            "{name} must begin with {start}, as Stripe’s dashboard shows it."
        ));
    }
    value
}

fn api_base(text: &str) -> Result<String, String> {
    let known = text.starts_with("http://") || text.starts_with("https://");
    known
        .then(|| format!("{}/", text.trim_end_matches('/')))
        .ok_or_else(|| "must begin with http:// or https://".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, &str); 7] = [
        ("AUTODECK_BILLING", "stripe"),
        ("STRIPE_SECRET_KEY", "sk_test_hunter2"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_hunter2"),
        ("STRIPE_PRICE_PLUS_MONTHLY", "price_1"),
        ("STRIPE_PRICE_PLUS_YEARLY", "price_2"),
        ("STRIPE_PRICE_PRO_MONTHLY", "price_3"),
        ("STRIPE_PRICE_PRO_YEARLY", "price_4"),
    ];

    fn problems(changed: (&str, &str)) -> (Billing, Vec<String>) {
        let lookup = |name: &str| {
            let own = (changed.0 == name).then_some(changed.1);
            own.or_else(|| {
                ALL.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| *value)
            })
            .map(str::to_owned)
        };
        let mut reader = Reader {
            lookup: &lookup,
            problems: Vec::new(),
        };
        let billing = read(&mut reader);
        (billing, reader.problems)
    }

    #[test]
    fn all_settings_of_stripe_switch_the_plans_on_and_secrets_do_not_show() {
        let (billing, problems) = problems(("", ""));
        assert!(billing.is_on() && problems.is_empty(), "{problems:?}");
        assert!(!format!("{billing:?}").contains("hunter2"));
    }

    #[test]
    fn one_missing_setting_of_stripe_is_a_problem() {
        for (name, _) in &ALL[1..] {
            let (_, problems) = problems((name, ""));
            assert_eq!(problems.len(), 1, "{name}: {problems:?}");
            assert!(problems[0].starts_with(name));
        }
    }

    #[test]
    fn a_key_in_the_wrong_place_and_a_price_named_twice_are_problems() {
        for wrong in [
            ("STRIPE_SECRET_KEY", "pk_test_public"),
            ("STRIPE_WEBHOOK_SECRET", "sk_test_hunter2"),
            ("STRIPE_PRICE_PRO_YEARLY", "prod_1"),
            ("STRIPE_PRICE_PRO_YEARLY", "price_3"),
            ("STRIPE_API_BASE", "api.example"),
        ] {
            let (_, problems) = problems(wrong);
            assert_eq!(problems.len(), 1, "{wrong:?}: {problems:?}");
            assert!(!problems[0].contains("hunter2"), "{problems:?}");
        }
    }
}
