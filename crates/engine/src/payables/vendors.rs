//! On which terms an outside vendor works: the services that it offers, and what it gets for a pack (§14, VP1, VP3).

use crate::{Caller, Change, Engine, OnConstraint, kernel::audit, people::vendors::line};
use domain::{
    AppError, AppResult, Capability, Cents, PackId, PackLabel, ServiceId, VendorId,
    catalogue::pack::VendorRateMode,
    error::{FieldError, Problem},
    payables::{
        VendorPaymentForm, VendorTerms, vendor_amount,
        view::{VendorPage, VendorPaymentView, VendorServiceView},
    },
    people::view::PartyTab,
    seen::{TypedAmount, field_of},
};
use store::{log::AuditEntry, payables::terms, people};

impl Engine {
    /// One vendor, and what one tab of its page shows.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn vendor(&self, caller: &Caller, id: &str, tab: PartyTab) -> AppResult<VendorPage> {
        caller.require(Capability::ManagePeople)?;
        let id: VendorId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = people::vendor(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let members = match tab {
            PartyTab::People => people::people_of_vendor(&mut tx, id).await.or_internal()?,
            _ => Vec::new(),
        };
        let (services, packs) = if tab == PartyTab::Prices && !row.internal {
            (
                terms::vendor_services(&mut tx, id).await.or_internal()?,
                terms::vendor_packs(&mut tx, id).await.or_internal()?,
            )
        } else {
            (Vec::new(), Vec::new())
        };
        let pay = if tab == PartyTab::Billing && !row.internal {
            Some(self.slip_totals(&mut tx, id).await?)
        } else {
            None
        };
        drop(tx);
        let services = services.into_iter().map(|s| VendorServiceView {
            service_id: s.service_id.to_string(),
            service: s.service,
            standard: s.standard_cents.show(self.currency()),
            rate: s.rate_cents.map(Cents::plain),
        });
        let words = |payment, mode| self.payment_words(Some(VendorTerms { payment, mode }));
        let payments = packs.into_iter().map(|p| VendorPaymentView {
            pack_id: p.pack_id.to_string(),
            pack: PackLabel {
                quantity: p.quantity,
                service: p.service,
            }
            .to_string(),
            standard: words(p.payment_cents, p.rate_mode),
            was: own_text(p.own_cents.zip(p.own_mode)),
            own: p.own_cents.zip(p.own_mode).map(|(payment, mode)| words(payment, mode)),
        });
        Ok(VendorPage {
            tab,
            vendor: line(row),
            services: services.collect(),
            payments: payments.collect(),
            pay,
            people: members.into_iter().map(|p| self.person_view(p)).collect(),
        })
    }

    /// An outside vendor. Tri-POD takes every service and is paid nothing (§3, TP4).
    async fn external(&self, tx: &mut store::Tx, id: &str) -> AppResult<people::VendorRow> {
        let id: VendorId = id.parse().map_err(|_| AppError::NotFound)?;
        let row = people::vendor(tx, id).await.or_internal()?.ok_or(AppError::NotFound)?;
        if row.internal {
            return Err(AppError::VendorInternalRequired);
        }
        Ok(row)
    }

