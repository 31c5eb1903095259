//! The request form (RQ2) and when a request is due (RQ8).

use crate::{
    AppError, AppResult, BusinessZone, Instant, LocalDay, Today,
    error::{FieldError, Problem},
    form::checked,
    money::whole,
    text,
    time::plus_business_days,
};
use serde::{Deserialize, Serialize};

/// RQ2: characters of a title, at most.
pub const MAX_TITLE: usize = 120;

/// RQ2: characters of a brief, at most.
pub const MAX_BRIEF: usize = 10_000;

/// Characters that a draft keeps of its title, its number and its day; far beyond what may be submitted.
const MAX_DRAFT_LINE: usize = 1_000;

/// Characters that a draft keeps of its brief.
const MAX_DRAFT_BRIEF: usize = 100_000;

/// Units of one request, at most; a pack's own limit.
pub const MAX_UNITS: i64 = 10_000;

/// The request form as typed. A draft may hold anything that fits; Submit wants it whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestForm {
    /// The chosen service's id.
    pub service: String,
    /// What it is called.
    pub title: String,
    /// Units.
    pub quantity: String,
    /// What is wanted, Markdown.
    pub brief: String,
    /// `YYYY-MM-DD` or empty.
    pub wished_on: String,
}

/// A form that may be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRequest {
    /// The service.
    pub service: crate::ServiceId,
    /// The title, trimmed.
    pub title: String,
    /// Units, ≥ 1 (CO1).
    pub quantity: i64,
    /// The brief.
    pub brief: String,
    /// The wished day.
    pub wished_on: Option<LocalDay>,
}

impl RequestForm {
    /// RQ2: what a draft keeps of it: all of it as it was typed.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what is far too long to be a request, or could not be kept.
    pub fn as_draft(&self) -> AppResult<RequestForm> {
        let mut wrong = Vec::new();
        let mut kept =
            |field: &str, typed: &str, max| checked(&mut wrong, field, text::lines(typed, max)).unwrap_or_default();
        let draft = RequestForm {
            service: self.service.clone(),
            title: kept("title", &self.title, MAX_DRAFT_LINE),
            quantity: kept("quantity", &self.quantity, MAX_DRAFT_LINE),
            brief: kept("brief", &self.brief, MAX_DRAFT_BRIEF),
            wished_on: kept("wished_on", &self.wished_on, MAX_DRAFT_LINE),
        };
        if wrong.is_empty() {
            Ok(draft)
        } else {
            Err(AppError::Invalid { fields: wrong })
        }
    }

