// Every screen of the product, each as the roles that see it differently. screens.spec.ts holds this list against
// src/app.rs, and looks at each screen in every width and both themes; screenshots and pictures are taken from it.
import { type Page, expect } from '@playwright/test';
import type { Role } from './fixtures';
import { DEMO_PASSWORD, type World } from './world';

/** What a screen needs to find a concrete address: its page is signed in already. */
type Visit = { page: Page; application: World };

export type Screen = {
  /** The path as src/app.rs writes it. */
  route: string;
  /** Who looks; nobody where it is open to all. */
  role?: Role;
  /** The address, where it is not the route itself. */
  open?: (visit: Visit) => Promise<string>;
  /** Of the document; 200 unless said otherwise. */
  status?: number;
  /** For a second screen of the same route and role. */
  note?: string;
};

/** The first link of a list that leads to one of its things. */
function linkIn(list: string, to: RegExp): (visit: Visit) => Promise<string> {
  return async ({ page }) => {
    const answer = await page.request.get(list, { headers: { accept: 'text/html' } });
    const found = to.exec(await answer.text());
    if (!found?.[1]) {
      throw new Error(`${list} has no link like ${to.source}`);
    }
    return found[1];
  };
}

const ID = '[0-9a-f-]{36}';
const aRequest = linkIn('/requests', new RegExp(`href="(/requests/${ID})"`));

