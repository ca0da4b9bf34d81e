/** The meeting as a circle of people and who hears whom. Pure. */
import type { PeerState } from "../lib/wire/PeerState";

export interface Node {
  id: string;
  name: string;
  x: number;
  y: number;
  me: boolean;
}

export interface Edge {
  key: string;
  from: Node;
  to: Node;
  /** State of our own connection; null between two others, of whom we know only what they say. */
  state: PeerState | null;
  /** Whether sound flows; null if they did not say. */
  forth: boolean | null;
  back: boolean | null;
}

/** What we know of one person. */
export interface Person {
  id: string;
  name: string;
  state: PeerState;
  hears?: readonly string[] | null;
}

export interface Graph {
  nodes: Node[];
  edges: Edge[];
}

/** Size of the picture and of its circle. */
export const SIZE = 320;
const RADIUS = 118;

/** We are on top. The others follow clockwise in the order they came. */
export function graph(me: Person, others: readonly Person[]): Graph {
  const people = [me, ...others];
  const nodes = people.map(({ id, name }, index) => {
    const angle = (index / people.length) * 2 * Math.PI - Math.PI / 2;
    return { id, name, x: SIZE / 2 + RADIUS * Math.cos(angle), y: SIZE / 2 + RADIUS * Math.sin(angle), me: index === 0 };
  });
  const hears = (listener: Person, heard: string): boolean | null => listener.hears?.includes(heard) ?? null;
  const edges: Edge[] = [];
  people.forEach((one, index) => {
    people.slice(index + 1).forEach((other, offset) => {
      const [from, to] = [nodes[index], nodes[index + 1 + offset]];
      if (!from || !to) return;
      edges.push({
        key: `${one.id} ${other.id}`,
        from,
        to,
        state: index === 0 ? other.state : null,
        forth: hears(other, one.id),
        back: hears(one, other.id),
      });
    });
  });
  return { nodes, edges };
}
