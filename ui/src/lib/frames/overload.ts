/**
 * Whether this computer has too much to do to show the pictures of a meeting. Pure: time comes from outside.
 *
 * Looks at every second and remembers which were bad. One bad second says nothing, and neither does one long
 * standstill (a laptop that slept); many bad ones within a few seconds do. Calm returns only after a while without any.
 */

/** How often the page shows that it runs, and how often that is judged. */
export const BEAT_MS = 100;
const SECOND_MS = 1000;
/**
 * Part of a second in which beats are overdue that makes it a bad one. Where frames queue up before the page, the app
 * sends fewer and nothing falls behind: this alone tells it. Smooth pictures cost a twentieth, jerky ones two thirds.
 */
const STANDSTILL = 0.5;
/** Seconds looked back upon, and how many bad ones among them are too much. */
const WINDOW = 8;
const TOO_MANY = 5;
/** Good seconds in a row after which it is over: longer than a tile rests, so that resting is not taken for calm. */
const CALM = 10;
/** Pictures drawn since a tile has rested, after which it keeps up again. */
const CAUGHT_UP = 5;
/** After its rest a tile waits this long for a keyframe; if none comes, that is the network's doing. */
const KEYFRAME_MS = 2000;
/** Of this many pictures in a second, fewer drawn than that is no moving picture any more. */
const DECODED = 10;
const DRAWN = 5;

interface Behind {
  restsUntil: number;
  /** Drawn since then; before it comes out what was inside. */
  drawn: number;
}

export class Overload {
  #beatAt: number;
  #lookedAt: number;
  #still = 0;
  /** Newest last; true for a bad one. */
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

  /** A tile had to drop frames, and rests for a while. */
  fellBehind(tile: number, pauseMs: number, now: number): void {
    this.#behind.set(tile, { restsUntil: now + pauseMs, drawn: 0 });
  }

  /** A picture of a tile is ready to be drawn. */
  decoded(tile: number): void {
    this.#decoded.set(tile, (this.#decoded.get(tile) ?? 0) + 1);
  }

  /** The newest picture of a tile is on the screen. */
  drawn(tile: number, now: number): void {
    this.#drawn.set(tile, (this.#drawn.get(tile) ?? 0) + 1);
    const behind = this.#behind.get(tile);
    if (behind && now >= behind.restsUntil) behind.drawn += 1;
  }

  /** Nothing is shown of a tile any more, so nothing can be late. */
  forget(tile: number): void {
    this.#behind.delete(tile);
    this.#decoded.delete(tile);
    this.#drawn.delete(tile);
  }

  /** The page comes in sight or goes out of it: what was before says nothing about what comes. */
  reset(now: number): void {
    this.#beatAt = now;
    this.#lookedAt = now;
    this.#still = 0;
    this.#seconds = [];
    this.#overloaded = false;
    this.#behind.clear();
    this.#forgetSecond();
  }

  /** Ten times a second while the page is in sight, or as often as it can. */
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
    for (const [tile, { restsUntil, drawn }] of this.#behind) {
      if (drawn >= CAUGHT_UP || now >= restsUntil + KEYFRAME_MS) this.#behind.delete(tile);
    }
    return bad;
  }

  /** Where nothing at all is drawn, the window is out of sight, which not every system tells. */
  #anyJerky(): boolean {
    if (this.#drawn.size === 0) return false;
    return [...this.#decoded].some(([tile, decoded]) => decoded >= DECODED && (this.#drawn.get(tile) ?? 0) < DRAWN);
  }

  #forgetSecond(): void {
    this.#decoded.clear();
    this.#drawn.clear();
  }
}
