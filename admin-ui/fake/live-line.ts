import type { LiveEvent } from '../src/api/schema.gen.ts';

/** The event stream of the fake hub. */
export class LiveLine {
  private readonly writers = new Set<(text: string) => void>();

  /** Opens a stream for one listener. */
  open(signal: AbortSignal): Response {
    const encoder = new TextEncoder();
    let write: (text: string) => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        write = (text) => controller.enqueue(encoder.encode(text));
        this.writers.add(write);
        write('event: ready\ndata: {}\n\n');
        signal.addEventListener('abort', () => {
          this.writers.delete(write);
          try {
            controller.close();
          } catch {
            // The reader was faster.
          }
        });
      },
      cancel: () => void this.writers.delete(write),
    });
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } });
  }

  /** Tells every listener what changed. */
  tell(event: LiveEvent) {
    this.send(`event: change\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** Shows that the line is alive. */
  beat() {
    this.send(': beat\n\n');
  }

  private send(text: string) {
    for (const write of [...this.writers]) {
      try {
        write(text);
      } catch {
        this.writers.delete(write);
      }
    }
  }
}
