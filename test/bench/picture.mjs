// The picture for the README: how long each engine takes beside PyTorch, one thread each, on a scale where each line is
// ten times the one before. A white card, so that it reads the same on a dark page; each engine has its own shape as well
// as its colour. Drawn as SVG and photographed by Chromium, since an extension's page shows no SVG.
import { writeFileSync } from "node:fs"
import { chromium } from "playwright-core"
import { installChromium } from "../workbench/install.ts"

/** The rows that are drawn, and how they are called there; the others are in the table. */
const drawnRows = {
  "seed 001: graph, forward and backward": "tutorial 1: graph, forward and backward",
  "seed 003: descent until the loss is small": "tutorial 3: descent of nine numbers",
  "chain of 1,000 scalar operators, each": "one operator in a chain of 1,000",
  "matmul 512": "matrix product 512 × 512",
  "matmul 1024": "matrix product 1024 × 1024",
  "softmax 1024×1024": "softmax 1024 × 1024",
  "add 1e6": "a million additions",
  "exp 1e6": "exp of a million",
  "sum 1e6": "sum of a million",
  "MLP 784-256-128-10, batch 64, step": "perceptron, training step",
  "LeNet, batch 32, step": "LeNet, training step",
  "resnet18 1×3×64×64, forward": "resnet18, forward",
  "resnet18 1×3×64×64, step": "resnet18, training step",
}
const square = (x, y, colour) => `<rect x="${x - 7}" y="${y - 7}" width="14" height="14" rx="3" fill="${colour}"/>`
const engines = {
  ours: { title: "Autograd Lab", colour: "#0b6bcb", shape: square },
  "tfjs-wasm": { title: "TensorFlow.js (WASM)", colour: "#c05f00", shape: (x, y, colour) => `<circle cx="${x}" cy="${y}" r="5.5" fill="${colour}"/>` },
  "jax-js": { title: "jax-js (WASM)", colour: "#7a5bb5", shape: (x, y, colour) => `<path d="M${x} ${y - 6.5}l6.5 11.5h-13z" fill="${colour}"/>` },
  "js-pytorch": { title: "js-pytorch", colour: "#6b7280", shape: (x, y, colour) => `<path d="M${x} ${y - 7}l7 7-7 7-7-7z" fill="${colour}"/>` },
}
const names = Object.keys(engines)
const [left, right, top, line, width] = [300, 44, 112, 30, 900]
const [least, most] = [0.02, 1000]

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;")
const place = (ratio) => left + ((width - left - right) * Math.log(Math.min(most, Math.max(least, ratio)) / least)) / Math.log(most / least)
const rounded = (ratio) => `${Number(ratio.toPrecision(2))}×`

/** Rows that PyTorch has a time for, as ratios to it. */
function ratiosOf({ rows }) {
  const shown = rows.filter(({ name, others }) => Object.hasOwn(drawnRows, name) && others.PyTorch?.best)
  shown.sort((a, b) => Object.keys(drawnRows).indexOf(a.name) - Object.keys(drawnRows).indexOf(b.name))
  return shown.map(({ name, ours, others }) => ({ name: drawnRows[name], ratios: Object.fromEntries(names.map((one) => [one, (one === "ours" ? ours : others[one])?.best / others.PyTorch.best]).filter(([, ratio]) => ratio > 0)) }))
}

function svgOf(record) {
  const rows = ratiosOf(record)
  const bottom = top + rows.length * line
  const height = bottom + 62
  const ticks = [0.1, 1, 10, 100, 1000].map((ratio) => `<line x1="${place(ratio)}" x2="${place(ratio)}" y1="${top - 6}" y2="${bottom + 4}" stroke="${ratio === 1 ? "#1f2328" : "#d8dee4"}" stroke-width="${ratio === 1 ? 1.5 : 1}"/><text x="${place(ratio)}" y="${bottom + 20}" text-anchor="middle" class="small">${ratio === 1 ? "PyTorch" : ratio === most ? `≥ ${ratio}×` : `${ratio}×`}</text>`)
  const marks = rows.flatMap(({ name, ratios }, i) => {
    const y = top + i * line + line / 2
    const dots = Object.entries(ratios).map(([one, ratio]) => engines[one].shape(place(ratio), y, engines[one].colour))
    // Beside the mark where nothing else stands.
    const x = place(ratios.ours)
    const isFree = Object.entries(ratios).every(([one, ratio]) => one === "ours" || place(ratio) > x || place(ratio) < x - 60)
    const label = isFree && x - 52 > left ? `<text x="${x - 12}" y="${y + 4}" text-anchor="end" class="own">${rounded(ratios.ours)}</text>` : ""
    return [`<text x="${left - 14}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>`, ...dots, label]
  })
  const rules = rows.map((_row, i) => `<line x1="${left}" x2="${width - right}" y1="${top + (i + 0.5) * line}" y2="${top + (i + 0.5) * line}" stroke="#f0f2f4"/>`)
  const offsets = [24, 162, 340, 474]
  const legend = names.map((one, i) => `${engines[one].shape(offsets[i] + 7, 75, engines[one].colour)}<text x="${offsets[i] + 22}" y="80" ${one === "ours" ? 'class="own"' : ""}>${engines[one].title}</text>`)
  const about = `Best of many runs in one session on ${record.processor.replace(/\s+(\d+-Core )?Processor.*/, "")}, Node ${record.node.replace(/^v/, "")}, a shared machine, ${record.date}. No mark: it cannot, or was not tried.`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><style>text{font:13px system-ui,sans-serif;fill:#1f2328}.small{font-size:12px;fill:#59636e}.own{font-weight:600;fill:#0b6bcb;stroke:#fff;stroke-width:4px;paint-order:stroke}circle,path{stroke:#fff;stroke-width:1.5px}.head{font-size:17px;font-weight:600}</style><rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#fff" stroke="#d0d7de"/><text x="24" y="32" class="head">Time on the processor as a multiple of PyTorch’s, one thread each</text><text x="24" y="52" class="small">Further left is faster; each line is ten times the one before.</text>${legend.join("")}${rules.join("")}${ticks.join("")}${marks.join("")}<text x="24" y="${height - 16}" class="small">${escaped(about)}</text></svg>`
}

/** Draws what was measured; says where. */
export async function drawn(record, file) {
  const svg = svgOf(record)
  const browser = await chromium.launch({ executablePath: installChromium(), args: ["--headless=new", "--no-sandbox"] })
  try {
    const page = await browser.newPage({ viewport: { width, height: Number(/height="(\d+)"/.exec(svg)[1]) }, deviceScaleFactor: 2 })
    await page.setContent(`<body style="margin:0;background:transparent">${svg}</body>`)
    writeFileSync(file, await page.screenshot({ omitBackground: true }))
  } finally {
    await browser.close()
  }
  return `The picture: ${file}`
}