export const SCREENS: Screen[] = [
  { route: '/login' },
  { route: '/forgot' },
  { route: '/forgot', note: 'sent', open: async () => '/forgot?sent=1' },
  { route: '/reset/:token', note: 'of nobody', open: async () => `/reset/${'0'.repeat(64)}`, status: 410 },
  {
    route: '/reset/:token',
    open: async ({ application }) => {
      const person = await application.newClient('Screens reset');
      await application.forgot(person.email);
      return application.linkMailedTo(person.email, 'reset');
    },
  },
  {
    route: '/invite/:token',
    open: async ({ application }) => {
      const email = await application.invite('support', 'Screens invited');
      return application.linkMailedTo(email, 'invite');
    },
  },

  { route: '/account', role: 'payg' },
  { route: '/members', role: 'payg' },
  { route: '/notifications', role: 'payg' },
  { route: '/notifications', role: 'designer' },
  { route: '/notifications', role: 'admin', note: 'mentions', open: async () => '/notifications?only=mentions' },
  { route: '/notifications/settings', role: 'payg' },
  { route: '/search', role: 'payg' },
  { route: '/search', role: 'admin', note: 'found', open: async () => '/search?q=logo' },
  { route: '/search', role: 'vendor', note: 'nothing found', open: async () => '/search?q=qqqq' },
  { route: '/dashboard', role: 'payg' },
  { route: '/services', role: 'payg' },
  { route: '/services/packs', role: 'payg' },
  { route: '/services/packs', role: 'royalties' },
  { route: '/services/packs/:id', role: 'monthly', open: linkIn('/services/packs', new RegExp(`action="(/services/packs/${ID})"`)) },
  { route: '/services/packs/:id', role: 'royalties', open: linkIn('/services/packs', new RegExp(`action="(/services/packs/${ID})"`)) },
  { route: '/payment/packs', role: 'payg' },
  { route: '/payment/packs/:id', role: 'payg', open: linkIn('/payment/packs', new RegExp(`href="(/payment/packs/${ID})"`)) },
  { route: '/payment/packs/:id', role: 'royalties', open: linkIn('/payment/packs', new RegExp(`href="(/payment/packs/${ID})"`)) },
  { route: '/payment/methods', role: 'payg' },
  { route: '/payment/methods', role: 'royalties' },
  { route: '/payment/invoices', role: 'payg' },
  { route: '/payment/invoices', role: 'royalties' },
  { route: '/payment/deductions', role: 'royalties' },
  { route: '/payment/deductions', role: 'payg' },
  { route: '/requests', role: 'payg' },
  { route: '/requests', role: 'payg', note: 'nothing found', open: async () => '/requests?q=no+such+title+anywhere&coverage=overage' },
  { route: '/requests/new', role: 'payg' },
  { route: '/requests/:id', role: 'payg', open: aRequest },

  { route: '/queue', role: 'designer' },
  { route: '/queue', role: 'admin', note: 'outside of packs', open: async () => '/queue?part=beyond' },
  { route: '/queue', role: 'designer', note: 'board', open: async () => '/queue?view=board' },
  { route: '/queue', role: 'designer', note: 'nothing claimed', open: async () => '/queue?part=mine' },
  { route: '/queue/assign', role: 'admin', open: linkIn('/queue?part=beyond', /href="(\/queue\/assign[^"]*)"/) },
  { route: '/requests', role: 'designer' },
  { route: '/requests/:id', role: 'designer', open: aRequest },
  { route: '/vendor', role: 'vendor' },
  { route: '/vendor/packs', role: 'vendor' },
  { route: '/vendor/payments', role: 'vendor' },
  { route: '/vendor/payments', role: 'vendor', note: 'a month', open: async () => '/vendor/payments?month=2027-03' },
  { route: '/vendor/payments/:id', role: 'vendor', open: linkIn('/vendor/payments', new RegExp(`href="(/vendor/payments/${ID})"`)) },
  { route: '/requests', role: 'vendor' },

  { route: '/admin', role: 'admin' },
  { route: '/admin', role: 'accountant' },
  { route: '/admin', role: 'support' },
  { route: '/admin/clients', role: 'support' },
  { route: '/admin/clients/:id', role: 'support', open: linkIn('/admin/clients', new RegExp(`href="(/admin/clients/${ID})"`)) },
  { route: '/requests', role: 'support' },
  { route: '/requests/:id', role: 'support', open: aRequest },
  { route: '/requests', role: 'admin' },
  { route: '/requests/:id', role: 'admin', open: aRequest },
  { route: '/admin/packs', role: 'admin' },
  { route: '/admin/packs', role: 'admin', note: 'nothing found', open: async () => '/admin/packs?status=archived' },
  { route: '/admin/packs/new', role: 'admin' },
  { route: '/admin/packs/:id', role: 'admin', open: linkIn('/admin/packs', new RegExp(`href="(/admin/packs/${ID})"`)) },
  { route: '/admin/services', role: 'admin' },
  { route: '/admin/services/new', role: 'admin' },
  { route: '/admin/services/:id', role: 'admin', open: linkIn('/admin/services', new RegExp(`href="(/admin/services/${ID})"`)) },
  { route: '/admin/clients', role: 'admin' },
  { route: '/admin/clients/new', role: 'admin' },
  { route: '/admin/clients/:id', role: 'admin', open: linkIn('/admin/clients?q=northpine', new RegExp(`href="(/admin/clients/${ID})"`)) },
  ...['billing', 'people', 'prices', 'settings'].map(
    (tab): Screen => ({
      route: '/admin/clients/:id',
      role: 'admin',
      note: tab,
      open: async (visit) => `${await linkIn('/admin/clients?q=northpine', new RegExp(`href="(/admin/clients/${ID})"`))(visit)}?tab=${tab}`,
    }),
  ),
  { route: '/admin/vendors', role: 'admin' },
  { route: '/admin/vendors/new', role: 'admin' },
  { route: '/admin/vendors/:id', role: 'admin', open: linkIn('/admin/vendors', new RegExp(`href="(/admin/vendors/${ID})"`)) },
  ...['billing', 'people', 'prices', 'settings'].map(
    (tab): Screen => ({
      route: '/admin/vendors/:id',
      role: 'admin',
      note: tab,
      open: async (visit) => `${await linkIn('/admin/vendors', new RegExp(`href="(/admin/vendors/${ID})"`))(visit)}?tab=${tab}`,
    }),
  ),
  { route: '/admin/assignments', role: 'admin' },
  { route: '/admin/assignments', role: 'designer' },
  { route: '/admin/assignments', role: 'admin', note: 'nothing found', open: async () => '/admin/assignments?q=nobody+is+called+so' },
  { route: '/admin/assignments/requests', role: 'admin' },
  { route: '/admin/assignments/assign', role: 'admin', open: async () => '/admin/assignments/assign?all=1' },
  { route: '/admin/reports/vendor-payments', role: 'admin' },
  { route: '/admin/reports/vendor-payments', role: 'admin', note: 'packs', open: async () => '/admin/reports/vendor-payments?tab=packs&inhouse=1' },
  { route: '/admin/reports/vendor-payments', role: 'accountant', note: 'services', open: async () => '/admin/reports/vendor-payments?tab=services' },
  { route: '/admin/reports/vendor-payments', role: 'admin', note: 'nothing found', open: async () => '/admin/reports/vendor-payments?q=nobody+is+called+so' },
  { route: '/admin/reports/vendor-payments/pay', role: 'accountant', open: async () => '/admin/reports/vendor-payments/pay?all=1&state=approved' },
  { route: '/admin/reports/vendor-payments/:id', role: 'admin', open: linkIn('/admin/reports/vendor-payments?query=open', new RegExp(`href="(/admin/reports/vendor-payments/${ID})"`)) },
  { route: '/admin/settings', role: 'admin' },
  { route: '/admin/people', role: 'admin' },
  { route: '/admin/people/new', role: 'admin' },
  { route: '/admin/people/:id', role: 'admin', open: linkIn('/admin/people', new RegExp(`href="(/admin/people/${ID})"`)) },
  { route: '/admin/webhooks', role: 'admin' },
  {
    route: '/admin/webhooks/:id',
    role: 'admin',
    open: async (visit) => {
      await visit.application.subscribe({ email: 'monthly@demo.test', password: DEMO_PASSWORD });
      const link = linkIn('/admin/webhooks', /href="(\/admin\/webhooks\/evt_[0-9A-Za-z]+)"/);
      await expect(async () => link(visit)).toPass();
      return link(visit);
    },
  },
  { route: '/admin/integrity', role: 'admin' },
  { route: '/admin/audit', role: 'admin' },
  { route: '/admin/mail', role: 'admin' },
  { route: '/admin/mail/:id', role: 'admin', open: linkIn('/admin/mail', new RegExp(`href="(/admin/mail/${ID})"`)) },
  { route: '/admin/kit', role: 'admin' },
];

/** "/requests/:id as designer". */
export function nameOf(screen: Screen): string {
  return [screen.route, screen.role && `as ${screen.role}`, screen.note].filter(Boolean).join(', ').replace(', as', ' as');
}
