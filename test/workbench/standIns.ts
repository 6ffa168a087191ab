// Plain JavaScript that stands in for native modules of VS Code's server, so that installing it needs no compiler.
// Each is the text of a module in the shape that the server asks for.

/** The watchdog ends the extension host when the server that started it is gone. */
const watchdog = `
exports.start = (parent) => {
  const timer = setInterval(() => {
    try {
      process.kill(parent, 0)
    } catch {
      process.exit(0)
    }
  }, 1000)
  timer.unref()
}
exports.exit = (code) => process.exit(code)
`

/**
 * The logger writes files. Without one the output channels of extensions stay empty:
 * VS Code shows them from the log's file.
 */
const logger = `
const { appendFileSync, mkdirSync } = require("node:fs")
const { dirname } = require("node:path")

const names = ["trace", "debug", "info", "warning", "error", "critical"]

class Logger {
  constructor(kind, name, file) {
    this.file = file
    this.level = 2
    this.raw = false
    mkdirSync(dirname(file), { recursive: true })
  }
  write(level, message) {
    if (level < this.level) return
    const head = this.raw ? "" : \`\${new Date().toISOString().replace("T", " ").replace("Z", "")} [\${names[level]}] \`
    try {
      appendFileSync(this.file, head + message + (this.raw ? "" : "\\n"))
    } catch {
      // The folder is gone: the test that wanted the log is over.
    }
  }
  trace(message) { this.write(0, message) }
  debug(message) { this.write(1, message) }
  info(message) { this.write(2, message) }
  warn(message) { this.write(3, message) }
  error(message) { this.write(4, message) }
  critical(message) { this.write(5, message) }
  getLevel() { return this.level }
  setLevel(level) { this.level = level }
  setPattern() {}
  clearFormatters() { this.raw = true }
  flush() {}
  drop() {}
}

exports.version = 0
exports.setLevel = () => {}
exports.setFlushOn = () => {}
exports.Logger = Logger
exports.createRotatingLogger = async (name, file) => new Logger("rotating", name, file)
exports.createAsyncRotatingLogger = exports.createRotatingLogger
`

/** Text by the package that it replaces; older servers know the watchdog under its second name. */
export const standIns: Readonly<Record<string, string>> = {
  "@vscode/native-watchdog": watchdog,
  "native-watchdog": watchdog,
  "@vscode/spdlog": logger,
}
