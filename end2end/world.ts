// The application under test: the release build on a free port, each on its own copy of the demo agency.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const app = join(root, 'scripts', 'app');
const binary = join(root, 'target', 'app', 'monthly-packs');
const state = join(__dirname, '.state');
const seed = join(state, 'seed');

/** The instant at which the demo's history ends; the application's clock goes on from there (TT1). */
export const SEEDED_AT = '2027-03-10T15:00:00Z';

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

/** Seeds the demo once for each build of the binary; every world is a copy of it. */
export function prepareSeed(): void {
  if (!existsSync(binary)) {
    throw new Error('There is no build to test: run scripts/build (or make e2e, which does).');
  }
  // What the last run left: kept until now, for looking into a failure.
  for (const name of existsSync(state) ? readdirSync(state) : []) {
    if (name !== 'seed') {
      rmSync(join(state, name), { recursive: true, force: true });
    }
  }
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
  command(fresh, 'seed', 'demo', '--at', SEEDED_AT);
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

/** A running application with data of its own. */
export class World {
  private constructor(
    /** Where it listens, without a slash at the end. */
    readonly url: string,
    /** Its working directory: `data/` inside holds the database; `server.log` what it printed. */
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts the application on a fresh copy of the seed; resolves when it answers. */
  static async start(name: string): Promise<World> {
    const folder = join(state, name);
    rmSync(folder, { recursive: true, force: true });
    cpSync(seed, folder, { recursive: true });
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
}
