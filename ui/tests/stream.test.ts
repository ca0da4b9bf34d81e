import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FrameSource } from "../src/lib/backend/backend";
import { FrameStream, REFUSALS_BEFORE_IPC } from "../src/lib/frames/stream";

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  binaryType = "";
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

let tokens: number;
let ipc: ((data: ArrayBuffer) => void) | null;
let ipcStopped: boolean;
let credits: [number, number][];
let opened: number;
let messages: ArrayBuffer[];
let socketAddress: () => Promise<{ url: string; token: string }>;

function source(): FrameSource {
  return {
    frameSocket: () => socketAddress(),
    framesOverIpc: (_format, listener) => {
      ipc = listener;
      return Promise.resolve(() => {
        ipcStopped = true;
      });
    },
    frameCredit: (feed, seq) => {
      credits.push([feed, seq]);
      return Promise.resolve();
    },
    frameFormat: () => Promise.resolve(),
    requestKeyframe: () => Promise.reject(new Error("not in a meeting")),
  };
}

function stream(): FrameStream {
  return new FrameStream(source(), "vp8", {
    opened: () => {
      opened += 1;
    },
    message: (data) => messages.push(data),
  });
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const socket = (index = -1): FakeSocket => FakeSocket.all.at(index)!;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  tokens = 0;
  ipc = null;
  ipcStopped = false;
  credits = [];
  opened = 0;
  messages = [];
  socketAddress = () => {
    tokens += 1;
    return Promise.resolve({ url: "ws://127.0.0.1:9/frames", token: `t${tokens}` });
  };
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the frame socket", () => {
  it("introduces itself first and then passes frames and requests", async () => {
    const frames = stream();
    await settle();
    expect(socket().url).toBe("ws://127.0.0.1:9/frames");
    socket().open();
    expect(socket().sent).toEqual([{ type: "hello", token: "t1", format: "vp8" }]);
    expect(opened).toBe(1);
    socket().onmessage?.({ data: new ArrayBuffer(3) });
    socket().onmessage?.({ data: "text is not a frame" });
    expect(messages).toHaveLength(1);
    frames.send({ type: "credit", feed: 1, seq: 2 });
    expect(socket().sent.at(-1)).toEqual({ type: "credit", feed: 1, seq: 2 });
  });

  it("comes back with a new token after it was lost", async () => {
    stream();
    await settle();
    socket().open();
    socket().close();
    await vi.advanceTimersByTimeAsync(200);
    expect(FakeSocket.all).toHaveLength(2);
    socket().open();
    expect(socket().sent).toEqual([{ type: "hello", token: "t2", format: "vp8" }]);
    expect(opened).toBe(2);
    expect(ipc).toBeNull();
  });

  it("waits longer and longer for a server that hangs up at once", async () => {
    stream();
    await settle();
    for (let round = 0; round < 6; round += 1) {
      socket().open();
      socket().close();
      await vi.advanceTimersByTimeAsync(5000);
    }
    const before = FakeSocket.all.length;
    socket().open();
    socket().close();
    await vi.advanceTimersByTimeAsync(4999);
    expect(FakeSocket.all).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.all).toHaveLength(before + 1);
  });

  it("is replaced by the IPC channel where the webview refuses it", async () => {
    const frames = stream();
    await settle();
    for (let refusal = 0; refusal < REFUSALS_BEFORE_IPC; refusal += 1) {
      expect(ipc).toBeNull();
      socket().close();
      await vi.advanceTimersByTimeAsync(5000);
    }
    expect(ipc).not.toBeNull();
    expect(opened).toBe(1);
    ipc?.(new ArrayBuffer(5));
    expect(messages).toHaveLength(1);
    frames.send({ type: "credit", feed: 3, seq: 4 });
    expect(credits).toEqual([[3, 4]]);
    frames.send({ type: "keyframe", feed: 3 });
    await settle();
    frames.close();
    expect(ipcStopped).toBe(true);
    ipc?.(new ArrayBuffer(5));
    expect(messages).toHaveLength(1);
  });

  it("is not replaced because of refusals that lie apart", async () => {
    stream();
    await settle();
    for (let round = 0; round < 3; round += 1) {
      socket().close();
      await vi.advanceTimersByTimeAsync(5000);
      socket().open();
      socket().close();
      await vi.advanceTimersByTimeAsync(5000);
    }
    expect(ipc).toBeNull();
  });

  it("is replaced likewise where no socket is offered", async () => {
    socketAddress = () => Promise.reject(new Error("none"));
    stream();
    await vi.advanceTimersByTimeAsync(5000);
    expect(ipc).not.toBeNull();
  });

  it("stays closed", async () => {
    const frames = stream();
    await settle();
    socket().open();
    frames.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});
