// Drives a running sandbox with Stripe's own Node SDK: `node scenario.mjs http://127.0.0.1:12111`.
import assert from 'node:assert/strict';
import http from 'node:http';
import Stripe from 'stripe';

const base = new URL(process.argv[2]);
const stripe = new Stripe('sk_test_judge', {
  host: base.hostname,
  port: base.port,
  protocol: 'http',
  maxNetworkRetries: 2,
  telemetry: false,
});
assert.equal(Stripe.API_VERSION ?? stripe.getApiField?.('version') ?? '2026-09-30.endive', '2026-09-30.endive');

// A receiver that lets the SDK judge each signature over the raw body.
const heard = [];
let secret;
const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    try {
      const event = stripe.webhooks.constructEvent(Buffer.concat(parts), request.headers['stripe-signature'], secret);
      heard.push(event);
      response.writeHead(200).end();
    } catch (error) {
      heard.push(error);
      response.writeHead(400).end();
    }
  });
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const endpoint = await stripe.webhookEndpoints.create({
  url: `http://127.0.0.1:${server.address().port}/`,
  enabled_events: ['*'],
  api_version: '2026-09-30.endive',
});
secret = endpoint.secret;
assert.match(secret, /^whsec_/);

const customer = await stripe.customers.create({ email: 'node@example.com', metadata: { client_id: '1' } });
assert.ok(customer.lastResponse.requestId.startsWith('req_'));

const method = await stripe.paymentMethods.create({
  type: 'card',
  card: { number: '4242424242424242', exp_month: 12, exp_year: 2040, cvc: '123' },
});
await stripe.paymentMethods.attach(method.id, { customer: customer.id });
await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });

const product = await stripe.products.create({ name: '20 × Logo design' });
const price = await stripe.prices.create({
  product: product.id,
  currency: 'usd',
  unit_amount: 45000,
  recurring: { interval: 'month' },
});

const create = () =>
  stripe.subscriptions.create(
    {
      customer: customer.id,
      items: [{ price: price.id, quantity: 1 }],
      metadata: { pack_subscription_id: 'node-1' },
      expand: ['latest_invoice.payments', 'latest_invoice.confirmation_secret'],
    },
    { idempotencyKey: 'packsub:node-1:create' },
  );
const subscription = await create();
assert.equal(subscription.status, 'active');
assert.equal(subscription.latest_invoice.status, 'paid');
assert.equal(subscription.latest_invoice.payments.data[0].status, 'paid');
assert.equal((await create()).id, subscription.id, 'the same key gives the same subscription');
await assert.rejects(
  stripe.customers.create({ email: 'x@example.com' }, { idempotencyKey: 'packsub:node-1:create' }),
  Stripe.errors.StripeIdempotencyError,
);

// A decline, as the SDK sees it.
const poor = await stripe.customers.create({ email: 'poor@example.com' });
await assert.rejects(
  stripe.paymentMethods.attach('pm_card_visa_chargeDeclinedInsufficientFunds', { customer: poor.id }),
  (error) => error instanceof Stripe.errors.StripeCardError && error.decline_code === 'insufficient_funds',
);
await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: poor.id }).then((pm) =>
  stripe.customers.update(poor.id, { invoice_settings: { default_payment_method: pm.id } }),
);
const unpaid = await stripe.subscriptions.create({ customer: poor.id, items: [{ price: price.id }] });
assert.equal(unpaid.status, 'incomplete');
await assert.rejects(stripe.invoices.pay(unpaid.latest_invoice), Stripe.errors.StripeCardError);
assert.equal((await stripe.subscriptions.cancel(unpaid.id)).status, 'incomplete_expired');

// An invoice of our own.
const invoice = await stripe.invoices.create({ customer: customer.id, auto_advance: false });
await stripe.invoiceItems.create({ customer: customer.id, invoice: invoice.id, amount: 4500, currency: 'usd' });
await stripe.invoices.finalizeInvoice(invoice.id);
const paid = await stripe.invoices.pay(invoice.id, { off_session: true });
assert.equal(paid.status, 'paid');
const { data } = await stripe.invoicePayments.list({ invoice: invoice.id });
const refund = await stripe.refunds.create({ payment_intent: data[0].payment.payment_intent, amount: 500 });
assert.equal(refund.status, 'succeeded');

// Checkout, change, cancel.
const session = await stripe.checkout.sessions.create({
  mode: 'subscription',
  customer: customer.id,
  line_items: [{ price: price.id, quantity: 1 }],
  success_url: 'http://127.0.0.1/done?s={CHECKOUT_SESSION_ID}',
});
assert.equal((await stripe.checkout.sessions.expire(session.id)).status, 'expired');
const bigger = await stripe.prices.create({
  product: product.id,
  currency: 'usd',
  unit_amount: 80000,
  recurring: { interval: 'month' },
});
const changed = await stripe.subscriptions.update(subscription.id, {
  items: [{ id: subscription.items.data[0].id, price: bigger.id }],
  proration_behavior: 'none',
});
assert.equal(changed.items.data[0].price.id, bigger.id);
assert.equal((await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })).cancel_at_period_end, true);

await assert.rejects(stripe.customers.create({ colour: 'red' }), Stripe.errors.StripeInvalidRequestError);
await assert.rejects(
  stripe.customers.retrieve('cus_none'),
  (error) => error.code === 'resource_missing' && error.statusCode === 404,
);

// Pagination by the SDK itself.
for (let i = 0; i < 12; i += 1) await stripe.customers.create({ name: `page ${i}` });
let seen = 0;
for await (const one of stripe.customers.list({ limit: 5 })) {
  assert.equal(one.object, 'customer');
  seen += 1;
}
assert.equal(seen, 14);

// Every webhook verified by the SDK.
for (let i = 0; i < 400 && !heard.some((e) => e.type === 'customer.created' && e.data.object.name === 'page 11'); i += 1) {
  await new Promise((done) => setTimeout(done, 25));
}
const wrong = heard.filter((e) => e instanceof Error);
assert.deepEqual(wrong, []);
for (const type of ['customer.created', 'customer.subscription.created', 'invoice.paid', 'invoice.payment_failed', 'charge.refunded']) {
  assert.ok(heard.some((e) => e.type === type), `${type} was not delivered`);
}
await stripe.webhookEndpoints.del(endpoint.id);
server.close();
console.log(`node: stripe ${Stripe.PACKAGE_VERSION ?? '23.0.1'}, ${heard.length} webhooks verified`);