    /// §14, VP3: which services an outside vendor offers, and what it gets for one unit of each; a service with an empty
    /// amount is not offered. Who has a pack keeps it.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a vendor or service that is none,
    /// [`AppError::VendorInternalRequired`] for Tri-POD, [`AppError::Invalid`] naming the fields, `rate[of-…]` by the services'
    /// ids, those included that somebody else has changed meanwhile ([`Problem::ChangedMeanwhile`]).
    pub async fn set_vendor_services(&self, caller: &Caller, id: &str, typed: &[TypedAmount]) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let mut wrong = Vec::new();
        let mut rates: Vec<(ServiceId, Option<Cents>, &TypedAmount)> = Vec::new();
        let field = |one: &TypedAmount| field_of("rate", &one.of);
        for one in typed {
            let service_id = one.of.parse().map_err(|_| AppError::NotFound)?;
            match one.wanted(vendor_amount) {
                Ok(Some(rate)) => rates.push((service_id, rate, one)),
                Ok(None) => {}
                Err(problem) => wrong.push(FieldError::new(field(one), problem)),
            }
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let vendor = self.external(&mut tx, id).await?.id;
        people::hold_vendor(&mut tx, vendor).await.or_internal()?;
        let known = terms::vendor_services(&mut tx, vendor).await.or_internal()?;
        for (service, rate, one) in &rates {
            let row = known
                .iter()
                .find(|row| row.service_id == *service)
                .ok_or(AppError::NotFound)?;
            if row.rate_cents != *rate && !one.saw(row.rate_cents) {
                wrong.push(FieldError::new(field(one), self.changed_to(row.rate_cents)));
            }
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let (actor, text_id) = (caller.actor(), vendor.to_string());
        for (service, rate, _) in rates {
            let row = known
                .iter()
                .find(|row| row.service_id == service)
                .ok_or(AppError::NotFound)?;
            if row.rate_cents == rate {
                continue;
            }
            terms::set_offer(&mut tx, vendor, service, rate).await.or_internal()?;
            let json = |rate: Option<Cents>| {
                serde_json::json!({ "service": row.service, "service_id": service, "rate_cents": rate }).to_string()
            };
            let (old, fresh) = (json(row.rate_cents), json(rate));
            let entry = AuditEntry {
                actor: &actor,
                action: "vendor.service_changed",
                entity: "vendor",
                entity_id: &text_id,
                before: Some(&old),
                after: Some(&fresh),
            };
            audit(&mut tx, self, now, entry).await?;
        }
        self.commit(tx, Change::of_staff()).await
    }

    /// VP1: what an outside vendor gets for a pack instead of what the pack says, in place of what was read (`was`, as
    /// [`VendorPaymentView::was`]). Periods that have begun keep theirs.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::VendorInternalRequired`] for Tri-POD (TP4),
    /// [`AppError::Invalid`] naming the fields, `payment` also where it gets something else by now
    /// ([`Problem::ChangedMeanwhile`]).
    pub async fn set_vendor_payment(
        &self,
        caller: &Caller,
        id: &str,
        form: &VendorPaymentForm,
        was: &str,
    ) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let (pack, terms) = form.check()?;
        self.write_vendor_payment(caller, id, pack, Some(terms), Some(was))
            .await
    }

    /// VP1: the vendor gets what the pack says again. Doing it again changes nothing.
    ///
    /// # Errors
    /// As [`Engine::set_vendor_payment`].
    pub async fn remove_vendor_payment(&self, caller: &Caller, id: &str, pack: PackId) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        self.write_vendor_payment(caller, id, pack, None, None).await
    }

    async fn write_vendor_payment(
        &self,
        caller: &Caller,
        id: &str,
        pack: PackId,
        terms: Option<VendorTerms>,
        was: Option<&str>,
    ) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let vendor = self.external(&mut tx, id).await?.id;
        people::hold_vendor(&mut tx, vendor).await.or_internal()?;
        let packs = terms::vendor_packs(&mut tx, vendor).await.or_internal()?;
        let known = packs.iter().find(|p| p.pack_id == pack).ok_or(AppError::NotFound)?;
        let before = known.own_cents.zip(known.own_mode);
        let after = terms.map(|terms| (terms.payment, terms.mode));
        if before == after {
            return Ok(());
        }
        if was.is_some_and(|was| was != own_text(before)) {
            let terms = before.map(|(payment, mode)| VendorTerms { payment, mode });
            let now = terms.map(|terms| self.payment_words(Some(terms))).unwrap_or_default();
            return Err(AppError::field("payment", Problem::ChangedMeanwhile { now }));
        }
        let row_id = self.new_id::<uuid::Uuid>().to_string();
        terms::set_own_payment(&mut tx, &row_id, vendor, pack, terms, caller.user_id, now)
            .await
            .or_internal()?;
        let json = |of: Option<(Cents, domain::catalogue::pack::VendorRateMode)>| {
            serde_json::json!({
                "pack_id": pack, "quantity": known.quantity, "service": known.service,
                "payment_cents": of.map(|(payment, _)| payment), "rate_mode": of.map(|(_, mode)| mode),
            })
            .to_string()
        };
        let (old, fresh) = (json(before), json(after));
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "vendor.payment_changed",
            entity: "vendor",
            entity_id: &vendor.to_string(),
            before: Some(&old),
            after: Some(&fresh),
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await
    }

    pub(crate) fn payment_words(&self, terms: Option<VendorTerms>) -> String {
        match terms {
            None => "None (in-house)".to_owned(),
            Some(terms) => {
                let amount = terms.payment.show(self.currency());
                match terms.mode {
                    VendorRateMode::PerPack => format!("{amount} for the period"),
                    VendorRateMode::PerUnit => format!("{amount} for each delivered unit"),
                }
            }
        }
    }
}

/// A vendor's own terms for a pack as its page has read them; see [`VendorPaymentView::was`].
fn own_text(own: Option<(Cents, VendorRateMode)>) -> String {
    own.map_or_else(String::new, |(payment, mode)| {
        format!("{} {}", payment.plain(), mode.as_str())
    })
}
