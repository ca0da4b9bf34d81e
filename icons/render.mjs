// Draws every icon file from icon.svg and tray/*.svg: `node icons/render.mjs`, with `tray` for those alone. Needs chromium and ImageMagick's convert.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "holdfast-icons-"));
const FULL = 1024;

/** The states of the tray, at twice the size panels show them in. */
const TRAY = ["idle", "meeting", "muted", "reconnecting", "failed"];
const TRAY_SIZE = 44;

function drawFull(source) {
  const page = join(work, "icon.html");
  const out = join(work, "full.png");
  const svg = readFileSync(join(here, source), "utf8");
  const style = `body{margin:0}svg{display:block;width:${FULL}px;height:${FULL}px}`;
  writeFileSync(page, `<!doctype html><style>${style}</style>${svg}`);
  execFileSync("chromium", [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync", `--user-data-dir=${join(work, "profile")}`,
    "--default-background-color=00000000", "--force-device-scale-factor=1", "--hide-scrollbars",
    `--window-size=${FULL},${FULL + 200}`, `--screenshot=${out}`, pathToFileURL(page).href,
  ], { stdio: "ignore" });
  execFileSync("convert", [out, "-crop", `${FULL}x${FULL}+0+0`, "+repage", out]);
  return out;
}

/** Tauri wants 8-bit RGBA. */
function png(full, size) {
  const out = join(work, `${size}.png`);
  execFileSync("convert", [full, "-filter", "Lanczos", "-resize", `${size}x${size}`, "-strip", `PNG32:${out}`]);
  return readFileSync(out);
}

/** A directory of PNG images, which Windows reads since Vista. */
function ico(images) {
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach(({ size, data }, index) => {
    const at = 6 + 16 * index;
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(data.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += data.length;
  });
  return Buffer.concat([header, ...images.map(({ data }) => data)]);
}

/** Blocks of type, length and PNG. */
function icns(entries) {
  const blocks = entries.map(({ type, data }) => {
    const head = Buffer.alloc(8);
    head.write(type, "ascii");
    head.writeUInt32BE(data.length + 8, 4);
    return Buffer.concat([head, data]);
  });
  const head = Buffer.alloc(8);
  head.write("icns", "ascii");
  head.writeUInt32BE(8 + blocks.reduce((sum, { length }) => sum + length, 0), 4);
  return Buffer.concat([head, ...blocks]);
}

const save = (name, data) => writeFileSync(join(here, name), data);

function app() {
  const full = drawFull("icon.svg");
  save("32x32.png", png(full, 32));
  save("128x128.png", png(full, 128));
  save("128x128@2x.png", png(full, 256));
  save("icon.png", png(full, 512));
  // The first image is the one Tauri takes for the window on Windows.
  save("icon.ico", ico([32, 16, 24, 48, 64, 256].map((size) => ({ size, data: png(full, size) }))));
  const mac = { icp4: 16, icp5: 32, ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 };
  save("icon.icns", icns(Object.entries(mac).map(([type, size]) => ({ type, data: png(full, size) }))));
}

try {
  if (process.argv[2] !== "tray") app();
  for (const state of TRAY) save(`tray/${state}.png`, png(drawFull(`tray/${state}.svg`), TRAY_SIZE));
} finally {
  rmSync(work, { recursive: true, force: true });
}
