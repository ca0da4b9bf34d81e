/**
 * How loud every feed is, who speaks, and how good the connections are. Changes often, so it is not part of the meeting.
 */
import { SvelteMap } from "svelte/reactivity";

import type { MeetingEvent } from "../wire/MeetingEvent";
import type { Level } from "../wire/Level";
import type { Quality } from "../wire/Quality";
import type { TrackSource } from "../wire/TrackSource";

/** Above this level someone speaks; below it, it is the noise of a room. */
export const SPEAKING = 4 / 32;

export class Levels {
  /** Our own level, 0 to 1. */
  me: number = $state(0);
  /** Who to show large: never ourselves; while all are silent, the last one who spoke. */
  activeSpeaker: string | null = $state(null);

  #levels = new SvelteMap<string, number>();
  #qualities = new SvelteMap<string, Quality>();

  /** 0 to 1; 0 for a feed that is silent or unknown. */
  of(participant: string, source: TrackSource): number {
    return this.#levels.get(key(participant, source)) ?? 0;
  }

  speaks(id: string): boolean {
    return this.of(id, "microphone") > SPEAKING;
  }

  quality(id: string): Quality | null {
    return this.#qualities.get(id) ?? null;
  }

  hear(event: MeetingEvent): void {
    if (event.type === "levels") this.#heard(event.me, event.levels, event.activeSpeaker);
    else if (event.type === "quality") for (const one of event.qualities) this.#qualities.set(one.id, one);
    else if (event.type === "participantLeft") this.#forget(event.id);
    else if (event.type === "snapshot" || event.type === "ended") this.#clear();
  }

  #heard(me: number, levels: readonly Level[], activeSpeaker: string | null): void {
    this.me = me;
    this.activeSpeaker = activeSpeaker;
    const heard = new Map(levels.map(({ feed, level }) => [key(feed.participant, feed.source), level]));
    for (const feed of [...this.#levels.keys()]) if (!heard.has(feed)) this.#levels.delete(feed);
    for (const [feed, level] of heard) this.#levels.set(feed, level);
  }

  #forget(id: string): void {
    for (const feed of [...this.#levels.keys()]) if (feed.startsWith(`${id}/`)) this.#levels.delete(feed);
    this.#qualities.delete(id);
    if (this.activeSpeaker === id) this.activeSpeaker = null;
  }

  #clear(): void {
    this.me = 0;
    this.activeSpeaker = null;
    this.#levels.clear();
    this.#qualities.clear();
  }
}

/** A feed in one string. */
function key(participant: string, source: TrackSource): string {
  return `${participant}/${source}`;
}