    /// RQ2, CO1. `today` is the business day of the submission. Every wrong field is named.
    pub fn check(&self, today: &Today) -> AppResult<ValidRequest> {
        let mut wrong = Vec::new();
        let service = self.service.trim().parse().ok();
        if service.is_none() {
            wrong.push(FieldError::new("service", Problem::PackServiceRequired));
        }
        let title = checked(&mut wrong, "title", text::line(&self.title, MAX_TITLE));
        let quantity = units(&self.quantity);
        if quantity.is_none() {
            wrong.push(FieldError::new(
                "quantity",
                Problem::NumberRange { min: 1, max: MAX_UNITS },
            ));
        }
        let brief = checked(&mut wrong, "brief", text::lines(&self.brief, MAX_BRIEF));
        let wished_on = match self.wished_on.trim() {
            "" => None,
            text => match text.parse::<LocalDay>() {
                Ok(day) if day >= today.day => Some(day),
                Ok(_) => {
                    wrong.push(FieldError::new(
                        "wished_on",
                        Problem::DatePast {
                            today: today.words.clone(),
                        },
                    ));
                    None
                }
                Err(_) => {
                    wrong.push(FieldError::new("wished_on", Problem::DateInvalid));
                    None
                }
            },
        };
        match (service, title, quantity, brief) {
            (Some(service), Some(title), Some(quantity), Some(brief)) if wrong.is_empty() => Ok(ValidRequest {
                service,
                title,
                quantity,
                brief,
                wished_on,
            }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// CO1: the units of a request as typed, where it can be for as many.
pub fn units(typed: &str) -> Option<i64> {
    whole(typed).filter(|units| (1..=MAX_UNITS).contains(units))
}

/// RQ8: the day by whose end a request is due: the service's turnaround in business days after the submission's day.
pub fn due_day(submitted: Instant, turnaround_days: u32, zone: &BusinessZone) -> LocalDay {
    plus_business_days(zone.day(submitted), turnaround_days)
}

/// RQ8: the end of [`due_day`], which is the first instant of the day after: compare with it, but show [`due_day`].
pub fn due_at(submitted: Instant, turnaround_days: u32, zone: &BusinessZone) -> Instant {
    let day = due_day(submitted, turnaround_days, zone);
    zone.start_of(day.0.tomorrow().map(LocalDay).unwrap_or(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use jiff::tz::TimeZone;

    fn today() -> LocalDay {
        "2027-03-10".parse().unwrap()
    }

    /// Late in the evening of that day, when it is the next one in UTC.
    fn now() -> Today {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        zone.today("2027-03-11T05:59:59Z".parse().unwrap())
    }

    fn form() -> RequestForm {
        RequestForm {
            service: "00000000-0000-4000-8000-000000000001".into(),
            title: "  Spring logo ".into(),
            quantity: "3".into(),
            brief: "Green".into(),
            wished_on: "2027-03-10".into(),
        }
    }

    fn wrong(form: &RequestForm) -> Vec<(String, Problem)> {
        match form.check(&now()) {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| (f.field, f.problem)).collect(),
            Ok(_) => Vec::new(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn rq2_a_whole_form() {
        let valid = form().check(&now()).unwrap();
        assert_eq!(
            (valid.title.as_str(), valid.quantity, valid.wished_on),
            ("Spring logo", 3, Some(today()))
        );
    }

    #[test]
    fn rq2_every_wrong_field_is_named_at_once() {
        let fields: Vec<_> = wrong(&RequestForm::default())
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(fields, ["service", "title", "quantity"]);
    }

    #[test]
    fn rq2_lengths_count_characters() {
        let title = |n| {
            wrong(&RequestForm {
                title: "é".repeat(n),
                ..form()
            })
        };
        assert_eq!(title(120), []);
        assert_eq!(title(121), [("title".to_owned(), Problem::TooLong { max: 120 })]);
        let brief = |n| {
            wrong(&RequestForm {
                brief: "é".repeat(n),
                ..form()
            })
        };
        assert_eq!(brief(10_000), []);
        assert_eq!(brief(10_001), [("brief".to_owned(), Problem::TooLong { max: 10_000 })]);
    }

    #[test]
    fn rq2_line_ends_count_once() {
        let form = RequestForm {
            brief: format!("{}{}", "\r\n".repeat(100), "x".repeat(9_900)),
            ..form()
        };
        let brief = form.check(&now()).unwrap().brief;
        assert_eq!(brief, format!("{}{}", "\n".repeat(100), "x".repeat(9_900)));
        assert_eq!(form.as_draft().unwrap().brief, brief, "the ends of a brief are its own");
    }

    #[test]
    fn rq2_a_title_is_seen_and_every_text_can_be_kept() {
        let unreadable = |field: &str| vec![(field.to_owned(), Problem::Unreadable)];
        for title in ["\u{200b}", "Spring\u{202e}logo", "\u{3164}", "a\0"] {
            let form = RequestForm {
                title: title.into(),
                ..form()
            };
            assert_eq!(wrong(&form), unreadable("title"), "{title:?}");
        }
        let form = RequestForm {
            brief: "a\0".into(),
            ..form()
        };
        assert_eq!(wrong(&form), unreadable("brief"));
        let draft = RequestForm {
            title: "Spring\u{202e}".into(),
            quantity: "\u{7}".into(),
            brief: "a\0".into(),
            ..RequestForm::default()
        };
        let refused = AppError::Invalid {
            fields: ["quantity", "brief"]
                .map(|field| FieldError::new(field, Problem::Unreadable))
                .into(),
        };
        assert_eq!(draft.as_draft(), Err(refused));
    }

    #[test]
    fn co1_a_quantity_is_a_whole_number_of_at_least_one() {
        for (text, good) in [
            ("1", true),
            ("10,000", true),
            ("0", false),
            ("-1", false),
            ("1.5", false),
            ("1,5", false),
            ("10001", false),
            ("", false),
        ] {
            assert_eq!(
                wrong(&RequestForm {
                    quantity: text.into(),
                    ..form()
                })
                .is_empty(),
                good,
                "{text}"
            );
        }
    }

    #[test]
    fn rq2_a_wished_day_is_today_or_later() {
        let day = |text: &str| {
            wrong(&RequestForm {
                wished_on: text.into(),
                ..form()
            })
        };
        assert_eq!(day(""), []);
        assert_eq!(day("2027-03-10"), []);
        let [(field, problem)] = &day("2027-03-09")[..] else {
            panic!("a day that was")
        };
        assert_eq!(field, "wished_on");
        assert_eq!(problem.message(), "Choose Mar 10, 2027 (Central time) or later.");
        assert_eq!(day("2027-02-30"), [("wished_on".to_owned(), Problem::DateInvalid)]);
        assert_eq!(day("tomorrow"), [("wished_on".to_owned(), Problem::DateInvalid)]);
    }

    #[test]
    fn rq8_due_at_the_end_of_the_central_day() {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        // Friday 11:30 PM CST is Saturday in UTC; the Central day counts. DST begins on the Sunday between.
        let submitted: Instant = "2027-03-13T05:30:00Z".parse().unwrap();
        assert_eq!(due_day(submitted, 1, &zone), "2027-03-15".parse().unwrap());
        let due = due_at(submitted, 1, &zone);
        assert_eq!(due, "2027-03-16T05:00:00Z".parse().unwrap());
        assert_eq!(zone.day(Instant(due.0 - 1)), due_day(submitted, 1, &zone));
    }
}
