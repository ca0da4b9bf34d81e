/**
 * How frames come in: a loopback WebSocket that reconnects, or the IPC channel where a webview refuses the socket.
 *
 * Knows connections. Does not know what is inside a frame.
 */
import type { FrameSource, Unsubscribe } from "../backend/backend";
import type { FrameFormat } from "../wire/FrameFormat";
import type { FrameHello } from "../wire/FrameHello";
import type { FrameRequest } from "../wire/FrameRequest";

/** After this many sockets in a row that never opened, the rest of the meeting uses the IPC channel. */
export const REFUSALS_BEFORE_IPC = 2;
const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 5000;

export interface StreamEvents {
  /** The frames start again. Requests from an earlier connection do not count any more. */
  opened(): void;
  message(data: ArrayBuffer): void;
}

export class FrameStream {
  #source: FrameSource;
  #format: FrameFormat;
  #events: StreamEvents;
  #socket: WebSocket | null = null;
  #ipc: Unsubscribe | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #refusals = 0;
  #closed = false;

  constructor(source: FrameSource, format: FrameFormat, events: StreamEvents) {
    this.#source = source;
    this.#format = format;
    this.#events = events;
    void this.#connect();
  }

  send(request: FrameRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
    else if (this.#ipc) this.#sendOverIpc(request);
    // Otherwise the connection is down, and its credits do not count any more.
  }

  close(): void {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = null;
    this.#ipc?.();
    this.#ipc = null;
  }

  async #connect(): Promise<void> {
    this.#retry = null;
    if (this.#closed) return;
    if (this.#refusals >= REFUSALS_BEFORE_IPC) {
      await this.#openIpc();
      return;
    }
    try {
      // A token opens the socket once, so every attempt asks for a new one.
      const { url, token } = await this.#source.frameSocket();
      if (!this.#closed) this.#openSocket(url, token);
    } catch {
      this.#refusals += 1;
      this.#retryLater();
    }
  }

  #openSocket(url: string, token: string): void {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#refusals = 0;
      const hello: FrameHello = { type: "hello", token, format: this.#format };
      socket.send(JSON.stringify(hello));
      this.#events.opened();
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket || !(data instanceof ArrayBuffer)) return;
      // Only a frame proves that the token was accepted. A server that closes at once must not get attempts without a
      // pause.
      this.#failures = 0;
      this.#events.message(data);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (!opened) this.#refusals += 1;
      this.#retryLater();
    };
    this.#socket = socket;
  }

  async #openIpc(): Promise<void> {
    try {
      const stop = await this.#source.framesOverIpc(this.#format, (data) => {
        if (this.#closed) return;
        this.#failures = 0;
        this.#events.message(data);
      });
      if (this.#closed) {
        stop();
        return;
      }
      this.#ipc = stop;
      this.#events.opened();
    } catch {
      // Both ways failed. After the pause the socket is tried again.
      this.#refusals = 0;
      this.#retryLater();
    }
  }

  #retryLater(): void {
    if (this.#closed) return;
    const pause = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(() => void this.#connect(), pause);
  }

  #sendOverIpc(request: FrameRequest): void {
    const { feed } = request;
    const sent =
      request.type === "credit"
        ? this.#source.frameCredit(feed, request.seq)
        : request.type === "format"
          ? this.#source.frameFormat(feed, request.format)
          : this.#source.requestKeyframe(feed);
    // The meeting may have ended meanwhile; the event channel reports that.
    sent.catch(() => undefined);
  }
}
