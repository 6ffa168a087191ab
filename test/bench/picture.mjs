// The picture for the README: how long each engine takes beside PyTorch on one thread, on a scale where each line is
// ten times the one before. Drawn as SVG and photographed by Chromium, since an extension's page shows no SVG.
import { writeFileSync } from "node:fs"
import { chromium } from "playwright-core"
import { installChromium } from "../workbench/install.ts"

const names = ["ours", "tfjs-wasm", "jax-js", "js-pytorch"]
const titles = { ours: "Autograd Lab" }
const colours = { ours: "#0b6bcb", "tfjs-wasm": "#e08a1e", "jax-js": "#7a5bb5", "js-pytorch": "#8a8f98" }
const [left, right, top, line, width] = [310, 40, 74, 34, 900]
const [least, most] = [0.05, 1000]

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;")
const place = (ratio) => left + ((width - left - right) * Math.log(Math.min(most, Math.max(least, ratio)) / least)) / Math.log(most / least)

/** Rows that PyTorch has a time for, as ratios to it. */
function ratiosOf({ rows }) {
  return rows.filter(({ others }) => others.PyTorch).map(({ name, ours, others }) => ({ name, ratios: Object.fromEntries(names.map((one) => [one, (one === "ours" ? ours : others[one])?.best / others.PyTorch.best]).filter(([, ratio]) => ratio > 0)) }))
}

function svgOf(record) {
  const rows = ratiosOf(record)
  const height = top + rows.length * line + 46
  const ticks = [0.1, 1, 10, 100, 1000].map((ratio) => `<line x1="${place(ratio)}" x2="${place(ratio)}" y1="${top - 8}" y2="${height - 40}" stroke="${ratio === 1 ? "#333" : "#ddd"}" stroke-width="${ratio === 1 ? 1.5 : 1}"/><text x="${place(ratio)}" y="${height - 22}" text-anchor="middle" class="small">${ratio === 1 ? "PyTorch" : `${ratio}×`}</text>`)
  const marks = rows.flatMap(({ name, ratios }, i) => {
    const y = top + i * line + line / 2
    const dots = Object.entries(ratios).reverse().map(([one, ratio]) => (one === "ours" ? `<rect x="${place(ratio) - 7}" y="${y - 7}" width="14" height="14" rx="3" fill="${colours.ours}"/>` : `<circle cx="${place(ratio)}" cy="${y}" r="6" fill="${colours[one]}"/>`))
    return [`<text x="${left - 14}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>`, `<line x1="${left}" x2="${width - right}" y1="${y}" y2="${y}" stroke="#f0f0f0"/>`, ...dots]
  })
  const legend = names.map((one, i) => `<rect x="${left + i * 140}" y="42" width="12" height="12" rx="3" fill="${colours[one]}"/><text x="${left + i * 140 + 18}" y="53" class="small">${titles[one] ?? one}</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><style>text{font:13px system-ui,sans-serif;fill:#222}.small{font-size:12px;fill:#555}.head{font-size:16px;font-weight:600}</style><rect width="100%" height="100%" fill="#fff"/><text x="24" y="28" class="head">Time beside PyTorch on one thread: left is faster</text>${legend.join("")}${ticks.join("")}${marks.join("")}</svg>`
}

/** Draws what was measured; says where. */
export async function drawn(record, file) {
  const svg = svgOf(record)
  const browser = await chromium.launch({ executablePath: installChromium(), args: ["--headless=new", "--no-sandbox"] })
  try {
    const page = await browser.newPage({ viewport: { width, height: Number(/height="(\d+)"/.exec(svg)[1]) }, deviceScaleFactor: 2 })
    await page.setContent(`<body style="margin:0">${svg}</body>`)
    writeFileSync(file, await page.screenshot())
  } finally {
    await browser.close()
  }
  return `The picture: ${file}`
}
