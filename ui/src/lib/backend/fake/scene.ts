/** A person in a room, drawn with a few gradients. */

export interface Scene {
  width: number;
  height: number;
  seconds: number;
  seed: number;
}

const ROOMS: readonly (readonly [string, string, string])[] = [
  ["#5b6f69", "#2c3b37", "#e9c79f"],
  ["#8a7a63", "#43392c", "#f0d9bd"],
  ["#4d6b86", "#1f2f3f", "#c98f6b"],
  ["#86636b", "#3d2a30", "#8d5a3c"],
  ["#6d7d52", "#2e3822", "#dcae84"],
  ["#6a6391", "#2b2745", "#6f4630"],
];
const CLOTHES = ["#22423a", "#6b2f2b", "#d9d4c7", "#2d3a5c", "#7c5a1e", "#3b3b3f"];

export function drawScene(context: OffscreenCanvasRenderingContext2D, { width, height, seconds, seed }: Scene): void {
  const [light, dark, skin] = ROOMS[seed % ROOMS.length]!;
  const sway = Math.sin(seconds * 0.9 + seed) * width * 0.012;
  const nod = Math.sin(seconds * 1.7 + seed * 2) * height * 0.008;

  const room = context.createLinearGradient(0, 0, width, height);
  room.addColorStop(0, light);
  room.addColorStop(1, dark);
  context.fillStyle = room;
  context.fillRect(0, 0, width, height);

  context.fillStyle = "rgb(255 255 255 / 10%)";
  const window = width * (0.08 + 0.12 * (seed % 4));
  context.fillRect(window, height * 0.12, width * 0.16, height * 0.42);
  context.fillRect(window + width * 0.17, height * 0.12, width * 0.16, height * 0.42);
  context.fillStyle = "rgb(0 0 0 / 18%)";
  context.fillRect(0, height * 0.8, width, height * 0.2);

  const x = width / 2 + sway;
  const y = height * 0.43 + nod;
  const head = height * 0.17;
  ellipse(context, x, height * 1.02, width * 0.24, height * 0.36, CLOTHES[seed % CLOTHES.length]!);
  context.fillStyle = skin;
  context.fillRect(x - head * 0.38, y + head * 0.6, head * 0.76, head * 0.9);
  ellipse(context, x, y - head * 0.12, head * 0.98, head * 1.2, seed % 3 === 0 ? "#2b1d16" : seed % 3 === 1 ? "#5a4632" : "#1b1b1d");
  ellipse(context, x, y + head * 0.1, head * 0.84, head * 1.08, skin);
}

/** A document that somebody scrolls, with a frame at its outermost edge. */
export function drawScreen(context: OffscreenCanvasRenderingContext2D, { width, height, seconds, seed }: Scene): void {
  context.fillStyle = "#f4f2ec";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#2d3a5c";
  context.fillRect(0, 0, width, height * 0.09);
  const line = height * 0.06;
  const scrolled = (seconds * 6) % line;
  context.fillStyle = "#6c6a64";
  for (let row = 3; row < 15; row += 1) {
    const length = 0.45 + 0.35 * Math.abs(Math.sin(row * 2.3 + seed));
    context.fillRect(width * 0.08, row * line - scrolled, width * length, line * 0.35);
  }
  context.strokeStyle = "#b3382c";
  context.lineWidth = 4;
  context.strokeRect(2, 2, width - 4, height - 4);
}

function ellipse(
  context: OffscreenCanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  context.fillStyle = color;
  context.beginPath();
  context.ellipse(x, y, width, height, 0, 0, Math.PI * 2);
  context.fill();
}
