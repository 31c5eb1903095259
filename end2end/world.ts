// The application under test: what scripts/build has put into target/app, on a free port, each on its own copy of the demo
// agency.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const app = join(root, 'scripts', 'app');
const binary = join(root, 'target', 'app', 'monthly-packs');
const state = join(__dirname, '.state');
/** The demo as it is, or with so many packs more. */
const seedOf = (morePacks: number): string => join(state, morePacks === 0 ? 'seed' : `seed-${morePacks}`);

/** Built with `scripts/build --debug`: the wasm is large and slow, and everything may take longer. */
export const DEBUG_BUILD = existsSync(join(root, 'target', 'app', '.built')) && readFileSync(join(root, 'target', 'app', '.built'), 'utf8').trim() === 'debug';

/** The instant at which the demo's history ends; the application's clock goes on from there (TT1). */
export const SEEDED_AT = '2027-03-10T15:00:00Z';

/** Of every sign-in of the demo. */
export const DEMO_PASSWORD = 'monthly-packs-demo';

/** What sessions that are begun by a post are listed as. */
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The person's own settings must not reach the application under test. */
function environment(extra: Record<string, string>): NodeJS.ProcessEnv {
  const mine = /^(DATABASE_URL|STRIPE_|SMTP_URL|BASE_URL|BUSINESS_ZONE|CURRENCY|FILES_URL|METRICS_ADDR|MAIL_FROM|TRUSTED_PROXIES|LOG_FORMAT|RUST_LOG|LEPTOS_)/;
  const kept = Object.entries(process.env).filter(([name]) => !mine.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** Runs one command of the binary in `folder`, where its data lie; throws with what it printed when it fails. */
export function command(folder: string, ...args: string[]): string {
  const done = spawnSync(app, args, { cwd: folder, env: environment({}), encoding: 'utf8', timeout: 180_000 });
  if (done.status !== 0) {
    throw new Error(`monthly-packs ${args.join(' ')} ended with ${done.status ?? done.signal}:\n${done.stdout}${done.stderr}`);
  }
  return done.stdout;
}

/** Before all tests: the build is there, and what the last run left is gone; it was kept for looking into a failure. */
export function prepare(): void {
  if (!existsSync(binary)) {
    throw new Error('There is no build to test: run scripts/build (or make e2e, which does).');
  }
  for (const name of existsSync(state) ? readdirSync(state) : []) {
    if (!name.startsWith('seed')) {
      rmSync(join(state, name), { recursive: true, force: true });
    }
  }
  prepareSeed(0);
}

/** Seeds the demo once for each build of the binary; every world is a copy of it. */
function prepareSeed(morePacks: number): void {
  const seed = seedOf(morePacks);
  const { mtimeMs, size } = statSync(binary);
  const stamp = `${size} ${mtimeMs} ${SEEDED_AT}`;
  const mark = join(seed, 'stamp');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp) {
    return;
  }
  const fresh = `${seed}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, 'data'), { recursive: true });
  command(fresh, 'migrate');
  command(fresh, 'seed', 'demo', '--at', SEEDED_AT, '--more-packs', String(morePacks));
  writeFileSync(join(fresh, 'stamp'), stamp);
  rmSync(seed, { recursive: true, force: true });
  renameSync(fresh, seed);
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.on('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

/** What the sandbox has charged and given back, as `/_sandbox/ledger` tells it. */
export type Ledger = { total: { charged: number; refunded: number; charges: number }; metadata: Record<string, { charges: number }> };

/** A person who can sign in. */
export type Person = { email: string; password: string };

/** A running application with data of its own. */
export class World {
  private admin: string | undefined;
  private readonly used = new Map<string, string>();

  private constructor(
    /** Where it listens, without a slash at the end. */
    readonly url: string,
    /** Its working directory: `data/` inside holds the database; `server.log` what it printed. */
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts the application on a fresh copy of the seed; resolves when it answers. */
  static async start(name: string, morePacks = 0): Promise<World> {
    const folder = join(state, name);
    rmSync(folder, { recursive: true, force: true });
    if (morePacks > 0) {
      prepareSeed(morePacks);
    }
    cpSync(seedOf(morePacks), folder, { recursive: true });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const log = openSync(join(folder, 'server.log'), 'w');
    const child = spawn(app, ['serve'], {
      cwd: folder,
      env: environment({ LEPTOS_SITE_ADDR: `127.0.0.1:${port}`, BASE_URL: url }),
      stdio: ['ignore', log, log],
    });
    const world = new World(url, folder, child);
    try {
      await world.answers();
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return world;
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline) {
      if (this.process.exitCode !== null) {
        break;
      }
      try {
        if ((await fetch(`${this.url}/healthz`)).ok) {
          return;
        }
      } catch {
        // not listening yet
      }
      await new Promise((next) => setTimeout(next, 50));
    }
    throw new Error(`The application did not start:\n${readFileSync(join(this.folder, 'server.log'), 'utf8')}`);
  }

  /** Ends the application, politely first, and waits for its end. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) {
      return;
    }
    const ended = new Promise<void>((done) => this.process.once('exit', () => done()));
    this.process.kill('SIGTERM');
    const hurry = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(hurry);
  }

  /** The invariants of the books, by the binary itself; throws with the rows named when one fails. */
  checkBooks(): void {
    command(this.folder, 'books', 'check');
  }

  /** What the application has printed so far. */
  log(): string {
    return readFileSync(join(this.folder, 'server.log'), 'utf8');
  }

  /** The knobs of the payment sandbox: its own endpoints below `/_sandbox`. */
  async sandbox<T>(path: string, body?: unknown): Promise<T> {
    const base = /payment sandbox answers at (http:\/\/127\.0\.0\.1:\d+)/.exec(this.log())?.[1];
    if (base === undefined) {
      throw new Error('The application has not said where its sandbox answers.');
    }
    const answer = await fetch(`${base}/_sandbox/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`/_sandbox/${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return (await answer.json()) as T;
  }

  /** What has been charged so far. */
  ledger(): Promise<Ledger> {
    return this.sandbox<Ledger>('ledger');
  }

  /** One post of a form, as whoever has the cookie; without JavaScript's headers, as a script would. */
  private async post(path: string, fields: Record<string, string>, cookie = ''): Promise<Response> {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': BROWSER, origin: this.url, cookie },
      body: new URLSearchParams(fields),
    });
    if (answer.status >= 400) {
      throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer;
  }

  /** A session's cookie. Quicker than the form, which has tests of its own. */
  async session({ email, password }: Person): Promise<string> {
    const answer = await this.post('/login', { email, password });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie === undefined) {
      throw new Error(`${email} could not sign in`);
    }
    return cookie;
  }

  /** What the admin reads at a path: the document as the server renders it. */
  private async adminReads(path: string): Promise<string> {
    this.admin ??= await this.session({ email: 'admin@demo.test', password: DEMO_PASSWORD });
    const answer = await fetch(this.url + path, { headers: { cookie: this.admin, accept: 'text/html' } });
    if (!answer.ok) {
      throw new Error(`GET ${path} answered ${answer.status}`);
    }
    return await answer.text();
  }

  /** The invitation that somebody has accepted: its mail no longer holds it. */
  usedLinkOf(email: string): string {
    return this.used.get(email) ?? '';
  }

  /** The address in the newest mail to somebody that leads to `/reset/…` or `/invite/…`: waits for the mail. */
  async linkMailedTo(email: string, kind: 'reset' | 'invite'): Promise<string> {
    const link = new RegExp(`/${kind}/[0-9a-zA-Z_-]{16,}`);
    for (let tries = 0; tries < 100; tries += 1) {
      const list = await this.adminReads(`/admin/mail?q=${encodeURIComponent(email)}`);
      for (const [mail] of list.matchAll(/\/admin\/mail\/[0-9a-f-]{36}/g)) {
        const found = link.exec(await this.adminReads(mail));
        if (found) {
          return found[0];
        }
      }
      await new Promise((next) => setTimeout(next, 100));
    }
    throw new Error(`No mail with a link to /${kind}/ has come to ${email}`);
  }

  /**
   * A client of the test's own, without a card on file, and its owner, who can sign in. By posts, not by pages: that an
   * admin adds clients and invites people through the pages is the matter of people.spec.ts.
   */
  async newClient(name: string, payment: 'pay_as_you_go' | 'monthly' | 'royalties' = 'pay_as_you_go'): Promise<Person> {
    this.admin ??= await this.session({ email: 'admin@demo.test', password: DEMO_PASSWORD });
    const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    await this.post('/api/clients/save', { idem_key: `client-${slug}`, name, alias: `Client ${slug}`, payment_type: payment }, this.admin);
    const found = new RegExp(`/admin/clients/([0-9a-f-]{36})"[^>]*>[^<]*${name}`).exec(
      await this.adminReads(`/admin/clients?q=${encodeURIComponent(name)}`),
    );
    if (!found?.[1]) {
      throw new Error(`The new client ${name} is not in the list`);
    }
    const email = `owner@${slug}.test`;
    await this.post(
      '/api/people/save',
      { idem_key: `owner-${slug}`, name: `${name} Owner`, email, role: 'client_owner', client: found[1] },
      this.admin,
    );
    return this.accept(email);
  }

  /** Invites somebody of the agency or, with `extra`, of a vendor or a client; the answer is the address. */
  async invite(role: string, name: string, extra: Record<string, string> = {}): Promise<string> {
    this.admin ??= await this.session({ email: 'admin@demo.test', password: DEMO_PASSWORD });
    const email = `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}@new.test`;
    await this.post('/api/people/save', { idem_key: `person-${email.replace(/[^a-z0-9]/gi, '-')}`, name, email, role, ...extra }, this.admin);
    return email;
  }

  /** Asks for a link to a new password. */
  async forgot(email: string): Promise<void> {
    await this.post('/forgot', { email });
  }

  /** Subscribes the first pack that is offered to somebody with a card on file; the answer is where it is. */
  async subscribe(person: Person): Promise<string> {
    const cookie = await this.session(person);
    const read = async (path: string): Promise<string> => (await fetch(this.url + path, { headers: { cookie, accept: 'text/html' } })).text();
    const offer = /action="(\/services\/packs\/[0-9a-f-]{36})"/.exec(await read('/services/packs'))?.[1] ?? '';
    const form = await read(offer);
    const field = (name: string): string => new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(form)?.[1] ?? '';
    const fields = Object.fromEntries(['pack_id', 'expected_price_cents', 'idem_key'].map((name) => [name, field(name)]));
    const answer = await this.post('/api/subscribe', fields, cookie);
    return answer.headers.get('location') ?? answer.headers.get('serverfnredirect') ?? '';
  }

  /** Accepts the invitation that was mailed to somebody, once: its link is over then. */
  async accept(email: string): Promise<Person> {
    const password = 'quiet-copper-lantern';
    if (this.used.has(email)) {
      return { email, password };
    }
    const link = await this.linkMailedTo(email, 'invite');
    await this.post(link, { password, again: password });
    this.used.set(email, link);
    return { email, password };
  }
}
