/** Who is in the fake meeting. */
import type { FeedView } from "../../wire/FeedView";
import type { ParticipantView } from "../../wire/ParticipantView";
import type { Entry } from "../backend";

/** How we hear people, and what they know, in the ordinary case. */
const ORDINARY = { attempt: 0, present: true, acknowledgedRevision: 1, listening: { volume: 100, muted: false }, handSinceMs: null } as const;

/** Numbers of screens begin here. There are fewer seats than this. */
const SCREENS = 100;

const SELF = "00000000000000aa";
const NAMES = [
  "Grace Hopper",
  "Alan Turing",
  "Katherine Johnson",
  "Edsger W. Dijkstra",
  "Radia Perlman",
  "Ludwig Alexander Freiherr von und zu Weißenstein-Hohenfels",
  "李 小龍",
  "Barbara Liskov",
  "Zoë",
  "نور الدين",
  "Margaret Hamilton",
  "Tim",
  "Ольга Ладыженская",
  "Hedy Lamarr",
  "Frances E. Allen",
];

/** The feeds of the participant in this seat. */
function feeds(seat: number): FeedView[] {
  return [
    { source: "camera", number: seat, hasPicture: true },
    { source: "screen", number: SCREENS + seat, hasPicture: false },
  ];
}

function unseen(one: ParticipantView): FeedView[] {
  return one.feeds.map((feed) => ({ ...feed, hasPicture: false }));
}

export function oneself(entry: Entry): ParticipantView {
  const { name, microphone, camera } = entry;
  return {
    id: SELF,
    name,
    feeds: feeds(0),
    state: "connected",
    stateSinceMs: Date.now(),
    media: { revision: 1, microphone, camera, screen: false, hand: false },
    hears: null,
    ...ORDINARY,
  };
}

export function others(count: number): ParticipantView[] {
  const names = NAMES.slice(0, Math.max(0, count));
  const ids = names.map((_, index) => (0x51f3_a0c4 * (index + 3)).toString(16).padStart(16, "0").slice(-16));
  return names.map((name, index) => ({
    id: ids[index]!,
    name,
    feeds: feeds(index + 1),
    state: "connected",
    stateSinceMs: Date.now() - 700_000,
    media: { revision: 1, microphone: index % 3 !== 1, camera: true, screen: false, hand: false },
    hears: [SELF, ...ids.filter((_, other) => other !== index)],
    ...ORDINARY,
  }));
}

/** The first one shares a screen beside the camera. */
export function sharing([first, ...rest]: ParticipantView[]): ParticipantView[] {
  if (!first) return [];
  const feeds = first.feeds.map((feed) => ({ ...feed, hasPicture: true }));
  return [{ ...first, feeds, media: { ...first.media, screen: true } }, ...rest];
}

/** Everything that a tile can show, at once. */
export function mixed(people: ParticipantView[]): ParticipantView[] {
  const changes: ((one: ParticipantView) => ParticipantView)[] = [
    (one) => ({ ...one, media: { ...one.media, hand: true }, handSinceMs: Date.now() - 9000 }),
    (one) => ({ ...one, state: "reconnecting", attempt: 2, stateSinceMs: Date.now() - 4000 }),
    (one) => ({ ...one, media: { ...one.media, camera: false } }),
    (one) => ({ ...one, state: "failed", stateSinceMs: Date.now() - 40_000, feeds: unseen(one) }),
    (one) => ({ ...one, state: "connecting", stateSinceMs: Date.now() - 1000, feeds: unseen(one) }),
    (one) => one,
    (one) => ({ ...one, state: "reconnecting", media: { ...one.media, camera: false }, stateSinceMs: Date.now() - 12_000 }),
  ];
  return people.map((one, index) => changes[index]?.(one) ?? one);
}
