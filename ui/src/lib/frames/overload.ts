/**
 * Whether this computer has too much to do to show the pictures of a meeting. Pure: the caller passes the time in.
 *
 * Judges every second and remembers the bad ones. One bad second says nothing. One long standstill (a laptop that
 * slept) says nothing, either. Many bad ones within a few seconds mean overload. It ends only after a while without
 * any.
 */

/** How often the page shows that it runs, and how often this is judged. */
export const BEAT_MS = 100;
const SECOND_MS = 1000;
/**
 * If beats are overdue for this part of a second, the second is bad. Where frames queue up before the page, the app
 * sends fewer and no feed falls behind, so only this shows the overload. Smooth pictures cost a twentieth, jerky ones
 * two thirds.
 */
const STANDSTILL = 0.5;
/** How many seconds are judged together, and how many bad ones among them are too much. */
const WINDOW = 8;
const TOO_MANY = 5;
/**
 * The overload ends after this many good seconds in a row: longer than a feed rests, so that a rest does not look like
 * calm.
 */
const CALM = 10;
/** After this many pictures drawn since its rest, a feed keeps up again. */
const CAUGHT_UP = 5;
/** After its rest a feed waits this long for a keyframe. If none comes, the network is the reason. */
const KEYFRAME_MS = 2000;
/** If this many pictures came in a second and fewer than that were drawn, the picture does not move any more. */
const DECODED = 10;
const DRAWN = 5;

interface Behind {
  restsUntil: number;
  /** Pictures drawn since the rest. Until it ends, frames from inside the decoder still come out. */
  drawn: number;
}

export class Overload {
  #beatAt: number;
  #lookedAt: number;
  #still = 0;
  /** Newest last; true for a bad second. */
  #seconds: boolean[] = [];
  #overloaded = false;
  #behind = new Map<number, Behind>();
  #decoded = new Map<number, number>();
  #drawn = new Map<number, number>();

  constructor(now: number) {
    this.#beatAt = now;
    this.#lookedAt = now;
  }

  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** A feed had to drop frames, and rests for a while. */
  fellBehind(feed: number, pauseMs: number, now: number): void {
    this.#behind.set(feed, { restsUntil: now + pauseMs, drawn: 0 });
  }

  /** A picture of a feed is ready for drawing. */
  decoded(feed: number): void {
    this.#decoded.set(feed, (this.#decoded.get(feed) ?? 0) + 1);
  }

  /** The newest picture of a feed is on the screen. */
  drawn(feed: number, now: number): void {
    this.#drawn.set(feed, (this.#drawn.get(feed) ?? 0) + 1);
    const behind = this.#behind.get(feed);
    if (behind && now >= behind.restsUntil) behind.drawn += 1;
  }

  /** The feed shows nothing any more, so nothing can be late. */
  forget(feed: number): void {
    this.#behind.delete(feed);
    this.#decoded.delete(feed);
    this.#drawn.delete(feed);
  }

  /** The page became visible or hidden: the time before says nothing about the time after. */
  reset(now: number): void {
    this.#beatAt = now;
    this.#lookedAt = now;
    this.#still = 0;
    this.#seconds = [];
    this.#overloaded = false;
    this.#behind.clear();
    this.#forgetSecond();
  }

  /** Call it ten times a second while the page is visible, or as often as possible. */
  beat(now: number): void {
    this.#still += Math.max(0, now - this.#beatAt - BEAT_MS);
    this.#beatAt = now;
    if (now - this.#lookedAt >= SECOND_MS) this.#look(now);
  }

  #look(now: number): void {
    const held = this.#still >= STANDSTILL * (now - this.#lookedAt);
    this.#lookedAt = now;
    this.#still = 0;
    this.#seconds = [...this.#seconds, held || this.#anyBehind(now) || this.#anyJerky()].slice(-Math.max(WINDOW, CALM));
    this.#forgetSecond();
    if (this.#overloaded) this.#overloaded = this.#seconds.slice(-CALM).some((bad) => bad);
    else this.#overloaded = this.#seconds.slice(-WINDOW).filter((bad) => bad).length >= TOO_MANY;
  }

  #anyBehind(now: number): boolean {
    const bad = this.#behind.size > 0;
    for (const [feed, { restsUntil, drawn }] of this.#behind) {
      if (drawn >= CAUGHT_UP || now >= restsUntil + KEYFRAME_MS) this.#behind.delete(feed);
    }
    return bad;
  }

  /** If nothing at all is drawn, the window is hidden. Not every system tells the page. */
  #anyJerky(): boolean {
    if (this.#drawn.size === 0) return false;
    return [...this.#decoded].some(([feed, decoded]) => decoded >= DECODED && (this.#drawn.get(feed) ?? 0) < DRAWN);
  }

  #forgetSecond(): void {
    this.#decoded.clear();
    this.#drawn.clear();
  }
}
