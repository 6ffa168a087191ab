// The build: every product of dist/ in one place, so that nothing else needs to know a bundler.
// `node build.mjs [--watch] [--production] [--into=FOLDER]`. An entry whose source is missing is skipped with a notice.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { existsSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"

const root = dirname(fileURLToPath(import.meta.url))
// Where dist/ and node_modules/ of the product go: here, or the folder in which `npm run package` puts a VSIX together.
const home = resolve(root, process.argv.find((word) => word.startsWith("--into="))?.slice("--into=".length) ?? ".")
const dist = join(home, "dist")
const watch = process.argv.includes("--watch")
const production = process.argv.includes("--production")

const shared = {
  absWorkingDir: root,
  bundle: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  minify: production,
  sourcemap: production ? false : "linked",
  sourcesContent: false,
  metafile: true,
  target: "es2022",
}

// CommonJS packages inside an ES module (TypeScript is one) expect these three names; esbuild leaves them to us.
const commonJsNames = [
  `import { createRequire as createRequireForBundle } from "node:module"`,
  `import { fileURLToPath as fileURLToPathForBundle } from "node:url"`,
  `import { dirname as dirnameForBundle } from "node:path"`,
  `const require = createRequireForBundle(import.meta.url)`,
  `const __filename = fileURLToPathForBundle(import.meta.url), __dirname = dirnameForBundle(__filename)`,
].join(";")

/** One esbuild run each: the name that is printed, the entries (product: source), and how they differ from `shared`. */
const bundles = [
  {
    name: "extension",
    entries: { extension: "extension/nodeMain.ts" },
    options: { platform: "node", target: "node22", format: "cjs", outExtension: { ".js": ".cjs" }, external: ["vscode"] },
  },
  {
    // Split, so that TypeScript lies once in a chunk that all share.
    name: "engine",
    entries: {
      engine: "engine/host/engine.ts",
      cli: "engine/host/cli.ts",
      engineProcess: "engine/host/process.ts",
      engineWorker: "engine/host/worker.ts",
      engineHelper: "engine/host/crewHelper.ts",
    },
    options: {
      platform: "node",
      target: "node22",
      format: "esm",
      splitting: true,
      outExtension: { ".js": ".mjs" },
      chunkNames: "chunks/[name]-[hash]",
      external: ["webgpu"],
      banner: { js: commonJsNames },
    },
  },
  {
    name: "extension in a browser",
    entries: { "web/extension": "extension/webMain.ts" },
    options: { platform: "browser", format: "cjs", outExtension: { ".js": ".cjs" }, external: ["vscode"] },
  },
  {
    // Not split: a worker is started from one script.
    name: "engine in a browser",
    entries: { "web/engineWorker": "engine/host/web.ts" },
    options: { platform: "browser", format: "iife" },
  },
  {
    name: "panel",
    entries: { panel: "media/panel/main.ts" },
    options: { platform: "browser", format: "iife" },
  },
  {
    name: "panel style",
    entries: { panel: "media/panel/panel.css" },
    options: { loader: { ".ttf": "file" }, assetNames: "[name]" },
  },
]

/** The editor's types are printed from the operator table by a program of ours, so the build bundles and calls it. */
const types = { source: "engine/types/text.ts", folder: "engine/types", product: join(dist, "types", "torch.d.ts") }

/**
 * The TypeScript server looks for plugins in the extension's node_modules and nowhere else,
 * so the bundled plugin is put there, as the package of this name.
 */
const plugin = {
  name: "autograd-lab-typescript-plugin",
  source: "engine/types/plugin.ts",
}

// A running VS Code may hold yesterday's files, so only what is shipped starts from nothing.
if (production) await rm(dist, { recursive: true, force: true })
await mkdir(dist, { recursive: true })
const contexts = []
for (const bundle of bundles) {
  const entries = Object.entries(bundle.entries).filter(([product, source]) => present(source, product))
  if (entries.length === 0) continue
  contexts.push(await esbuild.context({
    ...shared,
    outdir: dist,
    entryPoints: entries.map(([out, source]) => ({ in: source, out })),
    ...bundle.options,
  }))
}
if (present(plugin.source, plugin.name)) contexts.push(await pluginContext())
if (present(types.source, relative(home, types.product))) contexts.push(await typesContext())

if (watch) {
  await Promise.all(contexts.map((context) => context.watch()))
  console.log("Watching. Ctrl+C ends it.")
} else {
  const results = await Promise.allSettled(contexts.map((context) => context.rebuild()))
  await Promise.all(contexts.map((context) => context.dispose()))
  await dropOldChunks(results)
  // esbuild has printed the errors already.
  if (results.some((result) => result.status === "rejected")) process.exitCode = 1
}

function present(source, product) {
  if (existsSync(join(root, source))) return true
  console.log(`skipped ${product}: ${source} is not there`)
  return false
}

/** Chunks are named by their content: those of earlier builds stay behind otherwise. */
async function dropOldChunks(results) {
  const chunks = join(dist, "chunks")
  if (!existsSync(chunks) || results.some((result) => result.status === "rejected")) return
  const current = new Set(results.flatMap((result) => Object.keys(result.value.metafile.outputs)).map((path) => resolve(root, path)))
  for (const name of await readdir(chunks)) {
    if (!current.has(join(chunks, name))) await rm(join(chunks, name), { force: true })
  }
}

function typesContext() {
  const writeTypes = async ({ outputFiles, errors }) => {
    if (errors.length > 0) return
    const { handWrittenFiles, typesText } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`)
    const handWritten = await Promise.all(handWrittenFiles.map((name) => readFile(join(root, types.folder, name), "utf8")))
    await mkdir(dirname(types.product), { recursive: true })
    await writeFile(types.product, typesText(handWritten))
  }
  return esbuild.context({
    ...shared,
    sourcemap: false,
    write: false,
    platform: "node",
    target: "node22",
    format: "esm",
    // Nothing is written under this name: the program is called and thrown away.
    outfile: join(dist, "types", "text.mjs"),
    entryPoints: [types.source],
    plugins: [{ name: "types", setup: (build) => build.onEnd(writeTypes) }],
  })
}

async function pluginContext() {
  const folder = join(home, "node_modules", plugin.name)
  await mkdir(folder, { recursive: true })
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ name: plugin.name, version, main: "index.js", type: "commonjs" }, null, 2)}\n`)
  return esbuild.context({
    ...shared,
    platform: "node",
    target: "node18",
    format: "cjs",
    // The TypeScript server wants a factory function as the module itself.
    footer: { js: "module.exports = module.exports.default ?? module.exports" },
    // The server that loads the plugin hands its own TypeScript over.
    external: ["typescript"],
    outfile: join(folder, "index.js"),
    entryPoints: [plugin.source],
  })
}
