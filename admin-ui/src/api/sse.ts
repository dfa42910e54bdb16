/** One event of a stream; `comment` lines come through too, because they prove that the line is alive. */
type StreamEvent = { kind: 'event'; name: string; data: string } | { kind: 'comment' };

/** Splits the text of an event stream into events; feed it chunks as they come. */
export class EventStreamParser {
  private rest = '';
  private name = '';
  private data: string[] = [];

  /** Takes a chunk and answers the events it completed. */
  feed(chunk: string): StreamEvent[] {
    const found: StreamEvent[] = [];
    const lines = (this.rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line, found);
    return found;
  }

  private line(line: string, found: StreamEvent[]) {
    if (line === '') return this.dispatch(found);
    if (line.startsWith(':')) {
      found.push({ kind: 'comment' });
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.name = value;
    if (field === 'data') this.data.push(value);
  }

  private dispatch(found: StreamEvent[]) {
    if (this.data.length > 0) found.push({ kind: 'event', name: this.name || 'message', data: this.data.join('\n') });
    this.name = '';
    this.data = [];
  }
}
