import { api, apiRoot } from '@/api/client';
import type { DraftKind } from '@/api/schema.gen';
import { isBlank, type LocalDraft, type Writing } from './drafts';

/** What became of the last change. */
export type Saved = { state: 'idle' } | { state: 'saving' } | { state: 'saved'; at: number } | { state: 'local' };

/** Milliseconds of rest after which a change is sent, and the longest a change may wait while typing goes on. */
const rest = 700;
const longest = 1800;
/** Milliseconds before a failed save is tried again. */
const again = 4000;

/** Carries what is being written to the hub, at most two seconds behind the typing. */
export class DraftSaver {
  private readonly number: string;
  private readonly kind: DraftKind;
  private readonly local: LocalDraft;
  private readonly report: (saved: Saved) => void;
  private pending: Writing | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private firstChange = 0;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(number: string, kind: DraftKind, local: LocalDraft, report: (saved: Saved) => void) {
    this.number = number;
    this.kind = kind;
    this.local = local;
    this.report = report;
  }

  /** Takes a change; it is in this browser at once and on the hub soon. */
  change(writing: Writing) {
    this.pending = writing;
    this.local.keep(writing);
    if (this.firstChange === 0) this.firstChange = Date.now();
    const left = this.firstChange + longest - Date.now();
    this.schedule(Math.max(0, Math.min(rest, left)));
  }

  /** Sends what is waiting now. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
    if (this.pending) await this.send();
  }

  /** Sends what is waiting while the page goes away. */
  leave() {
    if (!this.pending || isBlank(this.pending)) return;
    const url = `${apiRoot}/tickets/${this.number}/drafts/${this.kind}`;
    void fetch(url, {
      method: 'PUT',
      keepalive: true,
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(this.pending),
    }).catch(() => undefined);
  }

  /** Throws the draft away, here and on the hub. */
  async discard(): Promise<void> {
    clearTimeout(this.timer);
    this.pending = undefined;
    this.firstChange = 0;
    await this.running;
    this.local.clear();
    this.report({ state: 'idle' });
    await api.DELETE('/tickets/{number}/drafts/{kind}', { params: { path: { number: this.number, kind: this.kind } } });
  }

  /** Ends the life of the saver; what waits is sent. */
  stop() {
    void this.flush();
    this.stopped = true;
  }

  private schedule(after: number) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), after);
  }

  private async send(): Promise<void> {
    if (this.running) {
      await this.running;
      if (!this.pending) return;
    }
    this.running = this.put();
    await this.running;
    this.running = undefined;
  }

  private async put(): Promise<void> {
    const writing = this.pending;
    if (!writing) return;
    this.pending = undefined;
    this.firstChange = 0;
    this.report({ state: 'saving' });
    const path = { number: this.number, kind: this.kind };
    try {
      if (isBlank(writing)) await api.DELETE('/tickets/{number}/drafts/{kind}', { params: { path } });
      else await api.PUT('/tickets/{number}/drafts/{kind}', { params: { path }, body: writing });
      if (!this.pending) this.local.clear();
      this.report({ state: 'saved', at: Date.now() });
    } catch {
      // Kept in this browser; tried again until it works or something newer is written.
      this.pending ??= writing;
      this.report({ state: 'local' });
      if (!this.stopped) this.schedule(again);
    }
  }
}
