"""Drives a running sandbox with Stripe's own Python SDK: `python scenario.py http://127.0.0.1:12111`."""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

client = stripe.StripeClient("sk_test_judge", base_addresses={"api": sys.argv[1]}, max_network_retries=2)
v1 = client.v1
stripe.enable_telemetry = False
assert stripe.api_version == "2026-09-30.endive", stripe.api_version

heard, wrong, secret = [], [], [""]


class Ear(BaseHTTPRequestHandler):
    """Lets the SDK judge each signature over the raw body."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = client.construct_event(body, self.headers["stripe-signature"], secret[0])
            heard.append(event)
            self.send_response(200)
        except Exception as error:  # whatever the SDK finds wrong is a finding
            wrong.append(error)
            self.send_response(400)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
threading.Thread(target=server.serve_forever, daemon=True).start()

endpoint = v1.webhook_endpoints.create(
    {
        "url": f"http://127.0.0.1:{server.server_port}/",
        "enabled_events": ["*"],
        "api_version": "2026-09-30.endive",
    }
)
secret[0] = endpoint.secret

customer = v1.customers.create({"email": "python@example.com", "metadata": {"client_id": "1"}})
method = v1.payment_methods.create(
    {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}}
)
v1.payment_methods.attach(method.id, {"customer": customer.id})
v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
product = v1.products.create({"name": "20 × Logo design"})
price = v1.prices.create(
    {"product": product.id, "currency": "usd", "unit_amount": 45000, "recurring": {"interval": "month"}}
)


def subscribe():
    return v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id, "quantity": 1}],
            "metadata": {"pack_subscription_id": "python-1"},
            "expand": ["latest_invoice.payments"],
        },
        {"idempotency_key": "packsub:python-1:create"},
    )


subscription = subscribe()
assert subscription.status == "active"
assert subscription.latest_invoice.payments.data[0].status == "paid"
assert subscribe().id == subscription.id


def refused(kind, call, **members):
    """The call must fail with this error and these members."""
    try:
        call()
    except kind as error:
        for name, value in members.items():
            assert getattr(error, name, None) == value or getattr(error.error, name, None) == value, (name, error)
        return
    raise AssertionError(f"{kind} was expected")


refused(
    stripe.IdempotencyError,
    lambda: v1.customers.create({}, {"idempotency_key": "packsub:python-1:create"}),
)
poor = v1.customers.create({"email": "poor@example.com"})
refused(
    stripe.CardError,
    lambda: v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": poor.id}),
    code="card_declined",
    decline_code="generic_decline",
)
bad = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": poor.id})
v1.customers.update(poor.id, {"invoice_settings": {"default_payment_method": bad.id}})
unpaid = v1.subscriptions.create({"customer": poor.id, "items": [{"price": price.id}]})
assert unpaid.status == "incomplete"
refused(stripe.CardError, lambda: v1.invoices.pay(unpaid.latest_invoice), code="card_declined")
refused(stripe.InvalidRequestError, lambda: v1.customers.retrieve("cus_none"), code="resource_missing")
refused(
    stripe.AuthenticationError,
    lambda: stripe.StripeClient("sk_live_x", base_addresses={"api": sys.argv[1]}).v1.customers.list(),
)

invoice = v1.invoices.create({"customer": customer.id, "auto_advance": False})
v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 4500, "currency": "usd"})
v1.invoices.finalize_invoice(invoice.id)
assert v1.invoices.pay(invoice.id, {"off_session": True}).status == "paid"
payment = v1.invoice_payments.list({"invoice": invoice.id}).data[0]
assert v1.refunds.create({"payment_intent": payment.payment.payment_intent}).status == "succeeded"
assert v1.subscriptions.cancel(subscription.id).status == "canceled"

for i in range(12):
    v1.customers.create({"name": f"page {i}"})
mine = [c for c in v1.customers.list({"limit": 5}).auto_paging_iter()]
assert len(mine) == 14, len(mine)
assert len({c.id for c in mine}) == 14

for _ in range(400):
    if any(e.type == "customer.created" and e.data.object.name == "page 11" for e in heard):
        break
    time.sleep(0.025)
assert not wrong, wrong
for kind in ["customer.created", "customer.subscription.created", "invoice.paid", "invoice.payment_failed", "charge.refunded"]:
    assert any(e.type == kind for e in heard), f"{kind} was not delivered"
v1.webhook_endpoints.delete(endpoint.id)
print(f"python: stripe {stripe.VERSION}, {len(heard)} webhooks verified")
